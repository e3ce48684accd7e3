"""Opening and closing layers and groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tensorama.app.items import Items
from tensorama.app.state import State
from tensorama.scene.zoom import depths


def showing(state: State, items: Items, numbers: Iterable[int]) -> State:
    """Exactly these layers and groups are open. One is at what holds what one was at, if that is
    folded away now; a shelf is put away."""
    opened = {number for number in numbers if items.opens(number)}
    names, at = items.named(opened), items.number(state.at)
    if at is not None:
        folded = (group for group in items.tree.around(at) if group not in opened)
        at = next(folded, at)
    if names == state.opened:
        return state
    return replace(state, opened=names, at="" if at is None else items.names[at], shelf="", ways="")


def toggled(state: State, items: Items, number: int) -> State:
    """Open what is closed and come closer to it, or close what is open and go back out of it: a
    layer, or a group of layers. One is there then."""
    name, opened = items.names[number], items.numbers(state.opened)
    changed = showing(replace(state, at=name), items, opened ^ {number})
    if number not in opened:
        return replace(changed, near=name, camera=None)
    if state.near != name:  # one looks at something else, and goes on doing so
        return changed
    around = items.tree.around(number)
    return replace(changed, near=items.names[around[-1]] if around else "", camera=None)


def opened_up(state: State, items: Items, number: int) -> State:
    """Open a layer or a group, and all around it."""
    return showing(state, items, items.numbers(state.opened) | {number, *items.tree.around(number)})


def closed(state: State, items: Items, number: int) -> State:
    """Close a layer or a group."""
    return showing(state, items, items.numbers(state.opened) - {number})


def opened_to(state: State, items: Items, level: int | None = None) -> State:
    """Open so far that everything down to this level is seen; without one, everything.

    Level 1 is what a closed network shows; the last one shows the layers' maps.
    """
    depth = depths(items.tree)
    more = {number for number, d in depth.items() if level is None or d < level}
    return showing(state, items, items.numbers(state.opened) | more)


def closed_to(state: State, items: Items, level: int = 1) -> State:
    """Close so far that nothing below this level is seen: with level 1, everything."""
    depth = depths(items.tree)
    return showing(state, items, {n for n in items.numbers(state.opened) if depth[n] < level})


def at_level(state: State, items: Items, level: int) -> State:
    """Show this level and nothing below it."""
    return showing(state, items, {n for n, d in depths(items.tree).items() if d < level})


def level_more(state: State, items: Items) -> State:
    """Open one level more: the groups that are seen, or the layers if no group is closed."""
    tree, opened = items.tree, items.numbers(state.opened)
    seen = {*tree.seen(opened)[0].tolist()}
    groups = {number for number in seen if tree.group(number)}
    return showing(state, items, opened | (groups or seen))


def level_less(state: State, items: Items) -> State:
    """Close one level: the open layers, or the innermost open groups if no layer is open."""
    tree, opened = items.tree, items.numbers(state.opened)
    layers = {number for number in opened if not tree.group(number)}
    outer = {group for number in opened for group in tree.around(number)}
    return showing(state, items, opened - (layers or opened - outer))
