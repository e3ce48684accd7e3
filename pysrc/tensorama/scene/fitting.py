"""The layout for a window: labels have a size in pixels, blocks one in units."""

from __future__ import annotations

from collections.abc import Collection

from tensorama.scene.build import Scene
from tensorama.scene.camera import Camera, Room
from tensorama.scene.layout import LABEL, Layout, arrange

_LABEL_PIXELS = 58  # height of a label under its block
_TALLEST = 14.0  # units; where blocks are tiny, labels are left out rather


def arrange_in(
    scene: Scene, opened: Collection[int], room: Room, before: Layout | None = None
) -> Layout:
    """Place all blocks with as much height under them as their labels need in this room."""
    label = LABEL  # not that of `before`: the same room and layers, the same picture
    layout = arrange(scene, opened, room.aspect, label, before)
    for _ in range(2):
        unit = Camera().fitted(layout.points, room).unit(room)
        label = min(_TALLEST, _LABEL_PIXELS * unit)
        layout = arrange(scene, opened, room.aspect, label, before)
    return layout
