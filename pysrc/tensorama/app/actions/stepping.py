"""Stepping through a map cell by cell, or through what one number was computed from."""

from __future__ import annotations

from dataclasses import replace

from tensorama.app.state import State, Stepping
from tensorama.scene.pictures.order import cell_of, number_of
from tensorama.scene.pictures.picture import Picture


def over_map(state: State, picture: Picture) -> State:
    """Step through the map of the pinned cell, from its first cell on."""
    if state.selected is None or cells_of(state, picture) < 2:
        return state
    began = state.stepping.began if state.stepping else state.selected
    return moved_to(replace(state, stepping=Stepping("map", began)), picture, 0)


def through(state: State) -> State:
    """Step through what the pinned number was computed from."""
    if state.selected is None:
        return state
    return replace(state, stepping=Stepping("cell", state.selected))


def moved_to(state: State, picture: Picture, number: int) -> State:
    """Be at this cell of the map that is stepped through; before the first and after the last there
    is none."""
    if state.selected is None or state.stepping is None:
        return state
    tensor, index = state.selected
    number = min(max(number, 0), picture.cells - 1)
    cell = cell_of(picture, picture.place(index)[0], number)
    return state if cell is None else replace(state, selected=(tensor, cell))


def going_on(before: State, after: State) -> State:
    """Step through the map on which one goes from one cell to the next."""
    over = before.stepping is not None and before.stepping.what == "map"
    return replace(after, stepping=before.stepping, descent=before.descent) if over else after


def done(state: State, count: int) -> State:
    """So many steps to the pinned number are done."""
    if state.stepping is None:
        return state
    return replace(state, stepping=replace(state.stepping, done=max(0, count)))


def ended(state: State) -> State:
    """All is as it was before."""
    if state.stepping is None:
        return state
    return replace(state, selected=state.stepping.began, stepping=None)


def place_in_map(state: State, picture: Picture) -> int:
    """Which cell of its map the pinned one is, from 0 on."""
    assert state.selected is not None
    _, row, col = picture.place(state.selected[1])
    return number_of(picture, row, col)


def cells_of(state: State, picture: Picture) -> int:
    """How many cells the map of the pinned one has; 0 if the picture leaves it out."""
    if state.selected is None:
        return 0
    index = state.selected[1]
    return picture.cells if picture.index(*picture.place(index)) == index else 0
