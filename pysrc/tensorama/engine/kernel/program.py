"""A row of the kernel's calls written down as numbers, which the kernel plays in one go.

    words of a call: number of the function, then for each argument: base, value
    words of a look at the clock: 0

What an argument becomes is `table[base] + value`. Base 0 is nothing, so plain numbers (and the bits
of floats) stand as they are; base 1 is the block into which results go, base 2 the scratch memory;
what follows are arrays, whose addresses the table takes up before each play. `replay`, which plays
this, is written in `tensorama_build.kernel.replay`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np

from tensorama.engine.kernel.declared import DECLARED
from tensorama.engine.kernel.door import (
    Pointer,
    Refused,
    check_inside,
    check_numbers,
    door,
    located,
    parameters,
    reached,
)

PLAIN, BLOCK, SCRATCH = range(3)  # bases
CLOCK = 0
FUNCTIONS = tuple(DECLARED)  # numbered from 1 in this order
_NUMBERS = {name: number for number, name in enumerate(FUNCTIONS, CLOCK + 1)}

Place = tuple[int, int]  # base, offset in bytes


def work(name: str, arguments: Sequence[Any]) -> int:
    """How much a call computes: how often its innermost loop computes a cell or a product."""
    return prod(arguments[place] for place in _working(name))


@cache
def _working(name: str) -> tuple[int, ...]:
    names = [parameter.name for parameter in parameters(name)]
    return tuple(map(names.index, DECLARED[name].work.split()))


@dataclass(frozen=True, slots=True)
class Written:
    """A call in words; and which bytes it touches of each base that comes anew with each play."""

    words: Sequence[int]
    touched: Sequence[tuple[int, int, int]]  # base, from, to


class Program:
    """Calls as words, and the arrays that they work on."""

    def __init__(self, scratch: np.ndarray) -> None:
        self._words: list[int] = []
        self.fixed: dict[int, np.ndarray] = {SCRATCH: scratch}  # arrays by base, the same each time
        self.bases = SCRATCH + 1
        self.looks = 0  # at the clock
        self._touched: dict[int, tuple[int, int]] = {}

    def base(self, array: np.ndarray | None = None) -> int:
        """A new base: for this array, or for one that comes with each play."""
        if array is not None:
            self.fixed[self.bases] = array
        self.bases += 1
        return self.bases - 1

    def written(self, name: str, arguments: Sequence[Place | int | float]) -> Written:
        """A call in words; addresses come as places. Raises Refused where they do not fit."""
        touched: list[tuple[int, int, int]] = []

        def placed(place: Any, pointer: Pointer, low: int, high: int, bound: int = -1) -> Place:
            if type(place) is not tuple:
                return PLAIN, located(place, pointer, low, high)
            base, offset = place
            fixed = self.fixed.get(base)
            if pointer.written and base not in (BLOCK, SCRATCH):
                raise Refused(f"{pointer.name} cannot be written")
            if fixed is None:
                touched.append((base, offset + low, offset + high))
            else:
                check_inside(fixed, pointer.name, offset + low, offset + high)
            if bound >= 0:
                check_numbers(fixed, pointer, bound)
            return base, offset

        words = [_NUMBERS[name]]
        for argument in door(name)(placed, *arguments):
            words += argument if isinstance(argument, tuple) else (PLAIN, _bits(argument))
        return Written(words, touched)

    def call(self, written: Written) -> None:
        """Take a call in."""
        self._words += written.words
        for base, low, high in written.touched:
            before = self._touched.get(base, (0, 0))
            self._touched[base] = min(low, before[0]), max(high, before[1])

    def addresses(
        self, block: np.ndarray, coming: Iterable[tuple[int, np.ndarray]]
    ) -> dict[int, int]:
        """Where what comes with a play lies, by its base.

        Raises Refused unless it has all the bytes that are touched.
        """
        found = {
            base: reached(array, "what is played", *self._touched.get(base, (0, 0)))
            for base, array in ((BLOCK, block), *coming)
        }
        if not self._touched.keys() <= found.keys():
            raise Refused("something that is played does not come")
        return found

    def look(self) -> None:
        """Write down a look at the clock."""
        self._words.append(CLOCK)
        self.looks += 1

    @property
    def words(self) -> np.ndarray:
        """The program as the kernel reads it."""
        return np.array(self._words, np.int64).astype(np.int32)


def _bits(number: int | float) -> int:
    if isinstance(number, float):
        return int.from_bytes(struct.pack("<f", number), "little", signed=True)
    return int(number)
