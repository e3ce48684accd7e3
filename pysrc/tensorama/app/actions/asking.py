"""Asking what a number depends on: of which number, by which method, beside which other one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tensorama.app.state import METHODS, CellName, Depends, State


def asked(state: State, target: CellName) -> State:
    """Show what this number depends on, by the method that was used last; else the values again
    if that is shown already."""
    before = state.depends
    if before and before.target == target:
        return unasked(state)
    method = before.method if before else Depends(target).method
    return replace(state, depends=Depends(target, method), summary=False)


def unasked(state: State) -> State:
    """Show the values again."""
    return replace(state, depends=None)


def by_method(state: State, method: str) -> State:
    """Ask by another method."""
    return _asked(state, method=METHODS[METHODS.index(method)])


def back_to(state: State, before: Depends) -> State:
    """Ask again what was asked before."""
    return replace(state, depends=before)


def against(state: State, other: CellName | None) -> State:
    """Put the map of another number beside it; None: of none."""
    return _asked(state, against=other if state.depends and other != state.depends.target else None)


def at_layer(state: State, tensor: str) -> State:
    """Look at this layer, by Grad-CAM."""
    return _asked(state, layer=tensor, method="grad_cam")


def shuffled(state: State) -> State:
    """Put the map of the same network with shuffled weights beside it, or take that away."""
    return _asked(state, shuffled=not (state.depends and state.depends.shuffled))


def _asked(state: State, **changed: Any) -> State:
    return replace(state, depends=replace(state.depends, **changed)) if state.depends else state
