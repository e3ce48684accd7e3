"""Going somewhere in the network: to a layer, out to the whole, turning, coming closer."""

from __future__ import annotations

from dataclasses import replace

from tensorama.app.actions import opening
from tensorama.app.items import Items
from tensorama.app.state import SHELVES, State
from tensorama.scene import Camera


def gone_to(state: State, items: Items, number: int) -> State:
    """Bring a layer or a group close, wherever it is folded away."""
    opened = items.numbers(state.opened) | {*items.tree.around(number)}
    state = opening.showing(state, items, opened)
    name = items.names[number]
    shelf = state.shelf if state.at == name else ""
    return replace(state, at=name, near=name, camera=None, shelf=shelf, ways="")


def gone_from_summary(state: State, items: Items, number: int) -> State:
    """Go to a row of the summary, which makes way for it."""
    return replace(gone_to(state, items, number), summary=False)


def being_at(state: State, items: Items, number: int) -> State:
    """One is at this layer or group, from wherever one looks."""
    return replace(state, at=items.names[number], shelf="", ways="")


def gone_out(state: State) -> State:
    """Look at the network as a whole, from where one looks."""
    return replace(state, at="", near="", camera=None, shelf="", ways="", about=False)


def fitted(state: State) -> State:
    """Bring all into view."""
    return replace(state, near="", camera=None)


def looking(state: State, camera: Camera) -> State:
    """Look from there."""
    return replace(state, camera=camera, near="")


def looked_into(state: State, items: Items, number: int, what: str) -> State:
    """Put the weights or the inside of a layer on the shelf, wherever it is folded away."""
    state = opening.showing(
        state, items, items.numbers(state.opened) | {*items.tree.around(number)}
    )
    return replace(state, at=items.names[number], shelf=SHELVES[SHELVES.index(what)], ways="")


def looked_away(state: State) -> State:
    """Put the shelf away."""
    return replace(state, shelf="")


def asking_about(state: State, items: Items, number: int) -> State:
    """Come close to a layer or a group and be told what it is; no cell of it is pinned."""
    state = replace(state, selected=None, descent=(), stepping=None, about=True, summary=False)
    return gone_to(state, items, number)


def asking_no_more(state: State) -> State:
    """Be told nothing more of where one is."""
    return replace(state, about=False)


def following(state: State, way: str) -> State:
    """Let all stand out that one's layer is computed from ("up") or that is computed from it
    ("down"); the same again: no longer."""
    return replace(state, ways="" if state.ways == way or not state.at else way)
