"""Where each map's numbers lie in the one stack of textures that holds the whole network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.picture import LARGEST_EDGE

PAGE = LARGEST_EDGE  # the largest edge of a page; every WebGL 2 device has that


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive quads of one block that lie in a grid on one page.

    `first` quad and `count`; `across` of them stand side by side; x, y: the corner, in cells.
    """

    block: int
    first: int
    count: int
    across: int
    rows: int
    cols: int
    x: int = 0
    y: int = 0
    page: int = 0

    @property
    def width(self) -> int:
        """In cells."""
        return self.across * self.cols

    @property
    def height(self) -> int:
        """In cells."""
        return math.ceil(self.count / self.across) * self.rows

    def slots(self) -> np.ndarray:
        """The corner of each quad, (count, 3): column, row, page."""
        row, col = np.divmod(np.arange(self.count), self.across)
        page = np.full(self.count, self.page)
        return np.column_stack([self.x + col * self.cols, self.y + row * self.rows, page])

    def write(self, values: np.ndarray, pages: np.ndarray) -> None:
        """Put the numbers of the quads, (count, rows, cols), into the pages (P, height, width)."""
        page = pages[self.page]
        whole = self.count // self.across
        grid = page[self.y : self.y + whole * self.rows, self.x : self.x + self.width]
        full = values[: whole * self.across].reshape(whole, self.across, self.rows, self.cols)
        shape = (whole, self.rows, self.across, self.cols)
        np.lib.stride_tricks.as_strided(
            grid,
            shape,
            (
                grid.strides[0] * self.rows,
                grid.strides[0],
                grid.itemsize * self.cols,
                grid.itemsize,
            ),
        )[...] = full.transpose(0, 2, 1, 3)
        rest = values[whole * self.across :]
        for number, chart in enumerate(rest):
            x, y = self.x + number * self.cols, self.y + whole * self.rows
            page[y : y + self.rows, x : x + self.cols] = chart


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Pages of width × height numbers. `slots` (Q,3): column, row, page of each quad's corner.

    `chunks`: for each block the grids that its quads lie in.
    """

    width: int
    height: int
    pages: int
    slots: np.ndarray
    chunks: tuple[tuple[Chunk, ...], ...]


def pack(scene: Scene) -> Atlas:
    """Put all blocks on shelves, the highest first, opening a page when one is full."""
    area = sum(b.count * b.picture.rows * b.picture.cols for b in scene.blocks)
    widest = max((b.picture.cols for b in scene.blocks), default=1)
    width = _power_of_two(max(widest, int((area * 1.1) ** 0.5)))
    parts = [part for n in range(len(scene.blocks)) for part in _parts(scene, n, width)]
    placed: list[list[Chunk]] = [[] for _ in scene.blocks]
    slots = np.zeros((len(scene.block), 3), np.int32)
    x = y = page = shelf = bottom = 0
    for part in sorted(parts, key=lambda part: (-part.height, part.first)):
        if x + part.width > width:
            x, y, shelf = 0, y + shelf, 0
        if y + part.height > PAGE:
            x, y, shelf, page = 0, 0, 0, page + 1
        here = Chunk(
            part.block, part.first, part.count, part.across, part.rows, part.cols, x, y, page
        )
        placed[part.block].append(here)
        slots[part.first : part.first + part.count] = here.slots()
        x, shelf = x + part.width, max(shelf, part.height)
        bottom = max(bottom, y + part.height)
    height = PAGE if page else _power_of_two(bottom)
    return Atlas(width, height, page + 1, slots, tuple(tuple(chunks) for chunks in placed))


def _parts(scene: Scene, number: int, width: int) -> list[Chunk]:
    """A block's quads as grids that are about square and fit a page each."""
    block = scene.blocks[number]
    rows, cols = block.picture.rows, block.picture.cols
    most_across, most_down = max(1, width // cols), max(1, PAGE // rows)
    parts, first, left = [], block.first, block.count
    while left:
        across = min(most_across, max(1, round(math.sqrt(left * rows / cols))))
        if block.image and most_across >= left:  # the shader finds the channels beside the face
            across = left
        count = min(left, across * most_down)
        if count < left:
            across = most_across
            count = min(left, across * most_down)
        parts.append(Chunk(number, first, count, across, rows, cols))
        first, left = first + count, left - count
    return parts


def _power_of_two(size: int) -> int:
    return min(PAGE, 1 << max(0, size - 1).bit_length())
