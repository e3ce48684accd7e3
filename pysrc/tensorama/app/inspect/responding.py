"""What each channel of a convolution looks for: its kernel, and where on the input it found most.

The patch is what the channel's largest value can see of the input, cut out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.app.inspect.channels import Channels
from tensorama.app.inspect.grids import Drawing, Grid, scale_of
from tensorama.app.inspect.layered import Layered
from tensorama.app.inspect.seeing import in_colours, on_ramp
from tensorama.app.inspect.stored import as_meant
from tensorama.engine.contract.slices import Slices
from tensorama.explain.receptive import region_slices
from tensorama.layers.kinds import kind_of
from tensorama.phrases import Phrase
from tensorama.scene.build import Block
from tensorama.scene.pictures.colour import Theme
from tensorama.scene.pictures.summary import summary
from tensorama.scene.pictures.weights import Kernels
from tensorama.scene.shelf import weights_of

EDGE = 44.0  # CSS pixels of the longer side of a kernel or a patch
MOST = 24  # channels whose patches are cut out
Box = tuple[int, int, int, int]  # top, bottom, left, right, in cells


@dataclass(frozen=True, slots=True, eq=False)
class Patch(Drawing):
    """A part of the input, as large as any other."""

    input: Input
    box: Box

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        top, bottom, left, right = self.box
        wide = EDGE / max(bottom - top, right - left)
        return (right - left) * wide, (bottom - top) * wide

    def painted(self, theme: Theme, density: float) -> np.ndarray:
        """As an image → uint8 (height, width, 4)."""
        top, bottom, left, right = self.box
        part = self.input.image(theme)[top:bottom, left:right]
        side = max(1, round(EDGE * density / max(part.shape[:2])))
        return part.repeat(side, axis=0).repeat(side, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Coloured(Drawing):
    """A kernel over red, green and blue as colours: grey is no weight. values (3, rows, cols)."""

    values: np.ndarray
    scale: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        rows, cols = self.values.shape[1:]
        wide = EDGE / max(rows, cols)
        return cols * wide, rows * wide

    def painted(self, theme: Theme, density: float) -> np.ndarray:
        """As an image → uint8 (height, width, 4)."""
        part = np.clip(self.values / (self.scale or 1.0), -1, 1) * 0.5 + 0.5
        image = np.full((*self.values.shape[1:], 4), 255, np.uint8)
        image[..., :3] = np.round(part.transpose(1, 2, 0) * 255)
        side = max(1, round(EDGE * density / max(image.shape[:2])))
        return image.repeat(side, axis=0).repeat(side, axis=1)


class Input:
    """The picture that a network is fed with, in the colours in which the scene shows it."""

    def __init__(self, block: Block, array: np.ndarray) -> None:
        self.block = block
        self._array = array
        self._images: dict[Theme, np.ndarray] = {}

    def image(self, theme: Theme) -> np.ndarray:
        """All of it → uint8 (rows, cols, 4)."""
        if theme not in self._images:
            values = self.block.picture.values(self._array)
            if self.block.image:
                image = in_colours(values)
            else:
                image = on_ramp(summary(values) if len(values) > 1 else values[0], theme)
            self._images[theme] = image
        return self._images[theme]


def input_of(facts: Layered) -> Input | None:
    """The input picture whose patches a layer's channels respond to; None if that says nothing."""
    convolves = any(kind_of(node.op) == "convolution" for node in facts.nodes)
    if not convolves or facts.picture.kind != "maps" or facts.picture.reading.called:
        return None
    blocks = [block for block in facts.inputs if block.picture.kind in ("maps", "sheet")]
    if not blocks:
        return None
    block = max(blocks, key=lambda block: block.picture.maps * block.picture.cells)
    return Input(block, np.asarray(facts.arrays[block.picture.tensor]))


def patch_slices(
    facts: Layered, channels: Channels, shown: np.ndarray, source: Input
) -> Slices[dict[int, Box]]:
    """For each of these channels the part of the input that its largest value can see.

    Channels whose largest value stands at the same place see the same.
    """
    seen: dict[int, Box | None] = {}
    tensor, picture = source.block.picture.tensor, source.block.picture
    for channel in shown.tolist():
        place = int(channels.place[channel])
        if place in seen:
            continue
        index = channels.index(channel)
        found = yield from region_slices(facts.trace, facts.picture.tensor, index, {tensor})
        region = found.get(tensor)
        if region is None:
            seen[place] = None
            continue
        _, top, left = picture.place(tuple(first for first, _ in region))
        _, bottom, right = picture.place(tuple(max(first, last - 1) for first, last in region))
        seen[place] = (top, bottom + 1, left, right + 1)
        yield
    boxes = {channel: seen[int(channels.place[channel])] for channel in shown.tolist()}
    return {channel: box for channel, box in boxes.items() if box is not None}


@dataclass(frozen=True, slots=True)
class Tile:
    """How a channel's kernel is drawn. `slice`: which of its `slices` that is; -1: all of them.
    `stored`: what is to be said of weights that are stored as whole numbers."""

    drawing: Drawing
    slice: int
    slices: int
    stored: Phrase | None = None


def tiles(facts: Layered, shown: np.ndarray) -> Mapping[int, Tile]:
    """For each of these channels its kernel, as far as it is a picture.

    Of a kernel over many channels the slice with the largest weights.
    """
    weights, stored = _kernels(facts)
    if weights is None:
        return {}
    coloured = weights.shape[1] == 3 and _reads_image(facts)
    flat = {channel: _flat(weights[channel]) for channel in shown.tolist()}
    best = {c: int(np.abs(kernel).sum(axis=(1, 2)).argmax()) for c, kernel in flat.items()}
    drawn = [kernel if coloured else kernel[best[c]] for c, kernel in flat.items()]
    scale = max((scale_of(part) for part in drawn), default=0.0)
    found: dict[int, Tile] = {}
    for channel, kernel in flat.items():
        if coloured:
            found[channel] = Tile(Coloured(kernel, scale), -1, 3, stored)
        else:
            part = kernel[best[channel]]
            grid = Grid(part, scale, EDGE / max(part.shape))
            found[channel] = Tile(grid, best[channel], len(kernel), stored)
    return found


def _flat(kernel: np.ndarray) -> np.ndarray:
    """A kernel (C,…) as sheets (C, rows, cols)."""
    return np.asarray(kernel.reshape(kernel.shape[0], -1, kernel.shape[-1]), np.float32)


def _kernels(facts: Layered) -> tuple[np.ndarray | None, Phrase | None]:
    """The kernels (M,C,…) of a layer, if each makes one of its maps and they are larger than 1,
    and how they are stored."""
    graph: Any = facts.trace.model.graph
    for picture in weights_of(facts.layer, graph, facts.arrays).values():
        shape = picture.shape
        if isinstance(picture, Kernels) and shape[0] == facts.picture.maps and len(shape) > 3:
            array, stored = as_meant(facts, picture.tensor)
            if array.dtype.kind == "f":
                return array, stored
    return None, None


def _reads_image(facts: Layered) -> bool:
    images = {block.picture.tensor for block in facts.inputs if block.image}
    return any(node.inputs and node.inputs[0] in images for node in facts.nodes[:1])
