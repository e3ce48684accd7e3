"""Messages out of bytes, in the wire format of protobuf, in which ONNX files are written.

Which fields a message has says its class (see `messages`); what it does not name is passed over.
Values of tensors are not copied: they stay views of the bytes. What comes twice is read as protobuf
reads it: lists grow, parts go on, of all else the last counts.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from copy import deepcopy
from struct import unpack_from
from typing import Any, ClassVar, NamedTuple, TypeVar, cast

import numpy as np

from tensorama.errors import FileFormatError
from tensorama.onnxfile.varints import BrokenError, length, number, numbers, tagged
from tensorama.onnxfile.varints import tag as tag_of
from tensorama.phrases import phrase

M = TypeVar("M", bound="Message")

_MOST = 5_000_000  # fields that are read one by one
_TURN = 2_000  # fields between two pauses
_DEEPEST = 100  # messages inside each other; protobuf reads no deeper
_SHORT = 1 << 10  # bytes of a message of which equal ones are read once
_MANY = 32  # entries of a list from which on numpy reads on
_RUN = 1 << 13  # bytes that numpy then looks at
_VARINT, _LONG, _SIZED, _GROUP, _GROUP_END, _WORD = range(6)  # wire types
_WIDTH = {_LONG: 8, _WORD: 4}  # bytes

# what a field holds; the plural means many of them
TEXT, TEXTS, PART, PARTS, INT, INTS, CHOICE, FLOAT, FLOATS, BLOB, BLOBS = range(11)
_ABSENT: dict[int, Any] = {TEXT: "", PART: None, INT: 0, CHOICE: 0, FLOAT: 0.0, BLOB: b""}
_WIRES = {INT: (_VARINT,), CHOICE: (_VARINT,), INTS: (_VARINT, _SIZED)}  # lists come packed or not
_WIRES |= {FLOAT: (_WORD,), FLOATS: (_WORD, _SIZED)}


class Field(NamedTuple):
    """What stands under a number in a message.

    `of`: the class of a part, or its name; the bits of a whole number; numpy's type of a float; the
    highest number of a choice. Of the fields of one `group` only the last that comes counts.
    """

    number: int
    holds: int
    of: Any = None
    group: str = ""

    @property
    def wires(self) -> tuple[int, ...]:
        """The wire types in which it can come."""
        if self.of == "<f8":
            return (_LONG, _SIZED)
        return _WIRES.get(self.holds, (_SIZED,))


Entry = tuple[int, str, Any, tuple[str, ...]]  # what it holds, its name, of what, what goes for it


class Message:
    """A message; what a file does not say of it stands in its class.

    A class tells its fields by `Field`s. With `shared`, equal bytes give the same object. With
    `placed`, each tells in `start` where in the bytes it begins.
    """

    fields: ClassVar[dict[str, Field]] = {}
    shared: ClassVar[bool] = False
    placed: ClassVar[bool] = False
    _kinds: ClassVar[dict[str, type[Message]]] = {}
    _entries: ClassVar[dict[int, Entry]] = {}

    def __init_subclass__(cls, shared: bool = False, placed: bool = False) -> None:
        cls.fields = {name: f for name, f in vars(cls).items() if isinstance(f, Field)}
        cls.shared, cls.placed, cls._entries = shared, placed, {}
        for name, field in cls.fields.items():
            setattr(cls, name, _ABSENT.get(field.holds, ()))
        Message._kinds[cls.__name__] = cls

    def has(self, name: str) -> bool:
        """Whether the file says anything of this field."""
        return name in self.__dict__

    @classmethod
    def entries(cls) -> dict[int, Entry]:
        """What a message of this class can hold, by the tags before it: number and wire type."""
        if not cls._entries:
            parts: list[type[Message]] = []
            for name, (number, holds, of, group) in cls.fields.items():
                kind = Message._kinds[of] if isinstance(of, str) and holds in (PART, PARTS) else of
                if holds == PART:
                    setattr(cls, name, kind())  # one of which nothing is said
                    parts.append(kind)
                alike = (n for n, f in cls.fields.items() if group and f.group == group)
                others = tuple(other for other in alike if other != name)
                for wire in cls.fields[name].wires:
                    cls._entries[number << 3 | wire] = holds, name, kind, others
            for part in parts:  # nothing is said of their parts either, and yet they are there
                part.entries()
        return cls._entries


class Reader:
    """Reads one file; `placed` has the messages that tell their place, in their order."""

    def __init__(self, data: bytes | bytearray) -> None:
        self.placed: list[Any] = []
        self._data, self._view = data, memoryview(data).toreadonly()
        self._known: dict[type, dict[bytes, Message]] = defaultdict(dict)

    def read(self, kind: type[M]) -> Generator[None, None, M]:
        """The message that the bytes are, with pauses.

        Raises BrokenError for what is no message, FileFormatError for a text that is no text.
        """
        try:
            return (yield from self._read(kind))
        except IndexError as error:  # the end came too soon
            raise BrokenError from error

    def _read(self, kind: type[M]) -> Generator[None, None, M]:
        data = self._data
        root = kind()
        one, entries, at, end = root.__dict__, kind.entries(), 0, len(data)
        around: list[tuple[dict[str, Any], dict[int, Entry], int]] = []
        strange: bytes | None = None
        for _ in range(_MOST // _TURN):
            for _ in range(_TURN):
                while at >= end:
                    if at > end:
                        raise BrokenError
                    if not around:
                        if strange is not None:
                            raise FileFormatError(
                                phrase(
                                    "A name in this ONNX file is no text (UTF-8): {strange!r}.",
                                    strange=strange,
                                )
                            )
                        return root
                    one, entries, end = around.pop()
                tag, at = data[at], at + 1
                if tag > 127:
                    tag, at = tag_of(data, at - 1)
                entry = entries.get(tag)
                if tag & 7 != _SIZED:
                    at = self._number(one, entry, tag, at, end)
                    continue
                size, at = data[at], at + 1
                if size > 127:
                    size, at = length(data, at - 1)
                first, at = at, at + size
                if at > end or tag == _SIZED:
                    raise BrokenError
                if entry is None:
                    continue
                holds, name, of, others = entry
                for other in others:
                    one.pop(other, None)
                if holds <= TEXTS:
                    try:
                        text: Any = data[first:at].decode()
                    except UnicodeDecodeError:
                        text = strange = bytes(data[first : min(at, first + _SHORT)])
                    if holds == TEXT:
                        one[name] = text
                    elif name in one:
                        one[name].append(text)
                    else:
                        one[name] = [text]
                elif holds <= PARTS:
                    part = self._part(one, entry, first, at)
                    if part is not None:
                        if len(around) >= _DEEPEST:
                            raise BrokenError(of)
                        around.append((one, entries, end))
                        one, entries, at, end = part.__dict__, of.entries(), first, at
                else:
                    self._sized(one, entry, first, at)
            yield
        raise FileFormatError(
            phrase(
                "This file has more than {most:,} parts, more than any ONNX model: it is "
                "none, or broken.",
                most=_MOST,
            )
        )

    def _part(self, one: dict[str, Any], entry: Entry, first: int, end: int) -> Message | None:
        """Put the part that stands here into its message; None if it need not be read."""
        holds, name, of, _ = entry
        if holds == PART and name in one:  # it goes on
            if of.shared:
                one[name] = deepcopy(one[name])
            return cast(Message, one[name])
        part = key = None
        if of.shared and end - first < _SHORT:
            key = bytes(self._data[first:end])
            part = self._known[of].get(key)
        unread = None
        if part is None:
            part = unread = of()
            if key is not None:
                self._known[of][key] = part
            if of.placed:
                part.start = first
                self.placed.append(part)
        if holds == PART:
            one[name] = part
        elif name in one:
            one[name].append(part)
        else:
            one[name] = [part]
        return unread

    def _sized(self, one: dict[str, Any], entry: Entry, first: int, end: int) -> None:
        """Take in bytes, or a list of numbers that lie packed."""
        holds, name, of, _ = entry
        if holds == BLOB:
            one[name] = self._view[first:end]
            return
        entries = one.setdefault(name, [])
        if holds == BLOBS:
            entries.append(bytes(self._data[first:end]))
        elif holds == FLOATS:
            if (end - first) % np.dtype(of).itemsize:
                raise BrokenError
            entries.append(np.frombuffer(self._view[first:end], of))
        else:
            packed = bytes(self._data[first:end])
            if len(packed) <= _MANY and packed.isascii():
                entries += packed
            else:
                entries.append(numbers(packed, of))

    def _number(self, one: dict[str, Any], entry: Entry | None, tag: int, at: int, end: int) -> int:
        """Take in a number, or pass over what is not known; where it ends."""
        wire = tag & 7
        if entry is None:
            return self._behind(tag, at, end)
        holds, name, of, others = entry
        for other in others:
            one.pop(other, None)
        if wire == _VARINT:
            value, at = self._data[at], at + 1
            if value > 127:
                value, at = number(self._data, at - 1, 32 if holds == CHOICE else of)
            if holds == CHOICE:
                if 0 <= value <= of:
                    one[name] = value
                return at
        else:
            first, at = at, at + _WIDTH[wire]
            if at > end:
                raise BrokenError
            (value,) = unpack_from(_STRUCT[wire], self._data, first)
        if holds in (INT, FLOAT):
            one[name] = value
            return at
        entries = one.setdefault(name, [])
        entries.append(value)
        if len(entries) > _MANY and tag < 128:
            more, size = self._more(tag, of, self._view[at : min(end, at + _RUN)])
            if size:
                entries.append(more)
            at += size
        return at

    def _more(self, tag: int, of: Any, coming: memoryview) -> tuple[np.ndarray, int]:
        """The numbers that follow each other with the same tag, and how many bytes they take."""
        if tag & 7 == _VARINT:
            return tagged(coming, tag, of)
        entry = np.dtype([("tag", np.uint8), ("value", of)])
        found = np.frombuffer(coming[: len(coming) // entry.itemsize * entry.itemsize], entry)
        other = np.flatnonzero(found["tag"] != tag)
        found = found[: other[0]] if other.size else found
        return found["value"].copy(), found.nbytes

    def _behind(self, tag: int, at: int, end: int) -> int:
        """Where a field ends that is not known here."""
        groups = []
        while True:
            wire = tag & 7
            if tag < 8:
                raise BrokenError
            if wire == _VARINT:
                at = number(self._data, at)[1]
            elif wire in _WIDTH:
                at += _WIDTH[wire]
            elif wire == _SIZED:
                size, at = length(self._data, at)
                at += size
            elif wire == _GROUP:
                groups.append(tag >> 3)
                if len(groups) > _DEEPEST:
                    raise BrokenError
            elif wire != _GROUP_END or not groups or groups.pop() != tag >> 3:
                raise BrokenError
            if at > end:
                raise BrokenError
            if not groups:
                return at
            tag, at = tag_of(self._data, at)


_STRUCT = {_LONG: "<d", _WORD: "<f"}
