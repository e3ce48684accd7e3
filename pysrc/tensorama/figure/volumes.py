"""Stacked volumes, as everybody knows them from AlexNet's figure.

A tensor (C,H,W) is a block: H high, W into the depth, C long in the direction of the network. What
slides shows its window on what it reads, and the one cell that is computed from it.
"""

from __future__ import annotations

import math

from tensorama.figure.drawing import Path, Point, Text, line, polygon
from tensorama.figure.labelled import label, label_width, rows_of
from tensorama.figure.looks import Looks, mixed
from tensorama.figure.standing import Seen, Spot
from tensorama.figure.words import Weights, window
from tensorama.phrases import phrase
from tensorama.scene.build import Scene

SAID = phrase("Faces: height × width; length: channels. Edges are drawn on a compressed scale.")

_TALLEST, _LEAST, _POWER = 44.0, 3.2, 0.6  # points of the longest edge; edges grow like n**0.6
_LONGEST, _THIN, _GROWS = 15.0, 2.0, 0.55  # of the most channels
_COLUMN, _SLOWLY = 40.0, 0.4  # of the longest vector
_DEEP, _ANGLE = 0.42, math.radians(40)  # edges into the depth
_ACROSS, _UP = _DEEP * math.cos(_ANGLE), _DEEP * math.sin(_ANGLE)
_WINDOW, _CLEAR = 0.16, 3.6  # the least part of a face that a window takes, and points of it


def lengths(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """A tensor as (channels, height, width): what is more is among the channels, a vector is high.

    (1,96,54,54) → (96, 54, 54); of places and features (1,16,144) → (1, 16, 144); (1,10) →
    (1, 10, 1).
    """
    inner = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    if len(inner) > 3:
        inner = tuple(size for size in inner if size != 1) or (1,)
    if len(inner) >= 3 and inner[-1] == inner[-2] == 1:
        inner = (math.prod(inner),)
    if len(inner) < 2:
        return 1, math.prod(inner), 1
    return math.prod(inner[:-2]), inner[-2], inner[-1]


class Volumes:
    """Sizes and paints a block for each layer."""

    gap = 0.0

    def __init__(self, scene: Scene, weights: Weights, looks: Looks) -> None:
        self.scene, self.weights, self.looks = scene, weights, looks
        sizes = [lengths(block.picture.shape) for block in scene.blocks]
        flat = [(c, h, w) for c, h, w in sizes if w > 1]
        self._widest = max((max(h, w) for _, h, w in flat), default=1)
        self._deepest = max((c for c, _, _ in flat), default=1)
        self._longest = max((h for _, h, w in sizes if w == 1), default=1)
        self.lines = 2

    def _solid(self, block: int) -> tuple[float, float, float, float]:
        """Length, height, and how far the depth goes to the right and up, in points."""
        channels, high, deep = lengths(self.scene.blocks[block].picture.shape)
        if deep == 1:
            tall = max(_LEAST, _COLUMN * (high / self._longest) ** _SLOWLY)
            return _LEAST, tall, _LEAST * _ACROSS * 2, _LEAST * _UP * 2
        edge = [max(_LEAST, _TALLEST * (n / self._widest) ** _POWER) for n in (high, deep)]
        long = _THIN + _LONGEST * (channels / self._deepest) ** _GROWS * (channels > 1)
        return long, edge[0], edge[1] * _ACROSS, edge[1] * _UP

    def size(self, seen: Seen) -> Point:
        """Width and height of a block's place, as wide as its label."""
        shape = self.scene.blocks[seen.block].picture.shape
        self.lines = max(self.lines, len(rows_of(seen, shape)))
        long, tall, across, up = self._solid(seen.block)
        return max(long + across, label_width(seen, shape)), tall + up

    def reach(self, seen: Seen) -> float:
        """How far what is drawn reaches to either side of the middle of its place."""
        long, _, across, _ = self._solid(seen.block)
        return (long + across) / 2

    def paint(self, spot: Spot) -> list[Path | Text]:
        """One block with its label."""
        long, tall, across, up = self._solid(spot.block)
        left, bottom = spot.x - (long + across) / 2, spot.y + (tall + up) / 2
        right, top = left + long, bottom - tall
        fill, edge = self.looks.fill(spot.layer.kind), self.looks.edge(spot.layer.kind)
        faces = [
            ([(left, bottom), (right, bottom), (right, top), (left, top)], fill),
            ([(left, top), (right, top), (right + across, top - up), (left + across, top - up)],
             mixed(fill, "#ffffff", 0.5)),
            ([(right, bottom), (right + across, bottom - up), (right + across, top - up),
              (right, top)], mixed(fill, "#20242b", 0.14)),
        ]  # fmt: skip
        shape = self.scene.blocks[spot.block].picture.shape
        return [
            *(polygon(points, colour, edge) for points, colour in faces),
            *label(spot, shape, bottom, self.looks),
        ]

    def slides(self, source: Spot, target: Spot) -> list[Path]:
        """The window of a layer on what it reads, and where it leads to; [] if it has none."""
        size = () if target.layer.children else window(target.layer, self.weights)
        _, high, deep = lengths(self.scene.blocks[source.block].picture.shape)
        if len(size) != 2 or deep == 1 or source.row != target.row:
            return []
        long, tall, across, up = self._solid(source.block)
        right = source.x - (long + across) / 2 + long
        bottom = source.y + (tall + up) / 2
        v, u = (
            min(1.0, max(_WINDOW, n / whole)) for n, whole in zip(size, (high, deep), strict=True)
        )

        def face(along: float, above: float) -> Point:
            return right + along * across, bottom - along * up - above * tall

        low_u, low_v = 0.5 - u / 2, 0.5 - v / 2
        corners = [face(low_u, low_v), face(low_u + u, low_v), face(low_u + u, low_v + v),
                   face(low_u, low_v + v)]  # fmt: skip
        to_long, _, to_across, to_up = self._solid(target.block)
        to = target.x - (to_long + to_across) / 2, target.y + (to_up / 2)
        if v * tall < _CLEAR:
            return []
        edge = self.looks.line
        return [
            polygon(corners, "", edge, 0.45),
            *(line([corner, to], edge, 0.35, dashed=True) for corner in corners),
        ]
