"""The network as a small plan: the layout seen from the front, and what of it is in view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.scene.camera.camera import Room, project, ray
from tensorama.scene.layout.arrange import Layout

_LEAST = 2.0  # pixels of the plan that a block has at least


@dataclass(frozen=True, slots=True)
class Plan:
    """Left and top of the layout in units, pixels of the plan in a unit, its size in pixels."""

    left: float
    top: float
    scale: float
    width: float
    height: float

    def on_plan(self, points: np.ndarray) -> np.ndarray:
        """Points of the scene (P,2 or more) → pixels of the plan (P,2)."""
        return (points[:, :2] - [self.left, self.top]) * [self.scale, -self.scale]

    def in_scene(self, x: float, y: float) -> tuple[float, float]:
        """The point of the scene at a pixel of the plan."""
        return self.left + x / self.scale, self.top - y / self.scale

    def rectangles(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Boxes of the scene between two corners each → left, top, width, height in pixels."""
        start, end = self.on_plan(low), self.on_plan(high)
        size = np.maximum(np.abs(end - start), _LEAST)
        return np.column_stack([(start + end - size) / 2, size])

    def blocks(self, layout: Layout) -> np.ndarray:
        """All blocks, (B,4): left, top, width, height in pixels."""
        half = layout.sizes[:, :2] / 2
        return self.rectangles(layout.anchors[:, :2] - half, layout.anchors[:, :2] + half)

    def view(self, matrix: np.ndarray, room: Room) -> tuple[float, float, float, float]:
        """What is in view, as a rectangle within the plan: left, top, width, height in pixels."""
        ends = np.array([[0.0, 0.0], [self.width, self.height]])
        found = []
        for x in (room.left, room.width - room.right):
            for y in (room.top, room.height - room.bottom):
                start, direction = ray(x, y, matrix, room)
                reach = -start[2] / direction[2] if abs(direction[2]) > 1e-6 else -1.0
                if reach > 0:
                    found.append(start + reach * direction)
        if len(found) == 4:  # else one looks towards the horizon and may see all
            ends = self.on_plan(np.array(found))
        size = np.array([self.width, self.height])
        low, high = np.clip(ends.min(axis=0), 0, size), np.clip(ends.max(axis=0), 0, size)
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def plan_of(layout: Layout, widest: float, highest: float) -> Plan:
    """A plan of a layout as large as fits into so many pixels."""
    points = layout.points if len(layout.points) else np.zeros((1, 3))
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    wide, deep = np.maximum(high - low, 1e-3).tolist()
    scale = min(widest / wide, highest / deep)
    return Plan(float(low[0]), float(high[1]), scale, wide * scale, deep * scale)


def corner(
    size: tuple[float, float], room: Room, kept: np.ndarray, low: bool = True
) -> tuple[float, float, bool]:
    """In which corner of the free room something of this size covers least of what is kept free.

    kept (K,4): left, top, right, bottom in CSS pixels. low: of two that are as good the lower one;
    else the upper one, and always rather the right one. → left, top, whether it covers something
    """
    wide, high = size
    right, bottom = room.width - room.right - wide, room.height - room.bottom - high
    across, along = (right, room.left), (bottom, room.top) if low else (room.top, bottom)
    spots = np.array([(x, y) for x in across for y in along])
    first = np.maximum(spots[:, None], kept[None, :, :2])
    last = np.minimum(spots[:, None] + size, kept[None, :, 2:])
    covered = np.clip(last - first, 0, None).prod(axis=2).sum(axis=1)
    best = int(covered.argmin())
    x, y = spots[best].tolist()
    return x, y, bool(covered[best] > 0)


def whole_in_view(layout: Layout, matrix: np.ndarray, room: Room) -> bool:
    """Whether all of the layout can be seen."""
    if not len(layout.points):
        return True
    low, high = layout.points.min(axis=0), layout.points.max(axis=0)
    ends = np.array([[x, y, 0] for x in (low[0], high[0]) for y in (low[1], high[1])])
    x, y, w = project(ends, matrix, room).T
    inside = (x > -4) & (x < room.width + 4) & (y > -4) & (y < room.height + 4)
    return bool((inside & (w > 0)).all())
