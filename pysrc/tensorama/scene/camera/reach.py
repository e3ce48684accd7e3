"""How close and how far one can look from: where there is still something to be seen."""

from __future__ import annotations

import math

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import FIELD_OF_VIEW, REACH, Camera, Reach, Room

_CELL = 72.0  # CSS pixels of the smallest cell, seen from the closest
_CLOSE = 0.3, 8.0  # units within which that lies
_AWAY = 2.5  # times as far as from where all just fits


def reach(scene: Scene, points: np.ndarray, room: Room) -> Reach:
    """From the closest the smallest cell is large enough for its number; from the furthest the
    network is less than half as large as the room.

    points (P,3): the corners of everything.
    """
    if not scene.blocks:
        return REACH
    cols = np.array([scene.blocks[number].picture.cols for number in scene.block.tolist()])
    wide = np.concatenate([scene.closed[:, 3], scene.open[:, 3]])
    cells = (wide / np.tile(np.maximum(cols, 1), 2))[wide > 0]
    unit = float(cells.min(initial=1.0)) / _CELL
    close = unit * room.free_height / (2 * math.tan(FIELD_OF_VIEW / 2))
    closest = max(_CLOSE[0], min(_CLOSE[1], close))
    return closest, max(_AWAY * Camera().fitted(points, room).distance, 2 * closest)
