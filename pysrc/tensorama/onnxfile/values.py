"""Where the values of tensors lie: in the bytes of the file, or in another file beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

Bytes = bytes | bytearray | memoryview
ReadExternal = Callable[[str, int, int | None], Bytes]  # location, offset, length -> bytes


@dataclass(frozen=True, eq=False)
class Sources:
    """Where the values of tensors are found: in the file's own bytes, or beside it.

    `keep`: the bytes are the model's to keep, weights stay in them; else weights are copied out.
    """

    data: bytes | bytearray
    keep: bool = False
    beside: ReadExternal | None = None
    arrays: dict[object, np.ndarray] = field(default_factory=dict)  # of tensors that were read

    def own(self, part: memoryview, begin: int, width: int) -> Bytes:
        """Values in the file's bytes, `part` of them, as the model may keep them.

        begin: from where on nothing else stands before them that is still needed; width: of a
        number. Where values stay in the file they are moved a few bytes ahead, over what was read
        already, to where numpy likes them.
        """
        if not self.keep or not isinstance(self.data, bytearray):
            return part.tobytes()
        address = _address(part)
        first, back = address - self._address, address % width
        if back and first - back >= begin:
            stop, data = first + len(part), memoryview(self.data)
            data[first - back : stop - back] = data[first:stop]
            return data[first - back : stop - back].toreadonly()
        return part

    @cached_property
    def _address(self) -> int:
        return _address(memoryview(self.data))


def _address(part: memoryview) -> int:
    """Where in memory bytes begin."""
    place: int = np.frombuffer(part, np.uint8).__array_interface__["data"][0]
    return place
