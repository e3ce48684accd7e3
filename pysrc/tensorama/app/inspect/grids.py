"""Numbers as small pictures of cells, in the colours of the scene."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.app.inspect.wording import escape
from tensorama.app.state import CellName
from tensorama.scene.pictures.colour import STEPS, Theme, ramp, rgb
from tensorama.scene.pictures.picture import EMPTY, as_numbers, picture_of

_PARTED = 5  # pixels of a cell from which on cells have gaps between them


class Drawing(ABC):
    """What a canvas of the inspector shows."""

    __slots__ = ()

    @property
    @abstractmethod
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""

    @abstractmethod
    def painted(self, theme: Theme, density: float) -> np.ndarray:
        """As an image of so many pixels a CSS pixel → uint8 (height, width, 4)."""


class Canvases:
    """Drawings, and the canvases that show them, by their numbers."""

    def __init__(self) -> None:
        self.grids: list[Drawing] = []

    def grid(self, grid: Drawing, said: str) -> str:
        """A canvas for this; said: what it shows, in words."""
        wide, high = grid.size
        self.grids.append(grid)
        return (
            f'<canvas data-grid="{len(self.grids) - 1}" role="img" aria-label="{escape(said)}" '
            f'style="width:{wide:g}px;height:{high:g}px"></canvas>'
        )


@dataclass(frozen=True, slots=True, eq=False)
class Grid(Drawing):
    """Cells in rows and columns; `wide`: CSS pixels of each.

    values (rows, cols), EMPTY where there is no cell. scale: the magnitude at the end of the ramp.
    beyond (rows, cols): True where the window reaches beyond its tensor. marked: (row, column) of
    the cell that stands out. tensor, index: which cells these are, an integer array for each axis.
    """

    values: np.ndarray
    scale: float
    wide: float
    beyond: np.ndarray | None = None
    marked: tuple[int, int] | None = None
    tensor: str = ""
    index: Sequence[np.ndarray] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        rows, cols = self.values.shape
        return cols * self.wide, rows * self.wide

    def painted(self, theme: Theme, density: float) -> np.ndarray:
        """As an image of so many pixels a CSS pixel → uint8 (height, width, 4)."""
        return _painted(self, theme, density)

    def cell(self, row: int, col: int) -> CellName | None:
        """Which cell of which tensor is drawn here."""
        if not self.tensor or not self.has(row, col):
            return None
        if self.beyond is not None and self.beyond[row, col]:
            return None
        return self.tensor, tuple(int(axis[row, col]) for axis in self.index)

    def has(self, row: int, col: int) -> bool:
        """Whether anything is drawn here."""
        rows, cols = self.values.shape
        return 0 <= row < rows and 0 <= col < cols and self.values[row, col] < EMPTY


def scale_of(values: np.ndarray) -> float:
    """The largest magnitude of numbers that are none too large."""
    numbers = np.abs(as_numbers(np.asarray(values)))
    return float(np.max(numbers, initial=0.0, where=numbers < 1e38))


def folded(values: np.ndarray) -> np.ndarray:
    """A row of values as a sheet: read downwards, column by column, as the scene draws vectors."""
    return picture_of("", (values.size,)).values(as_numbers(values.reshape(-1)))[0]


def folded_index(index: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The indices of a row of cells, each where `folded` puts its value."""
    picture = picture_of("", (index[0].size,)) if index else None
    assert picture is not None
    room = np.zeros(picture.rows * picture.cols, int)
    sheets = []
    for axis in index:
        room[: axis.size] = axis.reshape(-1)
        sheets.append(room.reshape(picture.cols, picture.rows).T.copy())
    return sheets


def strip(values: np.ndarray, columns: int) -> np.ndarray:
    """A row of values as lines of text are: from left to right, and on below → (rows, columns)."""
    lines = np.full((-(-values.size // columns), columns), EMPTY)
    lines.reshape(-1)[: values.size] = as_numbers(values.reshape(-1))
    return lines


def strip_index(index: Sequence[np.ndarray], columns: int) -> list[np.ndarray]:
    """The indices of a row of cells, each where `strip` puts its value."""
    lines = [np.zeros((-(-axis.size // columns), columns), int) for axis in index]
    for line, axis in zip(lines, index, strict=True):
        line.reshape(-1)[: axis.size] = axis.reshape(-1)
    return lines


def laid(values: np.ndarray) -> np.ndarray:
    """Values of any number of axes as a sheet: of one axis folded, of more all sheets in a pile."""
    if values.ndim < 2:
        return folded(values)
    return as_numbers(values.reshape(-1, values.shape[-1]))


def laid_index(index: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The indices of cells, each where `laid` puts its value."""
    if not index:
        return []
    if index[0].ndim < 2:
        return folded_index(index)
    return [axis.reshape(-1, axis.shape[-1]) for axis in index]


def _painted(grid: Grid, theme: Theme, density: float) -> np.ndarray:
    values = grid.values
    side = max(1, round(grid.wide * density))
    empty = values >= EMPTY
    shown = np.where(empty, 0, values)
    with np.errstate(over="ignore"):  # what is far beyond the scale has the colour of its end
        part = np.clip(np.nan_to_num(shown / (grid.scale or 1.0)), -1, 1)
    image = np.empty((*values.shape, 4), np.uint8)
    image[..., :3] = ramp(theme)[np.round(part * STEPS).astype(int) + STEPS]
    image[..., :3][np.isnan(shown)] = np.round(rgb(theme.odd) * 255)
    image[..., 3] = np.where(empty, 0, 255)
    image = image.repeat(side, axis=0).repeat(side, axis=1)
    if grid.beyond is not None and grid.beyond.any():
        _hatch(image, grid.beyond, side, theme)
    if side >= _PARTED * density:
        gap = max(1, round(density))
        for k in range(gap):
            image[side - 1 - k :: side, :, 3] = 0
            image[:, side - 1 - k :: side, 3] = 0
    if grid.marked is not None:
        _mark(image, grid.marked, side, theme, max(1, round(1.5 * density)))
    return image


def _hatch(image: np.ndarray, beyond: np.ndarray, side: int, theme: Theme) -> None:
    """Strike out what is no cell at all."""
    where = beyond.repeat(side, axis=0).repeat(side, axis=1)
    rows, cols = np.indices(where.shape)
    line = (rows + cols) % max(3, side // 3) == 0
    quiet = np.round((0.6 * rgb(theme.quiet) + 0.4 * rgb(theme.ground)) * 255)
    image[where & line, :3] = quiet
    image[where & ~line, 3] = 0


def _mark(image: np.ndarray, cell: tuple[int, int], side: int, theme: Theme, thick: int) -> None:
    """Draw a frame in ink around one cell."""
    top, left = cell[0] * side, cell[1] * side
    inner = image[top + thick : top + side - thick, left + thick : left + side - thick].copy()
    image[top : top + side, left : left + side] = [*np.round(rgb(theme.ink) * 255), 255]
    image[top + thick : top + side - thick, left + thick : left + side - thick] = inner
