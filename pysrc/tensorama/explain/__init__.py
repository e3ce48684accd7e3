"""Where a number comes from: its operands, its formula, its value computed again, what it sees."""

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
