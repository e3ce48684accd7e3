"""The SIMD kernel: a WebAssembly library that works on numpy's memory, where there is one.

In a page it lies beside this file (the build puts it there), in two variants: `relaxed.wasm`
multiplies and adds in one step, which not every browser knows; `plain.wasm` runs everywhere with
SIMD. What each function of it does stands in `tensorama_build.kernel`, which writes it. Without it
numpy computes everything.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tensorama.engine.kernel.declared import OWN_BYTES
from tensorama.engine.kernel.door import address, door, located, parameters
from tensorama.engine.kernel.program import SCRATCH, Program

IN_PAGE = sys.platform == "emscripten"
SCRATCH_BYTES = 1 << 20
FAILED = OWN_BYTES // 4 - 1  # a float of the scratch memory, not 0 where a function cannot go on


class Kernel(Protocol):
    """Functions by name. Arrays are passed by the address of their first cell, floats as float32.

    Every call goes through its `door`, which raises Refused where an array is too small.

    `scratch` is memory that every call may overwrite, in its first OWN_BYTES; behind them is room
    that callers may use between two calls, see `spare`.
    """

    scratch: np.ndarray

    def call(self, name: str, *arguments: Any) -> None:
        """Call one function."""

    def player(self, program: Program) -> Play:
        """What plays a program: given the block and the arrays of the bases that come each time.

        It gives the milliseconds between looks at the clock, summed up over all plays; None where
        a function could not go on.
        """


Play = Callable[[np.ndarray, Sequence[tuple[int, np.ndarray]]], list[float] | None]


class Library:
    """The kernel in a page: its memory is numpy's own, so nothing is copied."""

    def __init__(self, path: Path) -> None:
        """Raises OSError if the browser cannot run this variant."""
        self._library = ctypes.CDLL(str(path))
        self._functions: dict[str, Any] = {}
        self.variant = path.stem
        self.scratch = np.empty(SCRATCH_BYTES // 4, np.float32)
        self.scratch[FAILED] = 0

    def call(self, name: str, *arguments: Any) -> None:
        """Call one function with addresses in the place of arrays."""
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = door(name), self._function(name)
        enter, function = found
        function(*enter(located, *arguments))

    def _function(self, name: str) -> Any:
        function = getattr(self._library, name)
        function.restype = None
        function.argtypes = [
            ctypes.c_float if parameter.number == ":f32" else ctypes.c_int
            for parameter in parameters(name)
        ]
        return function

    def player(self, program: Program) -> Play:
        """What plays a program."""
        return Player(self._library.replay, program).play


class Player:
    """A program with what it works on at hand: in a page arrays do not move in memory."""

    def __init__(self, replay: Any, program: Program) -> None:
        replay.restype = None
        self._program = program
        self._words, self._times = program.words, np.zeros(program.looks)
        self._fixed = program.fixed  # their addresses count as long as they live
        self._failed = program.fixed[SCRATCH][FAILED : FAILED + 1]
        self._table = (ctypes.c_uint32 * program.bases)()
        for base, array in program.fixed.items():
            self._table[base] = address(array)
        begin = address(self._words)
        end, table = begin + self._words.nbytes, ctypes.addressof(self._table)
        self._replay = partial(replay, begin, end, table, address(self._times))

    def play(
        self, block: np.ndarray, coming: Sequence[tuple[int, np.ndarray]]
    ) -> list[float] | None:
        """Compute everything into the block."""
        table = self._table
        for base, place in self._program.addresses(block, coming).items():
            table[base] = place
        self._replay()
        if self._failed[0]:
            self._failed[0] = 0
            return None
        return self._times.tolist()


def spare(kernel: Kernel, cells: int) -> np.ndarray:
    """Room for so many floats, of no use to anyone after the next pause: others use it as well."""
    room = kernel.scratch[OWN_BYTES // 4 :]
    return room[:cells] if cells <= room.size else np.empty(cells, np.float32)


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
