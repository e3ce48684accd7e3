"""Long work in slices, so that a page can breathe between them.

A function that does long work is written as a generator: it yields None between slices and
returns its result. `sliced` makes an ordinary function of it, which runs to the end, and keeps the
generator as its `slices`; whoever wants to breathe drives that instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
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

    @property
    def amount(self) -> float:
        """Units of work for one slice."""
        return self._per_second * SLICE_SECONDS

    @contextmanager
    def measured(self, amount: float) -> Iterator[None]:
        """Note how long this amount takes. Short times say too little to learn from."""
        started = time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        if seconds > SLICE_SECONDS / 8:
            self._per_second += (amount / seconds - self._per_second) / 2
