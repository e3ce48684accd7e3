"""Zooming ends where there is nothing more to be seen."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import LENET, scene_of
from tensorama.scene import Camera, arrange, build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.camera.reach import reach

ROOM = Room(1200, 800, left=230, top=60, right=30, bottom=70)


def test_from_the_closest_a_number_fits_a_cell_and_from_the_furthest_all_is_small() -> None:
    scene = scene_of(LENET)
    points = arrange(scene).points
    closest, furthest = reach(scene, points, ROOM)
    camera = Camera().zoom(1e-9, reach=(closest, furthest))
    cells = np.concatenate([scene.closed[:, 3], scene.open[:, 3]])
    cols = np.tile([scene.blocks[n].picture.cols for n in scene.block], 2)
    smallest = (cells / cols)[cells > 0].min() / camera.unit(ROOM)
    assert smallest == pytest.approx(72)
    far = Camera().zoom(1e9, reach=(closest, furthest)).distance
    assert far == pytest.approx(2.5 * Camera().fitted(points, ROOM).distance)


def test_without_a_network_one_can_look_from_anywhere() -> None:
    scene = build_scene((), {})
    assert reach(scene, np.zeros((0, 3)), ROOM) == (2.0, 5000.0)
