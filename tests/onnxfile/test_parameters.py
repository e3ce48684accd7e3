"""What counts as learned, wherever a file keeps it, and what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

import tensorama as tr

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
W = np.ones((8, 4), np.float32)
node = helper.make_node


def stored(name: str, array: Any) -> NodeProto:
    return node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(array), name))


def counted(*nodes: NodeProto, **weights: Any) -> int:
    """The parameters of a model of these nodes, each weight read from the file."""
    return model(*nodes, **weights).parameters


def model(*nodes: NodeProto, functions: Any = (), **weights: Any) -> tr.Model:
    graph = body(nodes, weights, inputs="x")
    domains = ["", "ai.onnx.ml", "com.microsoft", "own"]
    proto = helper.make_model(
        graph, functions=functions, opset_imports=[helper.make_opsetid(d, 1) for d in domains]
    )
    return tr.load(proto.SerializeToString())


def body(nodes: Any, weights: dict[str, Any], inputs: str = "") -> GraphProto:
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in (*inputs, "y")]
    arrays = [numpy_helper.from_array(np.asarray(a), name) for name, a in weights.items()]
    return helper.make_graph(list(nodes), "g", infos[:-1], infos[-1:], arrays)


PRODUCT = node("MatMul", ["x", "w"], ["y"])


def test_weights_count_as_tensors_of_the_file_and_as_constants_once() -> None:
    assert counted(PRODUCT, w=W) == 32
    assert counted(stored("w", W), PRODUCT) == 32
    twice = node("MatMul", ["y", "w"], ["z"])
    assert counted(PRODUCT, twice, w=W) == 32


def test_what_nothing_reads_does_not_count() -> None:
    assert counted(PRODUCT, w=W, forgotten=W) == 32


@pytest.mark.parametrize(
    ("op", "wires", "settings"),
    [
        ("Reshape", "x s", {"s": np.array([2, 3])}),
        ("Pad", "x s v", {"s": np.array([0, 1]), "v": np.array([0.5], np.float32)}),
        ("Resize", "x _ s", {"s": np.array([1, 1, 2, 2], np.float32)}),
        ("Clip", "x a b", {"a": np.float32(0), "b": np.float32(6)}),
        ("Mul", "x h", {"h": np.float32(0.5)}),
        ("Add", "x h", {"h": np.array([3], np.float32)}),
        ("Pow", "x h", {"h": np.array([1, 2], np.float32)}),
        ("Gather", "x i", {"i": np.array([1, 2])}),
        ("QuantizeLinear", "x s z", {"s": np.ones(4, np.float32), "z": np.zeros(4, np.int8)}),
    ],
)
def test_shapes_limits_factors_and_scales_do_not_count(
    op: str, wires: str, settings: dict[str, Any]
) -> None:
    inputs = ["" if name == "_" else name for name in wires.split()]
    assert counted(node(op, inputs, ["y"]), **settings) == 0


def test_a_single_bias_or_slope_counts() -> None:
    assert counted(node("PRelu", ["x", "a"], ["y"]), a=np.array([0.25], np.float32)) == 1


def test_quantized_weights_count_without_their_scales() -> None:
    whole, scale, zero = W.astype(np.int8), np.ones(4, np.float32), np.zeros(4, np.int8)
    unpacked = node("DequantizeLinear", ["q", "s", "z"], ["w"])
    assert counted(unpacked, PRODUCT, q=whole, s=scale, z=zero) == 32
    dynamic = [
        node("DynamicQuantizeLinear", ["x"], ["a", "b", "c"]),
        node("MatMulInteger", ["a", "q", "c", "z"], ["d"]),
        node("Cast", ["d"], ["e"], to=1),
        node("Mul", ["b", "s"], ["f"]),
        node("Mul", ["e", "f"], ["g"]),
        node("Add", ["g", "h"], ["y"]),
    ]
    assert counted(*dynamic, q=whole, s=scale, z=zero, h=scale) == 36
    packed = node(
        "MatMulNBits", ["x", "q", "s"], ["y"], domain="com.microsoft", K=32, N=4, bits=4,
        block_size=32,
    )  # fmt: skip
    blocks = np.zeros((4, 1, 16), np.uint8)
    assert counted(packed, q=blocks, s=scale) == 128


def test_what_a_node_makes_up_counts_where_it_is_a_weight() -> None:
    zeros = node("ConstantOfShape", ["s"], ["w"])
    assert counted(zeros, PRODUCT, s=np.array([8, 4])) == 32
    assert counted(node("RandomNormal", [], ["w"], shape=[8, 4]), PRODUCT) == 32
    assert counted(zeros, node("Add", ["x", "w"], ["y"]), s=np.array([8, 4])) == 0


def test_trees_and_linear_models_count_what_they_were_fitted_to() -> None:
    linear = node(
        "LinearRegressor", ["x"], ["y"], domain="ai.onnx.ml", coefficients=[1.0, 2.0],
        intercepts=[3.0],
    )  # fmt: skip
    assert counted(linear) == 3
    stump = node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=[0] * 3, nodes_nodeids=[0, 1, 2], nodes_featureids=[0] * 3,
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[0.5, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
        target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0],
        target_weights=[1.0, 2.0],
    )  # fmt: skip
    assert counted(stump) == 3, "a threshold and two answers"


def test_weights_in_graphs_within_a_node_count_at_that_node() -> None:
    own = body([node("MatMul", ["x", "w"], ["y"])], {"w": W})
    around = body([node("MatMul", ["x", "v"], ["y"])], {})
    choice = node("If", ["c"], ["y"], then_branch=own, else_branch=around)
    one = model(node("Cast", ["x"], ["c"], to=9), choice, node("MatMul", ["y", "w"], ["z"]), v=W,
                w=np.ones((4, 2), np.float32))  # fmt: skip
    assert one.learned == {1: 64, 2: 8}, "the w inside is another than the one around"


def test_a_local_function_counts_once_however_often_it_is_called() -> None:
    inside = [stored("w", W), node("MatMul", ["x", "w"], ["y"])]
    imports = [helper.make_opsetid("", 21)]
    function = helper.make_function("own", "Twice", ["x"], ["y"], inside, imports)
    calls = [node("Twice", [a], [b], domain="own") for a, b in ("xh", "hy")]
    assert model(*calls, functions=[function]).learned == {0: 32}


@pytest.mark.parametrize(("name", "count"), [("resnet50", 25_610_152), ("vgg19", 143_667_240)])
def test_architectures_whose_weights_nodes_make_up_have_all_their_parameters(
    name: str, count: int
) -> None:
    assert tr.load(LIGHT / f"light_{name}.onnx").parameters == count
