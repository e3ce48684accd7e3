"""Break a row of columns into lines, like words of a text, so that it fits a room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

Lines = list[list[int]]  # numbers of columns, line by line

_WORTH_WRAPPING = 1.12  # a line more must make everything so much larger
_MOST = 40  # lines that are tried


def break_lines(widths: Sequence[float], heights: Sequence[float], aspect: float) -> Lines:
    """Break columns into lines so that everything can be drawn as large as possible.

    aspect: the room's width by height.
    """
    if not widths:
        return []
    return [[*line] for line in _best(tuple(widths), tuple(heights), aspect)]


@lru_cache(2048)  # networks repeat themselves
def _best(
    widths: tuple[float, ...], heights: tuple[float, ...], aspect: float
) -> tuple[tuple[int, ...], ...]:
    best: Lines = [list(range(len(widths)))]
    best_scale = _scale(best, widths, heights, aspect)
    for count in range(2, min(len(widths), _MOST) + 1):
        lines = _balanced(widths, count)
        scale = _scale(lines, widths, heights, aspect)
        needed = _WORTH_WRAPPING if len(best) == 1 else 1.04
        if scale > best_scale * needed:
            best, best_scale = lines, scale
    return tuple(map(tuple, best))


def _balanced(widths: Sequence[float], count: int) -> Lines:
    target = sum(widths) / count
    lines: Lines = [[]]
    filled = 0.0
    for column, width in enumerate(widths):
        if lines[-1] and filled + width / 2 > target and len(lines) < count:
            lines.append([])
            filled = 0.0
        lines[-1].append(column)
        filled += width
    return lines


def _scale(lines: Lines, widths: Sequence[float], heights: Sequence[float], aspect: float) -> float:
    """The largest scale at which these lines fit a room of height 1 and width `aspect`."""
    spans = [(line[0], line[-1] + 1) for line in lines if line]  # a line has no gaps
    width = max((sum(widths[first:end]) for first, end in spans), default=1.0)
    height = sum([max(heights[first:end]) for first, end in spans])
    return min(aspect / max(width, 1e-6), 1 / max(height, 1e-6))
