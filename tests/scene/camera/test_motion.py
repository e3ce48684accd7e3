"""Springs: the same movement at any rate of frames, and an end."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.scene.camera.motion import Spring


def moving(goal: float = 10.0) -> Spring:
    spring = Spring(np.array([0.0, -3.0]))
    spring.goal[:] = goal
    return spring


@pytest.mark.parametrize("steps", [1, 3, 10, 1000])
def test_the_movement_is_the_same_for_any_length_of_frame(steps: int) -> None:
    spring, wanted = moving(), moving()
    wanted.advance(0.3)
    for _ in range(steps):
        assert spring.advance(0.3 / steps)
    np.testing.assert_allclose(spring.now, wanted.now, atol=1e-9)


def test_it_is_the_same_when_the_goal_changes_on_the_way() -> None:
    coarse, fine = moving(), moving()
    for spring, frames in ((coarse, 1), (fine, 50)):
        for goal in (10.0, -4.0, 7.0):
            spring.goal[:] = goal
            for _ in range(frames):
                spring.advance(0.1 / frames)
    np.testing.assert_allclose(coarse.now, fine.now, atol=1e-9)


def test_it_arrives_and_says_so() -> None:
    spring = moving()
    frames = 1
    while spring.advance(1 / 60):
        frames += 1
    assert 20 < frames < 90, "in a third of a second to one and a half"
    np.testing.assert_array_equal(spring.now, spring.goal)
    assert not spring.advance(1 / 60)


def test_it_never_runs_past_its_goal() -> None:
    spring = moving()
    way = []
    while spring.advance(0.01):
        way.append(spring.now[0])
    assert way == sorted(way)
    assert way[-1] <= 10


def test_it_starts_gently() -> None:
    spring = moving()
    spring.advance(0.001)
    assert spring.now[0] < 0.01


def test_a_tab_that_slept_finds_it_at_its_goal() -> None:
    spring = moving()
    assert not spring.advance(3600)
    np.testing.assert_array_equal(spring.now, [10, 10])


def test_no_time_is_no_movement() -> None:
    spring = moving()
    assert spring.advance(0)
    np.testing.assert_array_equal(spring.now, [0, -3])


def test_a_jump_stops_it_there() -> None:
    spring = moving()
    spring.advance(0.1)
    spring.jump(np.array([1.0, 2.0, 3.0]))
    assert not spring.advance(0.1)
    np.testing.assert_array_equal(spring.now, [1, 2, 3])


def test_it_keeps_its_own_numbers() -> None:
    start = np.zeros(2)
    spring = Spring(start)
    spring.goal[:] = 5
    spring.advance(0.1)
    assert not start.any()
    spring.jump(start)
    spring.goal[:] = 5
    assert not start.any()


def test_a_spring_of_nothing_is_at_rest() -> None:
    assert not Spring(np.zeros((0, 3))).advance(0.1)
