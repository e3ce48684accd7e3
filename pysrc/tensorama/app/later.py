"""Rooms that a page fetches when they are first needed: it starts sooner without them.

The build leaves them out of the wheel and puts them into one file beside it (see
`tensorama_build.wheels`). Who has time asks with `bring`; an import that comes first waits for the
file. Elsewhere than in such a page everything is there from the start.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib import invalidate_caches
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from tensorama.errors import FetchError
from tensorama.phrases import phrase

FILE = "later.xz"
_FIRST = "tensorama.explain"
_ROOMS = (_FIRST, "tensorama.app.inspect")
_PACKAGE = Path(__file__).parents[1]
_waiting: list[Callable[[], object]] = []
_expecting: list[Callable[[], object]] = []
_MISSING = phrase("What explains a number could not be fetched. Is the network there?")
Background = Callable[[Coroutine[Any, Any, None]], object]


def is_here() -> bool:
    """Whether the rooms need not be fetched any more."""
    return _FIRST in sys.modules or (_PACKAGE / "explain").is_dir()


async def bring() -> None:
    """Fetch the rooms, if they are not here. Raises FetchError where they cannot be fetched."""
    from tensorama.app.fetching import fetch_bytes

    if not is_here():
        try:
            lay_out(bytes(await fetch_bytes(_address())))
        except FetchError as error:
            raise FetchError(_MISSING) from error


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


def lay_out(packed: bytes) -> None:
    """Put the files of the rooms where they are imported from."""
    sizes, _, rest = lzma.decompress(packed).partition(b"\n")
    data = memoryview(rest)
    for name, size in json.loads(sizes):
        file = _PACKAGE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data[:size])
        data = data[size:]
    invalidate_caches()
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
        if fullname not in _ROOMS or is_here():
            return None
        from tensorama.view import ffi

        try:
            packed = ffi.read_now(_address())
        except OSError as error:
            raise FetchError(_MISSING) from error
        lay_out(packed)
        return PathFinder.find_spec(fullname, path)


def _address() -> str:
    from tensorama.app.sources import home

    return f"{home()}wheels/{FILE}"
