"""How much a run may do again and again: counted, so that a file ends at the same place everywhere.

What a node does once is bounded by the sizes of its tensors, and these by memory. What bounds a
loop, a scan, a function that calls functions or a text that doubles is only what stands in the
file. All of these draw from one account, so loops inside of loops have no more than one alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np

from tensorama.errors import OperatorError

MOST = 20_000_000  # units; one is half a microsecond of Python or more
NODE = 40  # units of a node that is computed inside of another
_BYTES = 1024  # bytes of what goes in and comes out that are worth a unit
_PRODUCTS = 4096  # multiplications that are
_ENTRY = 64  # bytes that a list spends on an entry


class Work:
    """The account of one run."""

    __slots__ = ("_left",)

    def __init__(self, part: int = 1) -> None:
        """part: how many such accounts are as much as one."""
        self._left = MOST // part

    def spend(self, amount: int) -> None:
        """Draw units. Raises OperatorError when too much was drawn."""
        self._left -= amount
        if self._left < 0:
            raise OperatorError(
                f"the run is given up: its loops, functions and texts took more than {MOST:,} "
                "units of work"
            )

    def spend_on(self, inputs: Iterable[Any], outputs: Iterable[Any], products: int) -> None:
        """Draw what a node inside of another costs that takes and gives these."""
        size = 0
        for value in chain(inputs, outputs):
            size += _bytes_of(value)
        self.spend(NODE + size // _BYTES + products // _PRODUCTS)


def _bytes_of(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return _ENTRY * len(value) if isinstance(value, list) else 0
