"""A second start without compiling: the modules of before, as Python had compiled them.

A page that starts Python compiles some four hundred modules, numpy's and the standard library's
among them, which is a good part of its start. What was compiled is kept in the browser's Cache
Storage, once the page has time, and found there by the next visit. A module is taken from there
only if its source is still the same, byte for byte; whatever is missing, old or unreadable is
compiled as before.

This runs before the package `tensorama` is imported, so it cannot be a part of it.
"""

from __future__ import annotations

import asyncio
import marshal
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import source_hash
from types import CodeType
from typing import Any
from zipimport import zipimporter

import js
from pyodide import __version__ as pyodide_version
from pyodide.ffi import create_once_callable, to_js

STORE = "tensorama-modules"

_LOADERS: tuple[Any, ...] = (SourceFileLoader, zipimporter)  # of packages, of what Python brings
Kept = dict[str, tuple[bytes, bytes]]  # a module's file: the hash of its source, and its code
_kept: Kept = {}


async def recall() -> None:
    """From now on, take the modules that a visit before has compiled."""
    try:
        store = await js.caches.open(STORE)
        found = await store.match(_key())
        if found:
            _kept.update(marshal.loads((await found.arrayBuffer()).to_bytes()))
    except Exception:  # no storage here, as in a page of one file; or damaged: it is made again
        _kept.clear()
    for kind in _LOADERS:
        kind.get_code = _taken(kind.get_code)


def _taken(compiled: Callable[[Any, str], CodeType]) -> Callable[[Any, str], CodeType]:
    """A loader's way to the code of a module: what was kept of it, or else what it compiles."""

    def code(loader: Any, name: str) -> CodeType:
        path, source = _read(loader, name)
        digest, kept = _kept.get(path, (b"", b""))
        if digest and digest == source_hash(source):
            return marshal.loads(kept)
        return compiled(loader, name)

    return code


def _read(loader: Any, name: str) -> tuple[str, bytes]:
    """The file of a module, and its source."""
    path = loader.get_filename(name)
    return path, loader.get_data(path)


async def keep(after: float = 8.0) -> None:
    """Once the page has time, keep the modules that this visit had to compile.

    after: seconds in which somebody may still wait for the page.
    """
    await asyncio.sleep(after)
    fresh: Kept = {}
    for name, loader in tuple(_loaders()):
        path, source = _read(loader, name)
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


def _loaders() -> Iterator[tuple[str, Any]]:
    """The modules that came as source, with what has loaded them."""
    for name, module in sys.modules.items():
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        if isinstance(loader, _LOADERS):
            yield name, loader


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
