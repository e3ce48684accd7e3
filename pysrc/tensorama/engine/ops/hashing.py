"""Values mixed into numbers that look like chance, but are the same each time."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from tensorama.engine.contract.slices import Pace, Slices, sliced
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op

Array = np.ndarray
_ALL = 0xFFFFFFFF  # 32 bits
_hashes = Pace(1e5)  # per second


@op("MurmurHash3", since=1, domain=MICROSOFT)
@sliced
def murmur_hash(x: Array, *, positive: int = 1, seed: int = 0) -> Slices[Array]:
    """A 32-bit number for each value or text, spread evenly: uint32, or int32 if not `positive`.

    It picks a place in a table without a list of all words.
    https://en.wikipedia.org/wiki/MurmurHash (MurmurHash3, x86, 32 bits)
    """
    y = np.empty(x.size, np.uint32)
    for place, value in enumerate(x.reshape(-1)):
        started = perf_counter()
        data = value.encode() if isinstance(value, str) else value.tobytes()
        y[place] = _hash(data, seed & _ALL)
        if _hashes.learn(1, perf_counter() - started):
            yield
    return y.reshape(x.shape) if positive else y.view(np.int32).reshape(x.shape)


def _hash(data: bytes, seed: int) -> int:
    whole = len(data) // 4 * 4
    mixed = seed
    for start in range(0, whole, 4):
        mixed ^= _scrambled(data[start : start + 4])
        mixed = (_turned(mixed, 13) * 5 + 0xE6546B64) & _ALL
    mixed ^= _scrambled(data[whole:]) ^ len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = ((mixed ^ mixed >> shift) * factor) & _ALL
    return mixed ^ mixed >> 16


def _scrambled(part: bytes) -> int:
    number = int.from_bytes(part, "little") * 0xCC9E2D51 & _ALL
    return _turned(number, 15) * 0x1B873593 & _ALL


def _turned(number: int, bits: int) -> int:
    return (number << bits | number >> 32 - bits) & _ALL
