"""The layout for a window: labels keep their height in pixels, however large the network."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import LENET, chain, overlapping, rectangles, scene_of
from tensorama.scene import Camera, Scene, build_scene
from tensorama.scene.camera import Room
from tensorama.scene.fitting import arrange_in

ROOMS = [Room(1280, 800, left=300, bottom=90), Room(390, 844, top=60, bottom=320)]
SCENES = [scene_of(LENET), chain(30), chain(1)]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: len(scene.blocks))
def test_there_is_room_for_a_label_under_each_block(scene: Scene, room: Room) -> None:
    layout = arrange_in(scene, (), room)
    pixels = layout.label / Camera().fitted(layout.points, room).unit(room)
    assert pixels > 40 or layout.label == 14
    assert not overlapping(rectangles(layout))


@pytest.mark.parametrize("room", ROOMS)
def test_a_network_of_hundreds_leaves_no_more_than_a_limit_for_labels(room: Room) -> None:
    assert arrange_in(chain(600), (), room).label <= 14


def test_it_follows_the_layout_before() -> None:
    scene, room = chain(30), ROOMS[0]
    closed = arrange_in(scene, (), room)
    opened = arrange_in(scene, {3}, room, closed)
    np.testing.assert_array_equal(opened.row, closed.row)


def test_an_empty_scene_is_laid_out_in_any_room() -> None:
    assert len(arrange_in(build_scene([], {}), (), ROOMS[0]).anchors) == 0
