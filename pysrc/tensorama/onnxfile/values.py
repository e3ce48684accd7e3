"""The values of big tensors stay where they are: in the bytes of the file.

protobuf would copy them. So the file is read twice: first along its outlines alone, which takes big
values out and puts a note of their place there (as ONNX notes values in another file); what is left
is small and goes to protobuf. A weight is then a view of the bytes that came.
https://protobuf.dev/programming-guides/encoding/, onnx.proto3
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from tensorama.errors import FileFormatError
from tensorama.onnxfile.foreign import varint

Bytes = bytes | bytearray | memoryview
ReadExternal = Callable[[str, int, int | None], Bytes]  # location, offset, length -> bytes
HERE = "\0"  # the location that says: in this file
_LOCATION = b"location"
_BIG = 4096  # bytes from which on it is worth while
_MOST = 1_000_000  # fields that are looked at one by one
_IN_PYTHON = 64 << 20  # bytes without big values that protobuf reads in a page, where it is slow
_GRAPH = 7  # the field of a model that is its graph
_PIECE = 32 << 10  # bytes that protobuf reads in one go
_DEEPEST = 200  # messages inside each other; protobuf reads no deeper than 100

# message -> field -> the message that it holds, as far as big values may lie below it
_INSIDE: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph"},
    "tensor": {},
}
_RAW, _TYPE, _STRINGS = 9, 2, 6  # fields of a tensor: raw_data, data_type, string_data
_LISTS = (7, 8, 9)  # fields of an attribute that are written entry by entry, in ensembles millions
_PACKED = {1: 4, 11: 10}  # element type -> field of floats that lie packed as raw data would
_SIZES = {1: 4, 4: 2, 5: 2, 6: 4, 7: 8, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16, 16: 2}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the values of tensors are found: in the file's own bytes, or beside it.

    `keep`: the bytes are the model's to keep, weights stay in them; else weights are copied out.
    """

    data: memoryview
    keep: bool = False
    beside: ReadExternal | None = None

    def here(self, offset: int, length: int) -> memoryview | bytes:
        """Bytes of the file itself."""
        part = self.data[offset : offset + length]
        return part if self.keep else part.tobytes()

    def outline(self) -> bytes:
        """The file without big values; where it does not follow the format, the whole of it."""
        try:
            lean = _Outline(self.data, self.keep).of("model", 0, len(self.data), 0)
        except _BrokenError:
            lean = self.data.tobytes()
        if sys.platform == "emscripten" and len(lean) > _IN_PYTHON:
            raise FileFormatError(
                f"Without its weights this file has {len(lean):,} bytes, too many to be read in a "
                "page; open it in Python: tensorama.load."
            )
        return lean


class _BrokenError(Exception):
    """These bytes are no protobuf message; protobuf itself is to say so."""


@dataclass(frozen=True, slots=True)
class _Outline:
    data: memoryview
    keep: bool
    left: list[int] = field(default_factory=lambda: [_MOST])  # fields that may still come

    def of(self, kind: str, position: int, end: int, depth: int) -> bytes:
        """One message without its big values."""
        parts: list[bytes | memoryview] = []
        done, inside = position, _INSIDE[kind]
        while position < end:
            start = position
            field, wire, position, stop = self._field(position, end)
            if kind == "attribute" and field in _LISTS:
                break
            inner = inside.get(field) if wire == 2 and stop - position >= _BIG else None
            if inner and depth < _DEEPEST:
                work = self._tensor if inner == "tensor" else self.of
                lean = work(inner, position, stop, depth + 1)
                parts += (self.data[done:start], _head(field, len(lean)), lean)
                done = stop
            position = stop
        parts.append(self.data[done:end])
        return b"".join(parts)

    def _tensor(self, kind: str, position: int, end: int, depth: int) -> bytes:
        """A tensor with a note of the place of its values instead of them."""
        begin, element, found = position, 0, {}
        while position < end:
            start = position
            field, wire, position, stop = self._field(position, end)
            if field == _TYPE and wire == 0:
                element, _ = varint(self.data, position)
            elif field == _STRINGS:
                break
            elif field in (_RAW, 4, 10) and wire == 2:
                if field in found and field != _RAW:
                    raise _BrokenError  # a list in several pieces; nobody writes such
                found[field] = (start, position, stop)
            position = stop
        place = found.get(_RAW) or found.get(_PACKED.get(element, 0))
        if place is None or place[2] - place[1] < _BIG:
            return self.data[begin:end].tobytes()
        start, first, stop = place
        rest = self.data[begin:start].tobytes() + self.data[stop:end].tobytes()
        if self.keep:
            first, stop = self._aligned(begin, first, stop, _SIZES.get(element, 1))
        return rest + _note(first, stop - first)

    def _field(self, position: int, end: int) -> tuple[int, int, int, int]:
        """The field that begins here: its number, its wire type, from where to where it goes."""
        self.left[0] -= 1
        if self.left[0] < 0:
            raise FileFormatError(
                f"This file has more than {_MOST:,} parts, more than any ONNX model: "
                "it is none, or broken."
            )
        tag, position = varint(self.data, position)
        wire, length = tag & 7, 0
        if tag >> 3 <= 0 or wire not in (0, 1, 2, 5):
            raise _BrokenError
        if wire == 0:
            length = varint(self.data, position)[1] - position
        elif wire == 2:
            length, position = varint(self.data, position)
        else:
            length = 8 if wire == 1 else 4
        if length < 0 or not 0 < position <= end - length:
            raise _BrokenError
        return tag >> 3, wire, position, position + length

    def _aligned(self, begin: int, first: int, stop: int, size: int) -> tuple[int, int]:
        """Move values a few bytes ahead, over what was read already, to where numpy likes them."""
        address = np.frombuffer(self.data, np.uint8).__array_interface__["data"][0]
        back = (address + first) % size
        if back and first - back >= begin:
            self.data[first - back : stop - back] = self.data[first:stop]
            return first - back, stop - back
        return first, stop


def pieces(outline: bytes) -> list[bytes]:
    """A file in pieces of a few ten thousand bytes, which protobuf merges to the same model.

    What is read one after the other is added to what was read before: so a graph of many nodes may
    come as several graphs of a few. Bytes that are no message stay whole.
    """
    try:
        return [*_pieces(outline)]
    except (_BrokenError, FileFormatError):
        return [outline]


def _pieces(outline: bytes) -> Iterator[bytes]:
    reader = _Outline(memoryview(outline), False)
    position = done = 0
    while position < len(outline):
        start = position
        field, wire, first, position = reader._field(position, len(outline))
        if field != _GRAPH or wire != 2 or position - first <= _PIECE:
            continue
        yield outline[done:start]
        done, at, begun = position, first, first
        while at < position:
            at = reader._field(at, position)[3]
            if at - begun > _PIECE or at == position:
                yield _head(_GRAPH, at - begun) + outline[begun:at]
                begun = at
    yield outline[done:]


def _head(field: int, length: int) -> bytes:
    """What stands before a field's bytes."""
    return _number(field << 3 | 2) + _number(length)


def _number(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def _note(offset: int, length: int) -> bytes:
    """The fields external_data and data_location of a tensor."""
    note = b""
    for key, value in (("location", HERE), ("offset", str(offset)), ("length", str(length))):
        entry = _head(1, len(key)) + key.encode() + _head(2, len(value)) + value.encode()
        note += _head(13, len(entry)) + entry
    return note + _number(14 << 3) + b"\1"


def names_files(outline: bytes) -> bool:
    """Whether an outline may name other files, beside the notes that this module makes."""
    return outline.count(_LOCATION) > outline.count(_LOCATION + b"\x12\1" + HERE.encode())
