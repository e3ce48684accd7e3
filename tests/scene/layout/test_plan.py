"""The small plan of a network: every block in its place, and what is in view."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import LENET, chain, scene_of
from scene.test_levels import residual_net
from tensorama.scene import Camera, Scene, arrange
from tensorama.scene.camera.camera import Room, project
from tensorama.scene.layout.plan import corner, plan_of, whole_in_view

ROOM = Room(900, 600, left=200, bottom=60)
SCENES = [scene_of(LENET), chain(40), residual_net()]


@pytest.mark.parametrize("scene", SCENES, ids=["lenet", "chain", "residual"])
def test_the_plan_holds_all_blocks_in_their_order(scene: Scene) -> None:
    layout = arrange(scene)
    plan = plan_of(layout, 190, 120)
    assert plan.width == pytest.approx(190) or plan.height == pytest.approx(120)
    assert plan.width <= 190.01
    assert plan.height <= 120.01
    boxes = plan.blocks(layout)[layout.shown]
    assert (boxes[:, :2] >= -1).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= [plan.width + 1, plan.height + 1]).all()
    assert (boxes[:, 2:] >= 2).all()
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    across = np.argsort(layout.anchors[layout.shown, 0], kind="stable")
    assert (np.diff(middles[across, 0]) >= -1e-3).all()


def test_a_pixel_of_the_plan_is_a_point_of_the_scene() -> None:
    plan = plan_of(arrange(SCENES[0]), 190, 120)
    point = plan.in_scene(37.0, 21.0)
    np.testing.assert_allclose(plan.on_plan(np.array([[*point, 0]])), [[37, 21]])


@pytest.mark.parametrize("yaw", [0.0, -0.5, 0.4])
def test_the_view_is_what_the_window_shows(yaw: float) -> None:
    layout = arrange(SCENES[1])
    plan = plan_of(layout, 190, 120)
    x, y, _ = layout.anchors[7].tolist()
    camera = Camera(target=(x, y, 0), yaw=yaw, pitch=0.2, distance=40)
    matrix = camera.matrix(ROOM)
    left, top, wide, high = plan.view(matrix, ROOM)
    px, py, w = project(layout.anchors, matrix, ROOM).T
    free = (
        (w > 0) & (px > ROOM.left) & (px < ROOM.width) & (py > 0) & (py < ROOM.height - ROOM.bottom)
    )
    assert free.any()
    assert not free.all()
    spots = plan.on_plan(layout.anchors)[free]
    assert (spots >= [left, top]).all()
    assert (spots <= [left + wide, top + high]).all()


def test_towards_the_horizon_all_may_be_in_view() -> None:
    layout = arrange(SCENES[0])
    plan = plan_of(layout, 190, 120)
    matrix = Camera(yaw=1.5, distance=30).matrix(ROOM)
    assert plan.view(matrix, ROOM) == pytest.approx((0, 0, plan.width, plan.height))


def test_whether_all_is_in_view() -> None:
    layout = arrange(SCENES[2])
    fitted = Camera().fitted(layout.points, ROOM)
    assert whole_in_view(layout, fitted.matrix(ROOM), ROOM)
    assert not whole_in_view(layout, fitted.zoom(0.4).matrix(ROOM), ROOM)
    assert not whole_in_view(layout, fitted.pan(300, 0).matrix(ROOM), ROOM)


def test_an_empty_network_has_an_empty_plan() -> None:
    layout = arrange(scene_of({}))
    plan = plan_of(layout, 190, 120)
    assert np.isfinite([plan.scale, plan.width, plan.height]).all()
    assert whole_in_view(layout, Camera().matrix(ROOM), ROOM)


def test_the_plan_stands_where_it_hides_least() -> None:
    right, left, top, low = 900 - 100, 200, 0, 600 - 60 - 50
    wide_open = np.zeros((0, 4))
    assert corner((100, 50), ROOM, wide_open) == (right, low, False)
    assert corner((100, 50), ROOM, wide_open, low=False) == (right, top, False)
    looked_at = np.array([[780.0, 300, 900, 600]])
    assert corner((100, 50), ROOM, looked_at) == (right, top, False)
    all_right = np.array([[780.0, -50, 900, 700]])
    assert corner((100, 50), ROOM, all_right) == (left, low, False)
    almost_all = np.array([[0.0, 20, 900, 700]])
    assert corner((100, 50), ROOM, almost_all) == (right, top, True)
