"""The layout for a window: labels have a size in pixels, blocks one in units."""

from __future__ import annotations

import math
from collections.abc import Collection

from tensorama.scene.build import Scene
from tensorama.scene.camera import Camera, Room
from tensorama.scene.layout import LABEL, Layout, arrange

_LABEL_PIXELS = 58  # height of a label under its block
_TALLEST = 14.0  # units; where blocks are tiny, labels are left out rather
_STEP = 1.12  # heights of labels differ by such factors, so that most layouts go on with one


def arrange_in(
    scene: Scene,
    opened: Collection[int],
    room: Room,
    before: Layout | None = None,
    held: int | None = None,
) -> Layout:
    """Place all blocks with as much height under them as their labels need in this room.

    Where an item is `held`, nothing but what opens or closes changes its size; see `arrange`.
    """
    if before is not None and held is not None:
        return arrange(scene, opened, room.aspect, before.label, before, held)
    label = LABEL  # not that of `before`: the same room and layers, the same picture
    layout = arrange(scene, opened, room.aspect, label, before)
    for _ in range(2):
        unit = Camera().fitted(layout.points, room).unit(room)
        wanted = min(_TALLEST, _LABEL_PIXELS * unit)
        steps = math.ceil(math.log(max(wanted, 1e-3) / LABEL, _STEP) - 1e-9)
        stepped = min(_TALLEST, LABEL * _STEP**steps)
        if stepped == label:
            break
        label = stepped
        layout = arrange(scene, opened, room.aspect, label, before)
    return layout
