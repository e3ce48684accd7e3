"""Back and forward: each jump can be taken back, and what was taken back can be had again."""

from __future__ import annotations

from tensorama.app.history import History, Place
from tensorama.scene import Camera


def place(number: int) -> Place:
    return Place(frozenset({str(number)}), "", "", "", Camera(target=(float(number * 50), 0, 0)))


def test_back_and_forward_lead_along_the_places_one_was_at() -> None:
    history = History()
    assert history.ways == (False, False)
    for number in range(3):
        history.leave(place(number))
    assert history.back(place(3)) == place(2)
    assert history.back(place(2)) == place(1)
    assert history.ways == (True, True)
    assert history.forward(place(1)) == place(2)
    assert history.forward(place(2)) == place(3)
    assert history.forward(place(3)) is None
    assert history.ways == (True, False)


def test_a_jump_from_the_middle_forgets_what_lay_ahead() -> None:
    history = History()
    history.leave(place(0))
    history.leave(place(1))
    assert history.back(place(2)) == place(1)
    history.leave(place(1))
    assert history.forward(place(7)) is None
    assert history.back(place(7)) == place(1)
    assert history.back(place(1)) == place(0)
    assert history.back(place(0)) is None


def test_back_leads_to_the_view_as_one_left_it() -> None:
    """One turned the picture after the jump: forward leads to the turned view."""
    history = History()
    history.leave(place(0))
    turned = Place(frozenset({"1"}), "", "", "", Camera(yaw=1.0))
    assert history.back(turned) == place(0)
    assert history.forward(place(0)) == turned


def test_places_that_look_the_same_count_once() -> None:
    history = History()
    history.leave(place(0))
    history.leave(place(0))
    history.leave(place(1))
    assert history.back(place(1)) == place(0), "a step that changes nothing is no step"
    assert history.back(place(0)) is None


def test_only_so_many_places_are_kept_and_a_new_network_has_none() -> None:
    history = History()
    for number in range(500):
        history.leave(place(number))
    steps = 0
    here = place(500)
    while found := history.back(here):
        here, steps = found, steps + 1
    assert here == place(400)
    assert steps == 100
    history.forget()
    assert history.ways == (False, False)
