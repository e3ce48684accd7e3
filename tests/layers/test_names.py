"""What a layer is called: as its author did, as far as that can be found."""

from __future__ import annotations

import pytest

from layers.graphs import layers_of, node
from tensorama.layers.kinds import kind_of
from tensorama.layers.names import Part, layer_names
from tensorama.onnxfile import Node


def named(op: str, name: str = "", output: str = "t", *others: str) -> str:
    """The name of a layer of one node, in a model with nodes of other names (Exp) besides."""
    nodes = [Node(0, name, op, "", (), (output,))]
    nodes += [Node(n, other, "Exp", "", (), (f"e{n}",)) for n, other in enumerate(others, 1)]
    parts = [Part(kind_of(one.op), one, [one], [0]) for one in nodes]
    return layer_names(parts, {}, nodes)[0]


@pytest.mark.parametrize(
    ("op", "name", "called"),
    [
        ("Conv", "/features/conv1/Conv", "features/conv1"),
        ("Conv", "/layer1/layer1.0/conv1/Conv", "layer1/layer1.0/conv1"),
        ("Relu", "/layer1/layer1.0/Relu_1", "layer1/layer1.0"),
        ("Conv", "conv1", "conv1"),
        ("Gemm", "/fc/Gemm_quant", "fc/Gemm_quant"),
    ],
)
def test_a_path_of_pytorch_is_called_without_its_operator(op: str, name: str, called: str) -> None:
    assert named(op, name) == called


@pytest.mark.parametrize(
    ("op", "name", "called"),
    [
        ("MatMul", "model/dense_1/MatMul", "model/dense_1"),
        ("Add", "StatefulPartitionedCall/model/dense/Add", "StatefulPartitionedCall/model/dense"),
        ("Conv", "model/conv2d/Conv2D", "model/conv2d/Conv2D"),
        ("Softmax", "dense/softmax", "dense"),
    ],
)
def test_a_scope_of_tensorflow_is_kept(op: str, name: str, called: str) -> None:
    assert named(op, name) == called


def test_a_node_without_a_name_is_called_by_its_output() -> None:
    assert named("Conv", output="hidden") == "hidden"
    assert named("Conv", output="/conv1/Conv_output_0") == "conv1"


@pytest.mark.parametrize(("name", "output"), [("", "123"), ("42", "t"), ("", ""), ("/", "t")])
def test_a_number_or_nothing_is_no_name(name: str, output: str) -> None:
    assert named("Conv", name, output) == "conv"


@pytest.mark.parametrize(
    ("op", "name", "called"),
    [
        ("Conv", "Conv_12", "conv"),
        ("Relu", "/Relu", "relu"),
        ("MatMul", "node_MatMul_71", "dense"),
        ("Add", "node_add_9", "sum"),
        ("LayerNormalization", "node_layer_norm_1", "norm"),
        ("GlobalAveragePool", "node_mean", "global mean pool"),
        ("NonMaxSuppression", "", "non max suppression"),
        ("GatherND", "", "gather ND"),
        ("LSTM", "", "LSTM"),
        ("my_op", "my_op_3", "my_op"),
    ],
)
def test_what_only_an_exporter_counted_is_called_by_what_it_does(
    op: str, name: str, called: str
) -> None:
    assert named(op, name, "") == called


def test_one_word_with_a_number_for_all_operators_is_no_name() -> None:
    ops = ["Conv", "Relu", "MaxPool", "Conv", "Flatten", "Gemm"]
    wires = ["x w1 -> a", "a -> b", "b -> c", "c w2 -> d", "d -> e", "e w3 -> y"]
    nodes = [node(*one, f"n{i}") for i, one in enumerate(zip(ops, wires, strict=True))]
    names = [layer.name for layer in layers_of(*nodes)]
    assert names == ["x", "conv 1", "max pool", "conv 2", "dense"]
    convs = [node("Conv", f"{i or 'x'} w{i} -> {i + 1}", f"c{i}") for i in range(3)]
    assert [layer.name for layer in layers_of(*convs, outputs="3")] == ["x", "c0", "c1", "c2"]


def test_in_a_scope_around_others_a_layer_is_called_by_what_it_does_there() -> None:
    assert named("Add", "/block/Add_1", "t", "/block/fc/Exp") == "block/sum"
    assert named("Add", "/block/Add_1", "t", "/blocks/fc/Exp") == "block"


def test_two_layers_of_one_module_are_told_apart() -> None:
    names = ["/memory/LSTM", "/memory/LSTM_1", "/head/Gemm"]
    nodes = map(node, ["LSTM", "LSTM", "Gemm"], ["x w1 -> a", "a w2 -> b", "b w3 -> y"], names)
    assert [n.name for n in layers_of(*nodes)] == ["x", "memory/LSTM 1", "memory/LSTM 2", "head"]


def test_the_first_output_that_is_there_gives_the_name() -> None:
    one = Node(0, "", "Dropout", "", (), ("", "mask"))
    assert layer_names([Part("operation", one, [one], [])], {}) == ["mask"]


def test_an_operator_that_looks_like_a_pattern_is_plain_text() -> None:
    assert named("a+b(", "net/a+b(") == "net"


def test_equal_names_are_numbered() -> None:
    layers = layers_of(*(node("Exp", f"{i or 'x'} -> {i + 1}", "e") for i in range(3)), outputs="3")
    assert [layer.name for layer in layers] == ["x", "e", "e 2", "e 3"]


def test_a_number_that_an_author_gave_is_not_given_again() -> None:
    wires = ["x -> a", "a -> b", "b -> y"]
    layers = layers_of(*map(lambda w, n: node("Exp", w, n), wires, ["e", "e 2", "e"]))
    assert [layer.name for layer in layers] == ["x", "e", "e 2", "e 3"]


def test_a_node_called_like_an_input_is_numbered() -> None:
    assert [layer.name for layer in layers_of(node("Exp", "x -> y", "x"))] == ["x", "x 2"]


@pytest.mark.parametrize("name", ["<b>bold</b>", "🧠", "n" * 10_000, "a\nb", "日本"])
def test_strange_names_stay_as_they_are(name: str) -> None:
    assert named("Conv", name.replace("/", "")) == name.replace("/", "")
