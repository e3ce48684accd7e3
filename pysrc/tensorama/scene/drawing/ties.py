"""Lines from a cell to the windows on other blocks that it was computed from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.pick import Hit
from tensorama.scene.pictures.picture import Picture

MOST = 96  # windows that are outlined on one open block; more would hide it
_FRONT = 0.02  # lines lie so far before their map


def ties(
    scene: Scene,
    places: Callable[[int], np.ndarray],
    opened: np.ndarray,
    hit: Hit,
    windows: Mapping[int, tuple[tuple[int, int], ...]],
    threaded: Collection[int] = (),
) -> np.ndarray:
    """Outlines of the windows, and lines from the cell to them → segments (S,2,3).

    places: where the quads of a block are now, (its quads, 5). opened (B,): which blocks are open.
    windows: block → region of its tensor. A closed block is outlined on its face, an open one on
    each map. threaded: blocks to which other lines run.
    """
    cell = _cell(scene, places, hit)
    segments: list[np.ndarray] = []
    for number, region in windows.items():
        block = scene.blocks[number]
        if any(first >= last for first, last in region):
            continue
        charts, rows, cols = _on_maps(block.picture, region)
        if not charts:  # it is of a later item of the batch, which is not drawn
            continue
        quads = [0]
        if opened[number] and block.opens:
            quads = [1 + chart for chart in charts[:MOST]]
        outlines = _corners(places(number)[quads], block.picture, rows, cols)
        segments.append(_around(outlines))
        if number in threaded:
            continue
        if len(outlines) == 1:
            segments.append(np.stack([cell, outlines[0]], axis=1))
        else:
            middles = outlines.mean(axis=1)
            start = np.broadcast_to(cell.mean(axis=0), middles.shape)
            segments.append(np.stack([start, middles], axis=1))
    return (
        np.concatenate(segments).astype(np.float32) if segments else np.zeros((0, 2, 3), np.float32)
    )


def outlined(scene: Scene, places: Callable[[int], np.ndarray], hit: Hit) -> np.ndarray:
    """The border of a cell → segments (4,2,3). places: see `ties`."""
    return _around(_cell(scene, places, hit)[None])


def _cell(scene: Scene, places: Callable[[int], np.ndarray], hit: Hit) -> np.ndarray:
    own = scene.blocks[hit.block]
    at = places(hit.block)[[hit.quad - own.first]]
    return _corners(at, own.picture, (hit.row, hit.row + 1), (hit.col, hit.col + 1))[0]


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
    places: np.ndarray, picture: Picture, rows: tuple[int, int], cols: tuple[int, int]
) -> np.ndarray:
    """The four corners of some cells on each of these maps (M,5), from the top left (M,4,3)."""
    x, y, z, width, height = places.T
    left, right = (x + (c / picture.cols - 0.5) * width for c in cols)
    top, bottom = (y + (0.5 - r / picture.rows) * height for r in rows)
    corners = np.empty((len(places), 4, 3))
    corners[:, [0, 3], 0], corners[:, [1, 2], 0] = left[:, None], right[:, None]
    corners[:, :2, 1], corners[:, 2:, 1] = top[:, None], bottom[:, None]
    corners[..., 2] = z[:, None] + _FRONT
    return corners


def outlines(rectangles: np.ndarray) -> np.ndarray:
    """Rectangles in the plane z = 0, (R,4) left, bottom, right, top → segments (4·R,2,3)."""
    left, bottom, right, top = rectangles.T
    flat = np.zeros_like(left)
    corners = np.stack([
        np.column_stack([x, y, flat])
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    ], axis=1)  # fmt: skip
    return _around(corners)


def _around(corners: np.ndarray) -> np.ndarray:
    """The sides of quadrangles (R,4,3) → segments (4·R,2,3)."""
    return np.stack([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 2, 3)
