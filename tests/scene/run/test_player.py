"""The clock of a run: it plays, pauses, steps and is dragged, and lights what is computed."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.scene import Player
from tensorama.scene.run.player import LEAST, MOST, stretched

CHAIN = np.array([[0, 1], [1, 2], [2, 3]])


def player(*seconds: float, items: list[int] | None = None) -> Player:
    """A player of these blocks, each seen as itself unless items are given."""
    made = Player()
    seen = items or list(range(len(seconds)))
    made.begin(seen, [max(b for b, i in enumerate(seen) if i == item) for item in seen])
    made.take(seconds)
    return made


def run(clock: Player, seconds: float, start: float = 100.0) -> bool:
    """Let time pass in frames of a sixtieth; tell whether anything still moves."""
    moving = False
    for now in np.append(np.arange(start, start + seconds, 1 / 60), start + seconds):
        moving = clock.advance(now)
    return moving


def test_a_run_begins_in_the_dark_and_plays_to_its_end_in_its_length() -> None:
    clock = player(1e-3, 1e-3, 2e-3)
    assert clock.lit().tolist() == [0, 0, 0]
    clock.play()
    run(clock, 0.99 * clock.length)
    assert clock.playing
    assert clock.step == 2
    run(clock, 0.02 * clock.length, 100 + 0.99 * clock.length)
    assert (clock.playing, clock.whole, clock.step) == (False, True, None)
    assert clock.position == clock.length


def test_blocks_light_up_when_the_position_passes_their_end() -> None:
    clock = player(1, 1, 2)
    clock.play()
    run(clock, 2.2)
    assert clock.length == pytest.approx(4)
    np.testing.assert_allclose(clock.ends, [1, 2, 4])
    assert clock.lit()[0] == 1
    assert 0.9 < clock.lit()[1] < 1, "it rises since 0.2 s"
    assert clock.lit()[2] == 0


def test_the_end_of_a_frame_does_not_delay_the_light() -> None:
    coarse, fine = player(1, 1, 2), player(1, 1, 2)
    coarse.play()
    fine.play()
    coarse.advance(0.0)
    coarse.advance(1.1)
    run(fine, 1.1)
    np.testing.assert_allclose(coarse.lit(), fine.lit(), atol=1e-6)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0, 4.0])
def test_speed_divides_the_time_that_a_run_is_shown_in(speed: float) -> None:
    clock = player(1, 1)
    clock.speed = speed
    clock.play()
    run(clock, 0.9 * 2 / speed)
    assert clock.position == pytest.approx(1.8)


def test_a_pause_keeps_the_position_and_playing_goes_on_from_there() -> None:
    clock = player(1, 1)
    clock.play()
    run(clock, 0.7)
    clock.pause()
    assert not run(clock, 5, 200), "at rest nothing is drawn any more"
    assert clock.position == pytest.approx(0.7)
    clock.play()
    run(clock, 0.5, 300)
    assert clock.position == pytest.approx(1.2)


def test_playing_from_the_end_starts_anew() -> None:
    clock = player(1, 1)
    clock.finish()
    clock.advance(0)
    assert clock.lit().tolist() == [0, 0], "it lights from this moment on"
    clock.advance(1)
    assert clock.lit().tolist() == [1, 1]
    clock.play()
    clock.advance(2)
    assert clock.position == 0
    assert clock.lit().tolist() == [0, 0]


def test_a_loop_rests_at_the_end_and_begins_again() -> None:
    clock = player(1, 1)
    clock.loop = True
    clock.play()
    run(clock, 2.5)
    assert clock.playing
    clock.advance(102.5)
    assert clock.position > clock.length
    assert clock.lit().tolist() == [1, 1]
    run(clock, 0.6, 102.5)
    assert clock.position < 0.4
    assert clock.lit().tolist() == [0, 0]


def test_rest_is_drawn_even_if_frames_are_slow() -> None:
    clock = player(1, 1)
    clock.play()
    for now in (0.0, 1.9, 2.1, 2.2):
        assert clock.advance(now)
    assert clock.travel(CHAIN[:1])[1][0] > 0.5, "it flares"
    assert clock.advance(5.0), "the frame in which the flare is gone"
    assert clock.travel(CHAIN[:1])[1][0] < 0.01
    assert not clock.advance(5.1)


def test_steps_walk_from_layer_to_layer_and_through_the_whole_back_to_the_first() -> None:
    clock = player(1, 2, 3)
    clock.finish()
    seen = []
    for number in range(5):
        clock.walk(1)
        run(clock, 1, 10 * number)
        seen.append(clock.step)
    assert seen == [0, 1, 2, None, 0]
    clock.walk(-1)
    assert clock.whole
    clock.walk(-1)
    assert (clock.step, clock.position) == (2, clock.length)
    clock.walk(-1)
    assert clock.step == 1
    assert clock.position == clock.ends[1]


def test_steps_that_come_faster_than_they_are_walked_all_count() -> None:
    clock = player(1, 1, 1, 1)
    clock.finish()
    for _ in range(3):
        clock.walk(1)
        clock.advance(0)
    run(clock, 1)
    assert clock.step == 2


def test_a_step_from_the_middle_of_a_layer_completes_it_first() -> None:
    clock = player(1, 1, 1)
    clock.seek(1.4)
    clock.walk(1)
    run(clock, 1)
    assert clock.position == pytest.approx(2)
    clock.seek(1.4)
    clock.walk(-1)
    assert clock.position == pytest.approx(1)


def test_what_is_walked_backwards_is_dark_again() -> None:
    clock = player(1, 1, 1)
    clock.finish()
    clock.walk(-1)
    clock.walk(-1)
    run(clock, 1)
    assert clock.lit().tolist() == [1, 1, 0]


def test_a_hand_drags_to_any_position_but_not_beyond_the_ends() -> None:
    clock = player(1, 1)
    for asked, got in ((0.3, 0.3), (-4, 0), (99, 2)):
        clock.seek(asked)
        assert clock.position == pytest.approx(got)
        assert not clock.whole
    clock.seek(0)
    assert clock.step is None


def test_closed_groups_are_one_segment_and_the_position_stays_when_they_open() -> None:
    clock = player(1, 1, 1, 1, items=[0, 9, 9, 3])
    assert clock.items.tolist() == [0, 9, 3]
    clock.seek(2.5)
    assert clock.step == 1
    assert (clock.start_of(1), clock.end_of(1)) == (pytest.approx(1), pytest.approx(3))
    clock.fold(range(4), range(4))
    assert clock.position == pytest.approx(2.5)
    assert clock.step == 2


def test_a_group_that_others_interrupt_has_several_segments() -> None:
    assert player(1, 1, 1, 1, items=[8, 9, 8, 8]).items.tolist() == [8, 9, 8]


def test_inputs_flow_into_the_current_step_and_stay_bright_while_it_is_current() -> None:
    clock = player(1, 1, 1, 1)
    clock.seek(2.5)
    run(clock, 5)
    way, bright = clock.travel(CHAIN)
    assert way.tolist() == pytest.approx([1, 0.5, 1])
    assert bright == pytest.approx([0, 1, 0], abs=0.02)
    clock.walk(1)
    run(clock, 5, 200)
    way, bright = clock.travel(CHAIN)
    assert way[1] == 1
    assert bright == pytest.approx([0, 1, 0], abs=0.02)


def test_a_closed_group_receives_while_its_members_are_computed() -> None:
    clock = player(1, 1, 1, 1, items=[0, 9, 9, 3])
    links = np.array([[0, 2], [2, 3]])
    clock.seek(1.5)
    assert clock.travel(links)[0][0] == pytest.approx(0.25)
    clock.seek(2.5)
    assert clock.travel(links)[0][0] == pytest.approx(0.75)


def test_a_live_run_flashes_over_the_lit_picture_all_at_once() -> None:
    clock = player(1, 1, 1)
    clock.seek(1.5)
    clock.flash(0.3)
    assert clock.whole
    for now in np.arange(0, 1, 0.05):
        clock.advance(now)
        assert clock.lit().tolist() == [1, 1, 1]
    assert not run(clock, 3)
    clock.seek(1.5)
    run(clock, 1)
    assert clock.lit().tolist() == [1, 0, 0]


def test_who_wants_less_movement_sees_steps_and_no_flares() -> None:
    clock = player(1, 1, 1)
    clock.calm = True
    clock.walk(1)
    clock.walk(1)
    clock.advance(0)
    assert clock.lit().tolist() == [1, 1, 0]
    assert clock.flare().max() < 1e-9
    assert clock.travel(CHAIN[:2])[0].tolist() == [1, 1]
    assert not clock.advance(0.1), "nothing is left to be drawn"
    clock.play()
    clock.advance(0.1)
    clock.advance(0.6)
    assert clock.travel(CHAIN[:2])[0].tolist() == [1, 1]
    assert clock.position == pytest.approx(2.5)


@pytest.mark.parametrize("segment", range(4))
def test_new_times_leave_one_at_the_step_where_one_was(segment: int) -> None:
    clock = player(1, 1, 1, 1)
    clock.reach(segment)
    run(clock, 1)
    share = clock.share
    clock.take([9, 1, 1, 5])
    assert clock.step == segment
    assert clock.position == pytest.approx(clock.end_of(segment))
    assert clock.share == pytest.approx(share)
    clock.advance(200.0)
    assert (clock.lit() > 0.5).tolist() == [block <= segment for block in range(4)]


def test_new_times_do_not_stop_a_walk() -> None:
    clock = player(1, 1, 1)
    clock.reach(1)
    run(clock, 0.1)
    assert clock.walking
    clock.take([7, 1, 1])
    run(clock, 1, start=200)
    assert clock.step == 1
    assert clock.position == pytest.approx(clock.end_of(1))


def test_a_place_is_the_same_step_whatever_times_a_run_takes() -> None:
    slow, quick = player(9, 1, 1, 5), player(1, 1, 1, 1)
    for share in (0.0, 0.25, 0.6, 0.75, 1.0):
        slow.place(share)
        quick.place(share)
        assert slow.share == quick.share == pytest.approx(share)
        assert slow.step == quick.step


@pytest.mark.parametrize(
    ("seconds", "count", "shown"),
    [(0.002, 8, LEAST), (2.5, 8, 2.5), (99, 8, MOST), (0.1, 50, 2.0), (0.1, 400, 4.0)],
)
def test_a_run_is_stretched_so_that_it_can_be_followed(
    seconds: float, count: int, shown: float
) -> None:
    assert stretched(seconds, count) == pytest.approx(shown)


def test_a_network_of_nothing_plays_nothing() -> None:
    clock = player()
    clock.play()
    clock.walk(1)
    clock.seek(1)
    assert not run(clock, 1)
    assert clock.step is None
    assert clock.travel(np.zeros((0, 2), int))[0].shape == (0,)
