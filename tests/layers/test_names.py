"""What a layer is called: as its author did, as far as that can be found."""

from __future__ import annotations

import pytest

from layers.graphs import layers_of, node
from tensorama.layers.names import layer_name
from tensorama.onnxfile import Node


def named(op: str, name: str = "", output: str = "t") -> str:
    return layer_name(Node(0, name, op, "", (), (output,)), {})


@pytest.mark.parametrize(
    ("op", "name", "called"),
    [
        ("Conv", "/features/conv1/Conv", "features/conv1"),
        ("Conv", "/layer1/layer1.0/conv1/Conv", "layer1/layer1.0/conv1"),
        ("Relu", "/layer1/layer1.0/Relu_1", "layer1/layer1.0"),
        ("Relu", "/Relu", "Relu"),
        ("Conv", "Conv_12", "Conv_12"),
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
    assert named("Conv", name, output) == "Conv"


def test_the_first_output_that_is_there_gives_the_name() -> None:
    assert layer_name(Node(0, "", "Dropout", "", (), ("", "mask")), {}) == "mask"


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
