"""The eye: it travels to where it should be, and says when the picture is seen differently."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.scene.camera.camera import Camera, Room
from tensorama.scene.camera.eye import Eye

BOX = np.array([[x, y, z] for x in (-30.0, 30) for y in (-8.0, 8) for z in (-4.0, 0)])


def at_rest() -> Eye:
    eye = Eye()
    eye.resize(Room(900, 500))
    eye.fit(BOX, home=True, at_once=True)
    while eye.advance(0.1):
        pass
    eye.advance(0.1)
    return eye


def test_at_rest_nothing_is_seen_differently() -> None:
    eye = at_rest()
    before = eye.matrix
    assert not eye.advance(1.0)
    assert not eye.changed
    assert eye.matrix is before


def test_a_look_travels_and_the_last_frame_of_it_still_tells_a_change() -> None:
    eye = at_rest()
    eye.look(lambda camera: camera.orbit(0.5, 0.1))
    frames = 0
    while eye.advance(1 / 60):
        assert eye.changed
        frames += 1
    assert frames > 10
    assert eye.changed, "it arrived in this frame"
    assert eye.camera == eye.heading
    eye.advance(1 / 60)
    assert not eye.changed


def test_looks_add_up_while_it_travels() -> None:
    eye = at_rest()
    for _ in range(3):
        eye.look(lambda camera: camera.orbit(0.1, 0))
        eye.advance(0.01)
    assert eye.heading.yaw == pytest.approx(Camera().yaw + 0.3)


def test_it_follows_until_someone_looks_elsewhere() -> None:
    eye = at_rest()
    assert eye.following
    eye.look(lambda camera: camera.pan(3, 0))
    assert not eye.following
    eye.fit(BOX)
    assert eye.following


def test_what_is_fitted_is_in_the_window() -> None:
    eye = at_rest()
    x, y, away = eye.on_screen(BOX).T
    assert (away > 0).all()
    assert 0 <= x.min() < x.max() <= 900
    assert 0 <= y.min() < y.max() <= 500


def test_a_point_under_a_pixel_is_seen_at_that_pixel() -> None:
    eye = at_rest()
    for pixel in ((450, 250), (120, 400)):
        seen = eye.on_screen(eye.point_under(*pixel)[None])[0]
        np.testing.assert_allclose(seen[:2], pixel, atol=1e-6)


def test_another_window_is_seen_at_once() -> None:
    eye = at_rest()
    before = eye.matrix
    eye.resize(Room(500, 900))
    assert not np.allclose(eye.matrix, before)
    eye.advance(0.1)
    assert eye.changed
