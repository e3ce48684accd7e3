"""From a cell of the picture to the number that it shows, and to the cells that made it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.app.actions.selecting import block_of
from tensorama.app.state import CellName
from tensorama.errors import TensoramaError
from tensorama.outputs import Answer
from tensorama.phrases import phrase
from tensorama.scene import Scene
from tensorama.scene.camera.pick import Hit
from tensorama.scene.pictures.summary import loudest
from tensorama.scene.pictures.weights import Reduced
from tensorama.scene.words import plain

if TYPE_CHECKING:  # the page is made without a browser
    from tensorama.app.desk import Desk
    from tensorama.explain import Region


def scene_under(desk: Desk, on_shelf: bool) -> Scene:
    """What a cell is of: the network, or a shelf before it."""
    return desk.shelf.shelf.scene if on_shelf and desk.shelf else desk.stage.scene


def index_of(desk: Desk, hit: Hit, on_shelf: bool = False) -> tuple[tuple[int, ...], bool]:
    """The index in the tensor of a cell that was hit, and whether it is in a summary."""
    picture = scene_under(desk, on_shelf).blocks[hit.block].picture
    array = desk.session.seen(picture.tensor)
    if isinstance(picture, Reduced):
        return picture.strongest(array, hit.row, hit.col), False
    chart = hit.chart
    if chart < 0:  # the face of a closed layer shows the strongest map at each cell
        chart = int(loudest(picture.through(array, hit.row, hit.col))[0, 0])
    index = picture.index(chart, hit.row, hit.col)
    assert index is not None
    return index, hit.chart < 0


def windows_of(desk: Desk, hit: Hit) -> dict[int, Region]:
    """What other blocks show of the tensors that a cell of the network was computed from."""
    from tensorama.explain import regions  # not needed before somebody points at a cell

    trace = desk.session.trace
    if trace is None:
        return {}
    blocks = desk.stage.scene.blocks
    shown = np.flatnonzero(desk.stage.layout.shown).tolist()
    drawn = {blocks[n].picture.tensor: n for n in shown}
    index, _ = index_of(desk, hit)
    found = regions(trace, blocks[hit.block].picture.tensor, index, drawn.keys())
    return {drawn[name]: region for name, region in found.items()}


def hit_of_pinned(desk: Desk) -> Hit | None:
    """Where the pinned cell is in the picture; None where that leaves it out."""
    if desk.state.selected is None:
        return None
    tensor, index = desk.state.selected
    number = block_of(desk.items, tensor)
    if number is None:
        return None
    block = desk.stage.scene.blocks[number]
    chart, row, col = block.picture.place(index)
    if block.picture.index(chart, row, col) != index:
        return None
    return Hit(block.first + block.opens + chart, number, chart, row, col)


def item_under(desk: Desk) -> int | None:
    """The layer or group under the pointer."""
    spot = desk.pointer.spot
    if spot is None or spot.hit is None:
        return None
    if spot.on_shelf:
        return desk.at
    return desk.stage.scene.tree.visible(spot.hit.block, desk.stage.opened)


def number_at(desk: Desk, tensor: str, index: tuple[int, ...]) -> Any:
    """The number at this index of a recorded tensor, or of a weight.

    Raises TensoramaError if there is no such tensor, or the tensor has no such index.
    """
    arrays = desk.session.arrays
    if tensor not in arrays:
        raise TensoramaError(phrase('The run has no tensor "{name}".', name=tensor))
    array = np.asarray(arrays[tensor])
    fits = len(index) == array.ndim and all(
        0 <= i < size for i, size in zip(index, array.shape, strict=True)
    )
    if not fits:
        raise TensoramaError(phrase(
            '"{name}" has shape ({shape}); there is no index ({index}).', name=tensor,
            shape=",".join(map(str, array.shape)), index=",".join(map(str, index)),
        ))  # fmt: skip
    return array[index]


def answer_cell(desk: Desk, place: int | None = None) -> CellName | None:
    """The score of a class, by default the one that the network says; None where it says none.

    Of shares that a softmax made, the score that went into it: at a share of nearly 1 nothing
    changes that by a tiny step any more.
    """
    answer, trace, model = desk.session.answer, desk.session.trace, desk.session.model
    if answer is None or trace is None or model is None or not isinstance(answer.tensor, str):
        return None
    array = trace.get(answer.tensor)
    if not isinstance(array, np.ndarray) or not array.size:
        return None
    index = _of_class(answer, array.shape, answer.best.index if place is None else place)
    maker = next((n for n in model.graph.nodes if answer.tensor in n.outputs), None)
    if maker is not None and maker.op in ("Softmax", "LogSoftmax", "Sigmoid"):
        scores = trace.get(maker.inputs[0])
        if isinstance(scores, np.ndarray) and scores.shape == array.shape:
            return maker.inputs[0], index
    return answer.tensor, index


def _of_class(answer: Answer, shape: tuple[int, ...], place: int) -> tuple[int, ...]:
    """The index of a class in the tensor that an answer was read from: of the first item, and of a
    text the last of its places, which says what comes next."""
    if len(shape) > 2 and shape[-1] == answer.count < math.prod(shape[1:]):
        return (0, *(size - 1 for size in shape[1:-1]), place)
    row = shape[1:] if len(shape) > 1 else shape
    found = tuple(map(int, np.unravel_index(place, row)))
    return (0, *found) if len(shape) > 1 else found


def called(desk: Desk, cell: CellName) -> str:
    """What a person calls a number: the class that it is the score of, or its place."""
    (tensor, index), answer, best = cell, desk.session.answer, answer_cell(desk)
    if answer is not None and best is not None and tensor in (answer.tensor, best[0]):
        shape = np.shape(desk.session.arrays[tensor])
        for candidate in answer.candidates:
            if _of_class(answer, shape, candidate.index) == index:
                return phrase("“{name}”", name=candidate.label)
    return f"{tensor}[{', '.join(map(str, index))}]"


def chosen(desk: Desk) -> dict[str, Any] | None:
    """The chosen number, as plain data."""
    if desk.state.selected is None:
        return None
    tensor, index = desk.state.selected
    value = plain(number_at(desk, tensor, index))
    return {"tensor": tensor, "index": list(index), "value": value}
