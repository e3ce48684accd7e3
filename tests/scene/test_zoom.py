"""Levels of semantic zoom: what is seen once everything above is open."""

from __future__ import annotations

from scene.scenes import LENET, scene_of
from scene.test_levels import group, leaf, residual_net, scene_of_tree
from tensorama.scene.zoom import depths


def test_without_groups_the_maps_are_the_second_level() -> None:
    scene = scene_of(LENET)
    assert depths(scene.tree) == dict.fromkeys(range(len(scene.blocks)), 1)


def test_stages_then_blocks_then_layers() -> None:
    scene = residual_net()
    depth = depths(scene.tree)
    assert depth[scene.named("s0")] == 1
    assert depth[scene.named("s2b1")] == 2
    assert depth[scene.named("s2b1a")] == 3
    assert depth[scene.named("stem")] == 3, "maps come last, whatever is around them"


def test_an_uneven_tree_is_as_deep_as_its_deepest_group() -> None:
    inner = group("in", leaf("a"), leaf("b", "a"))
    middle = group("mid", inner, leaf("c", "b"))
    scene = scene_of_tree(group("root", middle, group("flat", leaf("d", "c"), leaf("e", "d"))))
    depth = depths(scene.tree)
    assert {name: depth[scene.named(name)] for name in ("mid", "in", "flat", "a", "e")} == {
        "mid": 1, "in": 2, "flat": 1, "a": 3, "e": 3,
    }  # fmt: skip
