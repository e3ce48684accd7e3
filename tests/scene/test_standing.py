"""What a person looks at does not jump: opening something moves the rest apart and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scene.scenes import chain, random_dag
from scene.trees import numbers, random_tree, residual_net
from tensorama.scene import Layout, Scene, arrange
from tensorama.scene.camera.camera import Room
from tensorama.scene.layout.arrange import Spacing
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.levels import ROOT

ROOM = Room(1280, 720)


def moved(before: Layout, after: Layout) -> dict[int, np.ndarray]:
    """How far each item went that is seen before and after."""
    return {
        item: np.subtract(after.doors[item], before.doors[item])
        for item in before.doors.keys() & after.doors.keys()
    }


def check(scene: Scene, before: Layout, after: Layout, item: int) -> None:
    """Lines stay; what stands before the item on its line stays; what comes after goes right."""
    ways = moved(before, after)
    np.testing.assert_allclose(ways[item], 0, atol=1e-3)
    for group, lines in before.lines.items():
        if group in after.insides and group in before.insides:
            assert after.lines[group] == lines
    level = (ROOT, *scene.tree.around(item))[-1]
    members = [n for n in scene.tree.levels[level].items if n in ways and n in before.doors]
    rows = {n: _row(scene, before, n) for n in members}
    for other in members:
        x, y = ways[other]
        apart = before.doors[other][0] - before.doors[item][0]
        if rows[other] != rows[item]:
            above = rows[other] < rows[item]
            assert abs(x) < 1e-3
            assert y > -1e-3 if above else y < 1e-3, "lines make room above and below"
            continue
        assert abs(y) < 1e-3, "the axis of the line stays"
        if apart <= 0:
            assert abs(x) < 1e-3, "so does what stands before it, and its own column"
    for row in set(rows.values()) - {rows[item]}:
        goes = np.array([ways[n] for n in members if rows[n] == row])
        assert np.ptp(goes, axis=0).max(initial=0) < 1e-3, "another line moves as one"


def _row(scene: Scene, layout: Layout, item: int) -> int:
    """Which line of its level an item stands on."""
    level = (ROOT, *scene.tree.around(item))[-1]
    inside = layout.insides[level]
    place = next(n for n, (part, *_) in enumerate(inside.places) if part.item == item)
    return next(n for n, (first, end, *_) in enumerate(inside.lines) if first <= place < end)


@pytest.mark.parametrize("seed", range(25))
def test_a_layer_opens_where_it_is(seed: int) -> None:
    scene = random_dag(seed)
    before = arrange(scene, aspect=1.2)
    for item in range(0, len(scene.blocks), 3):
        check(scene, before, arrange(scene, {item}, 1.2, before=before, held=item), item)


@pytest.mark.parametrize("seed", range(12))
def test_a_group_opens_where_it_is_also_inside_others(seed: int) -> None:
    scene = random_tree(seed)
    opened: set[int] = set()
    layout = arrange_in(scene, (), ROOM)
    for group in scene.tree.groups:
        if group.number in layout.doors:
            before, opened = layout, opened | {group.number}
            layout = arrange_in(scene, opened, ROOM, before, group.number)
            assert layout.label == before.label
            check(scene, before, layout, group.number)


@pytest.mark.parametrize("seed", range(12))
def test_opening_and_closing_leads_back_to_the_same_places(seed: int) -> None:
    scene = random_tree(seed)
    before = arrange_in(scene, (), ROOM)
    for group in scene.tree.groups:
        if group.number in before.doors:
            opened = arrange_in(scene, {group.number}, ROOM, before, group.number)
            closed = arrange_in(scene, (), ROOM, opened, group.number)
            np.testing.assert_allclose(closed.anchors, before.anchors, atol=1e-3)


def test_what_is_held_but_not_seen_is_held_by_the_group_around_it() -> None:
    scene = residual_net()
    before = arrange_in(scene, (), ROOM)
    inner, outer = scene.named("s1b0"), scene.named("s1")
    after = arrange_in(scene, {inner, outer}, ROOM, before, inner)
    np.testing.assert_allclose(moved(before, after)[outer], 0, atol=1e-3)


def test_only_the_levels_around_what_opens_are_laid_out_again() -> None:
    scene = residual_net(6, 4)
    opened = numbers(scene, *(f"s{i}" for i in range(6)))
    before = arrange_in(scene, opened, ROOM)
    after = arrange_in(scene, opened | numbers(scene, "s2b1"), ROOM, before, scene.named("s2b1"))
    again = {n for n, inside in after.insides.items() if inside is not before.insides.get(n)}
    assert again == {ROOT, scene.named("s2"), scene.named("s2b1")}
    assert after.insides.keys() >= opened


def test_what_is_taken_over_is_as_if_laid_out_anew() -> None:
    scene = residual_net(4, 3)
    opened = numbers(scene, "s0", "s1", "s3", "s1b1")
    before = arrange(scene, opened - numbers(scene, "s1b1"), spacing=Spacing(4.0))
    fresh = arrange(
        scene,
        opened,
        spacing=Spacing(4.0),
        before=replace(before, spacing=Spacing(9.0), insides={}),
    )
    again = arrange(scene, opened, spacing=Spacing(4.0), before=before)
    assert again.insides[scene.named("s0")] is before.insides[scene.named("s0")]
    np.testing.assert_allclose(again.anchors, fresh.anchors, atol=1e-4)
    assert again.frames == fresh.frames


def test_lines_are_kept_for_what_is_held_however_long_they_get() -> None:
    scene = chain(24, (1, 200, 30, 30))
    before = arrange(scene, aspect=1.0)
    opened = set(range(0, 24, 2))
    assert arrange(scene, opened, 1.0, before=before, held=4).lines == before.lines
