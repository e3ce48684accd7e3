"""Which nodes make one layer, what it is called after, and who reads from whom."""

from __future__ import annotations

import pytest
from onnx import NodeProto

from layers.graphs import check, constant, graph, layers_of, model, node
from tensorama.layers import Layer, find_layers


def ops(layers: tuple[Layer, ...]) -> list[str]:
    return [layer.op for layer in layers]


def test_inputs_are_layers_without_nodes() -> None:
    first, second, _ = layers_of(node("Add", "x z -> y"), inputs="x z")
    assert (first.name, first.kind, first.op, first.tensor) == ("x", "input", "Input", "x")
    assert second.nodes == second.reads == ()


def test_lenet_has_seven_layers_and_its_input() -> None:
    layers = layers_of(
        node("Conv", "x w1 -> c1"),
        node("Relu", "c1 -> r1"),
        node("MaxPool", "r1 -> p1"),
        node("Conv", "p1 w2 -> c2"),
        node("Relu", "c2 -> r2"),
        node("MaxPool", "r2 -> p2"),
        node("Flatten", "p2 -> f"),
        node("Gemm", "f w3 -> g1"),
        node("Relu", "g1 -> r3"),
        node("Gemm", "r3 w4 -> g2"),
        node("Softmax", "g2 -> y"),
    )
    assert [layer.kind for layer in layers] == [
        "input", "convolution", "pooling", "convolution", "pooling", "dense", "dense",
    ]  # fmt: skip
    assert [layer.tensor for layer in layers] == ["x", "r1", "p1", "r2", "p2", "r3", "y"]


def test_convolution_normalization_and_activation_are_one_layer_with_three_tensors() -> None:
    _, layer = layers_of(
        node("Conv", "x w -> c"),
        node("BatchNormalization", "c w1 w2 w3 w4 -> b"),
        node("Relu", "b -> y"),
    )
    assert layer.op == "Conv + BatchNormalization + Relu"
    assert layer.tensors == ("c", "b", "y")
    assert layer.tensor == "y"


def test_scaling_and_shifting_by_weights_follows() -> None:
    _, layer = layers_of(
        node("MatMul", "x w -> m"), node("Add", "m w1 -> a"), node("Mul", "w2 a -> y")
    )
    assert layer.op == "MatMul + Add + Mul"


def test_squaring_is_no_scaling() -> None:
    layers = layers_of(node("Conv", "x w -> c"), node("Mul", "c c -> y"))
    assert ops(layers) == ["Input", "Conv", "Mul"]


def test_an_addition_of_two_branches_is_a_layer_that_reads_both() -> None:
    layers = layers_of(
        node("Conv", "x w1 -> a", "a"), node("Conv", "x w2 -> b", "b"), node("Add", "a b -> y", "s")
    )
    assert layers[-1].kind == "merge"
    assert layers[-1].reads == ("a", "b")


def test_a_residual_addition_reads_the_block_and_what_skips_it() -> None:
    layers = layers_of(
        node("Relu", "x -> r", "r"),
        node("Conv", "r w -> c", "c"),
        node("Add", "c r -> s", "s"),
        node("Relu", "s -> y"),
    )
    assert ops(layers) == ["Input", "Relu", "Conv", "Add + Relu"]
    assert layers[-1].reads == ("c", "r")


def test_an_activation_of_a_tensor_with_two_readers_is_a_layer_of_its_own() -> None:
    layers = layers_of(node("Conv", "x w -> c"), node("Relu", "c -> r"), node("Add", "c r -> y"))
    assert ops(layers) == ["Input", "Conv", "Relu", "Add"]


def test_an_activation_of_a_promised_output_is_a_layer_of_its_own() -> None:
    layers = layers_of(node("Conv", "x w -> c"), node("Relu", "c -> y"), outputs="c y")
    assert ops(layers) == ["Input", "Conv", "Relu"]


def test_an_activation_of_one_part_of_a_split_does_not_hide_the_other() -> None:
    layers = layers_of(
        node("Split", "x -> a b"), node("Sigmoid", "b -> s"), node("Mul", "a s -> y")
    )
    assert ops(layers) == ["Input", "Split", "Sigmoid", "Mul"]


def test_a_part_of_a_split_does_not_hide_the_other_behind_a_reshape_either() -> None:
    layers = layers_of(
        node("Split", "x -> a b"),
        node("Reshape", "b w -> r"),
        node("Sigmoid", "r -> s"),
        node("Mul", "a s -> y"),
    )
    assert ops(layers) == ["Input", "Split", "Sigmoid", "Mul"]


def test_an_output_that_nobody_reads_is_no_hindrance() -> None:
    layers = layers_of(
        node("Conv", "x w -> c"), node("Dropout", "c -> d mask"), node("Relu", "d -> y")
    )
    assert ops(layers) == ["Input", "Conv + Relu"]


def test_both_states_of_a_recurrent_layer_are_squeezed_inside_it() -> None:
    layers = layers_of(
        node("LSTM", "x w1 w2 -> s h c", hidden_size=1),
        node("Squeeze", "s w3 -> y"),
        node("Squeeze", "h w4 -> z"),
        outputs="y z",
    )
    assert ops(layers) == ["Input", "LSTM"]


@pytest.mark.parametrize("op", ["Dropout", "Flatten", "Identity", "Cast", "Squeeze"])
def test_a_rearrangement_joins_the_layer_before_and_is_not_its_picture(op: str) -> None:
    more = {"to": 1} if op == "Cast" else {}
    layers = layers_of(
        node("MaxPool", "x -> p"), node(op, "p -> f", **more), node("Gemm", "f w -> y")
    )
    assert ops(layers) == ["Input", "MaxPool", "Gemm"]
    assert layers[1].tensor == "p"
    assert layers[1].tensors == ("p", "f")


def test_a_rearrangement_that_is_the_output_is_the_picture() -> None:
    *_, last = layers_of(node("MatMul", "x w -> m"), node("Reshape", "m w1 -> y"))
    assert last.tensor == "y"


def test_rearrangements_of_the_input_alone_are_a_layer_with_their_names() -> None:
    layers = layers_of(
        node("Cast", "x -> c", to=1), node("Reshape", "c w -> r"), node("Conv", "r w1 -> y")
    )
    assert ops(layers) == ["Input", "Cast + Reshape", "Conv"]


def test_a_constant_belongs_to_the_layer_that_first_uses_it() -> None:
    nodes = (
        constant("k"),
        node("Conv", "x w -> c", "c"),
        node("Pow", "c k -> p", "p"),
        node("Exp", "p -> e", "e"),
        node("Pow", "e k -> y", "q"),
    )
    layers = layers_of(*nodes)
    assert [[n.op for n in layer.nodes] for layer in layers] == [
        [], ["Conv"], ["Constant", "Pow"], ["Exp"], ["Pow"],
    ]  # fmt: skip
    assert ops(layers) == ["Input", "Conv", "Pow", "Exp", "Pow"]


def test_arithmetic_on_constants_folds_as_a_whole() -> None:
    layers = layers_of(
        constant("a"), constant("b"), node("Add", "a b -> k"), node("Pow", "x k -> y")
    )
    assert [n.op for n in layers[1].nodes] == ["Constant", "Constant", "Add", "Pow"]
    assert layers[1].op == "Pow"
    assert layers[1].reads == ("x",)


def test_two_parts_of_one_constant_do_not_put_its_node_into_two_layers() -> None:
    nodes = (
        constant("k"),
        node("Split", "k -> a b"),
        node("Pow", "x a -> p"),
        node("Exp", "p -> e"),
        node("Pow", "e b -> y"),
    )
    check(model(*nodes), layers_of(*nodes))


def test_a_constant_that_is_an_output_is_a_layer() -> None:
    nodes = (constant("k"), node("Exp", "x -> y"))
    layers = layers_of(*nodes, outputs="y k")
    check(model(*nodes, outputs="y k"), layers)
    assert layers[-1].tensor == "k"


def test_a_constant_that_nobody_uses_is_a_layer() -> None:
    nodes = (constant("k"), node("Exp", "x -> y"))
    check(model(*nodes), layers_of(*nodes))


def test_where_nothing_depends_on_an_input_every_node_is_worth_showing() -> None:
    nodes = (constant("a"), node("Exp", "a -> e"), node("Sin", "e -> y"))
    layers = layers_of(*nodes, inputs="")
    check(model(*nodes, inputs=""), layers)
    assert ops(layers) == ["Constant", "Exp", "Sin"]


def test_a_model_of_an_input_alone_has_one_layer() -> None:
    assert [layer.name for layer in layers_of(outputs="x")] == ["x"]


def branches(*then: NodeProto) -> dict[str, object]:
    """The two graphs of an If; each gives the tensor "t"."""
    return {
        "then_branch": graph(then, outputs="t"),
        "else_branch": graph([node("Exp", "w -> t")], outputs="t"),
    }


def test_a_graph_inside_a_node_reads_the_tensor_around_it() -> None:
    nodes = (
        node("Conv", "x w -> c", "conv"),
        node("If", "w1 -> y", "if", **branches(node("Sin", "c -> t"))),
    )
    layers = layers_of(*nodes)
    check(model(*nodes), layers)
    assert layers[-1].reads == ("conv",)


def test_a_branch_that_only_hands_on_a_tensor_reads_it() -> None:
    hands_on = {"then_branch": graph([], outputs="c"), "else_branch": graph([], outputs="x")}
    layers = layers_of(node("Conv", "x w -> c", "conv"), node("If", "w1 -> y", "if", **hands_on))
    assert set(layers[-1].reads) == {"x", "conv"}


def test_what_a_graph_inside_a_node_reads_has_a_reader_more() -> None:
    layers = layers_of(
        node("Conv", "x w -> c", "conv"),
        node("Relu", "c -> r", "relu"),
        node("If", "w1 -> i", "if", **branches(node("Sin", "c -> t"))),
        node("Add", "r i -> y", "add"),
    )
    assert ops(layers) == ["Input", "Conv", "Relu", "If", "Add"]


def test_a_constant_that_only_a_graph_inside_a_node_uses_belongs_to_that_node() -> None:
    nodes = (constant("k"), node("If", "x -> y", "if", **branches(node("Sin", "k -> t"))))
    assert [n.op for n in layers_of(*nodes)[-1].nodes] == ["Constant", "If"]


def test_a_tensor_made_inside_does_not_pass_for_one_of_the_same_name_around() -> None:
    inside = branches(node("Sin", "w -> same"), node("Exp", "same -> t"))
    layers = layers_of(
        node("Sin", "x -> same", "sin"),
        node("If", "x -> i", "if", **inside),
        node("Add", "same i -> y", "add"),
    )
    assert [layer.reads for layer in layers] == [(), ("x",), ("x",), ("sin", "if")]


def test_a_node_that_gives_nothing_is_in_a_layer() -> None:
    nodes = (node("Exp", "x -> y"), node("Sin", "x -> _"))
    layers = find_layers(model(*nodes))
    assert sum(len(layer.nodes) for layer in layers) == 2


def test_layers_are_the_same_each_time() -> None:
    nodes = [node("Conv", "x w -> c"), node("Relu", "c -> r"), node("Add", "r x -> y")]
    first, second = (
        [(x.name, x.op, x.tensor, x.reads) for x in layers_of(*nodes)] for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("op", ["Relu", "Identity", "Exp"])
def test_a_chain_of_thousands_of_unnamed_nodes_is_cheap(op: str) -> None:
    count = 4000
    nodes = [node(op, f"{i or 'x'} -> {i + 1}") for i in range(count)]
    one = model(*nodes, outputs=str(count))
    check(one, find_layers(one))


def test_arithmetic_on_sizes_folds_into_the_layer_that_uses_it() -> None:
    nodes = (
        node("Conv", "x w -> c", "conv"),
        node("Shape", "c -> s"),
        constant("i"),
        node("Gather", "s i -> n"),
        node("Concat", "n n -> target", axis=0),
        node("Reshape", "c target -> r"),
        node("Gemm", "r w1 -> y", "fc"),
    )
    layers = layers_of(*nodes)
    check(model(*nodes), layers)
    assert ops(layers) == ["Input", "Conv", "Gemm"]
    assert [n.op for n in layers[1].work] == ["Conv"]
    assert "target" in layers[1].tensors


def test_a_mask_made_of_sizes_folds_into_what_it_masks() -> None:
    nodes = (
        node("MatMul", "x w -> m", "scores"),
        node("Shape", "x -> s"),
        node("Expand", "w1 s -> e"),
        node("Trilu", "e -> t"),
        node("Add", "m t -> a"),
        node("Softmax", "a -> y"),
    )
    check(model(*nodes), layers_of(*nodes))
    assert ops(layers_of(*nodes)) == ["Input", "MatMul + Add + Softmax"]


def test_sizes_that_are_an_output_are_a_layer_that_reads_what_they_measure() -> None:
    layers = layers_of(node("Exp", "x -> y", "exp"), node("Shape", "y -> s"), outputs="y s")
    assert ops(layers) == ["Input", "Exp", "Shape"]
    assert layers[-1].reads == ("exp",)


def test_a_model_of_sizes_alone_shows_them() -> None:
    nodes = (node("Shape", "x -> s"), node("Cast", "s -> c", to=1), node("Exp", "c -> y"))
    check(model(*nodes), layers_of(*nodes))
    assert ops(layers_of(*nodes)) == ["Input", "Shape", "Exp"]


@pytest.mark.parametrize(
    ("spelled", "wiring"),
    [
        ("SiLU", "Sigmoid: c -> s; Mul: c s -> y"),
        ("GELU", "Div: c w1 -> d; Erf: d -> e; Add: e w2 -> a; Mul: c a -> m; Mul: m w3 -> y"),
        ("tanh GELU", "Pow: c w1 -> p; Mul: p w2 -> q; Add: c q -> a; Tanh: a -> t; Mul: c t -> y"),
        ("LayerNorm", "ReduceMean: c -> m; Sub: c m -> d; Pow: d w1 -> p; ReduceMean: p -> v; "
         "Sqrt: v -> s; Div: d s -> q; Mul: q w2 -> y"),
        ("softmax", "ReduceMax: c -> m; Sub: c m -> d; Exp: d -> e; ReduceSum: e -> s; "
         "Div: e s -> y"),
    ],
)  # fmt: skip
def test_an_activation_or_normalization_that_is_spelled_out_joins_as_a_whole(
    spelled: str, wiring: str
) -> None:
    parts = [part.split(":") for part in wiring.split(";")]
    nodes = [node("Conv", "x w -> c", "c"), *(node(op.strip(), wires) for op, wires in parts)]
    layers = layers_of(*nodes)
    check(model(*nodes), layers)
    assert len(layers) == 2, spelled
    assert layers[1].tensor == "y"


def test_a_normalization_that_is_spelled_out_behind_a_fork_is_one_layer() -> None:
    nodes = (
        node("Conv", "x w -> c", "conv"),
        node("ReduceMean", "c -> m", "norm"),
        node("Sub", "c m -> d"),
        node("Mul", "d d -> p"),
        node("ReduceMean", "p -> v"),
        node("Sqrt", "v -> s"),
        node("Div", "d s -> q"),
        node("Gemm", "q w1 -> g", "fc"),
        node("Add", "c g -> y", "add"),
    )
    layers = layers_of(*nodes)
    check(model(*nodes), layers)
    assert [layer.kind for layer in layers] == [
        "input", "convolution", "normalization", "dense", "merge",
    ]  # fmt: skip


def test_a_gate_of_two_parts_is_no_activation() -> None:
    layers = layers_of(
        node("Split", "x -> a b"), node("Sigmoid", "a -> s"), node("Mul", "s b -> y")
    )
    assert ops(layers) == ["Input", "Split", "Sigmoid", "Mul"]


def test_a_step_of_an_activation_that_is_read_elsewhere_stays_apart() -> None:
    nodes = (
        node("Conv", "x w -> c"),
        node("Sigmoid", "c -> s"),
        node("Mul", "c s -> y"),
        node("Exp", "s -> z"),
    )
    check(model(*nodes, outputs="y z"), layers_of(*nodes, outputs="y z"))
    assert ops(layers_of(*nodes, outputs="y z")) == ["Input", "Conv", "Sigmoid", "Mul", "Exp"]


def test_a_normalization_leaves_the_sum_of_branches_as_it_is() -> None:
    layers = layers_of(
        node("Conv", "x w -> c"), node("Add", "c x -> a"), node("LayerNormalization", "a w1 -> y")
    )
    assert ops(layers) == ["Input", "Conv", "Add", "LayerNormalization"]


def test_an_input_in_another_type_is_used_by_what_reads_it() -> None:
    layers = layers_of(node("Cast", "x -> ids", to=7), node("Gather", "w ids -> y"))
    assert ops(layers) == ["Input", "Gather"]
    assert layers[1].reads == ("x",)


def test_an_input_in_another_type_that_is_an_output_is_a_layer() -> None:
    layers = layers_of(node("Cast", "x -> y", to=7), node("Relu", "y -> z"), outputs="y z")
    assert ops(layers)[:2] == ["Input", "Cast"]


def test_to_compare_with_0_1_2_is_one_hot() -> None:
    counted = node("Constant", "-> all", value_ints=list(range(257)))
    *_, layer = layers_of(counted, node("Equal", "x all -> 7"), node("Cast", "7 -> y", to=1))
    assert (layer.op, layer.name) == ("OneHot", "one hot")
    other = node("Constant", "-> all", value_ints=[4, 5, 7])
    *_, layer = layers_of(other, node("Equal", "x all -> e"), node("Cast", "e -> y", to=1))
    assert layer.op == "Equal"
