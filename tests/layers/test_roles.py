"""What layers are to one another, where nobody gave them a name: found from the wiring alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import tensorama as tr
from layers.graphs import layers_of, node
from tensorama.layers import find_layers

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"


def named(*nodes: tuple[str, str], inputs: str = "x") -> dict[str, str]:
    """The names of layers by the tensors that they show."""
    layers = layers_of(*(node(*one) for one in nodes), inputs=inputs)
    return {layer.tensor: layer.name for layer in layers}


ATTENTION = [
    ("MatMul", "x w1 -> 1"), ("MatMul", "x w2 -> 2"), ("MatMul", "x w3 -> 3"),
    ("Transpose", "2 -> 4"), ("MatMul", "1 4 -> 5"), ("Softmax", "5 -> 6"),
    ("MatMul", "6 3 -> 7"), ("MatMul", "7 w4 -> 8"), ("Neg", "8 -> y"),
]  # fmt: skip


def test_the_parts_of_an_attention_are_called_so() -> None:
    names = named(*ATTENTION)
    assert names["1"] == "query"
    assert names["2"] == "key"
    assert names["3"] == "value"
    assert names["6"] == "attention weights"
    assert names["7"] == "head outputs"
    assert names["8"] == "projection"


def test_what_comes_in_on_the_way_to_the_softmax_is_the_mask() -> None:
    nodes = [("Neg", "m -> 10"), *ATTENTION[:5], ("Add", "5 10 -> 11"), ("Softmax", "11 -> 6")]
    names = named(*nodes, *ATTENTION[6:], inputs="x m")
    assert names["5"] == "scores"
    assert names["6"] == "attention weights"
    assert names["10"] == "mask"


def test_one_product_for_all_three_is_called_by_all_three() -> None:
    nodes = [
        ("MatMul", "x w1 -> 0"), ("Slice", "0 w5 w6 -> 1"), ("Slice", "0 w7 w8 -> 2"),
        ("Slice", "0 w9 wa -> 3"), *ATTENTION[3:],
    ]  # fmt: skip
    names = named(*nodes)
    assert [names[t] for t in "0123"] == ["query, key, value", "query", "key", "value"]


def test_around_one_operator_for_all_of_it_the_parts_are_called_so_too() -> None:
    layers = find_layers(tr.load(EXPORTS / "gpt_attention.onnx"))
    names = [layer.name for layer in layers]
    first = names.index("blocks.0.qkv")  # as its weights are called
    assert names[first : first + 6] == [
        "blocks.0.qkv", "query 1", "key 1", "value 1", "attention 1", "blocks.0.out",
    ]  # fmt: skip


def test_without_a_softmax_between_them_products_are_products() -> None:
    nodes = [*ATTENTION[:5], ("Relu", "5 -> 6"), *ATTENTION[6:]]
    assert set(named(*nodes).values()) == {
        "x", "y", "dense 1", "dense 2", "dense 3", "dense 4", "product 1", "product 2",
    }  # fmt: skip


def test_a_table_is_an_embedding_by_what_is_fed_and_positions_by_what_is_known() -> None:
    model = tr.load(EXPORTS / "gpt.onnx")
    names = [layer.name for layer in find_layers(model)]
    assert names[:4] == ["ids", "tokens", "positions", "sum 1"]
    assert named(("Gather", "w x -> 1"), ("Neg", "1 -> y"))["1"] == "embedding"
    assert named(("Gather", "x w -> 1"), ("Neg", "1 -> y"))["1"] == "selection"


def test_what_takes_some_of_what_was_computed_looks_nothing_up() -> None:
    _, kept, found, _ = layers_of(
        node("Gather", "x w -> a"), node("Gather", "w a -> b"), node("Neg", "b -> y")
    )
    assert (kept.kind, found.kind) == ("operation", "embedding")


def test_a_squeeze_and_excitation_is_named_by_its_parts() -> None:
    names = named(
        ("Conv", "x w1 -> 1"), ("GlobalAveragePool", "1 -> 2"), ("Conv", "2 w2 -> 3"),
        ("Relu", "3 -> 4"), ("Conv", "4 w3 -> 5"), ("Sigmoid", "5 -> 6"), ("Mul", "1 6 -> 7"),
        ("Neg", "7 -> y"),
    )  # fmt: skip
    assert [names[t] for t in "12467y"] == [
        "conv", "squeeze", "reduce", "excite", "rescale", "y",
    ]  # fmt: skip


def test_the_length_of_complex_numbers_is_one_layer() -> None:
    layers = layers_of(
        node("Conv", "x w -> c", "stft"), node("Split", "c -> a b", "parts"),
        node("Mul", "a a -> 1"), node("Mul", "b b -> 2"), node("Add", "1 2 -> 3"),
        node("Sqrt", "3 -> 4"), node("Neg", "4 -> y"),
    )  # fmt: skip
    assert [layer.name for layer in layers] == ["x", "stft", "parts", "magnitude", "y"]
    assert layers[3].reads == ("parts",)


def test_slices_of_slices_are_one_layer() -> None:
    layers = layers_of(
        node("Neg", "x -> a"), node("Slice", "a w1 w2 -> 1"), node("Slice", "1 w3 w4 -> 2"),
        node("Slice", "a w5 w6 -> 3"), node("Add", "2 3 -> y"),
    )  # fmt: skip
    assert [layer.op for layer in layers] == ["Input", "Neg", "Slice", "Slice", "Add"]


@pytest.mark.parametrize("name", ["gpt", "vit", "bert", "detector", "unet", "gpt_scripted"])
def test_nothing_is_called_by_an_exporters_counter(name: str) -> None:
    for layer in find_layers(tr.load(EXPORTS / f"{name}.onnx")):
        assert not layer.name.startswith("node_")
        assert not any(layer.name.endswith(f"{node.op}_{n}") for node in layer.work for n in "123")
