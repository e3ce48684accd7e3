"""Borders in heat: around each thing that is seen, coloured by what it costs."""

from __future__ import annotations

import numpy as np
import pytest

from scene.trees import numbers, residual_net
from tensorama.scene import Layout, Scene, arrange
from tensorama.scene.layout.borders import NONE, borders

NET = residual_net()
ITEMS = len(NET.blocks) + len(NET.tree.groups)
SHARES = np.random.default_rng(3).random(ITEMS)


def bordered(
    scene: Scene, layout: Layout, shares: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    framed = np.array([[f.left, f.bottom, f.right, f.top] for f in layout.frames]).reshape(-1, 4)
    items = scene.tree.seen(layout.opened)[0]
    return borders(layout, layout.anchors, layout.sizes, framed, items, shares)


@pytest.mark.parametrize("names", [(), ("s1",), ("s0", "s0b1", "s2")])
def test_all_that_is_seen_has_a_border_of_its_heat(names: tuple[str, ...]) -> None:
    layout = arrange(NET, numbers(NET, *names))
    rectangles, heat = bordered(NET, layout, SHARES)
    items, _ = NET.tree.seen(layout.opened)
    seen = [frame.group for frame in layout.frames] + items[layout.shown].tolist()
    assert heat.tolist() == SHARES[seen].tolist()
    assert len(set(seen)) == len(seen) == len(rectangles), "each once"
    for (left, bottom, right, top), block in zip(
        rectangles[len(layout.frames) :], np.flatnonzero(layout.shown), strict=True
    ):
        x, y, _ = layout.anchors[block]
        wide, high, _ = layout.sizes[block]
        assert left < x - wide / 2 < x + wide / 2 < right
        assert bottom < y - high / 2 < y + high / 2 < top


def test_without_heat_only_open_groups_have_a_border() -> None:
    layout = arrange(NET, numbers(NET, "s1"))
    rectangles, heat = bordered(NET, layout, None)
    assert len(rectangles) == len(layout.frames) == 1
    assert heat.tolist() == [NONE]
    assert len(bordered(NET, arrange(NET), None)[0]) == 0
