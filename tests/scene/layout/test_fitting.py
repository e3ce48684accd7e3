"""The layout for a window: labels keep their height in pixels, however large the network."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scene.scenes import LENET, chain, overlapping, rectangles, scene_of
from scene.trees import scene_of_file
from tensorama.scene import Camera, Layout, Scene, arrange, build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.layout.arrange import Spacing
from tensorama.scene.layout.fitting import arrange_in

ROOMS = [Room(1280, 800, left=300, bottom=90), Room(390, 844, top=60, bottom=320)]
SCENES = [scene_of(LENET), chain(30), chain(1)]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: len(scene.blocks))
def test_there_is_room_for_a_label_under_each_block(scene: Scene, room: Room) -> None:
    layout = arrange_in(scene, (), room)
    pixels = layout.label / Camera().fitted(layout.points, room).unit(room)
    assert pixels > (40 if len(scene.blocks) < 20 else 15)
    assert not overlapping(rectangles(layout))


@pytest.mark.parametrize("room", ROOMS)
def test_a_network_of_hundreds_leaves_no_more_than_a_limit_for_labels(room: Room) -> None:
    assert arrange_in(chain(600), (), room).label <= 14


@pytest.mark.parametrize("room", ROOMS)
def test_where_names_would_not_fit_no_room_is_kept_for_them(room: Room) -> None:
    layout = arrange_in(chain(600), (), room)
    assert layout.spacing == Spacing(title=layout.spacing.title)
    assert not overlapping(rectangles(layout))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("name", ["gpt", "detector"])
def test_an_open_network_is_about_as_large_as_any_proportions_make_it(
    name: str, room: Room
) -> None:
    scene = scene_of_file(name)
    opened = {g.number for g in scene.tree.groups} | {
        n for n, block in enumerate(scene.blocks) if block.opens
    }
    layout = arrange_in(scene, opened, room)

    def unit(one: Layout) -> float:
        return Camera().fitted(one.points, room).unit(room)

    for aspect in (0.3, 0.5, 0.8, 1.2, 2.0, 3.0):
        for inner in (1.0, 1.7, 2.8, 4.0):
            spacing = replace(layout.spacing, inner=inner)
            other = arrange(scene, opened, aspect * room.aspect, spacing)
            assert unit(layout) < unit(other) * 1.15, (aspect, inner)


@pytest.mark.parametrize("room", ROOMS)
def test_titles_of_outermost_frames_can_be_read_however_large_the_network(room: Room) -> None:
    scene = scene_of_file("gpt")
    layout = arrange_in(scene, {g.number for g in scene.tree.groups}, room)
    unit = Camera().fitted(layout.points, room).unit(room)
    outermost = [f for f in layout.frames if not scene.tree.around(f.group)]
    assert outermost
    assert all(frame.title / unit >= 15 for frame in outermost)


def test_an_empty_scene_is_laid_out_in_any_room() -> None:
    assert len(arrange_in(build_scene([], {}), (), ROOMS[0]).anchors) == 0
