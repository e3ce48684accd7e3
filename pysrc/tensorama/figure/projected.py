"""The scene as it stands in the page, projected in parallel from the left and above."""

from __future__ import annotations

import math

from tensorama.figure.drawing import Path, Point, Text, line, polygon
from tensorama.figure.labelled import label, label_width, rows_of
from tensorama.figure.looks import Looks, mixed
from tensorama.figure.standing import Seen, Spot
from tensorama.figure.words import Weights
from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import HOME_PITCH, HOME_YAW

_UNIT = 2.9  # points in a unit of the scene
# what lies a unit behind: so far to the right and up. Faces keep their form, unlike in perspective
_BEHIND = math.sin(HOME_YAW), math.sin(HOME_PITCH) * math.cos(HOME_YAW)
_SLICE = 1.7  # points from one map of a stack to the next
_FINEST = 1.3  # points of a cell whose edges are drawn
_MOST = 400  # cells whose edges are drawn


class Projected:
    """Sizes and paints the closed stack of each layer."""

    gap = 0.0

    def __init__(self, scene: Scene, weights: Weights, looks: Looks) -> None:
        self.scene, self.looks = scene, looks
        self.lines = 2

    def _reach(self, block: int) -> tuple[float, float, float, float]:
        """Width and height of the face, and how far the stack reaches to the left and up."""
        wide, high, deep = (size * _UNIT for size in self.scene.blocks[block].closed_size)
        return wide, high, -_BEHIND[0] * deep, _BEHIND[1] * deep

    def size(self, seen: Seen) -> Point:
        """Width and height of a stack's place, as wide as its label."""
        shape = self.scene.blocks[seen.block].picture.shape
        self.lines = max(self.lines, len(rows_of(seen, shape)))
        wide, high, left, up = self._reach(seen.block)
        return max(wide + left, label_width(seen, shape)), high + up

    def reach(self, seen: Seen) -> float:
        """How far what is drawn reaches to either side of the middle of its place."""
        wide, _, left, _ = self._reach(seen.block)
        return (wide + left) / 2

    def paint(self, spot: Spot) -> list[Path | Text]:
        """One stack, the farthest map first, with its label."""
        block = self.scene.blocks[spot.block]
        wide, high, left, up = self._reach(spot.block)
        x, y = spot.x + left / 2, spot.y + up / 2  # the middle of the face
        fill, edge = self.looks.fill(spot.layer.kind), self.looks.edge(spot.layer.kind)
        quads = self.scene.closed[block.first : block.first + block.count]
        drawn = _apart(sorted((q for q in quads.tolist() if q[3] > 0), key=lambda quad: -quad[2]))
        marks: list[Path | Text] = []
        for number, (qx, qy, z, w, h) in enumerate(drawn, 1):
            middle = x + (qx - z * _BEHIND[0]) * _UNIT, y - (qy - z * _BEHIND[1]) * _UNIT
            colour = fill if number == len(drawn) else mixed(fill, "#ffffff", 0.45)
            marks.append(polygon(_corners(middle, w * _UNIT, h * _UNIT), colour, edge, 0.35))
        rows, cols = block.picture.rows, block.picture.cols
        cell = min(wide / cols, high / rows) if rows * cols else 0
        if block.picture.kind in ("vector", "sheet") and cell >= _FINEST and rows * cols <= _MOST:
            marks += _grid(x, y, wide, high, rows, cols, edge)
        return [*marks, *label(spot, block.picture.shape, y + high / 2, self.looks)]


def _apart(quads: list[list[float]]) -> list[list[float]]:
    """Of maps from the nearest to the farthest those that are seen to lie behind one another."""
    kept = quads[:1]
    for quad in quads[1:]:
        if (kept[-1][2] - quad[2]) * _UNIT * -_BEHIND[0] >= _SLICE:
            kept.append(quad)
    return kept[::-1]


def _corners(middle: Point, wide: float, high: float) -> list[Point]:
    x, y = middle
    return [(x - wide / 2, y - high / 2), (x + wide / 2, y - high / 2),
            (x + wide / 2, y + high / 2), (x - wide / 2, y + high / 2)]  # fmt: skip


def _grid(
    x: float, y: float, wide: float, high: float, rows: int, cols: int, colour: str
) -> list[Path]:
    left, top = x - wide / 2, y - high / 2
    across = [top + high * row / rows for row in range(1, rows)]
    down = [left + wide * col / cols for col in range(1, cols)]
    return [
        *(line([(left, at), (left + wide, at)], colour, 0.25) for at in across),
        *(line([(at, top), (at, top + high)], colour, 0.25) for at in down),
    ]
