"""What lies under the pointer: arithmetic on the line of sight, for all maps at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tensorama.scene.build import Scene


@dataclass(frozen=True, slots=True)
class Hit:
    """The nearest map under a pixel: its quad, block, map (-1: the summary), row and column."""

    quad: int
    block: int
    chart: int
    row: int
    col: int


def placed(
    scene: Scene,
    anchors: np.ndarray,
    opening: np.ndarray,
    shown: np.ndarray | None = None,
    quads: slice | np.ndarray = slice(None),
) -> np.ndarray:
    """Where each quad is now, or each of these, (Q,5): centre x, y, z, width, height.

    opening (B,): how far each block is open, 0..1. shown (B,): how large it is of its full size, 0
    inside a closed group; without it all are. The shader does the same sum.
    """
    block = scene.block[quads]
    part = opening[block][:, None]
    places = scene.closed[quads] * (1 - part) + scene.open[quads] * part
    if shown is not None:
        places *= shown[block][:, None]
    places[:, :3] += anchors[block]
    return places


def pick(
    scene: Scene,
    anchors: np.ndarray,
    opening: np.ndarray,
    shown: np.ndarray | None,
    start: np.ndarray,
    direction: np.ndarray,
) -> Hit | None:
    """The nearest quad that the line of sight meets. All quads face along z.

    Only the maps of blocks whose boxes are met are looked at, so that the time hardly depends on
    how many maps there are. anchors, opening, shown: see `placed`.
    """
    if abs(direction[2]) < 1e-9 or not len(scene.blocks):
        return None
    met = _met(scene, anchors, opening, shown, start, direction)
    parts = [np.arange(b.first, b.first + b.count) for b in (scene.blocks[n] for n in met)]
    if not parts:
        return None
    quads = np.concatenate(parts)
    places = placed(scene, anchors, opening, shown, quads)
    reach = (places[:, 2] - start[2]) / direction[2]
    wide, high = np.maximum(places[:, 3], 1e-9), np.maximum(places[:, 4], 1e-9)
    x = (start[0] + reach * direction[0] - places[:, 0]) / wide + 0.5
    y = 0.5 - (start[1] + reach * direction[1] - places[:, 1]) / high
    inside = (places[:, 3] > 1e-3) & (reach > 0) & (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
    # an open layer has no summary
    inside &= (scene.chart[quads] >= 0) | (opening[scene.block[quads]] < 0.5)
    hits = np.flatnonzero(inside)
    for n in hits[np.argsort(reach[hits], kind="stable")]:
        quad = int(quads[n])
        block, chart = int(scene.block[quad]), int(scene.chart[quad])
        picture = scene.blocks[block].picture
        row, col = int(y[n] * picture.rows), int(x[n] * picture.cols)
        if picture.index(max(chart, 0), row, col) is not None:
            return Hit(quad, block, chart, row, col)
    return None


def _met(
    scene: Scene,
    anchors: np.ndarray,
    opening: np.ndarray,
    shown: np.ndarray | None,
    start: np.ndarray,
    direction: np.ndarray,
) -> list[int]:
    """The blocks around whose maps the line of sight meets the box."""
    closed, opened = _boxes(scene)
    part = opening[:, None, None]
    boxes = closed * (1 - part) + opened * part
    if shown is not None:
        boxes *= shown[:, None, None]
    boxes += anchors[:, None]
    reach = (boxes[..., 2] - start[2]) / direction[2]  # (B,2): its front, its back
    way = start[:2] + reach[..., None] * direction[:2]  # (B,2,2)
    across = (way.min(axis=1) <= boxes[:, 1, :2]) & (way.max(axis=1) >= boxes[:, 0, :2])
    return np.flatnonzero(across.all(axis=1) & (reach > 0).any(axis=1)).tolist()


@lru_cache(maxsize=2)  # the network and a shelf before it
def _boxes(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The boxes around the maps of each block, closed and open: least and largest x, y, z (B,2,3).

    On the way from closed to open the boxes blend as the maps do, and still hold them.
    """
    firsts = np.array([block.first for block in scene.blocks])
    found = []
    for places in (scene.closed, scene.open):
        x, y, z, wide, high = np.ascontiguousarray(places.T)
        sides = (x, wide / 2), (y, high / 2), (z, np.zeros_like(z))
        least = [np.minimum.reduceat(middle - half, firsts) for middle, half in sides]
        most = [np.maximum.reduceat(middle + half, firsts) for middle, half in sides]
        found.append(np.stack([np.stack(least, axis=1), np.stack(most, axis=1)], axis=1))
    return found[0], found[1]
