"""Rooms that a page fetches when they are first needed: it starts sooner without them.

The build leaves them out of the wheel and puts them into files beside it (see
`tensorama_build.wheels`): one with what explains numbers, one with the ways to give inputs and to
read outputs that the first network does not need. Who has time asks with `bring`; an import that
comes first waits for the file. Elsewhere than in such a page everything is there from the start.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from tensorama.errors import FetchError
from tensorama.phrases import phrase

_PACKAGE = Path(__file__).parents[1]
_waiting: list[Callable[[], object]] = []
_expecting: list[Callable[[], object]] = []
Background = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(frozen=True, slots=True)
class Pack:
    """Rooms that come in one file; `missing` is said where that cannot be fetched."""

    file: str
    rooms: tuple[str, ...]
    missing: str


EXPLAINING = Pack(
    "later.xz",
    ("tensorama.explain", "tensorama.app.inspect", "tensorama.app.deeper", "tensorama.figure"),
    phrase("What explains a number could not be fetched. Is the network there?"),
)
WAYS = Pack(
    "ways.xz",
    ("tensorama.inputs.ways", "tensorama.outputs.readings", "tensorama.app.ways"),
    phrase("What feeds this network could not be fetched. Is the network there?"),
)
_PACKS = (EXPLAINING, WAYS)


def is_here(pack: Pack = EXPLAINING) -> bool:
    """Whether the rooms need not be fetched any more."""
    first = pack.rooms[0]
    return first in sys.modules or _PACKAGE.joinpath(*first.split(".")[1:]).is_dir()


async def bring(pack: Pack = EXPLAINING) -> None:
    """Fetch the rooms, if they are not here. Raises FetchError where they cannot be fetched."""
    from tensorama.app.fetching import fetch_bytes

    if not is_here(pack):
        try:
            lay_out(bytes(await fetch_bytes(_address(pack))), pack)
        except FetchError as error:
            raise FetchError(pack.missing) from error


def is_here_or(background: Background, then: Callable[[], object]) -> bool:
    """Whether the rooms are here; if not, they are fetched in the background, and `then` is called.

    A failure is told by who minds the background.
    """
    if is_here():
        return True
    first = not _waiting
    if then not in _waiting:
        _waiting.append(then)
    if first:
        background(_bring_for_all())
    return False


def expect(then: Callable[[], object]) -> None:
    """Call this once the rooms are here, without fetching them."""
    if not is_here():
        _expecting.append(then)


def forget(then: Callable[[], object]) -> None:
    """Do not call this any more: its box is gone."""
    if then in _expecting:
        _expecting.remove(then)


async def _bring_for_all() -> None:
    try:
        await bring()
    except BaseException:
        _waiting.clear()
        raise
    waiting = tuple(_waiting)
    _waiting.clear()
    for then in waiting:
        then()


def lay_out(packed: bytes, pack: Pack = EXPLAINING) -> None:
    """Put the files of the rooms where they are imported from."""
    sizes, _, rest = lzma.decompress(packed).partition(b"\n")
    data = memoryview(rest)
    for name, size in json.loads(sizes):
        file = _PACKAGE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data[:size])
        data = data[size:]
    invalidate_caches()
    if pack is EXPLAINING:
        expecting = tuple(_expecting)
        _expecting.clear()
        for then in expecting:
            then()


def listen() -> None:
    """Fetch the rooms also where they are imported before somebody brought them."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


class _Finder(MetaPathFinder):
    """Is asked for modules that are nowhere else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> ModuleSpec | None:
        pack = next((pack for pack in _PACKS if fullname in pack.rooms), None)
        if pack is None or is_here(pack):
            return None
        from tensorama.view import ffi

        try:
            packed = ffi.read_now(_address(pack))
        except OSError as error:
            raise FetchError(pack.missing) from error
        lay_out(packed, pack)
        return PathFinder.find_spec(fullname, path)


def _address(pack: Pack) -> str:
    from tensorama.app.sources import home

    return f"{home()}wheels/{pack.file}"
