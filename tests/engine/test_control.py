"""If, Loop, Scan, SequenceMap and optional values: models as text, compared with onnxruntime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from engine.bundle import difference
from engine.reference import onnxruntime_outputs
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import BFLOAT16, element_type, to_type, unmarked

_X = np.arange(12, dtype=np.float32).reshape(3, 4)

IF = """
<ir_version: 10, opset_import: ["" : 21]>
choose (bool go, float[3,4] x) => (float[N,M] y, float[K] z) {
    y, z = If (go) <
        then_branch = yes () => (float[3,4] a, float[1] b) {
            a = Neg (x)
            b = Constant <value = float[1] {1.0}> ()
        },
        else_branch = no () => (float[3,4] c, float[2] d) {
            c = Identity (x)
            d = Constant <value = float[2] {2.0, 3.0}> ()
        }
    >
}
"""
LOOP = """
<ir_version: 10, opset_import: ["" : 21]>
repeat (int64 most, bool go, float[4] start, float[4] step) => (float[4] last, float[T,4] all) {
    last, all = Loop (most, go, start) <
        body = turn (int64 i, bool going, float[4] v) => (bool goes_on, float[4] w, float[4] seen) {
            w = Add (v, step)
            seen = Mul (w, w)
            sum = ReduceSum <keepdims = 0> (w)
            limit = Constant <value = float {40.0}> ()
            goes_on = Less (sum, limit)
        }
    >
}
"""
SEQUENCE_LOOP = """
<ir_version: 10, opset_import: ["" : 21]>
gather (int64 most, seq(float[N]) begin) => (seq(float[N]) all) {
    yes = Constant <value = bool {1}> ()
    all = Loop (most, yes, begin) <
        body = turn (int64 i, bool going, seq(float[N]) s) => (bool goes_on, seq(float[N]) t) {
            goes_on = Identity (going)
            one = Constant <value = int64[1] {1}> ()
            shape = Reshape (i, one)
            value = ConstantOfShape (shape)
            t = SequenceInsert (s, value)
        }
    >
}
"""
SCAN = """
<ir_version: 10, opset_import: ["" : 21]>
scan (float[4] start, float[3,4] x, float[4,3] y)
    => (float[4] last, float[4,T] sums, float[T,4] raw) {
    last, sums, raw = Scan <
        num_scan_inputs = 2,
        scan_input_axes = [0, 1],
        scan_input_directions = [0, 1],
        scan_output_axes = [1, 0],
        scan_output_directions = [0, 1],
        body = turn (float[4] s, float[4] a, float[4] b) => (float[4] t, float[4] u, float[4] v) {
            ab = Mul (a, b)
            t = Add (s, ab)
            u = Neg (t)
            v = Identity (a)
        }
    > (start, x, y)
}
"""
SCAN_BATCHES = """
<ir_version: 4, opset_import: ["" : 8]>
scan (int64[2] lengths, float[2,4] start, float[2,3,4] x)
    => (float[2,4] last, float[2,3,4] sums) {
    last, sums = Scan <
        num_scan_inputs = 1,
        body = turn (float[4] s, float[4] a) => (float[4] t, float[4] u) {
            t = Add (s, a)
            u = Neg (t)
        }
    > (lengths, start, x)
}
"""
ONE_VALUE_COUNTER = """
<ir_version: 8, opset_import: ["" : 11]>
count (int64[1] most, bool[1] go, float[2] start) => (float[2] last, int64[T,1] turns) {
    last, turns = Loop (most, go, start) <
        body = turn (int64[1] i, bool[1] g, float[2] v)
            => (bool[1] h, float[2] w, int64[1] j) {
            h = Identity (g)
            w = Add (v, v)
            j = Identity (i)
        }
    >
}
"""
NESTED = """
<ir_version: 10, opset_import: ["" : 21]>
nested (int64 most, float[2] x) => (float[2] y) {
    yes = Constant <value = bool {1}> ()
    two = Constant <value = int64 {2}> ()
    y = Loop (most, yes, x) <
        body = outer (int64 i, bool going, float[2] v) => (bool again, float[2] w) {
            again = Identity (going)
            w = Loop (two, going, v) <
                body = inner (int64 j, bool g, float[2] p) => (bool h, float[2] q) {
                    h = Identity (g)
                    both = Add (i, j)
                    odd = Cast <to = 9> (both)
                    q = If (odd) <
                        then_branch = plus () => (float[2] r) { r = Add (p, x) },
                        else_branch = twice () => (float[2] r) { r = Add (p, p) }
                    >
                }
            >
        }
    >
}
"""
SEQUENCE_MAP = """
<ir_version: 10, opset_import: ["" : 21]>
each (seq(float[N]) xs, float[1] k) => (seq(float[N]) ys) {
    ys = SequenceMap (xs, k) <
        body = one (float[N] x, float[1] c) => (float[N] y) { y = Mul (x, c) }
    >
}
"""
OPTIONAL = """
<ir_version: 10, opset_import: ["" : 18]>
maybe (float[3,4] x) => (bool here, float[3,4] y) {
    o = Optional (x)
    here = OptionalHasElement (o)
    y = OptionalGetElement (o)
}
"""


def _i64(value: int) -> np.ndarray:
    return np.array(value, np.int64)


_START = {"start": np.ones(4, np.float32), "step": np.arange(4, dtype=np.float32)}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("then", IF, {"go": np.array(True), "x": _X}),
    ("else", IF, {"go": np.array(False), "x": _X}),
    ("until the count", LOOP, {"most": _i64(3), "go": np.array(True), **_START}),
    ("until the condition", LOOP, {"most": _i64(100), "go": np.array(True), **_START}),
    ("no turn by count", LOOP, {"most": _i64(0), "go": np.array(True), **_START}),
    ("no turn by condition", LOOP, {"most": _i64(9), "go": np.array(False), **_START}),
    ("a growing sequence", SEQUENCE_LOOP, {"most": _i64(3), "begin": [np.ones(2, np.float32)]}),
    ("scan", SCAN, {"start": np.ones(4, np.float32), "x": _X, "y": _X.T.copy()}),
    (
        "scan with batches",
        SCAN_BATCHES,
        {
            "lengths": np.array([3, 2]),
            "start": np.ones((2, 4), np.float32),
            "x": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        },
    ),
    (
        "counter of one value",
        ONE_VALUE_COUNTER,
        {"most": np.array([3]), "go": np.array([True]), "start": np.ones(2, np.float32)},
    ),
    ("nested", NESTED, {"most": _i64(3), "x": np.ones(2, np.float32)}),
    (
        "sequence map",
        SEQUENCE_MAP,
        {"xs": [np.ones(2, np.float32), np.ones(3, np.float32)], "k": np.array([2], np.float32)},
    ),
    ("optional", OPTIONAL, {"x": _X}),
]


@pytest.mark.parametrize(("text", "feeds"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_graph_inside_a_node_gives_what_onnxruntime_gives(
    text: str, feeds: dict[str, Any]
) -> None:
    data = onnx.parser.parse_model(text).SerializeToString()
    wanted = onnxruntime_outputs(data, feeds)
    outputs = tr.load(data).run(feeds).outputs
    for (name, came), expected in zip(outputs.items(), wanted, strict=True):
        assert not difference(came, expected, 1e-5, 1e-6), name


def test_an_error_inside_a_graph_names_the_inner_node() -> None:
    text = LOOP.replace(
        "seen = Mul (w, w)",
        "wide = Constant <value = float[3] {1.0,1.0,1.0}> () seen = Mul (w, wide)",
    )
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    with pytest.raises(OperatorError, match=r'^Mul "seen": .*\(4\).*\(3\)'):
        model.run({"most": _i64(1), "go": np.array(True), **_START})


def test_a_loop_keeps_element_types_that_numpy_lacks() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    half (int64 most, bfloat16[2] x) => (bfloat16[2] last, bfloat16[T,2] all, bfloat16[M] flat) {
        yes = Constant <value = bool {1}> ()
        last, all = Loop (most, yes, x) <
            body = turn (int64 i, bool g, bfloat16[2] v)
                => (bool h, bfloat16[2] w, bfloat16[2] seen) {
                h = Identity (g)
                w = Add (v, x)
                seen = Identity (w)
            }
        >
        both = SequenceConstruct (last, x)
        flat = ConcatFromSequence <axis = 0> (both)
    }
    """
    x = to_type(np.array([1.1, 200.3], np.float32), BFLOAT16)
    trace = tr.load(onnx.parser.parse_model(text).SerializeToString()).run(
        {"most": _i64(2), "x": x}
    )
    assert {element_type(trace[name]) for name in ("last", "all", "flat")} == {BFLOAT16}
    wanted = to_type(unmarked(to_type(2 * unmarked(x), BFLOAT16)) + unmarked(x), BFLOAT16)
    np.testing.assert_array_equal(trace["last"], wanted)
    np.testing.assert_array_equal(trace["flat"], np.concatenate((wanted, x)))
