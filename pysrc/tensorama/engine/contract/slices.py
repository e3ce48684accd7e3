"""Long work in slices, so that a page can breathe between them.

A function that does long work is written as a generator: it yields None between slices and
returns its result. `sliced` makes an ordinary function of it, which runs to the end, and keeps the
generator as its `slices`; whoever wants to breathe drives that instead.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
Slices = Generator[None, None, T]

SLICE_SECONDS = 0.02


def whole(slices: Slices[T]) -> T:
    """Run sliced work to its end without a pause."""
    while True:
        try:
            next(slices)
        except StopIteration as stop:
            return stop.value


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
