"""What a layer is called: as its author did, as far as that can be found."""

from __future__ import annotations

import pytest
from onnx import NodeProto

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
        ("Relu", "/layer1/layer1.0/Relu_1", "layer1.0"),
        ("Conv", "conv1", "conv1"),
        ("Gemm", "/fc/Gemm_quant", "fc"),
        ("MatMulInteger", "/fc/Gemm_MatMul_quant", "fc"),
        ("ConvInteger", "/layer1/conv1/Conv_quant", "layer1/conv1"),
        ("Conv", "F0::If_0_then_branch__Inline_0__/stft/Conv", "stft"),
    ],
)
def test_a_path_of_pytorch_is_called_without_its_operator(op: str, name: str, called: str) -> None:
    assert named(op, name) == called


@pytest.mark.parametrize(
    ("op", "name", "called"),
    [
        ("MatMul", "model/dense_1/MatMul", "model/dense_1"),
        ("Add", "StatefulPartitionedCall/model/dense/Add", "model/dense"),
        ("Conv", "model/conv2d/Conv2D", "model/conv2d"),
        ("Conv", "functional_2_1/conv1d_8_1/convolution", "conv1d_8_1"),
        ("Conv", "model/conv1d/conv1d", "model/conv1d"),
        ("Conv", "model/bn_1/batchnorm/mul_1", "model/bn_1"),
        ("MatMul", "jax2tf_f_/pjit_f_/Net/Dense_0/einsum/Einsum", "Net/Dense_0"),
        ("Softmax", "dense/softmax", "dense"),
        ("Slice", "audio/strided_slice_9", "audio"),
        ("Concat", "audio/stack_8_Concat__319", "audio/stack_8"),
    ],
)
def test_a_scope_of_tensorflow_is_kept_without_its_wrapping(
    op: str, name: str, called: str
) -> None:
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
        ("Conv", "p2o.Conv.12", "conv"),
        ("Conv", "Conv@3", "conv"),
        ("Conv", "Conv__57", "conv"),
        ("QLinearMul", "Mul_3_quant", "product"),
        ("Relu", "_inlfunc_HardSwish_token_0_n1", "relu"),
        ("Conv", "node_Conv_372_quant", "conv"),
        ("Gemm", "node_MatMul_1/MatMulAddFusion", "dense"),
        ("ReduceSumSquare", "Re_ReduceSumSquare", "reduce sum square"),
        ("Add", "Ad_Add1", "sum"),
        ("Add", "Ad1_Add", "sum"),
        ("ArgMax", "ArgMax5", "arg max"),
        ("Softmax", "N37", "softmax"),
        ("Conv", "conv1", "conv1"),  # by an author
        ("Conv", "Conv1", "Conv1"),
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
    wires = ["x w1 -> t0", "t0 -> t1", "t1 -> t2", "t2 w2 -> t3", "t3 -> y"]
    bare = layers_of(*map(node, ["Conv", "Relu", "MaxPool", "Conv", "Flatten"], wires))
    assert [layer.name for layer in bare] == ["x", "conv 1", "max pool", "conv 2"]
    convs = [node("Conv", f"{i or 'x'} w{i} -> {i + 1}", f"c{i}") for i in range(3)]
    assert [layer.name for layer in layers_of(*convs, outputs="3")] == ["x", "c0", "c1", "c2"]


@pytest.mark.parametrize(
    ("op", "pieces", "called"),
    [
        ("Conv", "m/re_lu/Relu;m/bn/FusedBatchNormV3;m/conv2d_4/BiasAdd;m/conv2d_2/Conv2D;"
                 "m/conv2d_4/Conv2D", "m/conv2d_4"),
        ("Conv", "m/conv1d_1;m/conv1d_1", "m/conv1d_1"),
        ("MatMul", "m/relu/Relu;m/dense/MatMul;m/dense/BiasAdd", "m/dense"),
        ("Mul", "m/cq/mul_1;m/cq/mul_1", "m/cq"),
    ],
)  # fmt: skip
def test_of_what_tensorflow_lite_joined_the_part_that_works_gives_the_name(
    op: str, pieces: str, called: str
) -> None:
    assert named(op, pieces) == called


def test_a_scope_around_the_whole_network_is_left_out() -> None:
    names = ["/net/stem/Conv", "/net/body/a/Conv", "/net/body/b/Conv", "/net/Add"]
    wires = ["x w1 -> a", "a w2 -> b", "b w3 -> c", "a c -> y"]
    layers = layers_of(*map(node, ["Conv", "Conv", "Conv", "Add"], wires, names))
    assert [layer.name for layer in layers] == ["x", "stem", "body/a", "body/b", "sum"]


def noted(op: str, wiring: str, *scopes: str, name: str = "node_1") -> NodeProto:
    """A node as PyTorch's newer exporter writes it: the modules around it stand beside it."""
    one = node(op, wiring, name)
    one.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=str(["", *scopes, name]))
    return one


def test_modules_that_are_noted_beside_a_node_give_its_name() -> None:
    block = ("layer1", "layer1.0")
    layers = layers_of(
        noted("Conv", "x conv1.weight -> a", "bn1"),
        noted("Conv", "a layer1.0.conv1.weight -> b", *block, "layer1.0.bn1"),
        noted("Conv", "b layer1.0.conv2.weight -> c", *block, "layer1.0.conv2"),
        noted("Add", "a c -> d", *block),
        noted("Gemm", "d fc.weight -> y", "fc"),
    )
    assert [layer.name for layer in layers] == [
        "x", "conv1", "layer1.0.conv1", "layer1.0.conv2", "layer1.0/sum", "fc",
    ]  # fmt: skip


def test_weights_give_the_name_where_nodes_say_nothing_unless_they_are_shared() -> None:
    layers = layers_of(
        node("Conv", "x stem.conv.weight -> a", "Conv_1"),
        node("LayerNormalization", "a ln.weight ln.bias -> b", "node_ln_1"),
        node("MatMul", "b val_12 -> c", "node_MatMul_3"),
        node("Neg", "c -> d"),
        node("LayerNormalization", "d ln.weight ln.bias -> e", "node_ln_2"),
        node("Conv", "e conv2d_1.w_0 -> y", "Conv_2"),
    )
    names = [layer.name for layer in layers]
    assert names == ["x", "stem.conv", "dense", "d", "conv"]


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
