"""Coming to a network: a State as a link brings it, brought in line with what there is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from tensorama.app.actions import looks
from tensorama.app.items import Items
from tensorama.app.state import CellName, Origin, State, Stepping
from tensorama.phrases import joined, phrase

_LISTED = 3  # names of what is missing that are told


def fresh(state: State) -> State:
    """Another model is shown: everything closed, all in view, the looks as they were."""
    return replace(
        state, model=Origin(), seed=0, sizes=(), given=(), reading=("", ""),
        opened=frozenset(), at="",
        shelf="", ways="", selected=None, descent=(), stepping=None, depends=None,
        camera=None, near="",
        position=1.0, overview=None, gallery=False,
        about=False,
    )  # fmt: skip


def fitting(
    state: State, items: Items, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[State, Collection[str]]:
    """The State without what this network lacks, and the names of that.

    shapes: of every tensor that can be selected.
    """
    missing = sorted(name for name in state.opened if name not in items)
    state = replace(state, opened=state.opened.intersection(items.names))
    missing += [name for name in (state.at, state.near) if name and name not in items]
    if state.at not in items:
        state = replace(state, at="")
    if state.near not in items:
        state = replace(state, near="")
    if not state.at:
        state = replace(state, shelf="", ways="", about=False)
    cells = [*state.descent, *([state.selected] if state.selected else [])]
    lost = [cell for cell in cells if not _is_there(cell, shapes)]
    missing += [f"{tensor}[{', '.join(map(str, index))}]" for tensor, index in lost]
    if state.selected is None or state.selected in lost:
        state = replace(state, selected=None, descent=(), stepping=None)
    elif lost:
        state = replace(state, descent=())
    asked = state.depends
    if asked:
        if not all(
            _is_there(cell, shapes) for cell in (asked.target, asked.against or asked.target)
        ):
            missing.append(asked.target[0])
            state = replace(state, depends=None)
        elif asked.layer not in shapes:
            state = replace(state, depends=replace(asked, layer=""))
    if state.hidden:
        state = looks.hiding(state, state.hidden)
    if state.stepping and not _goes_on(state.stepping, state.selected, shapes):
        state = replace(state, stepping=None)
    return state, tuple(dict.fromkeys(missing))


def _goes_on(
    stepping: Stepping, selected: CellName | None, shapes: Mapping[str, tuple[int, ...]]
) -> bool:
    """Whether the pinned cell is one of those that are stepped through."""
    if selected is None or not _is_there(stepping.began, shapes):
        return False
    return selected == stepping.began or (
        stepping.what == "map" and selected[0] == stepping.began[0]
    )


def _is_there(cell: CellName, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    tensor, index = cell
    shape = shapes.get(tensor)
    return (
        shape is not None
        and len(index) == len(shape)
        and all(0 <= i < size for i, size in zip(index, shape, strict=True))
    )


def speaking(state: State, before: State) -> State:
    """The State in the language of the one before, if it says nothing of that."""
    return state if state.language else replace(state, language=before.language)


def of_model(state: State, model: Origin) -> State:
    """The State with this model in it."""
    return replace(state, model=model)


def of_sizes(state: State, sizes: Mapping[Any, int]) -> State:
    """The State with these sizes where the file leaves them open."""
    return replace(state, sizes=tuple(sizes.items()))


def what_is_missing(names: Collection[str]) -> str:
    """The sentence for what a link names and the network lacks; "" if nothing."""
    if not names:
        return ""
    listed = joined(", ", [f"“{name.rstrip('/')}”" for name in list(names)[:_LISTED]])
    if len(names) > _LISTED:
        listed = phrase("{names} and {count} more", names=listed, count=len(names) - _LISTED)
    return phrase(
        "The link names {names}, which this network does not have; the rest is shown.",
        names=listed,
    )
