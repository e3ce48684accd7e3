"""What a person is told when a model or its inputs cannot be computed: the exact sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx.parser
import pytest

import tensorama as tr

X = np.zeros((2, 3), np.float32)
SMALL = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[N,3] x) => (float[N,3] y) { h = Relu (x) y = Softmax <axis = 1> (h) }
"""
TWO = SMALL.replace("(float[N,3] x)", "(float[N,3] x, float[N,3] z)").replace(
    "Relu (x)", "Add (x, z)"
)
FREE = TWO.replace("float[N,3] z", "float[M,K] z")


def model_of(text: str) -> tr.Model:
    return tr.load(onnx.parser.parse_model(text).SerializeToString())


def refused(kind: type[Exception], text: str, **feeds: Any) -> str:
    with pytest.raises(kind) as caught:
        model_of(text).run(feeds or {"x": X})
    return str(caught.value)


UNSUPPORTED = [
    (
        SMALL.replace("Relu", "Frobnicate"),
        'Operator "Frobnicate" of domain "ai.onnx" is not known here '
        '(node Frobnicate "h", opset 21).',
    ),
    (
        SMALL.replace("21]", "5]"),
        'Operator "Relu" of domain "ai.onnx" is known here from opset 6 on '
        '(node Relu "h", opset 5).',
    ),
    (
        SMALL.replace("21]", "99]"),
        'The model uses opset 99 of "ai.onnx"; 28 is the newest known here. '
        "Export it for an older opset.",
    ),
    (
        SMALL.replace("Relu", "acme.Relu"),
        'Relu "h" is of domain "acme", for which the model sets no opset.',
    ),
    (
        SMALL.replace("Relu", "acme.Relu").replace("21]", '21, "acme" : 3]'),
        'Operator "Relu" of domain "acme" is not known here (node Relu "h", opset 3).',
    ),
    *(
        (
            SMALL.replace("Relu", f"{domain}.{name}").replace("21]", f'21, "{domain}" : 1]'),
            f'{name} "h" of domain "{domain}" is not computed here: {why}.',
        )
        for domain, name, why in (
            (
                "com.microsoft.nchwc",
                "Conv",
                "this file was saved for one kind of processor. Save it again with "
                "ORT_ENABLE_EXTENDED or lower as its graph_optimization_level",
            ),
            (
                "com.microsoft.extensions",
                "DecodeImage",
                "it prepares pictures, sounds or texts for a network, or reads its answer, and is "
                "computed by onnxruntime-extensions alone. Cut it off: "
                "onnx.utils.extract_model(file, new file, names of the tensors where the network "
                "begins, names of those where it ends)",
            ),
            (
                "org.pytorch.aten",
                "ATen",
                "PyTorch's exporter left it as it was. Export again with "
                "torch.onnx.export(…, dynamo=True), or write that part of the model with other "
                "operations",
            ),
            (
                "com.microsoft",
                "PackedAttention",
                "it exists for graphics cards alone. Save or optimize the file for the CPU (in "
                "onnxruntime: providers=['CPUExecutionProvider'], in its transformers optimizer: "
                "without use_gpu)",
            ),
        )
    ),
    (
        SMALL.replace("axis = 1", "axes = 1"),
        'Softmax "y" has the attribute "axes", unknown to Softmax at opset 21; known: axis.',
    ),
]
GRAPHS = [
    (
        SMALL.replace("axis = 1", "axis = [1, 2]"),
        'Softmax "y": the attribute "axis" is a list (1, 2), a whole number was expected.',
    ),
    (
        SMALL.replace("axis = 1", 'axis = "last"'),
        'Softmax "y": the attribute "axis" is the text "last", a whole number was expected.',
    ),
    (
        SMALL.replace("axis = 1", "axis = 1.5"),
        'Softmax "y": the attribute "axis" is the number 1.5, a whole number was expected.',
    ),
    (SMALL.replace("Relu (x)", "Concat (x, x)"), 'Concat "h" lacks the attribute "axis".'),
    (SMALL.replace("Relu (x)", "Relu (x, x)"), 'Relu "h" has 2 inputs; Relu takes x.'),
    (SMALL.replace("Relu (x)", "Add (x)"), 'Add "h" has 1 input; Add takes a, b.'),
    (SMALL.replace("Relu (x)", 'Add (x, "")'), 'Add "h" leaves out its input b.'),
]


@pytest.mark.parametrize(("text", "sentence"), UNSUPPORTED)
def test_what_the_engine_lacks(text: str, sentence: str) -> None:
    assert refused(tr.UnsupportedError, text) == sentence


@pytest.mark.parametrize(("text", "sentence"), GRAPHS)
def test_a_node_that_does_not_fit_its_operator(text: str, sentence: str) -> None:
    assert refused(tr.GraphError, text) == sentence


FEEDS: list[tuple[dict[str, Any], str]] = [
    ({"z": X}, 'There is no input "z"; the model has "x".'),
    ({"x": X, "z": X}, 'There is no input "z"; the model has "x".'),
    ({"x": None}, 'Input "x" is missing: float32 (N,3).'),
    (
        {"x": X.astype(np.float64)},
        "Input \"x\" takes float32 (N,3), float64 came; convert it with .astype('float32').",
    ),
    (
        {"x": [[1, 2, 3]]},
        "Input \"x\" takes float32 (N,3), int64 came; convert it with .astype('float32').",
    ),
    ({"x": np.array([["a", "b", "c"]])}, 'Input "x" takes float32 (N,3), string came.'),
    (
        {"x": np.array([[None, 1, 2]], dtype=object)},
        'Input "x" takes float32 (N,3), an array of other objects came.',
    ),
    ({"x": X[0]}, 'Input "x" takes float32 (N,3), shape (3) came.'),
    ({"x": X[:, :2]}, 'Input "x" takes float32 (N,3), shape (2,2) came.'),
    (
        {"x": [[1.0, 2.0], [3.0]]},
        'Input "x" takes float32 (N,3); what came is no array, its rows differ in length.',
    ),
]


@pytest.mark.parametrize(("feeds", "sentence"), FEEDS)
def test_inputs_that_the_model_does_not_take(feeds: dict[str, Any], sentence: str) -> None:
    assert refused(tr.FeedError, SMALL, **feeds) == sentence


def test_no_inputs_at_all() -> None:
    with pytest.raises(tr.FeedError, match=r'^Input "x" is missing: float32 \(N,3\)\.$'):
        model_of(SMALL).run({})


def test_inputs_must_be_named() -> None:
    sentence = r"^Inputs are given as a mapping from input name to array\.$"
    with pytest.raises(tr.FeedError, match=sentence):
        model_of(SMALL).run([X])  # type: ignore[arg-type]


def test_a_weight_may_be_replaced_by_one_like_it() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[3] x) => (float[3] y) <float[3] w = {1, 2, 3}> { y = Mul (x, w) }
    """
    x = np.float32([1, 1, 1])
    np.testing.assert_array_equal(model_of(text).run({"x": x})["y"], [1, 2, 3])
    np.testing.assert_array_equal(model_of(text).run({"x": x, "w": x})["y"], x)
    assert refused(tr.FeedError, text, x=x, w=x[:2]) == (
        'Input "w" takes float32 (3), shape (2) came.'
    )


def test_a_sequence_is_given_as_a_list() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (seq(float[N]) s) => (int64 n) { n = SequenceLength (s) }
    """
    assert refused(tr.FeedError, text, s=X) == (
        'Input "s" takes a sequence of tensors, a single ndarray came.'
    )
    assert model_of(text).run({"s": [X[0], X[1]]})["n"] == 2


def test_a_named_dimension_has_one_size() -> None:
    z = np.zeros((4, 3), np.float32)
    assert refused(tr.FeedError, TWO, x=X, z=z) == (
        'Input "z": dimension "N" is 4 here and 2 in another input.'
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_values_like_others(value: float) -> None:
    trace = model_of(SMALL).run({"x": np.full((2, 3), value, np.float32)})
    assert trace["y"].shape == (2, 3)


def test_an_empty_batch_gives_empty_tensors() -> None:
    assert model_of(SMALL).run({"x": np.zeros((0, 3), np.float32)})["y"].shape == (0, 3)


def test_an_operator_that_fails_tells_where_and_with_what() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[1,4,28,28] x, float[8,3,5,5] W) => (float[1,8,24,24] y) {
        [conv1] y = Conv (x, W)
    }
    """
    feeds = {"x": np.zeros((1, 4, 28, 28), np.float32), "W": np.zeros((8, 3, 5, 5), np.float32)}
    with pytest.raises(tr.OperatorError) as caught:
        model_of(text).run(feeds)
    assert str(caught.value) == (
        'Conv "conv1": W expects 3 channels, X has 4; x (1,4,28,28), W (8,3,5,5).'
    )
    assert caught.value.node == "conv1"
    assert isinstance(caught.value.__cause__, tr.OperatorError)


OPERATORS: list[tuple[str, dict[str, Any], str]] = [
    (
        SMALL.replace("axis = 1", "axis = 4"),
        {"x": X},
        'Softmax "y": axis 4 is out of range for rank 2; h (2,3).',
    ),
    (
        FREE,
        {"x": X, "z": np.zeros((3, 4), np.float32)},
        'Add "h": (2,3) and (3,4) do not fit together: sizes must be equal, or one of them 1; '
        "x (2,3), z (3,4).",
    ),
    (
        FREE.replace("Add", "MatMul"),
        {"x": X, "z": X},
        'MatMul "h": A has 3 columns, B has 2 rows; x (2,3), z (2,3).',
    ),
    (
        SMALL.replace("h = Relu", "h, k = Relu"),
        {"x": X},
        'Relu "h": 2 outputs are named, only 1 can be computed.',
    ),
]


@pytest.mark.parametrize(("text", "feeds", "sentence"), OPERATORS)
def test_values_that_do_not_fit_an_operator(
    text: str, feeds: dict[str, Any], sentence: str
) -> None:
    assert refused(tr.OperatorError, text, **feeds) == sentence


SIZES = """
<ir_version: 10, opset_import: ["" : 21]>
g (int64[K] s) => (float[A,B] y) { y = ConstantOfShape (s) }
"""


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        (
            [-4, 2],
            'ConstantOfShape "y": a shape cannot have negative sizes: [-4, 2]; s (2).',
        ),
        (
            [2**40, 2**40],
            'ConstantOfShape "y": the result would be larger than anything can be; s (2).',
        ),
    ],
)
def test_sizes_that_cannot_be(sizes: list[int], sentence: str) -> None:
    assert refused(tr.OperatorError, SIZES, s=np.array(sizes)) == sentence


def test_a_shape_too_large_to_expand_to_is_told_as_such() -> None:
    text = SIZES.replace("int64[K] s", "int64[K] s, float[1] x").replace(
        "ConstantOfShape (s)", "Expand (x, s)"
    )
    feeds = {"s": np.array([2**40, 2**40]), "x": np.ones(1, np.float32)}
    assert refused(tr.OperatorError, text, **feeds) == (
        'Expand "y": the result would be larger than anything can be; x (1), s (2).'
    )


def test_what_fails_inside_a_branch_is_named_there() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[2,3] x, bool c) => (float[A,B] y) {
        y = If (c) <then_branch = a () => (float[A,B] t) { t = MatMul (x, x) },
                    else_branch = b () => (float[A,B] e) { e = Relu (x) }>
    }
    """
    assert refused(tr.OperatorError, text, x=X, c=np.array(True)) == (
        'MatMul "t": A has 3 columns, B has 2 rows; x (2,3), x (2,3).'
    )


def test_steps_complain_at_once() -> None:
    with pytest.raises(tr.UnsupportedError, match="Frobnicate"):
        model_of(SMALL.replace("Relu", "Frobnicate")).steps({"x": X})


def test_check_finds_out_before_a_run() -> None:
    from tensorama import engine

    with pytest.raises(tr.UnsupportedError, match="Frobnicate"):
        engine.check(model_of(SMALL.replace("Relu", "Frobnicate")))
    engine.check(model_of(SMALL))
