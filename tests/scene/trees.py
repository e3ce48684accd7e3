"""Scenes with groups for tests: a residual network, or trees at random from a seed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

import tensorama as tr
from tensorama.inputs import default_feeds
from tensorama.layers import Layer, find_layers, layer_tree
from tensorama.scene import Scene, build_scene

SHAPE = (1, 6, 14, 14)
EXPORTS = Path(__file__).parents[1] / "engine" / "exports"


@cache
def scene_of_file(name: str) -> Scene:
    """A real network, exported by PyTorch."""
    model = tr.load(EXPORTS / f"{name}.onnx")
    trace = model.run(default_feeds(model))
    shapes = {tensor: tuple(array.shape) for tensor, array in trace.items()}
    layers = find_layers(model)
    return build_scene(layers, shapes, layer_tree(model, shapes, layers))


def leaf(name: str, *reads: str) -> Layer:
    return Layer(name, "operation", "Op", name, (name,), (), reads)


def group(name: str, *children: Layer) -> Layer:
    tensor = children[-1].tensor
    return Layer(name, "group", "Group", tensor, (), (), (), children)


def leaves(layer: Layer) -> list[Layer]:
    return [leaf for c in layer.children for leaf in leaves(c)] if layer.children else [layer]


def scene_of_tree(root: Layer) -> Scene:
    layers = leaves(root)
    return build_scene(layers, {layer.tensor: SHAPE for layer in layers}, root)


def residual_net(stages: int = 3, blocks: int = 2) -> Scene:
    """A stem, stages of residual blocks of three layers each, and a head."""
    before, parts = "stem", [leaf("stem")]
    for s in range(stages):
        inner = []
        for b in range(blocks):
            at = f"s{s}b{b}"
            inner.append(
                group(
                    at,
                    leaf(f"{at}a", before),
                    leaf(f"{at}b", f"{at}a"),
                    leaf(f"{at}+", f"{at}b", before),
                )
            )
            before = f"{at}+"
        parts.append(group(f"s{s}", *inner))
    return scene_of_tree(group("root", *parts, leaf("head", before)))


def numbers(scene: Scene, *names: str) -> set[int]:
    return {scene.named(name) for name in names}


def random_tree(seed: int) -> Scene:
    """A chain of layers with some skips, in groups three deep."""
    random = np.random.default_rng(seed)
    count = 0

    def part(depth: int) -> Layer:
        nonlocal count
        if depth == 0 or random.random() < 0.4:
            count += 1
            reads = {count - 1, *random.integers(1, count + 1, random.integers(0, 2)).tolist()}
            return leaf(str(count), *(str(n) for n in sorted(reads - {0, count})))
        name = f"g{depth}.{random.integers(1 << 30)}"
        return group(name, *(part(depth - 1) for _ in range(random.integers(2, 5))))

    return scene_of_tree(group("root", *(part(3) for _ in range(5))))
