"""The layout for a window: labels have a size in pixels, blocks one in units."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import Camera, Room
from tensorama.scene.layout.arrange import LABEL, TITLE, Layout, Spacing, arrange, pitches

# CSS pixels from block to block at which a label can say so much, and the height that it takes then
_FORMS = ((100.0, 58.0), (72.0, 40.0), (32.0, 26.0))
_TITLE_PIXELS = 19.0
_TALLEST, _TALLEST_INSIDE = 14.0, 8.0  # units; where blocks are tiny, words are left out rather
_TALLEST_TITLE = 24.0  # of the outermost frames: few, and they tell where one is
_FEW = 150  # blocks; of more, other proportions are not tried
_WORTH = 0.95  # so much smaller must a unit be for that
_STEP = 1.12  # heights differ by such factors, so that most layouts go on with one
_SHAPES = (
    (1.0, 1.2),
    (0.7, 1.2),
    (0.75, 1.7),
    (1.35, 1.7),
    (1.0, 2.4),
)  # aspects of the whole and of groups


def arrange_in(
    scene: Scene,
    opened: Collection[int],
    room: Room,
) -> Layout:
    """Place all blocks with as much height under them as their labels need in this room.

    The same room and layers, the same picture, whatever was open before.
    """
    layout = arrange(scene, opened, room.aspect)
    tall = _label_pixels(layout, room)
    for _ in range(2):
        spacing = _spaced(layout, room, tall)
        if spacing == layout.spacing:
            break
        layout = arrange(scene, opened, room.aspect, spacing)
    if np.count_nonzero(layout.shown) <= _FEW:
        layout = _best(scene, layout, room, tall)
    return layout


def _best(scene: Scene, first: Layout, room: Room, tall: float) -> Layout:
    """Try other proportions of the whole and of groups; the one in which all is largest wins."""
    best, least = first, _unit(first, room)
    for aspect, inner in _SHAPES:
        if inner != first.spacing.inner and not first.frames:
            continue
        spacing = replace(best.spacing, inner=inner)
        layout = arrange(scene, first.opened, room.aspect * aspect, spacing)
        spaced = _spaced(layout, room, tall)
        if spaced != spacing:
            layout = arrange(scene, first.opened, room.aspect * aspect, spaced)
        unit = _unit(layout, room)
        if unit < least * _WORTH:
            best, least = layout, unit
    return best


def _label_pixels(layout: Layout, room: Room) -> float:
    """The height of labels that say as much as there is width for, if this is the layout."""
    if not layout.shown.any():
        return _FORMS[0][1]
    apart = np.sort(pitches(layout))
    pixels = float(apart[len(apart) // 2]) / _unit(layout, room)
    return next((height for apart, height in _FORMS if pixels >= apart), 0.0)


def _spaced(layout: Layout, room: Room, tall: float) -> Spacing:
    """What to keep free, if everything is to be as large as it is in this layout.

    tall: the height of labels in CSS pixels.
    """
    unit = _unit(layout, room)
    least = min(LABEL, _stepped(_FORMS[0][1] * unit, LABEL))  # for labels to be there from near
    label = max(least, _stepped(tall * unit, LABEL))
    title = _stepped(_TITLE_PIXELS * unit, TITLE)
    return replace(
        layout.spacing,
        label=label if label <= _TALLEST else least,
        title=min(title, _TALLEST_TITLE),
        inner_title=title if title <= _TALLEST_INSIDE else TITLE,
    )


def _stepped(height: float, least: float) -> float:
    """A height that is at least this, and one of a few."""
    steps = math.ceil(math.log(max(height / least, 1e-3), _STEP) - 1e-9)
    return least * _STEP**steps


def _unit(layout: Layout, room: Room) -> float:
    return Camera().fitted(layout.points, room).unit(room)
