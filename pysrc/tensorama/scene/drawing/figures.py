"""Numbers and words on cells that are near enough to read them, and names over maps.

Pure arithmetic: which cells, where on the canvas, with what text and on what colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tensorama.scene.build import Block, Scene, name_height
from tensorama.scene.camera.camera import Room, project, ray
from tensorama.scene.pictures.colour import THEMES, ramp
from tensorama.scene.pictures.order import numbers_of
from tensorama.scene.pictures.picture import LARGEST, Picture, as_numbers
from tensorama.scene.pictures.summary import loudest
from tensorama.scene.pictures.weights import Reduced

LETTER, LINE = 6.4, 15.0  # CSS pixels of a digit and of a line
_SLIM = 5.4  # CSS pixels of a letter of "true" and "false"
_FEWEST = 3  # letters that a text is cut down to at most
NOT_DARK = (-1, -1, 0, -1)
_MOST = 900  # cells with a text at a time
_CAPTION_HIGH = 12.0  # CSS pixels over a map that its name takes
_CAPTION = 40.0  # CSS pixels that a map is wide, at least, to have its name over it


@dataclass(frozen=True, slots=True)
class Figure:
    """A text on the canvas: its middle in CSS pixels, or of a caption its left end and lower edge.

    `on`: "bright" or "dark", what it stands on, or "ground" for a caption.
    """

    x: float
    y: float
    text: str
    on: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What is to be known of the picture at a moment: see `Stage` for each."""

    scene: Scene
    places: np.ndarray
    opened: Collection[int]
    blocks: Collection[int]  # those that are seen and lit
    matrix: np.ndarray
    room: Room
    theme: str
    scale: Callable[[int, int], float]  # of a block and a quad: the magnitude at the ramp's ends
    dark: tuple[int, int, int, int] = NOT_DARK  # block, map, first and last cell without a light


def figures(sight: Sight, array_of: Callable[[int], np.ndarray]) -> list[Figure]:
    """All texts on cells and over maps that can be read from here.

    array_of: a block's recorded tensor.
    """
    found: list[Figure] = []
    windows: dict[float, np.ndarray] = {}
    for number in _near(sight):
        block = sight.scene.blocks[number]
        is_open = block.opens and number in sight.opened
        first = block.first + block.opens * is_open
        quads = np.arange(first, block.first + block.count if is_open else first + 1)
        for quad in quads[_overlapping(sight, quads, windows)].tolist():
            found += _captions(sight, block, quad)
            if block.picture.cells and len(found) < _MOST:
                window = windows[float(sight.places[quad, 2])]
                found += _on_cells(sight, block, quad, array_of(number), window)
    return found[:_MOST]


@lru_cache(maxsize=2)  # the network and a shelf before it
def _facts(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each block: its first map, columns and rows, depth, and whether its maps have names."""
    blocks = scene.blocks
    return (
        np.array([block.first + block.opens for block in blocks]),
        np.array([[block.picture.cols, block.picture.rows] for block in blocks]),
        np.array([max(block.closed_size[2], block.open_size[2]) for block in blocks]),
        np.array([bool(block.picture.name(0)) for block in blocks]),
    )


def _near(sight: Sight) -> list[int]:
    """The blocks in whose cells, or over whose maps, a text would fit if they were seen from the
    front; found for all of them at once."""
    numbers = np.fromiter(sight.blocks, int)
    if not len(numbers):
        return []
    quads, cells, deep, named = (facts[numbers] for facts in _facts(sight.scene))
    depth = sight.places[quads, :3] @ sight.matrix[3, :3] + sight.matrix[3, 3]
    pixels = sight.places[quads, 3:5] * _focal(sight) / np.maximum(depth - deep, 0.05)[:, None]
    fits = (pixels / cells >= [LETTER * 1.5, LINE * 0.8]).all(axis=1)
    return numbers[fits | (named & (pixels[:, 0] >= _CAPTION))].tolist()


def _overlapping(sight: Sight, quads: np.ndarray, windows: dict[float, np.ndarray]) -> np.ndarray:
    """Which quads are on the canvas, at least in part; notes the window on each of their planes."""
    places = sight.places[quads]
    seen = np.zeros(len(quads), bool)
    for plane in {*places[:, 2].tolist()}:
        if plane not in windows:
            windows[plane] = _window(sight, plane)
        left, bottom, right, top = windows[plane]
        x, y, _, wide, high = places.T
        seen |= (
            (places[:, 2] == plane)
            & (x + wide / 2 > left) & (x - wide / 2 < right)
            & (y + high / 2 > bottom) & (y - high / 2 < top)
        )  # fmt: skip
    return seen


def _window(sight: Sight, plane: float) -> np.ndarray:
    """What of a plane z = … can be on the canvas: left, bottom, right, top."""
    points = []
    for x in (0.0, sight.room.width):
        for y in (0.0, sight.room.height):
            start, direction = ray(x, y, sight.matrix, sight.room)
            reach = (plane - start[2]) / direction[2] if abs(direction[2]) > 1e-6 else -1.0
            if reach <= 0:  # towards the horizon: all of it may be seen
                return np.array([-np.inf, -np.inf, np.inf, np.inf])
            points.append((start + reach * direction)[:2])
    return np.concatenate([np.min(points, axis=0), np.max(points, axis=0)])


def _focal(sight: Sight) -> float:
    """CSS pixels of a unit at distance 1."""
    return float(np.linalg.norm(sight.matrix[0, :3]) * sight.room.width / 2)


def _captions(sight: Sight, block: Block, quad: int) -> list[Figure]:
    """The name over a map, of a volume under its first slice: the others rise behind it."""
    chart = int(sight.scene.chart[quad])
    picture = block.picture
    text = picture.name(chart) if chart >= 0 else ""
    if not text or chart % picture.depth:
        return []
    text = text.split(", slice")[0] if picture.maps > picture.depth else text
    x, y, z, wide, high = sight.places[quad]
    edge = y + high / 2 * (1 if picture.depth == 1 else -1)
    ends = np.array([[x - wide / 2, edge, z], [x + wide / 2, edge, z]])
    (left, top, w), (right, _, _) = project(ends, sight.matrix, sight.room)
    pixels = (right - left) / wide  # of a unit
    low = picture.depth == 1 and name_height(wide, high) * pixels < _CAPTION_HIGH
    if w <= 0 or low or right - left < max(_CAPTION, LETTER * len(text)):
        return []
    return [Figure(float(left), float(top) + (-5 if picture.depth == 1 else 12), text, "ground")]


def _on_cells(
    sight: Sight, block: Block, quad: int, array: np.ndarray, window: np.ndarray
) -> list[Figure]:
    picture, place = block.picture, sight.places[quad]
    rows, cols = _in_view(place, picture, window)
    if not len(rows) or len(rows) * len(cols) > 4 * _MOST:
        return []
    row, col = (grid.reshape(-1) for grid in np.meshgrid(rows, cols, indexing="ij"))
    step = place[3:5] / [picture.cols, picture.rows]
    x = place[0] - place[3] / 2 + (col + 0.5) * step[0]
    y = place[1] + place[4] / 2 - (row + 0.5) * step[1]
    middles = np.column_stack([x, y, np.full(len(x), place[2])])
    at = project(middles, sight.matrix, sight.room)
    aside = project(middles + np.array([step[0], 0, 0]), sight.matrix, sight.room)
    below = project(middles + np.array([0, step[1], 0]), sight.matrix, sight.room)
    wide, high = np.abs(aside[:, 0] - at[:, 0]), np.abs(below[:, 1] - at[:, 1])
    letter = _SLIM if picture.reading.sort == "truth" else LETTER
    room = np.floor((wide - 4) / letter).astype(int)
    seen = (at[:, 2] > 0) & (high >= LINE) & (room >= 1)
    seen &= (np.abs(at[:, :2] - [sight.room.width / 2, sight.room.height / 2])
             <= [sight.room.width / 2, sight.room.height / 2]).all(axis=1)  # fmt: skip
    if place[2] < -1e-3:
        seen &= ~_hidden(sight, block, quad, middles)
    if sight.dark[:2] == (sight.scene.block[quad], sight.scene.chart[quad]):
        number = numbers_of(picture, row, col)
        seen &= (number < sight.dark[2]) | (number > sight.dark[3])
    words = picture.reading.sort == "text"
    if not words and seen.any():
        room[:] = room[seen].min()  # all of a map or none of it
    scale = sight.scale(sight.scene.block[quad], quad)
    texts = _Texts(picture, array, int(sight.scene.chart[quad]), scale)
    found = []
    for k in np.flatnonzero(seen).tolist():
        text = texts.at(int(row[k]), int(col[k]), int(room[k]))
        if text:
            figure = Figure(float(at[k, 0]), float(at[k, 1]), text, texts.ground(sight.theme))
            found.append(figure)
        elif text == "" and not words:
            return []
    return found


def _in_view(
    place: np.ndarray, picture: Picture, window: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns of a map that can be on the canvas."""
    cells = np.array([picture.cols, picture.rows])
    low = ((window[:2] - place[:2]) / place[3:5] + 0.5) * cells
    high = ((window[2:] - place[:2]) / place[3:5] + 0.5) * cells
    first = np.clip([low[0], cells[1] - high[1]], 0, cells)
    last = np.clip([high[0], cells[1] - low[1]], 0, cells)
    (left, top), (right, bottom) = np.floor(first).astype(int), np.ceil(last).astype(int)
    return np.arange(top, bottom), np.arange(left, right)


def _hidden(sight: Sight, block: Block, quad: int, points: np.ndarray) -> np.ndarray:
    """Which of these points of a slice lie behind other slices of its block, seen from here."""
    eye = ray(sight.room.width / 2, sight.room.height / 2, sight.matrix, sight.room)[0]
    others = sight.places[block.first + block.opens : block.first + block.count]
    others = others[others[:, 2] > sight.places[quad, 2] + 1e-4]
    if not len(others):
        return np.zeros(len(points), bool)
    way = points[:, None] - eye
    part = (others[None, :, 2] - eye[2]) / way[..., 2]
    meets = eye[:2] + way[..., :2] * part[..., None] - others[None, :, :2]
    return (np.abs(meets) <= others[None, :, 3:5] / 2).all(axis=2).any(axis=1)


def cut(text: str, wide: float) -> str:
    """As much of a text as fits into so many CSS pixels, "" if that is hardly anything."""
    room = int(wide / LETTER)
    if len(text) <= room:
        return text
    return f"{text[: room - 1]}…" if room > _FEWEST else ""


class _Texts:
    """The texts of the cells of one map, as many letters as there is room for."""

    def __init__(self, picture: Picture, array: np.ndarray, chart: int, scale: float) -> None:
        self.picture, self.array, self.chart, self.scale = picture, array, chart, scale
        self.sort = picture.reading.sort
        self._values = picture.values(array) if chart < 0 else None
        self._value: Any = None
        # as many decimals for all, so that three digits of the largest can be read
        self._decimals = max(0, min(3, 2 - math.floor(math.log10(scale)))) if scale > 0 else 2

    def at(self, row: int, col: int, room: int) -> str | None:
        """The text of a cell, "" if none fits into this many letters, None where no number is."""
        chart = self.chart
        if self._values is not None:
            chart = int(loudest(self._values[:, row : row + 1, col : col + 1])[0, 0])
        if isinstance(self.picture, Reduced):
            index: tuple[int, ...] | None = self.picture.strongest(self.array, row, col)
        else:
            index = self.picture.index(chart, row, col)
        if index is None:
            return None
        value = self._value = self.array[index]
        if self.sort == "text":
            text = str(value).replace("\n", " ")
            return text if len(text) <= room else cut(text, room * LETTER)
        text = self._number(value, room)
        return text if len(text) <= room else ""

    def _number(self, value: Any, room: int) -> str:
        if self.sort == "truth":
            return "true" if value else "false"
        if self.sort in ("whole", "label"):
            return str(value).replace("-", "−")
        number = float(as_numbers(np.asarray(value)))
        if not abs(number) <= LARGEST:
            return "NaN" if number != number else "∞" if number > 0 else "−∞"
        if self.picture.kind == "scalar":
            text = f"{number:.4g}"
        else:
            fewer = max(0, min(self._decimals, room - len(f"{-self.scale:.0f}") - 1))
            text = "0" if number == 0 else f"{number:.{max(fewer, self._decimals - 1)}f}"
        return text.replace("-", "−")

    def ground(self, theme: str) -> str:
        """Whether the cell that was asked for last is bright or dark."""
        if self.sort in ("label", "text"):
            return "bright"
        number = float(as_numbers(np.asarray(self._value)))
        if number < -LARGEST:  # struck out, on the ground
            return "dark" if theme == "dark" else "bright"
        part = number / self.scale if self.scale > 0 and number == number else 0.0
        colours = ramp(THEMES[theme])
        steps = len(colours) // 2
        red, green, blue = colours[round(max(-1.0, min(1.0, part)) * steps) + steps].tolist()
        return "bright" if 0.3 * red + 0.6 * green + 0.1 * blue > 118 else "dark"
