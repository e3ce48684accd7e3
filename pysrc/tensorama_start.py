"""A second start without compiling: the modules of before, as Python had compiled them.

A page that starts Python compiles some four hundred modules, ours and numpy's, which is a good part
of its start. What was compiled is kept in the browser's Cache Storage, once the page has time, and
found there by the next visit. A module is taken from there only if its source is still the same,
byte for byte; whatever is missing, old or unreadable is compiled as before. So is what Python
itself brings: its archive tells where a module lies only after compiling it.

This runs before the package `tensorama` is imported, so it cannot be a part of it.
"""

from __future__ import annotations

import asyncio
import marshal
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import source_hash
from types import CodeType

import js
from pyodide import __version__ as pyodide_version
from pyodide.ffi import create_once_callable, to_js

STORE = "tensorama-modules"

Kept = dict[str, tuple[bytes, bytes]]  # a module's file: the hash of its source, and its code
_kept: Kept = {}
_compiled = SourceFileLoader.get_code


async def recall() -> None:
    """From now on, take the modules that a visit before has compiled."""
    try:
        store = await js.caches.open(STORE)
        found = await store.match(_key())
        if found:
            _kept.update(marshal.loads((await found.arrayBuffer()).to_bytes()))
    except Exception:  # no storage here, as in a page of one file; or damaged: it is made again
        _kept.clear()
    if _kept:  # a first visit goes its usual way
        SourceFileLoader.get_code = _code  # type: ignore[method-assign, assignment]


def _code(loader: SourceFileLoader, name: str) -> CodeType | None:
    """The code of a module: what was kept of it, or else what is compiled."""
    digest, kept = _kept.get(loader.path, (b"", b""))
    if digest and digest == source_hash(loader.get_data(loader.path)):
        code: CodeType = marshal.loads(kept)
        return code
    return _compiled(loader, name)


async def keep(after: float = 8.0) -> None:
    """Once the page has time, keep the modules that this visit had to compile.

    after: seconds in which somebody may still wait for the page.
    """
    await asyncio.sleep(after)
    fresh: Kept = {}
    specs = [getattr(module, "__spec__", None) for module in sys.modules.values()]
    for loader in [getattr(spec, "loader", None) for spec in specs]:
        if isinstance(loader, SourceFileLoader):
            path, source = loader.path, loader.get_data(loader.path)
            digest = source_hash(source)
            if path not in _kept or _kept[path][0] != digest:
                await _idle()
                code = compile(source, path, "exec", dont_inherit=True)
                fresh[path] = digest, marshal.dumps(code)
    if fresh:
        _kept.update(fresh)
        try:
            store = await js.caches.open(STORE)
            await store.put(_key(), js.Response.new(to_js(marshal.dumps(_kept))))
        except Exception:  # no storage, or no room in it: the next start is as this one was
            return


async def _idle() -> None:
    """Wait until the browser has nothing better to do."""
    if not hasattr(js, "requestIdleCallback"):
        await asyncio.sleep(0.05)
        return
    waiting = asyncio.get_running_loop().create_future()
    js.requestIdleCallback(create_once_callable(lambda deadline: waiting.set_result(None)))
    await waiting


def _key() -> str:
    """Where this page keeps its modules, an address that nothing else has."""
    return f"{js.location.pathname}?modules={pyodide_version}"
