"""Where each map's numbers lie in the one stack of textures that holds the whole network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.drawing.detail import Detail, Limits, Seen, cells_of, choose_detail, whole
from tensorama.scene.pictures.picture import LARGEST_EDGE

PAGE = LARGEST_EDGE  # the largest edge of a page; every WebGL 2 device has that

_TRIES = 24
_LOW = PAGE // 4  # a page is sent to the card as a whole: no higher than it has to be,
_MOST_LOW = 128  # as long as there are no more than so many of them


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

    def at(self, x: int, y: int, page: int) -> Chunk:
        """The same, lying there."""
        return Chunk(
            self.block, self.first, self.count, self.across, self.rows, self.cols, x, y, page
        )

    def write(self, values: np.ndarray, pages: Mapping[int, np.ndarray]) -> None:
        """Put the numbers of the quads, (count, rows, cols), into their page (height, width)."""
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

    `chunks`: for each block the grids that its quads lie in. `detail`: what these are copies of.
    """

    width: int
    height: int
    pages: int
    slots: np.ndarray
    chunks: tuple[tuple[Chunk, ...], ...]
    detail: Detail

    @property
    def cells(self) -> int:
        """Of all pages."""
        return self.width * self.height * self.pages


def pack_within(scene: Scene, seen: Seen, limits: Limits) -> Atlas:
    """Pack with as much detail as can be seen and as the device allows; see `choose_detail`."""
    budget = float(limits.cells)
    for _ in range(_TRIES):
        atlas = pack(scene, choose_detail(scene, seen, budget))
        if limits.hold(atlas.cells, atlas.pages):
            break
        budget *= 0.8  # shelves leave gaps
    return atlas


def pack(scene: Scene, detail: Detail | None = None) -> Atlas:
    """Put all blocks on shelves, the highest first, and each shelf on the first page with room."""
    detail = detail or whole(scene)
    area = int(cells_of(scene, detail).sum())
    sides = np.array([(b.picture.rows, b.picture.cols) for b in scene.blocks], int).reshape(-1, 2)
    highest, widest = (-(-sides // (1 << detail.level[:, None]))).max(axis=0, initial=1).tolist()
    width = _power_of_two(max(widest, int((area * 1.1) ** 0.5)))
    high = _page_height(highest, area / width)
    blocks = range(len(scene.blocks))
    parts = [part for n in blocks for part in _parts(scene, n, (width, high), detail)]
    chunks: list[Chunk] = []
    filled = [0]  # of each page
    x, y, shelf, page = width, 0, 0, 0
    for part in sorted(parts, key=lambda part: (-part.height, part.first)):
        if x + part.width > width:
            x, shelf = 0, part.height
            page = next((n for n, low in enumerate(filled) if low + shelf <= high), len(filled))
            filled += [0] * (page == len(filled))
            y = filled[page]
            filled[page] += shelf
        chunks.append(part.at(x, y, page))
        x += part.width
    height = high if len(filled) > 1 else min(PAGE, max(1, -(-filled[0] // 8) * 8))
    placed: list[list[Chunk]] = [[] for _ in scene.blocks]
    for chunk in chunks:
        placed[chunk.block].append(chunk)
    slots = _slots(chunks, len(scene.block))
    for number in np.flatnonzero(detail.faces):
        block = scene.blocks[number]
        slots[block.first : block.first + block.count] = slots[block.first]
    return Atlas(width, height, len(filled), slots, tuple(map(tuple, placed)), detail)


def _slots(chunks: Sequence[Chunk], quads: int) -> np.ndarray:
    """The corner of each quad, (quads, 3): column, row, page; those of all chunks at once."""
    slots = np.zeros((quads, 3), np.int32)
    if chunks:
        counts = [chunk.count for chunk in chunks]
        inside = np.arange(sum(counts)) - np.repeat(np.cumsum(counts) - counts, counts)
        columns = [(c.first, c.across, c.cols, c.rows, c.x, c.y, c.page) for c in chunks]
        of = np.repeat(np.arange(len(chunks)), counts)
        first, across, cols, rows, x, y, page = (
            np.array(c)[of] for c in zip(*columns, strict=True)
        )
        row, col = np.divmod(inside, across)
        slots[first + inside] = np.column_stack([x + col * cols, y + row * rows, page])
    return slots


def _page_height(highest: int, rows: float) -> int:
    """How high pages are that hold maps of this height, for so many rows in all."""
    high = highest * max(1, _LOW // highest)
    while high < rows / _MOST_LOW:
        high *= 2
    return min(PAGE, -(-high // 8) * 8)


def _parts(scene: Scene, number: int, page: tuple[int, int], detail: Detail) -> list[Chunk]:
    """A block's quads as grids that are about square and fit a page (width, height) each."""
    block = scene.blocks[number]
    step = 1 << int(detail.level[number])
    rows, cols = -(-block.picture.rows // step), -(-block.picture.cols // step)
    most_across, most_down = max(1, page[0] // cols), max(1, page[1] // rows)
    parts, first = [], block.first
    left = 1 if detail.faces[number] else block.count
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
