"""How fast steps follow each other: never from one frame to the next over the end."""

from __future__ import annotations

from itertools import pairwise

from tensorama.scene.run.pace import Pace


def test_few_steps_come_slowly_and_end_at_the_last() -> None:
    pace = Pace()
    pace.play(0, 3)
    seen = [pace.at(n * 0.1) for n in range(40)]
    assert seen[0] == 0
    assert sorted(seen) == seen
    assert {*seen} == {0, 1, 2, 3}
    assert not pace.playing
    assert seen.index(3) >= 10


def test_many_steps_take_no_longer_than_a_person_waits() -> None:
    pace = Pace()
    pace.play(0, 12_544)
    frames = 0
    while pace.playing:
        pace.at(frames / 10)
        frames += 1
    assert frames < 200
    pace.play(0, 12_544)
    assert [pace.at(0), pace.at(0.1, speed=4)][1] > 300


def test_a_page_that_was_hidden_does_not_jump() -> None:
    pace = Pace()
    pace.play(0, 100)
    pace.at(0.0)
    assert pace.at(3600.0) < 10


def test_in_stillness_it_changes_at_most_twice_a_second() -> None:
    pace = Pace()
    pace.play(0, 784, calm=True)
    seen = [pace.at(n / 20) for n in range(400)]
    changes = sum(a != b for a, b in pairwise(seen))
    assert seen[-1] == 784
    assert changes <= 2 * 400 / 20


def test_at_the_end_nothing_plays() -> None:
    pace = Pace()
    pace.play(5, 5)
    assert not pace.playing
