"""Where a number comes from: its operands, its formula, its value computed again, what it sees."""

from tensorama.explain.explained import Explanation, Group, Source, Term, explain
from tensorama.explain.reach import sources
from tensorama.explain.receptive import Region, receptive, regions

__all__ = [
    "Explanation",
    "Group",
    "Region",
    "Source",
    "Term",
    "explain",
    "receptive",
    "regions",
    "sources",
]
