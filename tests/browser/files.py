"""Small ONNX files to drop on the page: good ones, and such that are wrong in one way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tensorama import Model
from tensorama.engine.contract import whole
from tensorama.inputs.ways import feeds_slices

LENET = (Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


def made_up(model: Model) -> dict[str, Any]:
    """What the page feeds a network that takes no drawing, and that nobody gave anything."""
    return whole(feeds_slices(model, {}))


def model_bytes(
    nodes: list, shape: list[int], out: list[int], weights: dict[str, np.ndarray]
) -> bytes:
    """A file of opset 17 with one input "x" and one output "y"."""
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model: ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())


def small(name: str = "edges") -> bytes:
    """A network unlike the demo: one convolution called `name`, a mean, and a softmax of four."""
    random = np.random.default_rng(4)
    return model_bytes(
        [
            helper.make_node("Conv", ["x", "w"], ["maps"], name=name),
            helper.make_node("GlobalAveragePool", ["maps"], ["mean"], name="mean"),
            helper.make_node("Flatten", ["mean"], ["flat"], name="flat"),
            helper.make_node("Softmax", ["flat"], ["y"], name="choice"),
        ],
        [1, 3, 12, 12],
        [1, 4],
        {"w": random.standard_normal((4, 3, 3, 3)).astype(np.float32)},
    )


def products(count: int = 60) -> bytes:
    """A network that squares one matrix of any size again and again: at 2200 × 2200 that is 639
    thousand million multiply-adds."""
    names = [f"product{number}" for number in range(count)]
    nodes = [helper.make_node("MatMul", ["x", "x"], [name], name=name) for name in names]
    nodes.append(helper.make_node("Sum", names, ["y"], name="sum"))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", "N"]) for name in ("x", "y")
    ]
    graph = helper.make_graph(nodes, "products", ends[:1], ends[1:])
    model: ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())


def unknown_operator() -> bytes:
    """A whole file with an operator that nobody has."""
    node = helper.make_node("FancyPool", ["x"], ["y"], name="pool")
    return model_bytes([node], [1, 3], [1, 3], {})


def contradiction() -> bytes:
    """A file that reads well but cannot be computed: its shapes do not fit."""
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")
    return model_bytes([node], [1, 3], [1, 2], {"w": np.ones((4, 2), np.float32)})
