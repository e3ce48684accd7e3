"""The lines between blocks as polylines."""

from __future__ import annotations

import numpy as np

from tensorama.scene.layout import ROW_GAP, Layout

POINTS = 24  # of each link's polyline
_ASIDE = 2.2  # how far beside the blocks a link runs down to the next line


def link_points(layout: Layout, anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The links of a layout → (K, POINTS, 3).

    anchors, sizes (B,3): where the blocks are at this moment. A link leaves at the right edge and
    arrives at the left one; one to another line of the layout runs down between the lines.
    """
    if not len(layout.links):
        return np.zeros((0, POINTS, 3), np.float32)
    source, target = layout.links.T
    start = anchors[source] + sizes[source] * [0.5, 0, 0]
    end = anchors[target] - sizes[target] * [0.5, 0, 0]
    t = np.linspace(0, 1, POINTS, dtype=np.float32)[None, :, None]
    ease = t * t * (3 - 2 * t)
    points = np.empty((len(source), POINTS, 3), np.float32)
    points[:] = start[:, None] * (1 - t) + end[:, None] * t
    points[..., 1] = (start[:, None, 1:2] * (1 - ease) + end[:, None, 1:2] * ease)[..., 0]
    points[..., 1] += np.minimum(1, 4 * t * (1 - t) * 1.6)[..., 0] * layout.lift[:, None]
    for k in np.flatnonzero(layout.row[source] < layout.row[target]):
        if end[k, 0] < start[k, 0] + 2 * _ASIDE:  # back to the start of a line below
            low = float(layout.low[layout.row[source[k]]]) - ROW_GAP / 2
            points[k] = _turn(start[k], end[k], low)
    return points


def _turn(start: np.ndarray, end: np.ndarray, low: float) -> np.ndarray:
    """From the end of one line to the start of the next: out, down to `low`, back, in."""
    corners = np.array([
        start,
        [start[0] + _ASIDE, start[1], 0],
        [start[0] + _ASIDE, low, 0],
        [end[0] - _ASIDE, low, 0],
        [end[0] - _ASIDE, end[1], 0],
        end,
    ])  # fmt: skip
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    even = np.linspace(0, along[-1], POINTS - len(corners) + 2)
    at = np.sort(np.concatenate([even, along[1:-1]]))  # the corners too, so that they stay sharp
    return np.stack([np.interp(at, along, corners[:, k]) for k in range(3)], axis=1)
