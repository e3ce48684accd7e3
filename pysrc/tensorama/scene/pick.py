"""What lies under the pointer: arithmetic on the line of sight, for all maps at once."""

from __future__ import annotations

from dataclasses import dataclass

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
    scene: Scene, anchors: np.ndarray, opening: np.ndarray, shown: np.ndarray | None = None
) -> np.ndarray:
    """Where each quad is now, (Q,5): centre x, y, z, width, height.

    opening (B,): how far each block is open, 0..1. shown (B,): how large it is of its full size, 0
    inside a closed group; without it all are. The shader does the same sum.
    """
    part = opening[scene.block][:, None]
    places = scene.closed * (1 - part) + scene.open * part
    if shown is not None:
        places *= shown[scene.block][:, None]
    places[:, :3] += anchors[scene.block]
    return places


def pick(
    scene: Scene, places: np.ndarray, opening: np.ndarray, start: np.ndarray, direction: np.ndarray
) -> Hit | None:
    """The nearest quad that the line of sight meets. All quads face along z."""
    if abs(direction[2]) < 1e-9 or not len(places):
        return None
    reach = (places[:, 2] - start[2]) / direction[2]
    wide, high = np.maximum(places[:, 3], 1e-9), np.maximum(places[:, 4], 1e-9)
    x = (start[0] + reach * direction[0] - places[:, 0]) / wide + 0.5
    y = 0.5 - (start[1] + reach * direction[1] - places[:, 1]) / high
    inside = (places[:, 3] > 1e-3) & (reach > 0) & (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
    inside &= (scene.chart >= 0) | (opening[scene.block] < 0.5)  # an open layer has no summary
    hits = np.flatnonzero(inside)
    for quad in hits[np.argsort(reach[hits], kind="stable")]:
        block = int(scene.block[quad])
        picture = scene.blocks[block].picture
        row, col = int(y[quad] * picture.rows), int(x[quad] * picture.cols)
        chart = int(scene.chart[quad])
        if picture.index(max(chart, 0), row, col) is not None:
            return Hit(int(quad), block, chart, row, col)
    return None
