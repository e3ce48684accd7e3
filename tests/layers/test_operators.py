"""What a layer does in words: activations and normalizations by what they compute, not how."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

import tensorama as tr
from layers.graphs import check
from tensorama.layers import Layer, find_layers, layer_tree

SOFTPLUS = "Exp c -> e; Add e 1 -> f; Log f -> s"
MEAN = (
    "ReduceMean c axes -> m; Sub c m -> d; Pow d 2 -> p; ReduceMean p axes -> v; Add v 1e-5 -> e; "
)
# what exporters write: PyTorch, tf2onnx, paddle2onnx, jax2tf, by hand
SPELLED = [
    ("HardSwish", "Add c 3 -> a; Clip a 0 6 -> b; Mul c b -> d; Div d 6 -> y"),
    ("HardSwish", "Add c 3 -> a; Clip a 0 6 -> b; Mul b 0.1666667 -> d; Mul c d -> y"),
    ("HardSwish", "Add c 3 -> a; Relu a -> r; Min r 6 -> b; Mul c b -> d; Mul d 0.1666667 -> y"),
    ("HardSwish", "HardSigmoid[alpha=0.16666667] c -> h; Mul c h -> y"),
    ("HardSigmoid", "Add c 3 -> a; Clip a 0 6 -> b; Div b 6 -> y"),
    ("GELU", "Div c 1.4142135 -> a; Erf a -> b; Add b 1 -> d; Mul c d -> e; Mul e 0.5 -> y"),
    ("GELU", "Mul c 0.70710677 -> a; Erf a -> b; Add 1 b -> d; Mul 0.5 c -> e; Mul e d -> y"),
    ("GELU", "Pow c 3 -> p; Mul p 0.044715 -> q; Add c q -> a; Mul a 0.7978846 -> b; Tanh b -> t; "
     "Add t 1 -> u; Mul c u -> v; Mul v 0.5 -> y"),
    ("QuickGELU", "Mul c 1.702 -> a; Sigmoid a -> s; Mul c s -> y"),
    ("SiLU", "Sigmoid c -> s; Mul c s -> y"),
    ("SiLU", "Neg c -> n; Exp n -> e; Add e 1 -> d; Div c d -> y"),
    ("Sigmoid", "Neg c -> n; Exp n -> e; Add e 1 -> d; Reciprocal d -> y"),
    ("Sigmoid", "Neg c -> n; Exp n -> e; Add e 1 -> d; Div 1 d -> y"),
    ("Softplus", "Exp c -> e; Add e 1 -> f; Log f -> y"),
    ("Mish", f"{SOFTPLUS}; Tanh s -> t; Mul c t -> y"),
    ("Mish", "Softplus c -> s; Tanh s -> t; Mul c t -> y"),
    ("LeakyRelu", "Mul c 0.1 -> a; Max c a -> y"),
    ("LeakyRelu", "Relu c -> a; Neg c -> n; Relu n -> b; Mul b 0.2 -> d; Sub a d -> y"),
    ("PRelu", "Relu c -> a; Neg c -> n; Relu n -> b; Mul b slopes -> d; Sub a d -> y"),
    ("Elu", "Greater c 0 -> g; Exp c -> e; Sub e 1 -> f; Where g c f -> y"),
    ("ReLU6", "Clip c 0 6 -> y"),
    ("ReLU6", "Relu c -> r; Min r 6 -> y"),
    ("LayerNormalization", MEAN + "Sqrt e -> s; Div d s -> q; Mul q slopes -> r; "
     "Add r slopes -> y"),
    ("LayerNormalization", MEAN + "Sqrt e -> s; Reciprocal s -> r; Mul r slopes -> k; "
     "Mul c k -> a; Mul m k -> b; Sub slopes b -> t; Add a t -> y"),
    ("InstanceNormalization", MEAN.replace("axes", "picture") + "Sqrt e -> s; Div d s -> y"),
    ("RMSNormalization", "Pow c 2 -> p; ReduceMean p axes -> m; Add m 1e-5 -> e; Sqrt e -> s; "
     "Div c s -> n; Mul n slopes -> y"),
    ("Softmax", "ReduceMax c axes -> m; Sub c m -> d; Exp d -> e; ReduceSum e axes -> s; "
     "Div e s -> y"),
    ("GroupNormalization", "Reshape c groups -> r; InstanceNormalization r slopes slopes -> i; "
     "Reshape i groups -> j; Mul j slopes -> k; Add k slopes -> y"),
    ("LayerNormalization", "LayerNormalization c slopes -> y"),
    ("GELU", "Gelu c -> y"),
    ("Scale + Relu", "Mul c slopes -> a; Add a slopes -> b; Relu b -> y"),
    ("Scale + HardSwish + Scale", "Mul c slopes -> a; Add a slopes -> b; Add b 3 -> d; "
     "Clip d 0 6 -> e; Mul b e -> f; Div f 6 -> g; Mul g 1.1 -> h; Add h 0.3 -> y"),
]  # fmt: skip
SAVED = {
    "w": np.ones((4, 3, 1, 1), np.float32),
    "slopes": np.linspace(0.1, 0.4, 4, dtype=np.float32).reshape(4, 1, 1),
    "axes": np.array([-1]),
    "picture": np.array([2, 3]),
    "groups": np.array([0, 2, -1]),
    "whole": np.ones((4, 3, 1, 1), np.int8),
    "scale": np.float32(0.02),
    "zero": np.int8(0),
}


def layers_of(wiring: str, outputs: str = "y") -> tuple[Layer, ...]:
    """The layers of nodes "Op a b -> c; …", where a number is a constant."""
    model = model_of(wiring, outputs)
    layers = find_layers(model)
    check(model, layers)
    return layers


def model_of(wiring: str, outputs: str = "y") -> tr.Model:
    """The model of such nodes."""
    nodes = [_node(one.strip()) for one in wiring.split(";")]
    names = {name for one in nodes for name in one.input}
    arrays = {name: SAVED[name] for name in names & SAVED.keys()}
    arrays |= {name: np.float32(name) for name in names if name[:1].isdigit()}
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("x", *outputs)]
    graph = helper.make_graph(
        nodes, "g", infos[:1], infos[1:],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in arrays.items()],
    )  # fmt: skip
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    return tr.load(proto.SerializeToString())


def _node(text: str) -> NodeProto:
    reads, makes = (part.split() for part in text.split("->"))
    op, _, more = reads[0].partition("[")
    pairs = [pair.split("=") for pair in more.rstrip("]").split(",") if pair]
    attributes: dict[str, Any] = {
        name: int(value) if name == "to" else float(value) for name, value in pairs
    }
    domain = "com.microsoft" if op.startswith("QLinear") and op != "QLinearConv" else ""
    return helper.make_node(op, reads[1:], makes, domain=domain, **attributes)


@pytest.mark.parametrize(("word", "wiring"), SPELLED)
def test_one_word_says_what_exporters_spell_out(word: str, wiring: str) -> None:
    _, layer = layers_of(f"Conv x w -> c; {wiring}")
    assert layer.op == f"Conv + {word}"
    assert layer.kind == "convolution"


def test_a_curve_without_a_name_is_told_by_its_operators() -> None:
    _, layer = layers_of("Conv x w -> c; Sigmoid c -> s; Mul s 2 -> t; Mul c t -> y")
    assert layer.op == "Conv + Sigmoid + Mul + Mul"


def test_an_operator_of_more_inputs_than_it_has_changes_nothing() -> None:
    for _ in range(2):  # numpy would write the largest of two into the third
        _, layer = layers_of("Conv x w -> c; Max c 1 2 -> a; Relu a -> y")
        assert layer.op == "Conv + Max + Relu"
        assert layers_of("Conv x w -> c; Clip c 0 6 -> y")[1].op == "Conv + ReLU6"


def test_a_gate_of_another_tensor_is_no_activation() -> None:
    layers = layers_of("Conv x w -> c; Conv x w -> d; Sigmoid d -> s; Mul c s -> y")
    assert [layer.op for layer in layers] == ["Input", "Conv", "Conv + Sigmoid", "Mul"]


def test_what_is_unsqueezed_along_two_axes_and_multiplied_is_no_activation() -> None:
    layers = layers_of(
        "Conv x w -> c; Unsqueeze c axes -> a; Unsqueeze c picture -> b; Mul a b -> y"
    )
    assert [layer.op for layer in layers] == ["Input", "Conv", "Mul"]


def test_a_choice_cell_by_cell_is_one_word() -> None:
    layers = layers_of(
        "Conv x w -> c; Less c 0 -> l; Cast[to=1] l -> m; Add c 5 -> a; Mul a m -> n; "
        "Not l -> o; Cast[to=1] o -> p; Mul c p -> q; Add n q -> y"
    )
    assert [layer.op for layer in layers] == ["Input", "Conv + Select"]


AROUND = "QuantizeLinear x scale zero -> a; DequantizeLinear a scale zero -> b; "
WEIGHTS = "DequantizeLinear whole scale zero -> w8; "


def test_quantized_before_and_behind_a_convolution_is_one_layer_and_its_picture_the_values() -> (
    None
):
    layers = layers_of(
        f"{WEIGHTS}{AROUND}Conv b w8 -> c; Relu c -> r; QuantizeLinear r scale zero -> d; "
        "DequantizeLinear d scale zero -> e; MaxPool e -> y"
    )
    assert [(layer.op, layer.kind) for layer in layers[1:]] == [
        ("8-bit Conv + Relu", "convolution"), ("MaxPool", "pooling"),
    ]  # fmt: skip
    assert layers[1].tensor == "r"
    assert layers[1].tensors == ("w8", "a", "b", "c", "r", "d", "e")
    assert layers[2].reads == (layers[1].name,)


def test_an_input_that_is_quantized_for_two_is_read_by_both() -> None:
    layers = layers_of(f"{AROUND}Conv b w -> c; Conv b w -> d; Add c d -> y")
    assert [layer.reads for layer in layers] == [(), ("x",), ("x",), ("c", "d")]
    assert [len(layer.nodes) for layer in layers] == [0, 3, 1, 1]


def test_an_activation_through_quantized_steps_is_one_word() -> None:
    steps = "QuantizeLinear {0} scale zero -> {1}; DequantizeLinear {1} scale zero -> {2}; "
    _, layer = layers_of(
        f"Conv x w -> c; {steps.format('c', 'c8', 'd')}Sigmoid d -> s; "
        f"{steps.format('s', 's8', 't')}Mul d t -> y"
    )
    assert layer.op == "Conv + SiLU"


def test_what_is_quantized_as_it_comes_is_one_layer_without_its_scales() -> None:
    layers = layers_of(
        "Relu x -> r; DynamicQuantizeLinear r -> a s z; ConvInteger a whole z zero -> b; "
        "Cast[to=1] b -> c; Mul s scale -> t; Mul c t -> d; Add d slopes -> e; Sigmoid e -> f; "
        "Mul e f -> g; Add r g -> y"
    )
    assert [layer.op for layer in layers] == ["Input", "Relu", "8-bit Conv + Add + SiLU", "Add"]
    assert [layer.reads for layer in layers[2:]] == [("r",), ("r", layers[2].name)]


def test_operators_on_whole_numbers_are_called_as_those_on_all_numbers() -> None:
    sides = "scale zero whole scale zero scale zero"
    layers = layers_of(
        f"QuantizeLinear x scale zero -> a; QLinearConv a {sides} -> b; "
        "QLinearSigmoid b scale zero scale zero -> s; "
        "QLinearMul b scale zero s scale zero scale zero -> d; "
        "QLinearAdd d scale zero a scale zero scale zero -> e; DequantizeLinear e scale zero -> y"
    )
    assert [(layer.op, layer.kind) for layer in layers[1:]] == [
        ("8-bit Conv + SiLU", "convolution"), ("Add", "merge"),
    ]  # fmt: skip


def test_a_quantized_output_is_shown_as_it_comes() -> None:
    _, layer = layers_of("Conv x w -> c; QuantizeLinear c scale zero -> y")
    assert layer.tensor == "y"
    _, alone = layers_of("QuantizeLinear x scale zero -> y")
    assert (alone.op, alone.reads) == ("QuantizeLinear", ("x",))


def test_an_operator_with_too_many_inputs_spoils_nothing() -> None:
    for op in ("Add", "Mul", "Max"):
        layers_of(f"Conv x w -> c; Exp c -> e; {op} e c c -> d; {op} c c c -> f; Add d f -> y")
    assert layers_of("Conv x w -> c; Sigmoid c -> s; Mul c s -> y")[1].op == "Conv + SiLU"


def test_a_network_on_whole_numbers_has_the_groups_of_the_same_on_all_numbers() -> None:
    sides = "scale zero whole scale zero scale zero"
    steps = "QuantizeLinear x scale zero -> a0"
    for i in range(3):
        steps += (
            f"; QLinearConv a{i} {sides} -> b{i}; QLinearConv b{i} {sides} -> c{i}; "
            f"QLinearAdd c{i} scale zero a{i} scale zero scale zero -> a{i + 1}"
        )
    nodes = f"{steps}; DequantizeLinear a3 scale zero -> y"
    tree = layer_tree(model_of(nodes), {})
    assert tree.op == "3 residual blocks"
    assert tree.children[1].op == "Conv ×2 + Add"
