"""The kernel under wasmtime, on CPython: what it needs of memory is copied in and back."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import wasmtime
from numpy.lib.array_utils import byte_bounds

from tensorama.engine.kernel import FAILED, OWN_BYTES, SCRATCH_BYTES, Play
from tensorama.engine.kernel.door import door, located
from tensorama.engine.kernel.program import BLOCK, Program
from tensorama_build.kernel import assemble
from tensorama_build.kernel.products import SCRATCH_BYTES as NEEDED

assert NEEDED <= OWN_BYTES
PAGE = 1 << 16
BEGIN = 1 << 10  # the first address that is used


class Host:
    """One variant of the kernel with a memory of its own.

    Arrays are placed at addresses that are never a multiple of 16.
    """

    def __init__(self, relaxed: bool) -> None:
        config = wasmtime.Config()
        config.wasm_relaxed_simd = True
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        limits = wasmtime.Limits(1 + SCRATCH_BYTES // PAGE, None)
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(limits))
        module = wasmtime.Module(engine, assemble(relaxed))
        kind = wasmtime.FuncType([], [wasmtime.ValType.f64()])
        clock = wasmtime.Func(self.store, kind, lambda: time.perf_counter() * 1000)
        instance = wasmtime.Instance(self.store, module, [self.memory, clock])
        self.functions: Any = instance.exports(self.store)
        self.scratch = np.empty(SCRATCH_BYTES // 4, np.float32)
        self.calls: list[str] = []
        self.copied = 0

    def call(self, name: str, *arguments: Any) -> None:
        """Copy arrays in, call, copy them back."""
        door(name)(located, *arguments)
        self.calls.append(name)
        with self._inside(arguments) as passed:
            self.functions[name](self.store, *passed)

    def player(self, program: Program) -> Play:
        """Play a program: its words, table and times are copied in and back like other arrays."""
        words, times = program.words, np.zeros(program.looks)

        def play(block: np.ndarray, coming: Sequence[tuple[int, np.ndarray]]) -> list[float] | None:
            program.addresses(block, coming)
            self.calls.append("replay")
            arrays = {**program.fixed, BLOCK: block, **dict(coming)}
            table = np.zeros(program.bases, np.int32)
            with self._inside([words, table, times, *arrays.values()]) as passed:
                begin, at, into, *addresses = passed
                self._view(at, table.nbytes).view(np.int32)[list(arrays)] = addresses
                self.functions["replay"](self.store, begin, begin + words.nbytes, at, into)
            failed = self._view(BEGIN + 4 * FAILED, 4)
            if failed.any():
                failed.fill(0)
                return None
            return times.tolist()

        return play

    @contextmanager
    def _inside(self, arguments: Sequence[Any]) -> Iterator[list[Any]]:
        """The arguments with arrays as addresses of copies, which are copied back at the end."""
        places: dict[tuple[int, int], int] = {}
        self._end = BEGIN + SCRATCH_BYTES
        passed = [self._place(a, places) if isinstance(a, np.ndarray) else a for a in arguments]
        self._grow(self._end)
        for (low, high), address in places.items():
            self._view(address, high - low)[:] = bytes_at(low, high - low)
        yield passed
        for (low, high), address in places.items():
            bytes_at(low, high - low)[:] = self._view(address, high - low)

    def _place(self, array: np.ndarray, places: dict[tuple[int, int], int]) -> int:
        if array is self.scratch:
            return BEGIN
        low, high = byte_bounds(array)
        if (low, high) not in places:
            places[low, high] = self._end + 4  # never on a multiple of 16
            self._end += (high - low + 47) // 16 * 16
        return places[low, high] + array.__array_interface__["data"][0] - low

    def _grow(self, end: int) -> None:
        missing = -(-end // PAGE) - self.memory.size(self.store)
        if missing > 0:
            self.memory.grow(self.store, missing)

    def _view(self, address: int, count: int) -> np.ndarray:
        whole = np.ctypeslib.as_array(
            self.memory.data_ptr(self.store), (self.memory.data_len(self.store),)
        )
        return whole[address : address + count]


def bytes_at(address: int, count: int) -> np.ndarray:
    """Memory of this process as an array; the arrays that own it are alive during the call."""
    return np.ctypeslib.as_array((ctypes.c_ubyte * count).from_address(address))


@cache
def host(relaxed: bool) -> Host:
    """The kernel, assembled once."""
    return Host(relaxed)
