"""Every model of onnx's own suite is arranged, not only computed."""

from __future__ import annotations

import onnx
import onnx.shape_inference
import pytest
from onnx import ModelProto

import tensorama as tr
from engine.suite import cases, file_of
from layers.test_any_graph import check_size
from tensorama.layers import find_layers, layer_tree
from tensorama.scene import build_scene

KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted")


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_has_layers_a_tree_and_a_scene(kind: str) -> None:
    for name, case in cases(kind).items():
        data = file_of(case)
        model = tr.load(data)
        shapes = inferred(onnx.ModelProto.FromString(data))
        layers = find_layers(model)
        root = layer_tree(model, shapes, layers)
        leaves = root.leaves if root.children else ()
        assert {leaf.name for leaf in leaves} == {layer.name for layer in layers}, name
        assert len(leaves) == len(layers), name
        check_size(root)
        build_scene(layers, shapes, root, [value.name for value in model.graph.outputs])


def inferred(proto: ModelProto) -> dict[str, tuple[int, ...]]:
    """The shapes that can be told without a run; a size that is not known is 1."""
    graph = onnx.shape_inference.infer_shapes(proto).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    return {
        value.name: tuple(max(1, size.dim_value) for size in value.type.tensor_type.shape.dim)
        for value in values
        if value.type.HasField("tensor_type")
    }
