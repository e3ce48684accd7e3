"""Long work in slices, so that a page can breathe between them.

A function that does long work is written as a generator: it yields None between slices and
returns its result. `sliced` makes an ordinary function of it, which runs to the end, and keeps the
generator as its `slices`; whoever wants to breathe drives that instead. `Parts` also say, where
they know it, which part of the work is done, from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
Slices = Generator[None, None, T]
Parts = Generator[float | None, None, T]

SLICE_SECONDS = 0.02


def whole(slices: Parts[T]) -> T:
    """Run sliced work to its end without a pause."""
    while True:
        try:
            next(slices)
        except StopIteration as stop:
            return stop.value


def part(slices: Parts[T], first: float, share: float) -> Parts[T]:
    """The same work as a part of a larger one, of which it is `share` and `first` is done."""
    try:
        while True:
            done = next(slices)
            yield None if done is None else first + share * done
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        slices.close()


def sliced(function: Callable[P, Slices[T]]) -> Callable[P, T]:
    """An ordinary function of sliced work; the work itself stays there as `.slices`."""

    @wraps(function)
    def at_once(*args: P.args, **kwargs: P.kwargs) -> T:
        return whole(function(*args, **kwargs))

    at_once.slices = function  # type: ignore[attr-defined]
    return at_once


class Pace:
    """How much work of one kind fits into a slice, learned from the slices before."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._since_pause = 0.0

    @property
    def amount(self) -> float:
        """Units of work for one slice."""
        return self._per_second * SLICE_SECONDS

    def learn(self, amount: float, seconds: float) -> bool:
        """Note how long an amount took. Says whether it is time for a pause.

        Short times say too little to learn from; for a pause they are added up.
        """
        if seconds > SLICE_SECONDS / 8:
            self._per_second += (amount / seconds - self._per_second) / 2
        self._since_pause += seconds
        if self._since_pause < SLICE_SECONDS / 4:
            return False
        self._since_pause = 0.0
        return True
