"""Opening comes closer to what opens, closing goes back out of it."""

from __future__ import annotations

from dataclasses import replace

from app.networks import ITEMS
from tensorama.app.actions import opening
from tensorama.app.state import State
from tensorama.scene import Camera

GROUP = ITEMS.tree.groups[-1].number
OUTER, INNER = (ITEMS.names[n] for n in (ITEMS.tree.around(GROUP)[0], GROUP))


def toggled(state: State, name: str) -> State:
    number = ITEMS.number(name)
    assert number is not None
    return opening.toggled(state, ITEMS, number)


def test_what_opens_is_brought_close_wherever_one_looked_from() -> None:
    state = toggled(State(camera=Camera(distance=7)), OUTER)
    assert (state.at, state.near, state.camera) == (OUTER, OUTER, None)


def test_closing_leads_out_to_what_is_around() -> None:
    deep = toggled(toggled(State(), OUTER), INNER)
    assert deep.near == INNER
    out = toggled(deep, INNER)
    assert (out.at, out.near) == (INNER, OUTER)
    assert toggled(out, OUTER) == replace(State(), at=OUTER)


def test_who_looks_elsewhere_when_something_closes_goes_on_doing_so() -> None:
    there = Camera(distance=7)
    state = toggled(replace(toggled(State(), OUTER), near="", camera=there), OUTER)
    assert state.camera == there
