"""The kernel under wasmtime, on CPython: what it needs of memory is copied in and back."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
import wasmtime
from numpy.lib.array_utils import byte_bounds

from tensorama.engine.kernel import SCRATCH_BYTES
from tensorama_build.kernel import assemble
from tensorama_build.kernel.products import SCRATCH_BYTES as NEEDED

assert NEEDED <= SCRATCH_BYTES
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
        instance = wasmtime.Instance(self.store, module, [self.memory])
        self.functions: Any = instance.exports(self.store)
        self.scratch = np.empty(SCRATCH_BYTES // 4, np.float32)
        self.calls: list[str] = []
        self.copied = 0

    def call(self, name: str, *arguments: Any) -> None:
        """Copy arrays in, call, copy them back."""
        self.calls.append(name)
        places: dict[tuple[int, int], int] = {}
        self._end = BEGIN + SCRATCH_BYTES
        passed = [self._place(a, places) if isinstance(a, np.ndarray) else a for a in arguments]
        self._grow(self._end)
        for (low, high), address in places.items():
            self._view(address, high - low)[:] = _bytes_at(low, high - low)
        self.functions[name](self.store, *passed)
        for (low, high), address in places.items():
            _bytes_at(low, high - low)[:] = self._view(address, high - low)

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


def _bytes_at(address: int, count: int) -> np.ndarray:
    """Memory of this process as an array; the arrays that own it are alive during the call."""
    return np.ctypeslib.as_array((ctypes.c_ubyte * count).from_address(address))


@cache
def host(relaxed: bool) -> Host:
    """The kernel, assembled once."""
    return Host(relaxed)
