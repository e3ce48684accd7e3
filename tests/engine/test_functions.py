"""Local functions: attributes passed on, defaults, graphs inside, functions that call functions."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from engine.reference import onnxruntime_outputs

X = np.array([-2.0, -0.5, 0.0, 3.0], np.float32)
NESTED = """
<ir_version: 10, opset_import: ["" : 21, "local" : 1]>
main (float[4] x) => (float[4] y) {
    a = local.Soft <slope = 0.5> (x)
    y = local.Twice (a)
}
<domain: "local", opset_import: ["" : 21]>
Soft <slope> (x) => (y) { y = LeakyRelu <alpha: float = @slope> (x) }
<domain: "local", opset_import: ["" : 21, "local" : 1]>
Twice (x) => (y) {
    b = local.Soft <slope = 0.25> (x)
    y = Add (b, b)
}
"""
CHOICE = """
<ir_version: 10, opset_import: ["" : 21, "local" : 1]>
main (float[4] x, bool flag) => (float[4] y) { y = local.Bend <slope = 0.5> (x, flag) }
<domain: "local", opset_import: ["" : 21]>
Bend <slope> (x, flag) => (y) {
    y = If (flag) <
        then_branch = g () => (float[4] t) { t = LeakyRelu <alpha: float = @slope> (x) },
        else_branch = h () => (float[4] e) { e = Neg (x) }
    >
}
"""
DEFAULT = """
<ir_version: 10, opset_import: ["" : 21, "local" : 1]>
main (float[4] x) => (float[4] y, float[4] z) {
    y = local.Bend (x)
    z = local.Bend <slope = 0.25> (x)
}
<domain: "local", opset_import: ["" : 21]>
Bend <slope: float = 0.5> (x) => (y) { y = LeakyRelu <alpha: float = @slope> (x) }
"""
OLDER = """
<ir_version: 10, opset_import: ["" : 21, "local" : 1]>
main (float[2,2] x) => (float[2,2] y) { y = local.Share (x) }
<domain: "local", opset_import: ["" : 11]>
Share (x) => (y) { y = Softmax <axis = 0> (x) }
"""
CIRCLE = """
<ir_version: 10, opset_import: ["" : 21, "local" : 1]>
main (float[4] x) => (float[4] y) { y = local.Again (x) }
<domain: "local", opset_import: ["local" : 1]>
Again (x) => (y) { y = local.Again (x) }
"""


def data_of(text: str) -> bytes:
    return onnx.parser.parse_model(text).SerializeToString()


@pytest.mark.parametrize(
    ("text", "feeds"),
    [
        (NESTED, {"x": X}),
        (CHOICE, {"x": X, "flag": np.array(True)}),
        (CHOICE, {"x": X, "flag": np.array(False)}),
        (DEFAULT, {"x": X}),
    ],
)
def test_a_function_computes_what_onnxruntime_computes(text: str, feeds: dict) -> None:
    wanted = onnxruntime_outputs(data_of(text), feeds)
    came = tr.load(data_of(text)).run(feeds).outputs.values()
    for ours, theirs in zip(came, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_a_function_keeps_to_its_own_opset() -> None:
    x = np.array([[1, 2], [3, 4]], np.float32)
    (y,) = tr.load(data_of(OLDER)).run({"x": x}).outputs.values()
    flat = np.exp(x - x.max())  # opset 11: all four together
    np.testing.assert_allclose(y, flat / flat.sum(), rtol=1e-6)


def test_what_happens_inside_a_function_is_recorded() -> None:
    trace = tr.load(data_of(NESTED)).run({"x": X})
    assert "y/b" in trace.inner
    np.testing.assert_allclose(trace.inner["y/b"] * 2, trace["y"])


def test_a_function_that_calls_itself_is_refused() -> None:
    with pytest.raises(tr.GraphError, match=r'^The function "Again" calls itself\.$'):
        tr.load(data_of(CIRCLE)).run({"x": X})


def test_an_attribute_that_the_function_lacks_is_named() -> None:
    text = NESTED.replace("<slope = 0.5>", "<slope = 0.5, hue = 1>")
    sentence = r'^Soft "a": the function has no attribute "hue"\.$'
    with pytest.raises(tr.GraphError, match=sentence):
        tr.load(data_of(text)).run({"x": X})
