"""Where a number comes from: its operands, its formula, its value computed again, what it sees."""

import sys
from collections.abc import Sequence
from types import ModuleType

from tensorama.engine import Trace
from tensorama.explain.explained import Explanation, Group, Source, Term, explain
from tensorama.explain.receptive import Region, receptive, regions
from tensorama.explain.walk import Hop, Why, strongest_source, why

__all__ = [
    "Explanation",
    "Group",
    "Hop",
    "Region",
    "Source",
    "Term",
    "Why",
    "explain",
    "receptive",
    "regions",
    "strongest_source",
    "why",
]


class _Room(ModuleType):
    """This room by its name in `tensorama`, which is also that of what it is for."""

    def __call__(
        self, trace: Trace, tensor: str, index: Sequence[int], fused: bool = True
    ) -> Explanation:
        """`tr.explain(trace, "conv1", (0, 3, 10, 12))`: see the function `explain`."""
        return explain(trace, tensor, index, fused)


sys.modules[__name__].__class__ = _Room
