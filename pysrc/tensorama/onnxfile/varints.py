"""Numbers of any length: seven bits a byte, the lowest first; the last byte is below 128.

https://protobuf.dev/programming-guides/encoding/#varints
"""

from __future__ import annotations

import numpy as np

Data = bytes | bytearray | memoryview
_LONGEST = 10  # bytes of a number
_LONGEST_TAG = 5


class BrokenError(Exception):
    """These bytes are no message. `deep`: the class of one that lies too deep inside others."""

    def __init__(self, deep: type | None = None) -> None:
        super().__init__()
        self.deep = deep


def number(data: Data, at: int, bits: int = 64) -> tuple[int, int]:
    """The signed number of so many bits that begins here, and where it ends.

    Raises IndexError where the data end inside it.
    """
    value, at = _any(data, at, _LONGEST)
    half = 1 << bits - 1
    return (value & 2 * half - 1 ^ half) - half, at


def length(data: Data, at: int) -> tuple[int, int]:
    """How many bytes come, and where they begin."""
    value, at = _any(data, at, _LONGEST)
    if value >> 31:
        raise BrokenError
    return value, at


def tag(data: Data, at: int) -> tuple[int, int]:
    """What stands before a field, its number and wire type, and where that ends."""
    value, at = _any(data, at, _LONGEST_TAG)
    if value >> 32:
        raise BrokenError
    return value, at


def _any(data: Data, at: int, longest: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * longest, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise BrokenError


def numbers(data: Data, bits: int = 64) -> np.ndarray:
    """All the signed numbers that these bytes are, one behind the other."""
    codes = np.frombuffer(data, np.uint8)
    last = np.flatnonzero(codes < 128)
    if codes.size and (not last.size or last[-1] != codes.size - 1):
        raise BrokenError
    return _decoded(codes, np.concatenate([[0], last[:-1] + 1])[: last.size], last, bits)


def tagged(data: Data, before: int, bits: int = 64) -> tuple[np.ndarray, int]:
    """The numbers that follow each other with this tag before each, and where that ends."""
    codes = np.frombuffer(data, np.uint8)
    last = np.flatnonzero(codes < 128)
    tags, last = last[: last.size // 2 * 2 : 2], last[1::2]  # in turn, if each tag is one byte
    ends = np.concatenate([[-1], last[:-1]])[: last.size]
    other = np.flatnonzero((tags != ends + 1) | (codes[tags] != before))
    count = int(other[0]) if other.size else last.size
    found = _decoded(codes, tags[:count] + 1, last[:count], bits)
    return found, int(last[count - 1]) + 1 if count else 0


def _decoded(codes: np.ndarray, first: np.ndarray, last: np.ndarray, bits: int) -> np.ndarray:
    """The numbers from these first to these last bytes."""
    lengths = last - first + 1
    values = np.zeros(first.size, np.uint64)
    if lengths.size and int(lengths.max()) > _LONGEST:
        raise BrokenError
    for place in range(int(lengths.max(initial=0))):
        there = lengths > place
        part = (codes[first[there] + place] & 127).astype(np.uint64)
        values[there] |= part << np.uint64(7 * place)
    return values.view(np.int64) if bits == 64 else values.astype(np.uint32).view(np.int32)
