"""Where the heat is drawn: a border around whatever is seen, open groups and all."""

from __future__ import annotations

import numpy as np

from tensorama.scene.layout.arrange import Layout

_APART = 0.35  # units between a block and its border
NONE = -1.0  # the heat of a border that is only a border


def borders(
    layout: Layout,
    anchors: np.ndarray,
    sizes: np.ndarray,
    framed: np.ndarray,
    items: np.ndarray,
    shares: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Rectangles to draw (R,4), left, bottom, right, top, and how hot each one is (R,).

    anchors, sizes (B,3) and framed (F,4): where blocks, and frames of open groups, are now. items
    (B,): as what each block is seen. shares: of each item 0..1; without them there are only frames.
    """
    if shares is None or not len(layout.shown):
        return framed, np.full(len(framed), NONE)
    blocks = np.flatnonzero(layout.shown)
    middle, half = anchors[blocks, :2], sizes[blocks, :2] / 2 + _APART
    rectangles = np.concatenate([framed, np.hstack([middle - half, middle + half])])
    groups = [frame.group for frame in layout.frames]
    return rectangles, shares[np.concatenate([groups, items[blocks]]).astype(int)]
