"""Choosing a number."""

from __future__ import annotations

from dataclasses import replace

from tensorama.app.state import State


def selected(state: State, tensor: str, index: tuple[int, ...]) -> State:
    """This cell is the chosen one."""
    return replace(state, selected=(tensor, index))


def unselected(state: State) -> State:
    """No cell is chosen."""
    return replace(state, selected=None)
