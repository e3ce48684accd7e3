"""Groups of blocks fold and open; what is inside stands inside, and nothing overlaps."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import overlapping, rectangles
from scene.trees import group, leaf, numbers, random_tree, residual_net, scene_of_tree
from tensorama.scene import Layout, Scene, arrange
from tensorama.scene.levels import reachable


def check(scene: Scene, layout: Layout, opened: set[int]) -> None:
    """Nothing that is seen overlaps, everything stands inside its open groups, links run on."""
    seen = np.flatnonzero(layout.shown)
    boxes = rectangles(layout)[seen]
    assert overlapping(boxes) == []
    frames = {frame.group: frame for frame in layout.frames}
    assert frames.keys() == {
        g.number
        for g in scene.tree.groups
        if g.number in opened and set(scene.tree.around(g.number)) <= opened
    }
    for block, box in zip(seen, boxes, strict=True):
        item = scene.tree.visible(int(block), opened)
        for frame in frames.values():
            inside = (
                frame.left <= box[0] and frame.bottom <= box[1]
                and box[2] <= frame.right and box[3] <= frame.top
            )  # fmt: skip
            assert inside == (frame.group in scene.tree.around(item))
    for a in frames.values():
        for b in frames.values():
            apart = a.right <= b.left or b.right <= a.left or a.top <= b.bottom or b.top <= a.bottom
            nested = b.group in scene.tree.around(a.group) or a.group in scene.tree.around(b.group)
            assert a is b or apart != nested
    for source, target in layout.links:
        assert layout.shown[source]
        assert layout.shown[target]


def test_closed_groups_are_seen_by_one_block_each() -> None:
    scene = residual_net()
    layout = arrange(scene)
    seen = [scene.blocks[n].layer.name for n in np.flatnonzero(layout.shown)]
    assert seen == ["stem", "s0b1+", "s1b1+", "s2b1+", "head"]
    assert len(layout.links) == 4


def test_what_is_inside_a_closed_group_lies_where_its_face_is() -> None:
    scene = residual_net()
    layout = arrange(scene)
    for group_ in scene.tree.groups:
        if not scene.tree.around(group_.number):
            face = layout.anchors[group_.face]
            assert (layout.anchors[list(group_.members)] == face).all()


@pytest.mark.parametrize("aspect", [0.5, 1.9, 6])
def test_open_groups_hold_their_insides(aspect: float) -> None:
    scene = residual_net()
    for names in (["s1"], ["s1", "s1b0"], ["s0", "s1", "s2"], ["s0", "s0b0", "s0b1", "s2"]):
        opened = numbers(scene, *names)
        check(scene, arrange(scene, opened, aspect), opened)


def test_everything_open() -> None:
    scene = residual_net(4, 4)
    opened = set(range(len(scene.blocks) + len(scene.tree.groups)))
    layout = arrange(scene, opened)
    assert layout.shown.all()
    assert len(layout.links) == len(scene.links)
    check(scene, layout, opened)


def test_an_open_group_in_a_closed_one_has_no_frame() -> None:
    scene = residual_net()
    opened = numbers(scene, "s1b0")
    assert arrange(scene, opened).frames == ()


@pytest.mark.parametrize("seed", range(12))
def test_random_trees(seed: int) -> None:
    random = np.random.default_rng(seed)
    scene = random_tree(seed)
    items = len(scene.blocks) + len(scene.tree.groups)
    for share in (0.0, 0.3, 0.7, 1.0):
        opened = set(np.flatnonzero(random.random(items) < share).tolist())
        check(scene, arrange(scene, opened, random.uniform(0.4, 4)), opened)


def test_groups_of_one_are_dissolved() -> None:
    scene = scene_of_tree(group("root", leaf("a"), group("lonely", leaf("b", "a")), leaf("c", "b")))
    assert scene.tree.groups == ()
    assert scene.tree.paths == ((0,), (1,), (2,))


def test_layers_and_groups_are_found_by_name() -> None:
    scene = residual_net()
    assert scene.layer(scene.named("s1b0")).name == "s1b0"
    assert scene.layer(scene.named("head")).name == "head"
    with pytest.raises(KeyError):
        scene.named("nowhere")


def test_around_names_the_groups_from_the_outside() -> None:
    scene = residual_net()
    block = scene.named("s2b1b")
    assert [scene.layer(g).name for g in scene.tree.around(block)] == ["s2", "s2b1"]
    assert scene.tree.around(scene.named("s2b1")) == (scene.named("s2"),)
    assert scene.tree.around(scene.named("s2")) == ()


def test_two_thousand_blocks_all_open() -> None:
    scene = residual_net(40, 16)
    assert len(scene.blocks) == 1922
    layout = arrange(scene, set(range(len(scene.blocks) + len(scene.tree.groups))))
    assert layout.shown.all()


def test_what_a_block_comes_from_and_what_comes_of_it() -> None:
    links = np.array([[0, 1], [1, 2], [0, 3], [3, 4], [2, 5]])
    assert reachable(links, {2}, forward=False) == {0, 1, 2}
    assert reachable(links, {1}, forward=True) == {1, 2, 5}
    assert reachable(links, {4, 5}, forward=True) == {4, 5}
    assert reachable(np.zeros((0, 2), int), {7}, forward=True) == {7}
