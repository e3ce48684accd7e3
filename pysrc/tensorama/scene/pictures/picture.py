"""How a tensor's numbers lie on maps of rows and columns.

(N,C,H,W): the first item's C maps of H×W.  (C,H,W) likewise.  (N,D) with N = 1 and (D,): a bar of
cells, folded into columns that are read downwards.  (T,D) and (T,1,D): a sheet.  A scalar: one
cell. More than four axes: the leading ones are all maps; of a volume (N,C,D,H,W) each D of them are
a stack.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np

from tensorama.phrases import phrase
from tensorama.scene.pictures.reading import PLAIN, Reading

LARGEST_EDGE = 2048  # cells along an edge; what is longer is folded into columns like a vector
COLUMN = 16  # a vector of up to so many cells stays one column
EMPTY = np.float32(3.0e38)  # no number here: the cell is not drawn
NAN = np.float32(2.0e38)  # a cell that holds NaN; drawn as such, never as a value
BEYOND = np.float32(1.2e38)  # infinite, or nearly: drawn struck out, on no place of the scale
END = np.float16(6.0e4)  # infinite in a texture of half floats, where infinity itself is a mark
LARGEST = np.float32(1.0e38)  # what is larger than this does not set the scale


@dataclass(frozen=True, slots=True)
class Picture:
    """The maps of one tensor: `maps` pictures of `rows` by `cols` cells.

    `kind` is "maps", "sheet", "vector" or "scalar"; `shape` is the tensor's own. `cells` is how
    many numbers a map has: less than rows × cols only in a vector whose last column is not full,
    less than the tensor has only in one of over four million numbers, whose first ones are shown.
    `reading`: what the numbers are and which axis means what. `depth`: how many maps, one behind
    the other, are the slices of one volume.
    """

    tensor: str
    shape: tuple[int, ...]
    kind: str
    maps: int
    rows: int
    cols: int
    cells: int
    reading: Reading = PLAIN
    depth: int = 1

    @property
    def _ordered(self) -> tuple[int, ...]:
        """The shape with its axes in the order in which they are drawn."""
        return tuple(self.shape[axis] for axis in self.reading.axes or range(len(self.shape)))

    def name(self, chart: int) -> str:
        """What a map is called: "head 3", "channel 2, slice 5", "" where it is only one of many."""
        volume, slice_ = divmod(chart, self.depth)
        if self.depth > 1:
            if self.maps <= self.depth:
                return phrase("slice {slice}", slice=slice_ + 1)
            return phrase("channel {channel}, slice {slice}", channel=volume + 1, slice=slice_ + 1)
        called = self.reading.called
        if not called or self.maps == 1:
            return ""
        if called == "direction":
            return phrase("backward") if chart else phrase("forward")
        return phrase("head {number}", number=chart)

    @property
    def items(self) -> int:
        """How many items the batch has, of which only the first is drawn."""
        whole = self.kind in ("maps", "sheet")
        return math.prod(self.shape) // (self.maps * self.cells) if whole else 1

    def index(self, chart: int, row: int, col: int) -> tuple[int, ...] | None:
        """The tensor's own index of a cell, None where there is no number."""
        if not (0 <= chart < self.maps and 0 <= row < self.rows and 0 <= col < self.cols):
            return None
        if self.kind in ("vector", "scalar"):
            flat = col * self.rows + row
            if flat >= self.cells:
                return None
        else:
            flat = (chart * self.rows + row) * self.cols + col
        if not self.shape:
            return ()
        found = [int(i) for i in np.unravel_index(flat, self._ordered)]
        axes = self.reading.axes or range(len(found))
        return tuple(i for _, i in sorted(zip(axes, found, strict=True)))

    def place(self, index: tuple[int, ...]) -> tuple[int, int, int]:
        """The (map, row, column) where the number at this index of the tensor is drawn."""
        chart, row, col = (int(part) for part in self.places([np.asarray(i) for i in index]))
        return chart, row, col

    def places(self, index: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The maps, rows and columns of many numbers, an array of indices for each axis."""
        ordered = tuple(index[axis] for axis in self.reading.axes or range(len(index)))
        flat = np.asarray(np.ravel_multi_index(ordered, self._ordered) if self.shape else 0)
        if self.kind in ("vector", "scalar"):
            return np.zeros_like(flat), flat % self.rows, flat // self.rows
        chart, rest = divmod(flat, self.rows * self.cols)
        row, col = divmod(rest, self.cols)
        return chart, row, col

    def through(self, array: np.ndarray, row: int, col: int) -> np.ndarray:
        """The numbers of all maps at one cell, (maps, 1, 1), as `values` has them; of maps only."""
        flat = np.arange(self.maps) * (self.rows * self.cols) + row * self.cols + col
        found = np.unravel_index(flat, self._ordered)
        back = np.argsort(self.reading.axes) if self.reading.axes else range(len(found))
        numbers = array[tuple(found[axis] for axis in back)]
        return marked(_to_colour(numbers, self.reading.sort))[:, None, None]

    def values(self, array: np.ndarray) -> np.ndarray:
        """The tensor's numbers as float32 (maps, rows, cols), marked where there is none.

        Only the first item of a batch is drawn.
        """
        wanted = self.maps * self.cells
        if self.reading.axes:
            array = array.transpose(self.reading.axes)
        flat = _to_colour(array.reshape(-1)[:wanted], self.reading.sort)
        flat = marked(flat)
        if self.kind not in ("vector", "scalar"):
            return flat.reshape(self.maps, self.rows, self.cols)
        padded = np.full(self.rows * self.cols, EMPTY, np.float32)
        padded[: flat.size] = flat
        return np.ascontiguousarray(padded.reshape(self.cols, self.rows).T)[None]


def marked(values: np.ndarray) -> np.ndarray:
    """The same float32 values with marks for those that are no number, or infinite."""
    beyond = ~(np.abs(values) <= LARGEST)
    if not beyond.any():
        return values
    special = np.where(np.isnan(values), NAN, np.copysign(BEYOND, values))
    return np.where(beyond, special, values)


def as_halves(values: np.ndarray, factor: float) -> np.ndarray:
    """A picture's values, times a factor, as float16 for a texture.

    The factor brings the largest to about 1, where half floats keep eleven binary digits. What is
    infinite becomes ±END, a NaN infinity, and where there is no number minus infinity.
    """
    with np.errstate(over="ignore"):
        halves = (values * np.float32(factor)).astype(np.float16)
    special = np.abs(values) > LARGEST
    if special.any():
        ends = np.where(values > 0, END, -END)
        ends = np.where(values >= NAN, np.float16(np.inf), ends)
        halves[special] = np.where(values >= EMPTY, np.float16(-np.inf), ends)[special]
    return halves


def _to_colour(flat: np.ndarray, sort: str) -> np.ndarray:
    """A tensor's values as float32 to colour: numbers as they are, names as places of hues."""
    if sort in ("label", "text") or flat.dtype.kind in "OUS":
        return places_among_colours(flat)
    return as_numbers(flat)


def places_among_colours(flat: np.ndarray) -> np.ndarray:
    """For names (ids or texts) a place 0..1 on the circle of hues each: the same for the same name.

    The golden section brings ids that follow one another far apart.
    """
    if flat.dtype.kind in "OUS":
        flat = np.array([crc32(str(item).encode()) for item in flat], np.int64)
    return (flat.astype(np.float64) * 0.6180339887498949 % 1.0).astype(np.float32)


def as_numbers(array: np.ndarray) -> np.ndarray:
    """Numbers of any type as float32 to colour."""
    if array.dtype.kind == "c":
        array = np.abs(array)
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


def picture_of(tensor: str, shape: tuple[int, ...], reading: Reading = PLAIN) -> Picture:
    """Choose how a tensor of this shape is drawn. One without numbers is a cell without one."""
    if math.prod(shape) == 0:
        return Picture(tensor, shape, "vector", 1, 1, 1, 0, reading)
    ordered = tuple(shape[axis] for axis in reading.axes or range(len(shape)))
    drop_batch = len(shape) > 1 and (ordered[0] == 1 or len(shape) >= 4)
    inner = ordered[1:] if drop_batch else ordered
    if len(inner) == 3 and inner[1] == 1 < min(inner[0], inner[2]) and not drop_batch:
        inner = inner[0], inner[2]  # steps in time of a batch of one
    cells = math.prod(inner)
    slim = sum(size != 1 for size in inner) <= 1  # at most one axis has an extent
    if slim or max(inner[-2:]) > LARGEST_EDGE:
        shown = min(cells, LARGEST_EDGE**2)
        rows = _column(shown)
        kind = "scalar" if cells == 1 else "vector"
        cols = max(1, math.ceil(shown / rows))
        return Picture(tensor, shape, kind, 1, rows, cols, shown, reading)
    rows, cols = inner[-2:]
    maps = math.prod(inner[:-2])
    kind = "sheet" if maps == 1 else "maps"
    depth = inner[-3] if reading.volume and len(inner) >= 4 else 1
    return Picture(tensor, shape, kind, maps, rows, cols, rows * cols, reading, depth)


@cache
def _column(cells: int) -> int:
    """How many cells of a vector stand in one column: all, or a grid about twice as high as wide.

    A grid without empty places is worth other proportions: a notch looks as if it meant something.
    """
    if cells <= COLUMN:
        return max(1, cells)
    ideal = min(cells, LARGEST_EDGE, max(COLUMN, math.ceil(math.sqrt(cells * 1.9))))
    least = max(
        math.ceil(ideal * (0.62 if cells <= 2 * COLUMN else 0.8)), math.ceil(cells / LARGEST_EDGE)
    )
    most = max(least, min(LARGEST_EDGE, math.ceil(ideal * 1.6)))
    return min(
        range(least, most + 1),
        key=lambda rows: (cells % rows > 0) + (-cells % rows) / cells + abs(math.log(rows / ideal)),
    )
