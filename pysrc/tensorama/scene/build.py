"""Blocks and their maps: everything about a scene that does not depend on what is open."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers import Layer
from tensorama.scene.bridges import bridged
from tensorama.scene.levels import Tree, tree_slices
from tensorama.scene.pictures.picture import Picture, picture_of
from tensorama.scene.pictures.reading import PLAIN, Reading

EDGE = 10.0  # the largest map's edge, closed
_SMALLEST = 3.4
_LONGEST = 16.0  # of a sheet much longer than wide
_OPEN_EDGE = 0.86  # an open map's edge, as a part of the closed one
_OPEN_HEIGHT = 26.0  # no wall of maps is higher
_SLICES = 24  # so many maps of a closed stack are drawn
_GAP = 0.13  # between maps of a wall, as a part of their edge
_NAME, _NAME_WIDE = 0.26, 0.16  # over a map with a name, as a part of its height or width
_WORD = 3.2  # width of a cell with a text in it, as a part of its height
_FAN = 0.6  # how far the slices of an open volume stand apart, as a part of their width
_DEEPEST = 3.0  # from the first slice of an open volume to the last, as a part of their width

_PAUSE = 100  # blocks that are made in one slice

Extent = tuple[float, float, float]  # width, height, depth


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One layer in the scene: its picture and its size closed and open, width × height × depth.

    `first` is where its maps begin in the scene's arrays: the summary face first (if it has more
    than one map), then the maps. Of an `image` the face shows the three channels as colours.
    """

    layer: Layer
    picture: Picture
    first: int
    closed_size: Extent
    open_size: Extent
    image: bool = False

    @property
    def opens(self) -> bool:
        """Whether there is anything to open: more than one map."""
        return self.picture.maps > 1

    @property
    def count(self) -> int:
        """How many quads draw it: its maps and, if it opens, the summary face."""
        return self.picture.maps + self.opens


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All blocks, and their maps as arrays with one row a map (Q quads in all).

    `closed` and `open` (Q,5): x, y, z of the centre relative to the block's anchor, width, height.
    `block` (Q,): which block. `chart` (Q,): which map of its picture, -1 for the summary face.
    `links` (K,2): from block, to block. `tree`: the groups that the blocks can be folded into.
    """

    blocks: tuple[Block, ...]
    closed: np.ndarray
    open: np.ndarray
    block: np.ndarray
    chart: np.ndarray
    links: np.ndarray
    tree: Tree

    def named(self, layer: str) -> int:
        """The number of the block or group of a layer. Raises KeyError if there is none."""
        for number, block in enumerate(self.blocks):
            if block.layer.name == layer:
                return number
        for group in self.tree.groups:
            if group.layer.name == layer:
                return group.number
        raise KeyError(layer)

    def layer(self, item: int) -> Layer:
        """The layer of a block or of a group."""
        group = self.tree.group(item)
        return group.layer if group else self.blocks[item].layer


def build_scene(
    layers: Sequence[Layer],
    shapes: Mapping[str, tuple[int, ...]],
    root: Layer | None = None,
    outputs: Collection[str] = (),
    readings: Mapping[str, Reading] = {},
) -> Scene:
    """Give every layer a block with its maps, closed and open.

    shapes: tensor name -> shape, for each layer's shown tensor; a layer without one is left out,
    and who reads it is linked to what it reads.
    `root`: the tree whose leaves the layers are; without it nothing can be folded. Inputs and
    `outputs` (tensor names) of three channels are images. `readings`: how tensors are to be read,
    where their shape does not say it.
    """
    return whole(scene_slices(layers, shapes, root, outputs, readings))


@told("Building the picture of this model")
def scene_slices(
    layers: Sequence[Layer],
    shapes: Mapping[str, tuple[int, ...]],
    root: Layer | None = None,
    outputs: Collection[str] = (),
    readings: Mapping[str, Reading] = {},
) -> Slices[Scene]:
    """The same in slices, so that a page can breathe between them."""
    shown = bridged(layers, {layer.name for layer in layers if layer.tensor in shapes})
    pictures = []
    for layer in shown:
        reading = readings.get(layer.tensor, PLAIN)
        pictures.append(picture_of(layer.tensor, shapes[layer.tensor], reading))
        if not len(pictures) % _PAUSE:
            yield
    return (yield from _scene_of(shown, pictures, root, outputs))


def scene_of(
    shown: Sequence[Layer],
    pictures: Sequence[Picture],
    root: Layer | None = None,
    outputs: Collection[str] = (),
) -> Scene:
    """A scene of layers with a picture each; see `build_scene`."""
    return whole(_scene_of(shown, pictures, root, outputs))


def _scene_of(
    shown: Sequence[Layer],
    pictures: Sequence[Picture],
    root: Layer | None,
    outputs: Collection[str],
) -> Slices[Scene]:
    largest = max((max(p.rows, p.cols) for p in pictures if _is_map(p)), default=1)
    blocks, closed, opened, charts = [], [], [], []
    placed = cache(_placed)  # most layers of a large network are of a few sizes
    first = 0
    for layer, picture in zip(shown, pictures, strict=True):
        width, height = _edges(picture, largest)
        named = bool(picture.name(0))
        stack, wall = placed(picture.maps, width, height, picture.depth, named)
        ends = layer.kind == "input" or layer.tensor in outputs
        sized = len(picture.shape) == 4 or (len(picture.shape) == 3 and bool(picture.reading.axes))
        image = ends and sized and picture.maps == 3 and picture.kind == "maps"
        block = Block(layer, picture, first, stack[1], wall[1], image)
        blocks.append(block)
        closed.append(stack[0])
        opened.append(wall[0])
        charts.append(np.arange(block.count) - block.opens)
        first += block.count
        if not len(blocks) % _PAUSE:
            yield
    number = {block.layer.name: n for n, block in enumerate(blocks)}
    links = [
        (number[source], number[block.layer.name])
        for block in blocks
        for source in block.layer.reads
        if source in number
    ]
    yield
    counts = [block.count for block in blocks]
    pairs = np.array(links, dtype=int).reshape(-1, 2)
    return Scene(
        tuple(blocks),
        np.concatenate(closed) if closed else np.zeros((0, 5), np.float32),
        np.concatenate(opened) if opened else np.zeros((0, 5), np.float32),
        np.repeat(np.arange(len(blocks)), counts),
        np.concatenate(charts) if charts else np.zeros(0, int),
        pairs,
        (yield from tree_slices(root, number, pairs)),
    )


def _is_map(picture: Picture) -> bool:
    return picture.kind in ("maps", "sheet")


def _edges(picture: Picture, largest: int) -> tuple[float, float]:
    """Width and height of one map, closed. Edges grow more slowly than the number of cells."""
    longest = max(picture.rows, picture.cols)
    if picture.kind == "scalar" or not picture.cells:
        return _SMALLEST, _SMALLEST * (1 if not picture.cells else 0.6)
    if not _is_map(picture):
        cell = min(1.0, EDGE / picture.rows)
        return picture.cols * cell * (_WORD if picture.reading.sort == "text" else 1), (
            picture.rows * cell
        )
    edge = max(_SMALLEST, EDGE * (longest / largest) ** 0.45)
    slim = min(picture.rows, picture.cols) / longest
    if slim < 0.25:  # a long sheet: longer, and its cells are stretched to stay visible
        edge = min(_LONGEST, edge * 1.6)
        slim = max(slim, 0.12)
    return (edge, edge * slim) if picture.cols >= picture.rows else (edge * slim, edge)


def gaps(scene: Scene) -> np.ndarray:
    """How far each map of a closed stack is behind the one that hides it, (Q,); 0 for the first."""
    gaps = np.zeros(len(scene.block))
    drawn = np.flatnonzero(scene.closed[:, 3] > 0)
    before, after = drawn[:-1], drawn[1:]
    together = scene.block[before] == scene.block[after]
    gaps[after] = np.where(together, scene.closed[before, 2] - scene.closed[after, 2], 0)
    return gaps


def _placed(
    maps: int, width: float, height: float, depth: int, named: bool
) -> tuple[tuple[np.ndarray, Extent], tuple[np.ndarray, Extent]]:
    """Maps of one size closed and open: their places, and how much room these take."""
    stack, wall = _stack(maps, width, height), _wall(maps, width, height, depth, named)
    return (stack, _extent(stack)), (wall, _extent(wall))


def _stack(maps: int, width: float, height: float) -> np.ndarray:
    """Closed: the summary face in front, the maps behind one another.

    Of a deep stack only every so many-th map is drawn: the others would be hidden but for an edge
    thinner than a pixel, and colouring what is hidden takes the card most of its time.
    """
    if maps == 1:
        return np.array([[0, 0, 0, width, height]], np.float32)
    depth = min(maps * 1.0, 2.6 * math.log1p(maps), 1.2 * max(width, height) + 1.5)
    places = np.zeros((maps + 1, 5), np.float32)
    places[:, 2] = np.linspace(0, -depth, maps + 1)
    drawn = np.linspace(0, maps, min(maps, _SLICES) + 1).round().astype(int)
    places[drawn, 3:] = width, height
    return places


def _wall(
    maps: int, width: float, height: float, depth: int = 1, named: bool = False
) -> np.ndarray:
    """Open: the maps side by side in a grid, read like a page, a little higher than wide.

    Each `depth` of them are the slices of a volume, fanned out: seen from the right they lie side
    by side. `named`: there is room for a name over each. The summary face lies behind the middle,
    where it is not seen.
    """
    if maps == 1:
        return np.array([[0, 0, 0, width, height]], np.float32)
    stacks, fan = maps // depth, 1 + (depth - 1) * _FAN  # width of a stack, in maps
    cols = _columns(stacks, max(0.5, math.sqrt(stacks * height / (width * fan)) * 0.85))
    rows = math.ceil(stacks / cols)
    shrink = min(_OPEN_EDGE, _OPEN_HEIGHT / (rows * height * (1 + _GAP)))
    w, h = width * shrink, height * shrink
    gap = min(w, h) * _GAP * (1 if depth == 1 else 3)
    over = max(gap, name_height(w, h) * named)
    stack, slice_ = np.divmod(np.arange(maps), depth)
    row, col = np.divmod(stack, cols)
    x = (col - (cols - 1) / 2) * (w * fan + gap) + (slice_ - (depth - 1) / 2) * w * _FAN
    y = ((rows - 1) / 2 - row) * (h + over)
    places = np.zeros((maps + 1, 5), np.float32)
    places[1:, 0], places[1:, 1] = x, y
    places[1:, 2] = -slice_ * w * min(_FAN, _DEEPEST / depth)
    places[:, 3], places[:, 4] = w, h
    places[0, 2] = -0.5 + places[:, 2].min()
    return places


def name_height(width: Any, height: Any) -> Any:
    """How much is kept free over a map of this size for its name."""
    return np.maximum(height * _NAME, width * _NAME_WIDE)


def _columns(maps: int, ideal: float) -> int:
    """A number of columns near the ideal that leaves few places of the last row empty."""
    few, many = max(1, math.floor(ideal * 0.7)), max(1, math.ceil(ideal * 1.4))
    return min(
        range(few, min(many, maps) + 1),
        key=lambda cols: (-maps % cols) / cols * 0.5 + abs(math.log(cols / ideal)),
    )


def _extent(places: np.ndarray) -> Extent:
    half = places[:, 3:5] / 2
    low, high = places[:, :2] - half, places[:, :2] + half
    width, height = (high.max(axis=0) - low.min(axis=0)).tolist()
    return width, height, float(np.ptp(places[:, 2]))
