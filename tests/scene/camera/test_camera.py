"""The camera: what is fitted is seen, a pixel is a line of sight, a held point stays."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from scene.scenes import LENET, chain, scene_of
from tensorama.scene import Camera, arrange
from tensorama.scene.camera.camera import HOME_PITCH, HOME_YAW, Room, project, ray

ROOMS = [
    Room(1280, 800),
    Room(1280, 800, left=300, bottom=90),
    Room(390, 844, top=60, bottom=320),
    Room(200, 900, left=10, top=20, right=30, bottom=40),
]
VIEWS = [(HOME_YAW, HOME_PITCH), (0.0, 0.0), (2.5, -0.7), (-1.5, 1.5)]


def cloud(seed: int, count: int = 60) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 3)) * random.uniform(1, 60, 3) + random.normal(size=3) * 30


def in_free_part(points: np.ndarray, camera: Camera, room: Room) -> np.ndarray:
    """Where points are in the free part: -1..1 from edge to edge, both ways."""
    seen = project(points, camera.matrix(room), room)
    assert (seen[:, 2] > 0).all(), "everything is in front of the eye"
    x = (seen[:, 0] - room.left) / room.free_width * 2 - 1
    y = (seen[:, 1] - room.top) / room.free_height * 2 - 1
    return np.column_stack([x, y])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("room", ROOMS)
def test_what_is_fitted_lies_in_the_free_part_and_touches_its_margin(
    room: Room, view: tuple[float, float], seed: int
) -> None:
    points = cloud(seed)
    camera = Camera(yaw=view[0], pitch=view[1]).fitted(points, room)
    places = in_free_part(points, camera, room)
    assert np.abs(places).max() == pytest.approx(0.94, abs=1e-6)


@pytest.mark.parametrize("room", ROOMS)
def test_where_the_room_is_tight_both_of_its_margins_are_touched(room: Room) -> None:
    places = in_free_part(cloud(1), Camera().fitted(cloud(1), room), room)
    low, high = places.min(axis=0), places.max(axis=0)
    tight = int(np.abs(places).max(axis=0).argmax())
    assert low[tight] == pytest.approx(-high[tight])


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("count", [1, 8, 400])
def test_a_fitted_network_is_between_the_nearest_and_the_farthest_plane(
    count: int, room: Room
) -> None:
    points = arrange(chain(count), aspect=room.aspect).points
    matrix = Camera().fitted(points, room).matrix(room)
    clip = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    assert (np.abs(clip[:, 2]) < clip[:, 3]).all()


def test_fitting_keeps_the_direction() -> None:
    camera = Camera(yaw=0.3, pitch=-0.2).fitted(cloud(2), ROOMS[0])
    assert (camera.yaw, camera.pitch) == (0.3, -0.2)


def test_fitting_moves_with_what_it_fits() -> None:
    away = np.array([100.0, -200.0, 300.0])
    here = Camera().fitted(cloud(3), ROOMS[0])
    there = Camera().fitted(cloud(3) + away, ROOMS[0])
    assert there.distance == pytest.approx(here.distance)
    np.testing.assert_allclose(np.subtract(there.target, here.target), away)


@pytest.mark.parametrize("point", [(0, 0, 0), (0, 0, 500), (70, -80, -90)])
def test_a_single_point_is_seen_from_a_little_away(point: tuple[float, float, float]) -> None:
    camera = Camera().fitted(np.array([point], float), ROOMS[0])
    assert camera.distance == pytest.approx(2)
    np.testing.assert_allclose(in_free_part(np.array([point]), camera, ROOMS[0]), 0, atol=1e-6)


def test_nothing_to_fit_leaves_the_camera_as_it_is() -> None:
    assert Camera().fitted(np.zeros((0, 3)), ROOMS[0]) == Camera()


@pytest.mark.parametrize("room", ROOMS)
def test_the_target_is_in_the_middle_of_the_free_part(room: Room) -> None:
    camera = Camera((3, -4, 5), 0.4, 0.2, 30)
    seen = project(np.array([camera.target]), camera.matrix(room), room)[0]
    assert seen[0] == pytest.approx(room.left + room.free_width / 2)
    assert seen[1] == pytest.approx(room.top + room.free_height / 2)
    assert seen[2] == pytest.approx(30)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("room", ROOMS)
def test_the_line_of_sight_through_a_points_pixel_meets_the_point(
    room: Room, view: tuple[float, float]
) -> None:
    points = cloud(4, 12)
    camera = Camera(yaw=view[0], pitch=view[1]).fitted(points, room)
    matrix = camera.matrix(room)
    for point, (x, y, _) in zip(points, project(points, matrix, room), strict=True):
        start, direction = ray(x, y, matrix, room)
        along = (point - start) @ direction
        np.testing.assert_allclose(start + along * direction, point, atol=1e-6)
        assert along > 0
        assert np.linalg.norm(direction) == pytest.approx(1)


def test_a_point_behind_the_eye_is_told_by_its_distance() -> None:
    camera = Camera(yaw=0, pitch=0, distance=10)
    seen = project(np.array([[0, 0, 11.0], [0, 0, 9.0]]), camera.matrix(ROOMS[0]), ROOMS[0])
    assert seen[0, 2] < 0 < seen[1, 2]
    assert np.isfinite(seen).all()


def test_x_runs_right_and_y_up() -> None:
    middle, right, up = project(
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]]),
        Camera(yaw=0, pitch=0).matrix(ROOMS[0]),
        ROOMS[0],
    )
    assert right[0] > middle[0]
    assert right[1] == pytest.approx(middle[1])
    assert up[1] < middle[1]


def test_at_home_the_eye_is_at_the_left_above_and_in_front() -> None:
    x, y, z = Camera().position
    assert x < 0 < y
    assert z > 0


@pytest.mark.parametrize("view", VIEWS)
def test_the_axes_are_perpendicular_units(view: tuple[float, float]) -> None:
    axes = np.stack(Camera(yaw=view[0], pitch=view[1]).axes())
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)


@pytest.mark.parametrize("factor", [0.3, 0.9, 1.1, 4.0, 1e-9, 1e9])
def test_zooming_towards_a_point_keeps_its_place(factor: float) -> None:
    room, point = ROOMS[1], np.array([7.0, -3.0, 2.0])
    camera = Camera((1, 2, 3), 0.5, 0.3, 60)
    zoomed = camera.zoom(factor, point)
    before, after = (project(point[None], c.matrix(room), room)[0] for c in (camera, zoomed))
    np.testing.assert_allclose(after[:2], before[:2], atol=1e-6)
    assert 2 <= zoomed.distance <= 5000


def test_zooming_without_a_point_keeps_the_target() -> None:
    zoomed = Camera((1, 2, 3)).zoom(0.5)
    assert zoomed.target == (1, 2, 3)
    assert zoomed.distance == 50


def test_panning_moves_the_picture_by_as_many_pixels() -> None:
    room, camera = ROOMS[1], Camera((1, 2, 3), 0.5, 0.3, 60)
    unit = camera.unit(room)
    panned = camera.pan(-30 * unit, 12 * unit)
    before, after = (project(np.array([camera.target]), c.matrix(room), room)[0]
                     for c in (camera, panned))  # fmt: skip
    np.testing.assert_allclose(after - before, [30, 12, 0], atol=1e-6)


def test_orbiting_keeps_distance_and_target_and_stops_above() -> None:
    camera = Camera((1, 2, 3), distance=50).orbit(0.4, 9)
    assert camera.target == (1, 2, 3)
    assert np.linalg.norm(camera.position - camera.target) == pytest.approx(50)
    assert camera.pitch < math.pi / 2
    assert camera.orbit(0, -99).pitch > -math.pi / 2


def test_near_means_that_no_difference_can_be_seen() -> None:
    camera = Camera()
    assert camera.near(replace(camera, distance=camera.distance * 1.0001))
    assert not camera.near(replace(camera, distance=camera.distance * 1.01))
    assert not camera.near(camera.orbit(0.01, 0))
    assert not camera.near(camera.pan(1, 0))


def test_a_room_that_is_covered_wholly_still_has_a_size() -> None:
    room = Room(300, 200, left=290, top=190, right=50, bottom=50)
    assert (room.free_width, room.free_height) == (40, 40)
    points = arrange(scene_of(LENET)).points
    assert np.isfinite(project(points, Camera().fitted(points, room).matrix(room), room)).all()
