"""Scenes for tests: from a table of layers, or at random from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tensorama.layers import Layer
from tensorama.scene import Layout, Scene, build_scene

Shape = tuple[int, ...]

LENET = {
    "input": ((1, 1, 28, 28), ()),
    "conv1": ((1, 6, 28, 28), ("input",)),
    "pool1": ((1, 6, 14, 14), ("conv1",)),
    "conv2": ((1, 16, 10, 10), ("pool1",)),
    "pool2": ((1, 16, 5, 5), ("conv2",)),
    "fc1": ((1, 120), ("pool2",)),
    "fc2": ((1, 84), ("fc1",)),
    "fc3": ((1, 10), ("fc2",)),
}  # fmt: skip

SHAPES: Sequence[Shape] = (
    (), (1,), (7,), (1, 10), (1, 1000), (5, 8), (64, 3), (1, 3, 32, 32), (1, 64, 7, 7),
    (1, 24, 1, 1), (2, 4, 9, 9), (1, 8, 1, 40), (1, 12, 16, 16), (0, 3), (1, 2, 3, 4, 5),
)  # fmt: skip


def scene_of(table: Mapping[str, tuple[Shape, Sequence[str]]]) -> Scene:
    """The scene of layers given as name → (shape, the layers it reads)."""
    layers = [
        Layer(name, "operation", "Op", name, (name,), (), tuple(reads))
        for name, (_, reads) in table.items()
    ]
    return build_scene(layers, {name: shape for name, (shape, _) in table.items()})


def chain(count: int, shape: Shape = (1, 6, 14, 14)) -> Scene:
    """Layers one after the other."""
    return scene_of({str(i): (shape, [str(i - 1)] if i else []) for i in range(count)})


def random_dag(seed: int) -> Scene:
    """Up to forty layers of many shapes, each reading up to three before it, or none."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 41))
    table = {}
    for i in range(count):
        near = random.integers(max(0, i - 6), i, random.integers(0, 4)) if i else []
        table[str(i)] = (SHAPES[random.integers(len(SHAPES))], [str(n) for n in sorted(set(near))])
    return scene_of(table)


def some_open(scene: Scene, seed: int) -> set[int]:
    """About a third of the blocks."""
    return set(
        np.flatnonzero(np.random.default_rng(seed).random(len(scene.blocks)) < 0.35).tolist()
    )


def rectangles(layout: Layout) -> np.ndarray:
    """Each block with the room for its label: left, bottom, right, top → (B,4)."""
    half = layout.sizes[:, :2] / 2
    low, high = layout.anchors[:, :2] - half, layout.anchors[:, :2] + half
    low[:, 1] -= layout.label
    return np.column_stack([low, high])


def overlapping(boxes: np.ndarray, slack: float = 1e-3) -> list[tuple[int, int]]:
    """Which rectangles (left, bottom, right, top) lie on one another."""
    low, high = boxes[:, None, :2] + slack, boxes[None, :, 2:] - slack
    inside = (low < high).all(axis=2)
    both = np.triu(inside & inside.T, k=1)
    return [(int(a), int(b)) for a, b in np.argwhere(both)]
