"""Lines from a cell to the windows on other blocks that it was computed from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.pick import Hit
from tensorama.scene.picture import Picture

MOST = 96  # windows that are outlined on one open block; more would hide it
_FRONT = 0.02  # lines lie so far before their map


def ties(
    scene: Scene,
    places: np.ndarray,
    opened: np.ndarray,
    hit: Hit,
    windows: Mapping[int, tuple[tuple[int, int], ...]],
) -> np.ndarray:
    """Outlines of the windows, and lines from the cell to them → segments (S,2,3).

    places (Q,5): where the quads are now. opened (B,): which blocks are open. windows: block →
    region of its tensor. A closed block is outlined on its face, an open one on each map.
    """
    cell = _corners(
        places[hit.quad],
        scene.blocks[hit.block].picture,
        (hit.row, hit.row + 1),
        (hit.col, hit.col + 1),
    )
    segments: list[np.ndarray] = []
    for number, region in windows.items():
        block = scene.blocks[number]
        if any(first >= last for first, last in region):
            continue
        charts, rows, cols = _on_maps(block.picture, region)
        if not charts:  # it is of a later item of the batch, which is not drawn
            continue
        if opened[number] and block.opens:
            quads = [block.first + 1 + chart for chart in charts][:MOST]
        else:
            quads = [block.first]
        outlines = [_corners(places[quad], block.picture, rows, cols) for quad in quads]
        segments += [_outline(corners) for corners in outlines]
        if len(outlines) == 1:
            segments.append(np.stack([cell, outlines[0]], axis=1))
        else:
            middles = np.array([corners.mean(axis=0) for corners in outlines])
            start = np.broadcast_to(cell.mean(axis=0), middles.shape)
            segments.append(np.stack([start, middles], axis=1))
    return (
        np.concatenate(segments).astype(np.float32) if segments else np.zeros((0, 2, 3), np.float32)
    )


def _on_maps(
    picture: Picture, region: tuple[tuple[int, int], ...]
) -> tuple[range, tuple[int, int], tuple[int, int]]:
    """Which maps, rows and columns of a picture show a region of its tensor."""
    low = picture.place(tuple(first for first, _ in region))
    high = picture.place(tuple(last - 1 for _, last in region))
    if picture.kind == "vector" and low[2] != high[2]:  # it runs over several columns
        return range(1), (0, picture.rows), (low[2], high[2] + 1)
    charts = range(low[0], min(high[0], picture.maps - 1) + 1)
    return charts, (low[1], high[1] + 1), (low[2], high[2] + 1)


def _corners(
    place: np.ndarray, picture: Picture, rows: tuple[int, int], cols: tuple[int, int]
) -> np.ndarray:
    """The four corners of some cells of a map, (4,3)."""
    x, y, z, width, height = (float(n) for n in place)
    left, right = (x + (c / picture.cols - 0.5) * width for c in cols)
    top, bottom = (y + (0.5 - r / picture.rows) * height for r in rows)
    front = z + _FRONT
    return np.array([
        [left, top, front], [right, top, front], [right, bottom, front], [left, bottom, front],
    ])  # fmt: skip


def outlines(rectangles: np.ndarray) -> np.ndarray:
    """Rectangles in the plane z = 0, (R,4) left, bottom, right, top → segments (4·R,2,3)."""
    left, bottom, right, top = rectangles.T
    flat = np.zeros_like(left)
    corners = np.stack([
        np.column_stack([x, y, flat])
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    ], axis=1)  # fmt: skip
    return np.stack([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 2, 3)


def _outline(corners: np.ndarray) -> np.ndarray:
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
