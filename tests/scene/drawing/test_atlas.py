"""Every map has its own place in the stack of textures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scene.scenes import LENET, chain, random_dag, scene_of
from tensorama.scene import Scene, build_scene
from tensorama.scene.drawing.atlas import PAGE, Atlas, pack


def check(scene: Scene, atlas: Atlas) -> None:
    """No two maps share a cell, and all lie inside a page."""
    taken = np.zeros((atlas.pages, atlas.height, atlas.width), np.uint8)
    for (x, y, page), block in zip(atlas.slots, scene.block, strict=True):
        picture = scene.blocks[block].picture
        assert x + picture.cols <= atlas.width
        assert y + picture.rows <= atlas.height
        taken[page, y : y + picture.rows, x : x + picture.cols] += 1
    assert taken.max(initial=0) <= 1


@pytest.mark.parametrize("seed", range(15))
def test_slots_do_not_overlap(seed: int) -> None:
    scene = random_dag(seed)
    check(scene, pack(scene))


def test_maps_of_very_different_size_do_not_overlap() -> None:
    shapes = [(1, 3, 224, 224), (1, 500, 1, 3), (1, 40, 60, 2), (1, 1000), (3, 900), ()]
    scene = scene_of({str(shape): (shape, ()) for shape in shapes})
    check(scene, pack(scene))


def test_what_does_not_fit_one_page_goes_on_to_the_next() -> None:
    scene = scene_of({"a": ((1, 5, 1500, 1100), ()), "b": ((1, 30, 300, 200), ())})
    atlas = pack(scene)
    assert (atlas.width, atlas.height) == (PAGE, 1504), "its largest map, up to a multiple of 8"
    assert atlas.pages > 2
    check(scene, atlas)


def test_a_page_is_no_larger_than_the_largest_and_no_higher_than_it_needs_to_be() -> None:
    for scene in (scene_of(LENET), chain(3), random_dag(2)):
        atlas = pack(scene)
        lowest = max(
            int(y) + scene.blocks[block].picture.rows
            for (_, y, _), block in zip(atlas.slots, scene.block, strict=True)
        )
        assert lowest <= atlas.height < lowest + 8
        assert max(atlas.width, atlas.height) <= PAGE


@pytest.mark.parametrize(("shape", "count"), [
    ((1, 64, 28, 28), 40), ((1, 40, 300, 300), 12), ((1, 16, 260, 260), 20), ((1, 64, 112, 112), 9),
])  # fmt: skip
def test_pages_are_low_and_little_room_is_wasted(shape: tuple[int, ...], count: int) -> None:
    scene = chain(count, shape)
    atlas = pack(scene)
    assert atlas.height <= PAGE // 4
    check(scene, atlas)
    used = sum(b.picture.rows * b.picture.cols * b.count for b in scene.blocks)
    assert used > 0.45 * atlas.width * atlas.height * atlas.pages


def test_a_map_as_large_as_a_page_fits() -> None:
    scene = scene_of({"a": ((PAGE, PAGE), ())})
    assert pack(scene).slots.tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("shape", [(4, PAGE + 1), (PAGE + 1, 4), (3, 8, PAGE + 1), (PAGE**2 + 5,)])
def test_a_map_that_is_larger_than_a_page_is_folded(shape: tuple[int, ...]) -> None:
    picture = scene_of({"a": (shape, ())}).blocks[0].picture
    assert max(picture.rows, picture.cols) <= PAGE
    assert picture.cells == min(math.prod(shape), PAGE**2)
    last = np.unravel_index(picture.cells - 1, shape)
    assert picture.index(*picture.place(tuple(int(i) for i in last))) == last


def test_an_empty_scene_has_one_empty_page() -> None:
    atlas = pack(build_scene([], {}))
    assert (atlas.pages, atlas.width, atlas.height, len(atlas.slots)) == (1, 1, 1, 0)
