"""What mutated files once led to: the smallest form of each root, and the sentence for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import tensorama as tr
from tensorama.engine.contract import limits
from tensorama.inputs import default_feeds
from tensorama.onnxfile import wire

F4 = np.ones((1, 1, 4, 4), np.float32)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto] = (),
    functions: Sequence[onnx.FunctionProto] = (),
    opset: int = 20,
    **weights: Any,
) -> onnx.ModelProto:
    """A model with one output y."""
    graph = helper.make_graph(
        list(nodes),
        "g",
        list(inputs),
        [onnx.ValueInfoProto(name="y")],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("f", 1)]
    opsets += [helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=10)


def computed(file: onnx.ModelProto) -> np.ndarray:
    read = tr.load(file.SerializeToString())
    return read.run(default_feeds(read))["y"]


def refused(file: onnx.ModelProto) -> str:
    with pytest.raises(tr.TensoramaError) as caught:
        computed(file)
    assert not isinstance(caught.value, tr.UnforeseenError)
    return str(caught.value)


def pool() -> onnx.ModelProto:
    return model([helper.make_node("MaxPool", ["f"], ["y"], kernel_shape=[0, 0])], f=F4)


def parts() -> onnx.ModelProto:
    return model([helper.make_node("Split", ["f"], ["y"], num_outputs=1 << 31)], f=F4)


def pairs() -> onnx.ModelProto:
    file = model([helper.make_node("Identity", ["w"], ["y"])])
    file.graph.initializer.add(name="w", data_type=14, dims=[1], float_data=[1, 2, 3])
    return file


def sparse_number() -> onnx.ModelProto:
    file = model([helper.make_node("Identity", ["w"], ["y"])])
    value = numpy_helper.from_array(np.ones(1, np.float32), "w")
    place = numpy_helper.from_array(np.array([0]))
    file.graph.sparse_initializer.append(helper.make_sparse_tensor(value, place, []))
    return file


def axes() -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", 1, [1] * 65)
    return model([helper.make_node("Relu", ["x"], ["y"])], [x])


def unwritten() -> onnx.ModelProto:
    return model(
        [helper.make_node("CausalConvWithState", ["x", "w"], ["y", ""])],
        opset=27,
        x=np.ones((1, 16, 2), np.float32),
        w=np.ones((4, 1, 3), np.float32),
    )


def attention() -> onnx.ModelProto:
    shapes = {"q": None, "k": [2, 3, 6, 8], "v": [2, 3, 6, 8]}
    inputs = [helper.make_tensor_value_info(name, 1, shape) for name, shape in shapes.items()]
    return model([helper.make_node("Attention", [*shapes], ["y"])], inputs, opset=23)


def functions_and_graphs() -> onnx.ModelProto:
    """Seven functions, each with a call of the one before inside of seven graphs."""
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("f", 1)]
    flag = helper.make_node("Constant", [], ["c"], value=helper.make_tensor("flag", 9, [], [1]))
    nodes, functions = [helper.make_node("Relu", ["x"], ["y"])], []
    for level in range(8):
        functions.append(helper.make_function("f", f"f{level}", ["x"], ["y"], nodes, opsets))
        inner = helper.make_node(f"f{level}", ["x"], ["y"], domain="f")
        for _ in range(7):
            graph = helper.make_graph([inner], "t", [], [onnx.ValueInfoProto(name="y")])
            inner = helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=graph)
        nodes = [flag, inner]
    return model([helper.make_node("f7", ["x"], ["y"], domain="f")], functions=functions, x=F4)


def no_axes() -> onnx.ModelProto:
    n = helper.make_tensor_value_info("n", 7, ["size"])
    wide = helper.make_node("Unsqueeze", ["one", "axes"], ["y"])
    nodes = [helper.make_node("Expand", ["f", "n"], ["more"]), wide]
    return model(nodes, [n], f=F4, one=np.int64(3), axes=np.zeros((1, 3), np.int64))


def no_picture() -> onnx.ModelProto:
    size = helper.make_tensor_value_info("image_shape", 7, [])
    node = helper.make_node("Col2Im", ["x", "image_shape", "block"], ["y"])
    return model([node], [size], x=np.ones((1, 5, 15), np.float32), block=np.array([1, 5]))


def endless_axes() -> onnx.ModelProto:
    node = helper.make_node("ReduceLogSumExp", ["f", "axes"], ["y"])
    return model([node], f=F4, axes=np.full(1 << 20, 3))  # 4 ** (1 << 20) numbers for each sum


CASES: list[tuple[Callable[[], onnx.ModelProto], str]] = [
    (pool, 'MaxPool "y": a kernel of 0 × 0 cells sees nothing; f (1,1,4,4).'),
    (
        parts,
        'Split "y": num_outputs is 2147483648; axis 0 of size 1 has not so many parts; '
        "f (1,1,4,4).",
    ),
    (pairs, 'Weight "w" is cut off: complex numbers are pairs, 3 numbers came.'),
    (sparse_number, 'The places of the sparse weight "w" do not fit ().'),
    (axes, '"x" is said to have 65 axes, at most 64 can be.'),
    (
        unwritten,
        'CausalConvWithState "y": weight must have shape (16, 1, 3), (4, 1, 3) came; '
        "x (1,16,2), w (4,1,3).",
    ),
    (
        attention,
        'Attention "y": Q has 0 dimensions, 3 or 4 were expected; q (), k (2,3,6,8), v (2,3,6,8).',
    ),
    (
        no_axes,
        'Unsqueeze "y": axes must be a vector of numbers, shape (1,3) came; one (), axes (1,3).',
    ),
    (
        no_picture,
        'Col2Im "y": blocks of [1, 5] do not fit an image of [224]; '
        "x (1,5,15), image_shape (), block (2).",
    ),
    (
        endless_axes,
        'ReduceLogSumExp "y": axis 3 is named twice; f (1,1,4,4), axes (1048576).',
    ),
]


@pytest.mark.parametrize(("file", "sentence"), CASES, ids=[case[0].__name__ for case in CASES])
def test_what_cannot_be_is_told(file: Callable[[], onnx.ModelProto], sentence: str) -> None:
    assert refused(file()) == sentence


def test_a_size_beyond_everything_is_any_size() -> None:
    x = helper.make_tensor_value_info("x", 1, [0, 1 << 62])
    file = model([helper.make_node("Relu", ["x"], ["y"])], [x])
    assert tr.load(file.SerializeToString()).graph.inputs[0].shape == (0, None)
    assert computed(file).size == 0


def test_a_single_number_of_eight_bits() -> None:
    x = helper.make_tensor_value_info("x", 17, [])
    file = model([helper.make_node("Cast", ["x"], ["y"], to=1)], [x])
    assert computed(file).shape == ()


def test_a_window_over_more_channels_than_there_are() -> None:
    x = np.arange(6, dtype=np.float32).reshape(1, 3, 2)
    lrn = [helper.make_node("LRN", ["x"], ["y"], size=size, alpha=1e-3) for size in (9, 1 << 40)]
    wide, endless = (computed(model([node], x=x)) for node in lrn)
    wanted = x / (1 + 1e-3 / 9 * (x * x).sum(1, keepdims=True)) ** 0.75
    np.testing.assert_allclose(wide, wanted, rtol=1e-6)
    np.testing.assert_allclose(endless, x)


def test_ngrams_that_skip_further_than_there_is_text() -> None:
    node = helper.make_node(
        "TfIdfVectorizer", ["x"], ["y"], mode="TF", min_gram_length=1, max_gram_length=1 << 31,
        max_skip_count=1 << 40, ngram_counts=[0, 2], ngram_indexes=[0, 1, 2],
        pool_int64s=[1, 2, 1, 3],
    )  # fmt: skip
    np.testing.assert_array_equal(computed(model([node], x=np.array([1, 2, 3]))), [1, 1, 1])


def test_stored_numbers_wrap_as_they_do_elsewhere() -> None:
    file = model([helper.make_node("Identity", ["w"], ["y"])])
    file.graph.initializer.add(name="w", data_type=5, dims=[2], int32_data=[70_000, -3])
    np.testing.assert_array_equal(computed(file), np.array([70_000, -3]).astype(np.int16))


def test_functions_in_graphs_in_functions() -> None:
    assert refused(functions_and_graphs()) == (
        "Graphs and functions lie more than 48 deep inside each other."
    )


@pytest.mark.parametrize(
    "data",
    [
        bytes(4 << 20),  # a download that was laid out and broke off
        b"\x08\x07" * 10_000,
        b"\x3a\xa0\x9c\x01" + b"\x0a\x00" * 10_000,
    ],
    ids=["zeros", "one number again and again", "nodes without anything"],
)
def test_bytes_by_the_million_are_soon_refused(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_MOST", 5000)
    with pytest.raises(tr.FileFormatError) as caught:
        tr.load(data)
    assert str(caught.value) in (
        "This file has more than 5,000 parts, more than any ONNX model: it is none, or broken.",
        "This is not an ONNX model: its bytes do not follow the ONNX format.",
    )


def test_lists_of_ensembles_are_not_walked_entry_by_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their millions of entries are no parts of a file that no model has."""
    monkeypatch.setattr(wire, "_MOST", 5000)
    many = [float(n) for n in range(10_000)]
    node = helper.make_node("Foo", ["x"], ["y"], values=many)
    x = helper.make_tensor_value_info("x", 1, [2])
    read = tr.load(model([node], [x]).SerializeToString())
    assert read.graph.nodes[0].attributes["values"] == tuple(many)


BEYOND: list[tuple[onnx.ModelProto, str]] = [
    (
        model(
            [
                helper.make_node("ConstantOfShape", ["s"], ["x"]),
                helper.make_node("ReduceSum", ["x"], ["y"]),
            ],
            s=np.array([1 << 40, 0]),
        ),
        'ConstantOfShape "x": a result of the shape (1099511627776,0) is beyond all measure.',
    ),
    (
        model(
            [
                helper.make_node("Expand", ["f", "s"], ["x"]),
                helper.make_node("ReduceMax", ["x"], ["y"]),
            ],
            f=np.float32(1),
            s=np.array([1 << 40]),
        ),
        'Expand "x": a result of the shape (1099511627776) is beyond all measure.',
    ),
    (
        model(
            [helper.make_node("Einsum", [*"abcde"], ["y"], equation="a,b,c,d,e->")],
            **dict.fromkeys("abcde", np.ones(1000, np.float32)),
        ),
        'Einsum "y": this takes 1,000,000,000,000,000 multiplications, more than can be waited '
        "for (1,099,511,627,776); a (1000), b (1000), c (1000), d (1000), e (1000).",
    ),
]


@pytest.mark.parametrize(("file", "sentence"), BEYOND, ids=["hollow", "a view", "products"])
def test_what_needs_no_memory_but_takes_for_ever(file: onnx.ModelProto, sentence: str) -> None:
    assert refused(file) == sentence


def row(steps: int, *cells: int) -> np.ndarray:
    return np.ones((steps, *cells), np.float32)


def cell(op: str, gates: int, **attributes: Any) -> onnx.ModelProto:
    """A recurrent cell that reads a thousand steps."""
    node = helper.make_node(op, ["x", "w", "r"], ["y"], hidden_size=1, **attributes)
    directions = 2 if attributes else 1
    return model(
        [node], x=row(1000, 1, 1), w=row(directions, gates, 1), r=row(directions, gates, 1)
    )


def attending(op: str, domain: str = "", opset: int = 20, **attributes: Any) -> onnx.ModelProto:
    node = helper.make_node(op, ["x", "x", "x"], ["y", "s"], domain=domain, **attributes)
    return model([node], opset=opset, x=row(1, 1000, 2))


WALKS = {
    "RNN": cell("RNN", 1),
    "GRU": cell("GRU", 3),
    "LSTM": cell("LSTM", 4),
    "both ways": cell("LSTM", 4, direction="bidirectional"),
    "linear attention": attending(
        "LinearAttention", opset=27, q_num_heads=1, kv_num_heads=1, update_rule="linear"
    ),
    "time warping": model(
        [helper.make_node("DynamicTimeWarping", ["x"], ["y"], domain="com.microsoft")],
        x=row(999, 1),
    ),
}


@pytest.mark.parametrize("kind", WALKS)
def test_steps_by_the_million_are_not_waited_for(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million steps of an LSTM of four cells are little memory, and a minute of Python."""
    steps = 2000 if kind == "both ways" else 1000
    monkeypatch.setattr(limits, "MOST_STEPS", steps)
    computed(WALKS[kind])
    monkeypatch.setattr(limits, "MOST_STEPS", steps - 1)
    assert (
        f"this takes {steps:,} steps one after the other, more than can be waited for "
        f"({steps - 1:,})" in refused(WALKS[kind])
    )


def test_a_weight_without_a_value_and_with_endless_axes() -> None:
    file = model([helper.make_node("Identity", ["w"], ["y"])])
    file.graph.initializer.add(name="w", data_type=1, dims=[1 << 40, 0])
    assert refused(file) == 'Weight "w" has an impossible shape: (1099511627776,0).'


def test_sizes_that_no_demand_below_zero_tells() -> None:
    """Of a demand for less than nothing no root is drawn: that would be a complex number."""
    x = helper.make_tensor_value_info("x", 1, [None] * 4)
    node = helper.make_node("SpaceToDepth", ["x"], ["y"], blocksize=-(1 << 63))
    assert "it must be positive" in refused(model([node], [x]))
