"""The store: who asked is told, steps can be taken back, and a hand's movement is one step."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.networks import acted, actions
from tensorama.app.actions import looks, running, travelling
from tensorama.app.state import Origin, State
from tensorama.app.store import Store
from tensorama.scene import Camera

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("steady")


@given(st.lists(actions, max_size=20))
def test_undoing_all_leads_back_to_the_beginning_and_redoing_all_to_the_end(done: list) -> None:
    store = Store(State())
    for do in done:
        store.do(do(store.state))
    end = store.state
    while store.undo():
        pass
    assert replace(store.state, position=1.0) == State()
    while store.redo():
        pass
    assert replace(store.state, position=1.0) == replace(end, position=1.0)
    assert replace(acted(done), position=1.0) == replace(end, position=1.0)


def test_only_who_asked_is_told_and_once_however_much_was_done() -> None:
    asked: list[str] = []
    store = Store(State(), lambda: asked.append("soon"))
    told: list[tuple[str, str]] = []
    store.listen(lambda before, after: told.append((before.heat, after.heat)), "heat")
    store.listen(lambda before, after: told.append(("speed", "")), "speed")
    store.do(looks.next_heat(store.state))
    store.do(looks.next_heat(store.state))
    assert told == []
    assert asked
    store.tell()
    assert told == [("", "memory")]
    store.tell()
    assert len(told) == 1


def test_what_a_listener_does_is_told_as_well() -> None:
    store = Store(State())
    told: list[float] = []
    store.listen(lambda before, after: store.do(replace(after, seed=after.seed + 1)), "heat")
    store.listen(lambda before, after: told.append(after.seed), "seed")
    store.do(looks.next_heat(store.state))
    store.tell()
    assert told == [1]


def test_the_movement_of_a_hand_is_one_step() -> None:
    store = Store(State())
    for distance in range(10, 20):
        store.do(travelling.looking(store.state, Camera(distance=distance)), going_on=True)
    store.rest()
    store.do(travelling.looking(store.state, Camera(distance=50)))
    store.undo()
    assert store.state.camera == Camera(distance=19)
    store.undo()
    assert store.state.camera is None
    assert store.ways == (False, True)


def test_the_run_going_on_is_no_step_and_is_not_taken_back() -> None:
    store = Store(State())
    store.do(running.placed(store.state, 0.25))
    store.do(looks.next_heat(store.state))
    store.do(running.placed(store.state, 0.5))
    store.undo()
    assert store.state == State(position=0.5)
    assert store.undo() is None


def test_what_answers_by_itself_is_no_step() -> None:
    store = Store(State())
    store.do(looks.next_heat(store.state))
    store.put(replace(store.state, overview=True))
    store.undo()
    assert store.state == State(overview=True)


def test_doing_something_else_forgets_what_was_taken_back() -> None:
    store = Store(State())
    store.do(looks.next_heat(store.state))
    store.undo()
    store.do(looks.next_scale(store.state))
    assert store.redo() is None
    store.begin(State())
    assert store.ways == (False, False)


def test_another_model_is_a_step_that_leads_back_and_on() -> None:
    """Opens another model: whoever undoes that has to open the one before; steps of both stay."""
    one, two = State(model=Origin("one.onnx")), State(model=Origin("two.onnx"))
    store = Store(one)
    store.do(looks.next_heat(store.state))
    heated = store.state
    store.enter(two)
    store.do(looks.next_scale(store.state))
    assert store.others == (None, None)
    store.undo()
    assert store.others == (heated, None)
    store.back_to(heated)
    assert store.others == (None, two)
    store.undo()
    assert store.state == one
    store.redo()
    store.on_to(two)
    store.redo()
    assert store.state == looks.next_scale(two)
    assert store.ways == (True, False)
