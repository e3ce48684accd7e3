"""The layers of a graph that lies inside of a node: of the branch that an If took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tensorama.layers.find import find_layers
from tensorama.layers.layer import Layer
from tensorama.layers.tree import layer_tree
from tensorama.onnxfile import Graph, Model, ValueInfo
from tensorama.onnxfile.order import taken_from_around


def layers_inside(
    graph: Graph, shapes: Mapping[str, tuple[int, ...]], most: int
) -> tuple[Layer, ...]:
    """The layers of a graph that takes values from around it, without these; of more than `most`
    the groups that they make up."""
    around = (ValueInfo(name) for name in sorted(taken_from_around(graph)))
    model = Model(replace(graph, inputs=(*graph.inputs, *around)), {}, {})
    layers = find_layers(model)
    if len(layers) > most:
        layers = layer_tree(model, shapes, layers).children
    return tuple(layer for layer in layers if layer.kind != "input")
