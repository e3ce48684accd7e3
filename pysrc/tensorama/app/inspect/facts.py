"""What is known of a pinned number: gathered from the run, the scene and the answer of one box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tensorama.app.actions.selecting import block_of
from tensorama.app.inspect.grids import Grid
from tensorama.app.inspect.pinned import Pinned, named, placed
from tensorama.errors import TensoramaError
from tensorama.explain import explain
from tensorama.explain.mathml import written
from tensorama.layers import Layer
from tensorama.outputs.labels import letters_of
from tensorama.phrases import joined, phrase
from tensorama.scene.build import Block
from tensorama.scene.pictures.picture import Picture, picture_of

if TYPE_CHECKING:  # the page is made without a browser
    from tensorama.app.desk import Desk


def pinned(desk: Desk, tensor: str, index: tuple[int, ...]) -> Pinned:
    """All that the inspector speaks of."""
    session, trace = desk.session, desk.session.trace
    assert trace is not None
    block, picture = picture_of_tensor(desk, tensor)
    explained, unexplained = None, ""
    try:
        explained = explain(trace, tensor, index)
    except TensoramaError as error:
        unexplained = error.sentence
    layer = block.layer if block else layer_of(desk, tensor)
    answer = session.answer
    labels: list[str] = []
    if answer and answer.tensor == tensor:
        labels = [candidate.label for candidate in answer.candidates]
    elif answer and picture.reading.called == "head":  # where it looks is what was read there
        letters = letters_of(trace, answer.count, picture.cols)
        labels = [f"{number} {letter}" for number, letter in enumerate(letters)]
    return Pinned(
        tensor, index, np.asarray(session.arrays[tensor]), picture,
        layer.name if layer else tensor, layer.op if layer else "", explained, unexplained,
        desk.state.descent, lambda name: scale_of_tensor(desk, name), labels, trace,
    )  # fmt: skip


def picture_of_tensor(desk: Desk, tensor: str) -> tuple[Block | None, Picture]:
    """The block that shows a tensor, and how it is drawn there or would be."""
    number = block_of(desk.items, tensor)
    if number is not None:
        block = desk.items.scene.blocks[number]
        return block, block.picture
    return None, picture_of(tensor, np.shape(desk.session.arrays[tensor]))


def scale_of_tensor(desk: Desk, tensor: str) -> float:
    """The end of the colour scale that a tensor has in the scene; 0 where it is not drawn."""
    number = block_of(desk.items, tensor)
    return desk.stage.scale_of(number) if number is not None else 0.0


def layer_of(desk: Desk, tensor: str) -> Layer | None:
    """The layer that computes a tensor on its way, or reads it."""
    for block in desk.items.scene.blocks:
        if tensor in block.layer.tensors or any(
            tensor in node.inputs for node in block.layer.nodes
        ):
            return block.layer
    return None


def announced(pinned: Pinned) -> str:
    """What a screen reader says of a number that was just pinned."""
    where = placed(pinned.picture, pinned.index)
    parts = [pinned.layer, where, written(pinned.recorded)]
    said = pinned.explained.sentence if pinned.explained else pinned.unexplained
    return phrase("{cell}. {said}", cell=joined(", ", filter(None, parts)), said=said)


def told_of(grid: Grid, row: int, col: int) -> str:
    """What stands in a cell of a grid, and which cell that is."""
    if grid.beyond is not None and grid.beyond[row, col]:
        return phrase("beyond the edge: padding")
    value, cell = written(grid.values[row, col]), grid.cell(row, col)
    return f"{named(*cell)} = {value}" if cell else value
