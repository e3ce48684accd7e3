"""An If is called by what it does: a network inside of it tells, a choice of shapes is nothing."""

from __future__ import annotations

import pytest
from onnx import GraphProto, NodeProto, TensorProto, helper

from layers.graphs import check, constant, layers_of, model, node
from tensorama.layers import find_layers


def body(*nodes: NodeProto, output: str = "o") -> GraphProto:
    read = dict.fromkeys(n for one in nodes for n in one.input if n.startswith("w"))
    weights = [helper.make_tensor(n, TensorProto.FLOAT, [1], [1.0]) for n in read]
    made = [helper.make_empty_tensor_value_info(output)]
    return helper.make_graph(list(nodes), "g", [], made, initializer=weights)


def voice(prefix: str) -> list[NodeProto]:
    """Parts as their authors named them, in a graph that a converter put into a branch."""
    return [
        node("Conv", "x w1 -> a", f"{prefix}stft/Conv"),
        node("Conv", "a w2 -> b", f"{prefix}encoder/0/Conv"),
        node("Relu", "b -> c", f"{prefix}encoder/1/Relu"),
        node("LSTM", "c w3 w4 -> d", f"{prefix}decoder/rnn/LSTM"),
        node("Conv", "d w5 -> o", f"{prefix}decoder/Conv"),
    ]


def by_rate(then: list[NodeProto], other: list[NodeProto]) -> list[NodeProto]:
    """One network for a sample rate, one for all others."""
    return [
        constant("rate"),
        node("Equal", "sr rate -> is_rate"),
        node("If", "is_rate -> y", "If_0", then_branch=body(*then), else_branch=body(*other)),
    ]


def test_a_network_in_an_if_is_called_by_its_parts_and_reads_what_decides() -> None:
    nodes = by_rate(voice("If_0_then_branch__Inline_0__/"), voice("If_0_else_branch__Inline_0__/"))
    whole = model(*nodes, inputs="x sr")
    layers = find_layers(whole)
    check(whole, layers)
    assert [layer.name for layer in layers] == ["x", "sr", "stft, encoder, decoder"]
    assert layers[-1].op == "If: Conv ×3 + LSTM"
    assert set(layers[-1].reads) == {"x", "sr"}, "what decides is no box, but what it compares is"


def test_without_authors_it_is_called_by_its_sorts_of_layers() -> None:
    nodes = [node("Conv", "x w1 -> a"), node("Conv", "a w2 -> b"), node("Gemm", "b w3 -> o")]
    *_, choice = layers_of(*by_rate(nodes, nodes), inputs="x sr")
    assert (choice.name, choice.kind) == ("convolutions, dense layers", "operation")


def test_an_if_around_a_single_layer_is_such_a_layer() -> None:
    one = [node("LSTM", "x w1 w2 -> o")]
    *_, choice = layers_of(*by_rate(one, one), inputs="x sr")
    assert (choice.name, choice.kind, choice.op) == ("LSTM", "recurrent", "If: LSTM")


def test_an_if_between_two_shapes_goes_on_with_what_comes_before() -> None:
    squeezed = body(constant("axis"), node("Squeeze", "m axis -> o"))
    layers = layers_of(
        node("ReduceMean", "x -> m"),
        node("Shape", "m -> s"),
        node("Equal", "s w -> flat"),
        node("If", "flat -> y", then_branch=squeezed, else_branch=body(node("Identity", "m -> o"))),
    )
    assert [layer.op for layer in layers] == ["Input", "ReduceMean"]


@pytest.mark.parametrize("also", ["shown", "used"])
def test_a_comparison_that_does_more_than_decide_is_a_layer(also: str) -> None:
    one = [node("Conv", "x w1 -> o")]
    nodes = by_rate(one, one)
    outputs = "y"
    if also == "shown":
        outputs = "y is_rate"
    else:
        nodes.insert(2, node("Cast", "is_rate -> number", to=1))
        nodes.append(node("Mul", "number y -> z"))
        outputs = "z"
    layers = layers_of(*nodes, inputs="x sr", outputs=outputs)
    assert "Equal" in " ".join(layer.op for layer in layers)
