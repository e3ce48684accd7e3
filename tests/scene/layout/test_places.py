"""Blocks and frames on their way: they start where they are, end where the layout has them."""

from __future__ import annotations

import numpy as np

from scene.scenes import LENET, scene_of
from scene.trees import numbers, residual_net
from tensorama.scene import arrange
from tensorama.scene.camera.pick import placed
from tensorama.scene.layout.places import Places


def settle(places: Places) -> None:
    for _ in range(1000):
        if not places.advance(0.05):
            return
    raise AssertionError("it never comes to rest")


def test_at_rest_nothing_changes() -> None:
    scene = scene_of(LENET)
    places = Places(scene, arrange(scene))
    settle(places)
    assert not places.advance(0.1)
    assert not places.changed


def test_everything_arrives_where_the_layout_has_it() -> None:
    scene = residual_net()
    places = Places(scene, arrange(scene))
    opened = numbers(scene, "s1", "s1b0")
    layout = arrange(scene, opened)
    places.go(layout, opened)
    assert places.advance(0.01)
    assert places.changed
    settle(places)
    assert places.changed, "in the frame of arrival too"
    np.testing.assert_allclose(places.anchors, layout.anchors, atol=1e-5)
    np.testing.assert_array_equal(places.shown > 0.5, layout.shown)
    frames = [(f.left, f.bottom, f.right, f.top) for f in layout.frames]
    np.testing.assert_allclose(places.framed, frames, atol=1e-5)


def test_a_frame_grows_out_of_the_face_of_its_group_and_stays_on_its_way() -> None:
    scene = residual_net()
    places = Places(scene, arrange(scene))
    settle(places)
    group = scene.named("s1")
    face = scene.tree.face(group)
    before, size = places.anchors[face].copy(), places.sizes[face].copy()
    places.go(arrange(scene, {group}), {group})
    left, bottom, right, top = places.framed[0]
    np.testing.assert_allclose([(left + right) / 2, (bottom + top) / 2], before[:2], atol=1e-5)
    np.testing.assert_allclose([right - left, top - bottom], size[:2], atol=1e-5)
    places.advance(0.1)
    halfway = places.framed[0].copy()
    opened = {group, scene.named("s2")}
    places.go(arrange(scene, opened), opened)
    index = [frame.group for frame in places.layout.frames].index(group)
    np.testing.assert_array_equal(places.framed[index], halfway)


def test_each_thing_that_is_seen_has_one_spot_for_its_label() -> None:
    scene = residual_net()
    opened = numbers(scene, "s1", "s1b0")
    places = Places(scene, arrange(scene))
    places.go(arrange(scene, opened), opened)
    settle(places)
    spots = places.spots()
    assert len(set(spots.items.tolist())) == len(spots.items) == len(spots.points)
    assert {scene.layer(item).name for item in spots.items.tolist()} == {
        "stem", "s0", "s1", "s1b0", "s1b0a", "s1b0b", "s1b0+", "s1b1", "s2", "head",
    }  # fmt: skip
    titles = spots.items[len(spots.items) - spots.titles :]
    assert {scene.layer(item).name for item in titles.tolist()} == {"s1", "s1b0"}
    assert (spots.wide > 0).all()


def test_maps_are_where_their_blocks_are_at_every_moment() -> None:
    scene = residual_net()
    places = Places(scene, arrange(scene))
    for step, opened in enumerate((set(), numbers(scene, "s1"), {0}, {0})):
        places.go(arrange(scene, opened), opened)
        places.advance(0.05)
        of_blocks = [places.quads_of(block) for block in range(len(scene.blocks))]
        quads = placed(scene, places.anchors, places.opening, places.shown)
        np.testing.assert_array_equal(places.quads(), quads, f"step {step}")
        np.testing.assert_array_equal(np.concatenate(of_blocks), quads)
        assert places.quads() is places.quads()
