"""Pinning a number: the inspector tells where it comes from."""

from __future__ import annotations

from dataclasses import replace

from tensorama.app.actions import opening, travelling
from tensorama.app.items import Items
from tensorama.app.state import State


def selected(state: State, tensor: str, index: tuple[int, ...]) -> State:
    """This cell is the pinned one."""
    return replace(state, selected=(tensor, index), descent=(), stepping=None)


def seen(state: State, items: Items, tensor: str, index: tuple[int, ...]) -> State:
    """This cell is the pinned one, and its layer is open, so that it is seen."""
    return selected(_shown(state, items, tensor), tensor, index)


def descended(state: State, items: Items, tensor: str, index: tuple[int, ...]) -> State:
    """Go from the pinned cell down to this one, which it was computed from."""
    if state.selected is None or state.selected == (tensor, index):
        return state
    way = (*state.descent, state.selected)
    return replace(seen(state, items, tensor, index), descent=way)


def ascended(state: State, items: Items, steps: int) -> State:
    """Go back up the descent, so many of its cells from the top on stay above the pinned one."""
    tensor, index = state.descent[steps]
    return replace(seen(state, items, tensor, index), descent=state.descent[:steps])


def unselected(state: State) -> State:
    """No cell is pinned."""
    return replace(state, selected=None, descent=(), stepping=None)


def block_of(items: Items, tensor: str) -> int | None:
    """The block of the scene that shows a tensor."""
    blocks = items.scene.blocks
    return next((n for n, block in enumerate(blocks) if block.picture.tensor == tensor), None)


def _shown(state: State, items: Items, tensor: str) -> State:
    """The State with the layer of a tensor open, however deep it is folded away."""
    block = block_of(items, tensor)
    if block is None:
        return state
    return travelling.being_at(opening.opened_up(state, items, block), items, block)
