"""A map of heat lies over the picture that it was found in."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.outputs.readings import heated


def pooled(notes: dict[str, str]) -> tr.Trace:
    """A run on a picture that is bright at the upper left: the mean of each 4×4 of its pixels."""
    ends = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16]),
        helper.make_tensor_value_info("heat", TensorProto.FLOAT, None),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("AveragePool", ["grey"], ["heat"], kernel_shape=[4, 4], strides=[4, 4]),
    ]
    graph = helper.make_graph(nodes, "pooled", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, notes)
    x = np.zeros((1, 3, 16, 16), np.float32)
    x[..., :4, :4] = 1
    return tr.load(model.SerializeToString()).run({"x": x})


def test_what_is_hot_glows_and_the_rest_is_the_picture_in_grey() -> None:
    found = heated(pooled({"output": '{"kind": "heatmap", "tensor": "heat"}'}))
    assert found is not None
    assert found.tensor == "heat"
    assert found.pixels.shape == (16, 16, 3)
    red, green, blue = found.pixels[2, 2].astype(int)
    assert red > green > blue
    assert found.pixels[10, 10].tolist() == [0, 0, 0]


def test_without_a_note_there_is_none() -> None:
    assert heated(pooled({})) is None
    assert heated(pooled({"output": '{"kind": "heatmap", "tensor": "gone"}'})) is None
