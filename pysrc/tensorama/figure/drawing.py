"""What a figure is made of: outlines and texts, before anyone writes them as SVG or PDF."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]
Step = tuple[str, tuple[float, ...]]  # M x y, L x y, C x y x y x y, Z: as SVG and PDF have them

_ROUND = 0.5523  # of its radius, how far a quarter of a circle's handles reach


@dataclass(frozen=True, slots=True)
class Path:
    """An outline. `fill` and `stroke`: "#rrggbb", "" for none; `width`: of the stroke."""

    steps: tuple[Step, ...]
    fill: str = ""
    stroke: str = ""
    width: float = 0.5
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; (x, y) is on its base line. `anchor`: "start", "middle" or "end"."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    anchor: str = "middle"


@dataclass(slots=True)
class Drawing:
    """Marks on a sheet, the last on top. `ground`: its colour, "" for none."""

    width: float
    height: float
    title: str
    ground: str = ""
    marks: list[Path | Text] = field(default_factory=list)


def polygon(points: Sequence[Point], fill: str, stroke: str, width: float = 0.45) -> Path:
    """A closed outline through these points."""
    first, *others = points
    steps = [("M", first), *(("L", point) for point in others), ("Z", ())]
    return Path(tuple(steps), fill, stroke, width)


def line(points: Sequence[Point], stroke: str, width: float, dashed: bool = False) -> Path:
    """An open line through these points."""
    first, *others = points
    return Path((("M", first), *(("L", point) for point in others)), "", stroke, width, dashed)


def rounded(
    left: float, top: float, wide: float, high: float, radius: float, fill: str, stroke: str = ""
) -> Path:
    """A rectangle with round corners."""
    r = min(radius, wide / 2, high / 2)
    k = r * (1 - _ROUND)
    right, bottom = left + wide, top + high
    steps: list[Step] = [
        ("M", (left + r, top)),
        ("L", (right - r, top)),
        ("C", (right - k, top, right, top + k, right, top + r)),
        ("L", (right, bottom - r)),
        ("C", (right, bottom - k, right - k, bottom, right - r, bottom)),
        ("L", (left + r, bottom)),
        ("C", (left + k, bottom, left, bottom - k, left, bottom - r)),
        ("L", (left, top + r)),
        ("C", (left, top + k, left + k, top, left + r, top)),
        ("Z", ()),
    ]
    return Path(tuple(steps), fill, stroke, 0.5)


def arrow(
    points: Sequence[Point], colour: str, width: float = 0.6, head: float = 3.0
) -> list[Path]:
    """A line that ends in a head at the last point."""
    points = _apart(points)
    if len(points) < 2:
        return []
    (ax, ay), (bx, by) = points[-2], points[-1]
    away = math.hypot(bx - ax, by - ay)
    u, v = (bx - ax) / away, (by - ay) / away
    base = bx - u * head, by - v * head
    wings = [(base[0] - v * head * 0.4, base[1] + u * head * 0.4),
             (base[0] + v * head * 0.4, base[1] - u * head * 0.4)]  # fmt: skip
    shaft = [*points[:-1], (bx - u * head * 0.8, by - v * head * 0.8)]
    return [line(shaft, colour, width), polygon([(bx, by), *wings], colour, "", 0)]


def _apart(points: Sequence[Point]) -> list[Point]:
    """The points without those that lie where the one before does, or straight between others."""
    kept: list[Point] = []
    for point in points:
        if kept and math.dist(kept[-1], point) < 0.05:
            continue
        if len(kept) > 1 and _straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def _straight(a: Point, b: Point, c: Point) -> bool:
    across = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return abs(across) < 0.01 * math.dist(a, c)
