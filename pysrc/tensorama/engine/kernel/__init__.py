"""The SIMD kernel: a WebAssembly library that works on numpy's memory, where there is one.

In a page it lies beside this file (the build puts it there), in two variants: `relaxed.wasm`
multiplies and adds in one step, which not every browser knows; `plain.wasm` runs everywhere with
SIMD. What each function of it does stands in `tensorama_build.kernel`, which writes it. Without it
numpy computes everything.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

IN_PAGE = sys.platform == "emscripten"
SCRATCH_BYTES = 1 << 19  # what `tensorama_build.kernel.products` needs, and some more


class Kernel(Protocol):
    """Functions by name. Arrays are passed by the address of their first cell, floats as float32.

    `scratch` is memory that every call may overwrite.
    """

    scratch: np.ndarray

    def call(self, name: str, *arguments: Any) -> None:
        """Call one function."""


class Library:
    """The kernel in a page: its memory is numpy's own, so nothing is copied."""

    def __init__(self, path: Path) -> None:
        """Raises OSError if the browser cannot run this variant."""
        self._library = ctypes.CDLL(str(path))
        self._functions: dict[str, Any] = {}
        self.variant = path.stem
        self.scratch = np.empty(SCRATCH_BYTES // 4, np.float32)

    def call(self, name: str, *arguments: Any) -> None:
        """Call one function with addresses in the place of arrays."""
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = getattr(self._library, name)
            function.restype = None
        function(*[
            a if type(a) is int else
            a.__array_interface__["data"][0] if isinstance(a, np.ndarray) else
            ctypes.c_float(a) if isinstance(a, float) else a
            for a in arguments
        ])  # fmt: skip


_kernel: Kernel | None = None
_looked_for = not IN_PAGE


def active() -> Kernel | None:
    """The kernel to compute with; None if numpy is to do it. Loads it on first use in a page."""
    global _kernel, _looked_for
    if not _looked_for:
        _looked_for = True
        _kernel = load(Path(__file__).parent)
    return _kernel


def load(folder: Path) -> Library | None:
    """The fastest variant in a folder that this browser can run; None if there is none."""
    for variant in ("relaxed", "plain"):
        path = folder / f"{variant}.wasm"
        if path.exists():
            try:
                return Library(path)
            except OSError:
                continue  # no relaxed SIMD here, or no SIMD at all
    return None


@contextmanager
def using(kernel: Kernel | None) -> Iterator[None]:
    """Compute with another kernel, or without one, while the block runs."""
    global _kernel, _looked_for
    before, looked = _kernel, _looked_for
    _kernel, _looked_for = kernel, True
    try:
        yield
    finally:
        _kernel, _looked_for = before, looked
