"""Pictures of weights: the kernels of a convolution as a grid of little maps, large ones reduced.

A reduced picture shows, for each field of weights, the one of the largest magnitude: a recorded
number with its own index, as the face of a closed layer does for its maps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tensorama.scene.pictures.picture import EMPTY, LARGEST_EDGE, Picture, marked, picture_of
from tensorama.scene.pictures.reading import PLAIN

LARGEST_SHEET = 1024  # rows or columns of a reduced picture
MOST_MAPS = 256  # of more, each would be too small to be read
_CHUNK = 1 << 18  # weights that are reduced before the page gets its turn


@dataclass(frozen=True, slots=True)
class Kernels(Picture):
    """The weights (M,C,kH,kW) of a convolution as one map: M × C kernels, an empty cell between.

    Where C is 1 the kernels are folded into a grid. `grid`: rows and columns of kernels. `kernel`:
    rows and columns of each.
    """

    grid: tuple[int, int] = (1, 1)
    kernel: tuple[int, int] = (1, 1)

    def index(self, chart: int, row: int, col: int) -> tuple[int, ...] | None:
        """The tensor's own index of a cell, None between two kernels."""
        (across, y), (along, x) = divmod(row, self.kernel[0] + 1), divmod(col, self.kernel[1] + 1)
        number = across * self.grid[1] + along
        inside = 0 <= row < self.rows and 0 <= col < self.cols and y < self.kernel[0]
        if chart or not inside or x == self.kernel[1] or number >= self._count:
            return None
        flat = (number * self.kernel[0] + y) * self.kernel[1] + x
        return tuple(int(i) for i in np.unravel_index(flat, self.shape))

    def place(self, index: tuple[int, ...]) -> tuple[int, int, int]:
        """The (map, row, column) where the weight at this index is drawn."""
        flat = int(np.ravel_multi_index(index, self.shape))
        number, rest = divmod(flat, self.kernel[0] * self.kernel[1])
        (across, along), (y, x) = divmod(number, self.grid[1]), divmod(rest, self.kernel[1])
        return 0, across * (self.kernel[0] + 1) + y, along * (self.kernel[1] + 1) + x

    @property
    def _count(self) -> int:
        return self.shape[0] * self.shape[1]

    def values(self, array: np.ndarray) -> np.ndarray:
        """The weights as float32 (1, rows, cols), marked where there is none."""
        high, wide = self.kernel
        cells = np.full((self.grid[0] * self.grid[1], high + 1, wide + 1), EMPTY, np.float32)
        plain = Picture(self.tensor, self.shape, "maps", self._count, high, wide, high * wide)
        cells[: self._count, :high, :wide] = plain.values(array)
        grid = cells.reshape(*self.grid, high + 1, wide + 1).transpose(0, 2, 1, 3)
        flat = grid.reshape(self.grid[0] * (high + 1), -1)
        return np.ascontiguousarray(flat[: self.rows, : self.cols])[None]


@dataclass(frozen=True, slots=True)
class Reduced(Picture):
    """A matrix in which each cell stands for a `field` of weights.

    The first `split` axes are its rows, the others its columns.
    """

    field: tuple[int, int] = (1, 1)
    split: int = 1

    @property
    def _matrix(self) -> tuple[int, int]:
        return math.prod(self.shape[: self.split]), math.prod(self.shape[self.split :])

    def index(self, chart: int, row: int, col: int) -> tuple[int, ...] | None:
        """The index of the first weight of a cell's field."""
        if chart or not (0 <= row < self.rows and 0 <= col < self.cols):
            return None
        flat = row * self.field[0] * self._matrix[1] + col * self.field[1]
        return tuple(int(i) for i in np.unravel_index(flat, self.shape))

    def place(self, index: tuple[int, ...]) -> tuple[int, int, int]:
        """The cell whose field holds the weight at this index."""
        row, col = divmod(int(np.ravel_multi_index(index, self.shape)), self._matrix[1])
        return 0, row // self.field[0], col // self.field[1]

    def strongest(self, array: np.ndarray, row: int, col: int) -> tuple[int, ...]:
        """The index of the weight that a cell shows."""
        high, wide = self.field
        matrix = array.reshape(self._matrix)
        part = matrix[row * high : (row + 1) * high, col * wide : (col + 1) * wide]
        y, x = divmod(int(np.argmax(np.abs(part.astype(np.float32)))), part.shape[1])
        flat = (row * high + y) * matrix.shape[1] + col * wide + x
        return tuple(int(i) for i in np.unravel_index(flat, self.shape))

    def values(self, array: np.ndarray) -> np.ndarray:
        """The strongest weight of each field, float32 (1, rows, cols)."""
        values = np.zeros((1, self.rows, self.cols), np.float32)
        for _ in self.reduce(array, values):
            pass
        return values

    def reduce(self, array: np.ndarray, values: np.ndarray) -> Iterator[None]:
        """Fill the values in pieces, as a hundred million weights take a second or two."""
        high, wide = self.field
        matrix = array.reshape(self._matrix)
        columns = np.arange(0, matrix.shape[1], wide)
        step = max(1, _CHUNK // (high * matrix.shape[1]))
        for first in range(0, self.rows, step):
            part = np.asarray(matrix[first * high : (first + step) * high], np.float32)
            rows = np.arange(0, len(part), high)
            top = np.maximum.reduceat(np.maximum.reduceat(part, rows, 0), columns, 1)
            low = np.minimum.reduceat(np.minimum.reduceat(part, rows, 0), columns, 1)
            values[0, first : first + step] = marked(np.where(-low > top, low, top))
            yield


def weight_picture(tensor: str, shape: tuple[int, ...], of_convolution: bool = False) -> Picture:
    """Choose how weights of this shape are drawn."""
    plain = picture_of(tensor, shape)
    if 0 in shape or len(shape) < 2:
        return plain
    if of_convolution and len(shape) >= 3 and math.prod(shape[2:]) > 1:
        high, wide = math.prod(shape[2:-1]), shape[-1]
        across, along = shape[:2] if shape[1] > 1 else _folded(shape[0], high / wide)
        rows, cols = across * (high + 1) - 1, along * (wide + 1) - 1
        if max(rows, cols) <= LARGEST_EDGE:
            return Kernels(
                tensor, shape, "sheet", 1, rows, cols, math.prod(shape), PLAIN, 1,
                (across, along), (high, wide),
            )  # fmt: skip
        return _reduced(tensor, shape, 1, high * wide)
    if sum(size != 1 for size in shape) < 2:
        return plain
    split = 1 if of_convolution else len(shape) - 1
    *outer, rows, cols = (size for size in shape if size != 1)
    maps, few = math.prod(outer), math.prod(shape) <= LARGEST_EDGE**2
    if not of_convolution and maps <= MOST_MAPS and max(rows, cols) <= LARGEST_EDGE and few:
        kind = "maps" if maps > 1 else "sheet"
        return Picture(tensor, shape, kind, maps, rows, cols, rows * cols)
    longest = max(math.prod(shape[:split]), math.prod(shape[split:]))
    return _reduced(tensor, shape, split) if len(shape) > 3 or longest > LARGEST_EDGE else plain


def _reduced(tensor: str, shape: tuple[int, ...], split: int, kernel: int = 1) -> Reduced:
    """A picture of at most LARGEST_SHEET rows and columns; a kernel is never split."""
    rows, cols = math.prod(shape[:split]), math.prod(shape[split:])
    high = math.ceil(rows / LARGEST_SHEET)
    wide = math.ceil(cols / kernel / LARGEST_SHEET) * kernel
    rows, cols = math.ceil(rows / high), math.ceil(cols / wide)
    return Reduced(
        tensor, shape, "sheet", 1, rows, cols, rows * cols, PLAIN, 1, (high, wide), split
    )


def _folded(count: int, slim: float) -> tuple[int, int]:
    along = max(1, math.ceil(math.sqrt(count * slim)))
    return math.ceil(count / along), along
