"""The way back as a whole: what it reaches, where it ends, and what stays dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import tensorama as tr

ROOT = Path(__file__).parents[2]


def network(*nodes: onnx.NodeProto, **weights: Any) -> tr.Model:
    """A model of these nodes: the input x (2,3), the output y."""
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [onnx.ValueInfoProto(name="y")],
        [onnx.numpy_helper.from_array(np.asarray(w), name) for name, w in weights.items()],
    )
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    return tr.load(model.SerializeToString())


X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_shares_of_two_ways_add_up() -> None:
    model = network(
        helper.make_node("Mul", ["x", "x"], ["square"]),
        helper.make_node("Add", ["square", "x"], ["y"]),
    )
    found = tr.influence(model.run({"x": X}), "y", (1, 2))
    expected = np.zeros((2, 3))
    expected[1, 2] = 2 * 5 + 1
    assert np.array_equal(found["x"], expected)
    assert found["y"].sum() == 1
    assert list(found) == ["y", "square", "x"]


def test_what_stands_behind_a_node_without_a_rule_is_dark_and_never_zero() -> None:
    """x reaches y by two ways, of which one is dark: half a gradient would be a wrong one."""
    model = network(
        helper.make_node("Mul", ["x", "w"], ["scaled"]),
        helper.make_node("Normalizer", ["scaled3"], ["d"], name="norm", domain="ai.onnx.ml"),
        helper.make_node("MatMul", ["scaled", "v"], ["scaled3"]),
        helper.make_node("Add", ["scaled", "d"], ["sum"]),
        helper.make_node("Mul", ["sum", "u"], ["y"]),
        w=np.float32(2), v=np.ones((3, 3), np.float32), u=np.float32(3),
    )  # fmt: skip
    found = tr.influence(model.run({"x": X}), "y", (0, 0))
    assert set(found) == {"y", "sum", "u", "d"}
    (dark,) = found.dark
    assert dark.node.name == "norm"
    assert dark.sentence == 'How Normalizer "norm" changes with its inputs is not known here.'
    assert dark.tensors == {"scaled3", "v", "scaled", "w", "x"}


@pytest.mark.parametrize("keepdims", [0, 1])
def test_the_way_back_leads_through_sequences(keepdims: int) -> None:
    """Rows of x are taken apart, one is put in another place, one is left out, all are joined."""
    shape = [1, 3] if keepdims else [3]
    model = network(
        helper.make_node("SplitToSequence", ["x"], ["rows"], axis=0, keepdims=keepdims),
        helper.make_node("SequenceAt", ["rows", "last"], ["row"]),
        helper.make_node("Mul", ["row", "row"], ["square"]),
        helper.make_node("SequenceInsert", ["rows", "square", "first"], ["three"]),
        helper.make_node("SequenceErase", ["three", "first_but_one"], ["two"]),
        helper.make_node("Identity", ["two"], ["same"]),
        helper.make_node("ConcatFromSequence", ["same"], ["joined"], axis=0, new_axis=1 - keepdims),
        helper.make_node("SequenceConstruct", ["joined", "square"], ["mixed"]),
        helper.make_node("SequenceAt", ["mixed", "first"], ["half"]),
        helper.make_node("Mul", ["half", "w"], ["weighed"]),
        helper.make_node("Optional", ["weighed"], ["perhaps"]),
        helper.make_node("OptionalGetElement", ["perhaps"], ["there"]),
        helper.make_node("ReduceSum", ["there"], ["y"], keepdims=0),
        last=np.int64(-1), first=np.int64(0), first_but_one=np.int64(1),
        w=np.arange(1, 7, dtype=np.float32).reshape(2, 3),
    )  # fmt: skip
    found = tr.influence(model.run({"x": X}), "y", ())
    assert not found.dark
    assert found["row"].shape == tuple(shape)
    expected = np.zeros((2, 3), np.float32)  # the square of the last row, then that row itself
    expected[1] = 2 * X[1] * [1, 2, 3] + [4, 5, 6]
    assert np.allclose(found["x"], expected)
    assert np.array_equal(found["w"], np.stack([X[1] ** 2, X[1]]))


def test_one_input_of_which_a_rule_knows_nothing_is_dark_alone() -> None:
    model = network(
        helper.make_node(
            "RotaryEmbedding", ["x4", "cos", "sin"], ["turned"], num_heads=1, rotary_embedding_dim=2
        ),
        helper.make_node("Unsqueeze", ["x", "first"], ["x4"]),
        helper.make_node("ReduceSum", ["turned"], ["y"], keepdims=0),
        first=np.array([0]),
        cos=np.ones((1, 2, 1), np.float32), sin=np.zeros((1, 2, 1), np.float32),
    )  # fmt: skip
    found = tr.influence(model.run({"x": X}), "y", ())
    assert np.array_equal(found["x"], np.ones((2, 3)))
    assert {name for dark in found.dark for name in dark.tensors} == {"cos", "sin"}


def test_the_way_back_ends_plainly_in_whole_numbers() -> None:
    model = tr.load(ROOT / "tests" / "engine" / "exports" / "gpt.onnx")
    trace = model.run({"ids": np.arange(18).reshape(2, 9)})
    output = next(iter(trace.outputs))
    found = tr.influence(trace, output, (0, 3, 5))
    assert not found.dark
    assert "ids" in found.ended
    assert "ids" not in found
    assert found["tokens.weight"].any(axis=1).sum() <= 18


def test_only_what_depends_on_the_feeds_is_asked_without_weights() -> None:
    model = tr.load(ROOT / "models" / "lenet" / "lenet.onnx")
    trace = model.run({"input": np.ones((1, 1, 28, 28), np.float32)})
    whole, part = (tr.influence(trace, "logits", (0, 1), weights=w) for w in (True, False))
    assert set(whole) - set(part) == set(model.graph.weights)
    assert all(np.array_equal(part[name], whole[name]) for name in part)
    assert all(whole[name].shape == trace.weight_or_tensor(name).shape for name in whole)


def test_a_gradient_of_what_was_replaced_goes_no_further_back() -> None:
    model = tr.load(ROOT / "models" / "lenet" / "lenet.onnx")
    feeds = {"input": np.ones((1, 1, 28, 28), np.float32)}
    trace = model.run(feeds, replace={"fc1": np.ones((1, 120), np.float32)})
    found = tr.influence(trace, "logits", (0, 1))
    assert "fc1" in found
    assert "fc1.weight" not in found
    assert "input" not in found


@pytest.mark.parametrize(
    ("tensor", "index", "sentence"),
    [
        ("z", (0, 0), 'There is no tensor "z"'),
        ("y", (0,), '"y" has 2 axes'),
        ("best", (0, 0), '"best" holds no floats'),
    ],
)
def test_what_has_no_gradient_is_said(tensor: str, index: tuple[int, ...], sentence: str) -> None:
    model = network(
        helper.make_node("Relu", ["x"], ["y"]), helper.make_node("ArgMax", ["y"], ["best"], axis=1)
    )
    with pytest.raises(tr.FeedError, match=sentence):
        tr.influence(model.run({"x": X}), tensor, index)
