"""Which rows of a long list stand on the page: those in sight, a few beyond, and where one is."""

from __future__ import annotations

import math
from typing import Any

_BEYOND = 6  # rows kept above and below those in sight


def in_sight(scroller: Any, high: float, count: int, at: int) -> list[int]:
    """The numbers of the rows of this height that belong on the page, of so many."""
    first = math.floor(scroller.scrollTop / high) - _BEYOND
    end = first + math.ceil(scroller.clientHeight / high) + 2 * _BEYOND
    wanted = {*range(max(0, first), min(count, end))}
    if count:
        wanted.add(at)
    return sorted(wanted)
