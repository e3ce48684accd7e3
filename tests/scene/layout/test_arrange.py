"""Where blocks stand: what holds for any network, however it is wired and whatever is open."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import (
    LENET,
    chain,
    overlapping,
    random_dag,
    rectangles,
    scene_of,
    some_open,
)
from tensorama.scene import Layout, Scene, arrange, build_scene
from tensorama.scene.camera.pick import placed
from tensorama.scene.layout.arrange import Spacing
from tensorama.scene.layout.paths import routes

SEEDS = range(40)
ASPECTS = (0.45, 1.9)


def check(scene: Scene, layout: Layout) -> None:
    assert np.isfinite(layout.anchors).all()
    assert not overlapping(rectangles(layout)), "no two blocks, labels included, overlap"
    for source, target in scene.links:
        before = (layout.row[source], layout.anchors[source, 0] + layout.sizes[source, 0] / 2)
        after = (layout.row[target], layout.anchors[target, 0] - layout.sizes[target, 0] / 2)
        assert before < after, "every link runs forward along the reading order"


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_blocks_do_not_overlap_and_links_run_forward(seed: int, aspect: float) -> None:
    scene = random_dag(seed)
    check(scene, arrange(scene, (), aspect))


@pytest.mark.parametrize("seed", SEEDS)
def test_it_holds_for_any_blocks_that_are_open(seed: int) -> None:
    scene = random_dag(seed)
    check(scene, arrange(scene, some_open(scene, seed)))
    check(scene, arrange(scene, range(len(scene.blocks))))


@pytest.mark.parametrize("label", [0.0, 3.4, 14.0])
def test_there_is_as_much_room_for_labels_as_is_asked_for(label: float) -> None:
    scene = random_dag(7)
    layout = arrange(scene, spacing=Spacing(label))
    assert layout.label == label
    check(scene, layout)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_corners_hold_every_map_and_label(seed: int) -> None:
    scene = random_dag(seed)
    opened = some_open(scene, seed)
    layout = arrange(scene, opened)
    opening = np.isin(np.arange(len(scene.blocks)), list(opened)).astype(float)
    places = placed(scene, layout.anchors, opening)
    low, high = layout.points.min(axis=0) - 1e-3, layout.points.max(axis=0) + 1e-3
    half = np.column_stack([places[:, 3:5] / 2, np.zeros(len(places))])
    assert (places[:, :3] - half >= low).all()
    assert (places[:, :3] + half <= high).all()
    assert rectangles(layout)[:, 1].min() >= low[1]


@pytest.mark.parametrize("seed", range(10))
def test_the_same_scene_is_laid_out_the_same(seed: int) -> None:
    first, second = (arrange(random_dag(seed), {0, 1}, 1.3) for _ in range(2))
    np.testing.assert_array_equal(first.anchors, second.anchors)
    np.testing.assert_array_equal(first.row, second.row)
    np.testing.assert_array_equal(routes(first), routes(second))


def test_a_layout_is_centred() -> None:
    anchors = arrange(random_dag(3)).anchors
    np.testing.assert_allclose(anchors.min(axis=0), -anchors.max(axis=0), atol=1e-4)


def test_opening_a_block_takes_its_open_size() -> None:
    scene = scene_of(LENET)
    layout = arrange(scene, {1})
    np.testing.assert_allclose(layout.sizes[1], scene.blocks[1].open_size, rtol=1e-6)
    np.testing.assert_allclose(layout.sizes[2], scene.blocks[2].closed_size, rtol=1e-6)


def test_an_empty_scene_has_an_empty_layout() -> None:
    layout = arrange(build_scene([], {}))
    assert layout.anchors.shape == layout.sizes.shape == layout.points.shape == (0, 3)
    assert len(layout.row) == len(layout.rows) == len(routes(layout)) == 0


def test_one_block_stands_in_the_middle() -> None:
    assert arrange(chain(1)).anchors.tolist() == [[0, 0, 0]]


def test_branches_stand_side_by_side() -> None:
    shape = (1, 4, 8, 8)
    table = {"in": (shape, ()), "left": (shape, ("in",)), "right": (shape, ("in",))}
    layout = arrange(scene_of(table | {"sum": (shape, ("left", "right"))}), aspect=3)
    left, right = layout.anchors[1], layout.anchors[2]
    assert left[0] == right[0]
    assert left[1] > right[1]
    assert layout.anchors[0, 1] == pytest.approx((left[1] + right[1]) / 2)


def test_parts_that_are_not_connected_stand_there_too() -> None:
    shape = (1, 4, 8, 8)
    table = {
        f"{part}{i}": (shape, (f"{part}{i - 1}",) if i else ()) for part in "abc" for i in range(5)
    }
    scene = scene_of(table)
    check(scene, arrange(scene))


def test_blocks_without_any_link_stand_above_one_another() -> None:
    scene = scene_of({str(i): ((4, 4), ()) for i in range(6)})
    layout = arrange(scene)
    check(scene, layout)
    assert len(set(layout.anchors[:, 0].tolist())) == 1


def test_a_short_chain_in_a_wide_room_is_one_line() -> None:
    assert arrange(chain(4), aspect=4).row.max() == 0


def test_a_narrower_room_has_more_lines() -> None:
    lines = [int(arrange(chain(30), aspect=aspect).row.max()) + 1 for aspect in (12, 3, 1, 0.4)]
    assert lines == sorted(lines)
    assert len(set(lines)) == 4


@pytest.mark.parametrize("aspect", [0.4, 1.0, 1.9, 3.5])
def test_a_long_chain_comes_near_the_proportions_of_its_room(aspect: float) -> None:
    points = arrange(chain(120), aspect=aspect).points
    width, height = np.ptp(points[:, 0]), np.ptp(points[:, 1])
    assert 0.5 < width / height / aspect < 2


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_chain_of_four_hundred(aspect: float) -> None:
    scene = chain(400)
    check(scene, arrange(scene, (), aspect))
    check(scene, arrange(scene, range(0, 400, 3), aspect))


@pytest.mark.parametrize("aspect", ASPECTS)
def test_fifteen_hundred_blocks_with_skips_keep_the_rules(aspect: float) -> None:
    table = {
        str(i): (
            (1, 8, 9, 9),
            [str(j) for j in (i - 1, i - 2, i - 9) if j >= 0 and (j == i - 1 or i % 5)],
        )
        for i in range(1500)
    }
    scene = scene_of(table)
    layout = arrange(scene, (), aspect)
    assert not overlapping(rectangles(layout))
