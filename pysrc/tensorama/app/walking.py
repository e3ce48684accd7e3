"""Going from the pinned cell to others: a neighbour, down to what made it, up to who reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tensorama.app.actions import selecting, stepping
from tensorama.app.cells import index_of, scene_under
from tensorama.app.state import CellName
from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.scene.pictures.picture import as_numbers

if TYPE_CHECKING:  # the page is made without a browser
    from tensorama.app.desk import Desk


def pin(desk: Desk) -> None:
    """Pin the cell under the pointer, or else the loudest of where one is; if that is pinned
    already, go into the inspector."""
    chosen, cell = desk.state.selected, under(desk)
    if cell is None and chosen is None:
        cell = _loudest(desk)
    if cell is None or cell == chosen:
        desk.asked.tell("inspect")
    else:
        desk.jump(selecting.seen(desk.state, desk.items, *cell))


def under(desk: Desk) -> CellName | None:
    """The cell under the pointer."""
    spot = desk.pointer.spot
    if spot is None or spot.hit is None:
        return None
    picture = scene_under(desk, spot.on_shelf).blocks[spot.hit.block].picture
    return picture.tensor, index_of(desk, spot.hit, spot.on_shelf)[0]


def _loudest(desk: Desk) -> CellName | None:
    """The largest number of the layer that one is at, or of the network's answer."""
    scene, answer, at = desk.items.scene, desk.session.answer, desk.at
    if desk.session.trace is None or not scene.blocks:
        return None
    if at is not None:
        tensor = scene.blocks[scene.tree.face(at)].picture.tensor
    else:
        tensor = answer.tensor if answer else scene.blocks[-1].picture.tensor
    array = np.asarray(desk.session.arrays[tensor])
    if not array.size or array.dtype.kind not in "biufc":
        return None
    place = np.unravel_index(int(np.nan_to_num(as_numbers(array)).argmax()), array.shape)
    return tensor, tuple(map(int, place))


def step(across: int, down: int, charts: int = 0) -> Callable[[Desk], None]:
    """To the cell so many columns, rows and maps away, if there is one."""

    def do(desk: Desk) -> None:
        from tensorama.app.inspect.facts import picture_of_tensor
        from tensorama.app.inspect.pinned import neighbour

        chosen = desk.state.selected
        if chosen is None or chosen[0] not in desk.session.arrays:
            return
        picture = picture_of_tensor(desk, chosen[0])[1]
        index = neighbour(picture, chosen[1], across, down, charts)
        if index is not None:
            there = selecting.selected(desk.state, chosen[0], index)
            desk.do(stepping.going_on(desk.state, there), going_on=True)

    return do


def down(desk: Desk) -> None:
    """To the cell that weighed most in the pinned one, of those that lead to an input."""
    trace, chosen = desk.session.trace, desk.state.selected
    if trace is None or chosen is None:
        desk.said.tell(phrase("Pin a cell first: click on one, or press Enter."))
        return
    from tensorama.explain import strongest_source  # fetched later than this module

    try:
        source = strongest_source(trace, *chosen)
    except TensoramaError as error:
        desk.said.tell(error.sentence)
        return
    if source is None:
        desk.hinted.tell(phrase("Nothing lies below: this number was given, or was learned."))
    else:
        desk.jump(selecting.descended(desk.state, desk.items, source.tensor, source.index))


def up(desk: Desk) -> None:
    """To the cell that would change most if the pinned one were 0."""
    from tensorama.app.inspect.readers import strongest_reader

    trace, chosen = desk.session.trace, desk.state.selected
    if trace is None or chosen is None:
        desk.said.tell(phrase("Pin a cell first: click on one, or press Enter."))
        return
    drawn = {block.picture.tensor for block in desk.items.scene.blocks}
    cell = strongest_reader(trace, *chosen, drawn)
    if cell is None:
        desk.hinted.tell(phrase("Nothing that is drawn would change with this number."))
    elif desk.state.descent and desk.state.descent[-1] == cell:
        desk.jump(selecting.ascended(desk.state, desk.items, len(desk.state.descent) - 1))
    else:
        desk.jump(selecting.seen(desk.state, desk.items, *cell))
