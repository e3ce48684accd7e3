"""Where each map's numbers lie in the one stack of textures that holds the whole network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.picture import LARGEST_EDGE

PAGE = LARGEST_EDGE  # the largest edge of a page; every WebGL 2 device has that


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Pages of width × height numbers. `slots` (Q,3): column, row, page of each quad's corner."""

    width: int
    height: int
    pages: int
    slots: np.ndarray


def pack(scene: Scene) -> Atlas:
    """Put all maps on shelves, the highest first, opening a page when one is full.

    Raises ValueError for a map that is larger than a page.
    """
    sizes = np.array([
        (scene.blocks[block].picture.cols, scene.blocks[block].picture.rows)
        for block in scene.block
    ]).reshape(-1, 2)  # fmt: skip
    if len(sizes) and sizes.max() > PAGE:
        raise ValueError(f"A map of {sizes.max()} cells is larger than a page of {PAGE}.")
    area = int((sizes[:, 0] * sizes[:, 1]).sum())
    width = _power_of_two(max(int(sizes[:, 0].max(initial=1)), int((area * 1.1) ** 0.5)))
    slots = np.zeros((len(sizes), 3), np.int32)
    x = y = page = shelf = bottom = 0
    for quad in np.argsort(-sizes[:, 1], kind="stable"):
        w, h = int(sizes[quad, 0]), int(sizes[quad, 1])
        if x + w > width:
            x, y, shelf = 0, y + shelf, 0
        if y + h > PAGE:
            x, y, shelf, page = 0, 0, 0, page + 1
        slots[quad] = x, y, page
        x, shelf = x + w, max(shelf, h)
        bottom = max(bottom, y + h)
    return Atlas(width, PAGE if page else _power_of_two(bottom), page + 1, slots)


def _power_of_two(size: int) -> int:
    return min(PAGE, 1 << max(0, size - 1).bit_length())
