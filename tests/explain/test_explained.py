"""What an explanation says beside its numbers, and what it leaves behind."""

from __future__ import annotations

import gc
import math
from typing import Any
from weakref import ref

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from tensorama.explain import explain, receptive

_HEAD = '<ir_version: 10, opset_import: ["" : 21]>'


def _run(text: str, **feeds: Any) -> tr.Trace:
    model = onnx.parser.parse_model(f"{_HEAD} g {text}").SerializeToString()
    return tr.load(model).run(feeds)


def test_a_trace_that_was_explained_can_be_forgotten() -> None:
    trace = _run("(float[2] x) => (float[2] y) { y = Relu (x) }", x=np.ones(2, np.float32))
    explain(trace, "y", (0,))
    receptive(trace, "y", (0,))
    gone = ref(trace)
    del trace
    gc.collect()
    assert gone() is None


def test_what_only_changes_a_cell_is_told_with_what_made_it() -> None:
    trace = _run(
        "(float[1,1,3,3] x) => (float[1,1,1,1] y) <float[1,1,3,3] w = {1,2,3,4,5,6,7,8,9},"
        "float[1] b = {0.5}, float[1] one = {1}, float[1] zero = {0}, float[1] two = {2}>"
        "{ c = Conv (x, w) n = BatchNormalization (c, two, b, zero, one) y = Relu (n) }",
        x=np.ones((1, 1, 3, 3), np.float32),
    )
    made = explain(trace, "y", (0, 0, 0, 0))
    assert [stage.name for stage in made.steps] == [
        "sum", "− mean", "/ deviation", "· scale", "+ shift", "Relu"
    ]  # fmt: skip
    assert made.value == pytest.approx(90.5, 1e-4)
    assert made.groups[0].share.sum() == 45
    assert made.terms[0].sources[1].value == 9
    assert "max" in made.formula
    assert "∑" in made.formula
    assert len(explain(trace, "y", (0, 0, 0, 0), fused=False).steps) == 1


def test_who_brought_in_a_number_that_is_none_is_named() -> None:
    x = np.array([[1, math.nan, 2], [1, math.inf, 2], [-math.inf, math.inf, 0]], np.float32)
    trace = _run(
        "(float[3,3] x) => (float[3] y, float[3,3] z) <int64[1] a = {1}>"
        "{ y = ReduceSum <keepdims = 0> (x, a) z = Log (x) }",
        x=x,
    )
    assert "NaN was brought in by x[0, 1]" in explain(trace, "y", (0,)).sentence
    assert "∞ was brought in by x[1, 1]" in explain(trace, "y", (1,)).sentence
    assert "not a number because of the −∞" in explain(trace, "y", (2,)).sentence
    assert "All its operands are finite: −∞ arises here" in explain(trace, "z", (2, 2)).sentence


def test_a_number_that_its_type_cannot_hold_says_so() -> None:
    trace = _run(
        "(uint8[1] a, uint8[1] b, float[1] x) => (uint8[1] d, float[1] y)"
        "{ d = Sub (a, b) y = Mul (x, x) }",
        a=np.array([3], np.uint8),
        b=np.array([5], np.uint8),
        x=np.array([1e30], np.float32),
    )
    wrapped = explain(trace, "d", (0,))
    assert wrapped.value == 254
    assert wrapped.steps[0].value == -2
    assert "uint8 holds only 0 to 255, so −2 wraps around to 254." in wrapped.sentence
    assert "is more than float32 can hold" in explain(trace, "y", (0,)).sentence


def test_inputs_and_weights_say_what_they_are() -> None:
    trace = _run(
        "(float[1] x) => (float[1] y) <float[1] w = {2}> { y = Mul (x, w) }", x=np.ones(1, "f")
    )
    assert explain(trace, "x", (0,)).body == "input"
    assert explain(trace, "w", (0,)).body == "weight"
    assert "part of the input" in explain(trace, "x", (-1,)).sentence
    assert "stands in the file" in explain(trace, "w", (0,)).sentence


@pytest.mark.parametrize(
    ("tensor", "index", "words"),
    [
        ("z", (0,), 'There is no tensor "z" in this run.'),
        ("y", (), '"y" has 1 axes; the index () has 0 numbers.'),
        ("y", (1,), 'The index (1,) lies outside of "y" of the shape (1,).'),
        ("y", (0.5,), "An index is one whole number for each axis."),
    ],
)
def test_what_is_not_there_is_refused_in_plain_words(tensor: str, index: Any, words: str) -> None:
    trace = _run("(float[1] x) => (float[1] y) { y = Relu (x) }", x=np.ones(1, "f"))
    with pytest.raises(tr.FeedError) as caught:
        explain(trace, tensor, index)
    assert str(caught.value) == words
