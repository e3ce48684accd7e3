"""The lines between blocks: from edge to edge, over what they skip, between the lines."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import chain, random_dag, rectangles, scene_of, some_open
from scene.trees import random_tree
from tensorama.scene import Layout, Scene, arrange, build_scene
from tensorama.scene.layout.paths import POINTS, link_points

SHAPE = (1, 4, 8, 8)


def lines(scene: Scene, layout: Layout) -> np.ndarray:
    return link_points(layout, layout.anchors, layout.sizes)


@pytest.mark.parametrize("seed", range(20))
def test_a_link_leaves_at_the_right_edge_and_arrives_at_the_left_one(seed: int) -> None:
    scene = random_dag(seed)
    layout = arrange(scene, some_open(scene, seed), aspect=0.8)
    points = lines(scene, layout)
    assert points.shape == (len(scene.links), POINTS, 3)
    assert np.isfinite(points).all()
    right = layout.anchors + layout.sizes * [0.5, 0, 0]
    left = layout.anchors - layout.sizes * [0.5, 0, 1]  # at the back of a stack
    source, target = scene.links.T
    np.testing.assert_allclose(points[:, 0], right[source], atol=1e-3)
    np.testing.assert_allclose(points[:, -1], left[target], atol=1e-3)


def test_a_scene_without_links_has_no_lines() -> None:
    for scene in (chain(1), build_scene([], {})):
        assert lines(scene, arrange(scene)).shape == (0, POINTS, 3)


def test_a_link_between_neighbours_is_straight() -> None:
    scene = chain(2)
    layout = arrange(scene, aspect=9)
    assert np.ptp(lines(scene, layout)[0, :, 1]) == 0


def test_a_skip_arches_over_what_it_skips() -> None:
    table = {"a": (SHAPE, ()), "b": (SHAPE, ("a",)), "c": (SHAPE, ("b",)), "d": (SHAPE, ("c", "a"))}
    scene = scene_of(table)
    layout = arrange(scene, aspect=9)
    skip = lines(scene, layout)[scene.links.tolist().index([0, 3])]
    for block in (1, 2):
        left, _, right, top = rectangles(layout)[block]
        over = (skip[:, 0] > left) & (skip[:, 0] < right)
        assert (skip[over, 1] > top).all()


@pytest.mark.parametrize("count", [12, 40, 150])
@pytest.mark.parametrize("aspect", [0.4, 1.0, 1.9])
def test_a_link_to_the_next_line_touches_no_block_on_its_way(count: int, aspect: float) -> None:
    scene = chain(count)
    layout = arrange(scene, range(0, count, 7), aspect)
    low, high = np.split(rectangles(layout), [2], axis=1)
    for (source, target), line in zip(scene.links, lines(scene, layout), strict=True):
        if layout.row[source] == layout.row[target]:
            continue
        along = np.linspace(line[:-1, :2], line[1:, :2], 20).reshape(-1, 2)
        inside = (along[:, None] > low + 1e-3) & (along[:, None] < high - 1e-3)
        assert not inside.all(axis=2).any()


def crossed(scene: Scene, layout: Layout) -> list[tuple[int, int, int]]:
    """Links that run through a block: from, to, and the block."""
    low, high = np.split(rectangles(layout), [2], axis=1)
    low[:, 1] += layout.label  # the block itself: a link may pass behind a name
    found = []
    for (source, target), line in zip(layout.links, lines(scene, layout), strict=True):
        along = np.linspace(line[:-1, :2], line[1:, :2], 12).reshape(-1, 2)
        inside = (along[:, None] > low + 1e-2) & (along[:, None] < high - 1e-2)
        hit = np.flatnonzero(inside.all(axis=2).any(axis=0) & layout.shown)
        found += [(int(source), int(target), int(block)) for block in hit]
    return found


@pytest.mark.parametrize("aspect", [0.4, 1.9, 9])
@pytest.mark.parametrize("seed", range(30))
def test_no_link_runs_through_a_block(seed: int, aspect: float) -> None:
    scene = random_dag(seed)
    for opened in ((), some_open(scene, seed)):
        assert crossed(scene, arrange(scene, opened, aspect)) == []


@pytest.mark.parametrize("share", [0.0, 0.4, 0.8, 1.0])
@pytest.mark.parametrize("seed", range(12))
def test_no_link_runs_through_a_block_out_of_groups_and_into_them(seed: int, share: float) -> None:
    scene = random_tree(seed)
    random = np.random.default_rng(seed)
    opened = np.flatnonzero(random.random(len(scene.blocks) + len(scene.tree.groups)) < share)
    layout = arrange(scene, opened.tolist(), random.uniform(0.4, 4))
    assert crossed(scene, layout) == []


def test_a_link_that_skips_lines_runs_along_the_margin() -> None:
    table = {str(i): (SHAPE, [str(i - 1)] if i else []) for i in range(60)}
    table["60"] = (SHAPE, ["59", "3"])
    scene = scene_of(table)
    layout = arrange(scene, aspect=1.0)
    assert layout.row[60] > layout.row[3] + 1
    line = lines(scene, layout)[layout.links.tolist().index([3, 60])]
    assert line[:, 0].min() < layout.points[:, 0].min(), "left of everything"
    assert crossed(scene, layout) == []


def test_skips_over_the_same_blocks_run_above_each_other() -> None:
    table = {str(i): (SHAPE, [str(i - 1)] if i else []) for i in range(5)}
    table["5"] = (SHAPE, ["4", "0"])
    table["6"] = (SHAPE, ["5", "0"])
    scene = scene_of(table)
    layout = arrange(scene, aspect=30)
    found = dict(zip(map(tuple, layout.links.tolist()), lines(scene, layout), strict=True))
    assert found[0, 6][:, 1].max() > found[0, 5][:, 1].max() + 0.2


def test_the_corners_of_a_link_to_the_next_line_are_rounded_and_no_wider() -> None:
    scene = chain(60)
    layout = arrange(scene, aspect=4)
    turns = np.flatnonzero(np.diff(layout.row))
    assert len(turns)
    for line in lines(scene, layout)[turns]:
        step = np.diff(line[:, :2], axis=0)
        slanted = (np.abs(step) > 1e-3).all(axis=1)
        assert slanted.sum() == 8, "two short pieces at each of four corners"
        assert np.linalg.norm(step[slanted], axis=1).max() < 1.5
        assert (np.abs(step[~slanted]).sum(axis=1).max()) > 10, "the rest runs along x or y"


def test_lines_follow_blocks_that_are_on_their_way() -> None:
    scene = chain(3)
    layout = arrange(scene, aspect=9)
    away = np.array([1, 2, 3])
    moved = link_points(layout, layout.anchors + away, layout.sizes)
    np.testing.assert_allclose(moved, lines(scene, layout) + away, atol=1e-4)
