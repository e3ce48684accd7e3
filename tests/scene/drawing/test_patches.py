"""The parts of a window that are drawn again: they hold every line, and not much else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.patches import area, patches

ROOM = Room(1000, 600)
WINDOW = ROOM.width * ROOM.height
places = st.tuples(st.floats(-500, 2000), st.floats(-500, 2000), st.just(1.0))


def held(points: np.ndarray, rectangles: np.ndarray, aside: float) -> np.ndarray:
    """Which points lie so far inside of a rectangle, or of the window's edge."""
    at_edges = rectangles == [0, 0, ROOM.width, ROOM.height]
    inner = rectangles + np.where(at_edges, -np.inf, aside) * [1, 1, -1, -1]
    within = (points[:, None] >= inner[:, :2]) & (points[:, None] <= inner[:, 2:])
    return np.asarray(within.all(axis=2).any(axis=1))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(places, places), min_size=1, max_size=12))
def test_every_line_lies_in_them_as_wide_as_it_is(lines: list) -> None:
    segments = np.array(lines)
    along = np.linspace(0, 1, 200)[:, None, None]
    points = (segments[:, 0] * (1 - along) + segments[:, 1] * along).reshape(-1, 3)[:, :2]
    seen = points[((points >= 0) & (points <= [ROOM.width, ROOM.height])).all(axis=1)]
    assert held(seen, patches(segments, ROOM), 3.9).all()


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(places, places), max_size=12))
def test_they_lie_in_the_window_and_take_no_more_than_the_box_around_all(lines: list) -> None:
    found = patches(np.array(lines).reshape(-1, 2, 3), ROOM)
    assert (found >= 0).all()
    assert (found <= [ROOM.width, ROOM.height] * 2).all()
    assert (found[:, 2:] > found[:, :2]).all()
    assert len(found) <= 8


def test_a_line_across_takes_a_small_part_of_the_window() -> None:
    across = patches(np.array([[[0, 0, 1], [1000, 600, 1]]]), ROOM)
    assert area(across) < 0.2 * WINDOW
    small = patches(np.array([[[500, 300, 1], [520, 300, 1]]]), ROOM)
    assert area(small) < 0.005 * WINDOW


def test_nothing_needs_nothing_and_what_is_behind_the_eye_needs_everything() -> None:
    assert patches(np.zeros((0, 2, 3)), ROOM).shape == (0, 4)
    assert patches(np.array([[[-90, 40, 1], [-50, 80, 1]]]), ROOM).shape == (0, 4)
    behind = patches(np.array([[[10, 10, 1], [20, 20, -1]]]), ROOM)
    np.testing.assert_array_equal(behind, [[0, 0, 1000, 600]])
