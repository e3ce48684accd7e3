"""Listening to what an operator asks of the kernel, so that it can be asked again without Python.

An operator's function can be listened to if it says `@replayable`: it does nothing to numbers
itself, and which calls it makes follows from the shapes of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.lib.array_utils import byte_bounds

from tensorama.engine.kernel import Kernel, Play
from tensorama.engine.kernel.door import address
from tensorama.engine.kernel.program import Program

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Replayable:
    """What a function promises about its calls of the kernel.

    Of the inputs `passed` only shape and order in memory matter to Python: their numbers are for
    the kernel alone. Every other input may decide what is called. `derived`: arrays may be passed
    that the function works out of the other inputs, never out of `passed`. `by_shape`: it calls
    nothing; what it gives follows from the shapes and types of `passed` and from the other inputs.
    """

    passed: frozenset[str]
    derived: bool = False
    by_shape: bool = False


def replayable(*passed: str, derived: bool = False, by_shape: bool = False) -> Callable[[F], F]:
    """Promise that all numbers in a function's result are written by its calls of the kernel.

    Or that the result is a view of an input. See `Replayable`; where the function computes
    without the kernel nothing is promised.
    """

    def mark(function: F) -> F:
        function.replayable = Replayable(frozenset(passed), derived, by_shape)  # type: ignore[attr-defined]
        return function

    return mark


def promise_of(function: Callable[..., Any]) -> Replayable | None:
    """What a function has promised, if anything."""
    return getattr(function, "replayable", None)


class Lasting(np.ndarray):
    """An array that follows from shapes and attributes alone, so that it may be passed again."""


def lasting(array: Any) -> Lasting:
    """Mark an array that a function made up by itself, never out of numbers that it got."""
    return np.asarray(array).view(Lasting)


class Recorder:
    """A kernel that computes as another does, and keeps each call with its arguments.

    With the calls it keeps the arrays, so it gives up where these are many: then `calls` is None.
    """

    def __init__(self, kernel: Kernel, fixed: Iterable[Any] = (), most: int = 1 << 62) -> None:
        """most: bytes of arrays; fixed: those that are there anyway."""
        self.kernel, self.scratch = kernel, kernel.scratch
        self.calls: list[tuple[str, Sequence[Any]]] | None = []
        there = [kernel.scratch, *(a for a in fixed if isinstance(a, np.ndarray) and a.size)]
        self._there = [byte_bounds(array) for array in there]
        self._seen: set[int] = set()
        self._bytes, self._most = 0, most

    def call(self, name: str, *arguments: Any) -> None:
        """Call one function, and keep the call."""
        self.kernel.call(name, *arguments)
        if self.calls is None:
            return
        self.calls.append((name, arguments))
        for array in arguments:
            if isinstance(array, np.ndarray):
                self._hold(array)
        if self._bytes > self._most:
            self.calls = None

    def _hold(self, array: np.ndarray) -> None:
        first = address(array)
        if first in self._seen or any(low <= first < high for low, high in self._there):
            return
        self._seen.add(first)
        self._bytes += array.nbytes

    def player(self, program: Program) -> Play:
        """What plays a program."""
        return self.kernel.player(program)
