"""Cells that a graph inside of a node made are followed into that graph."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from explain.cells import fault, some_cells
from tensorama.errors import FeedError
from tensorama.explain import explain, receptive

BRANCH = """
<ir_version: 8, opset_import: ["" : 17]>
chosen (bool c, float[3] x) => (float[3] y) {
    twice = Add (x, x)
    y = If (c) <
        then_branch = yes () => (float[3] a) { a = Add (twice, x) },
        else_branch = no () => (float[3] b) { m = Relu (x) b = Sub (m, twice) }
    >
}
"""
LOOP = """
<ir_version: 8, opset_import: ["" : 17]>
powers (float[2] x) => (float[2] last, float[n, 2] all) {
    most = Constant <value = int64 {4}> ()
    yes = Constant <value = bool {1}> ()
    last, all = Loop (most, yes, x) <
        body = turn (int64 i, bool go, float[2] v) => (bool on, float[2] w, float[2] s) {
            on = Identity (go)
            w = Add (v, x)
            s = Sub (w, x)
        }
    >
}
"""
SCAN = """
<ir_version: 8, opset_import: ["" : 17]>
sums (float[2] start, float[3, 2] x) => (float[2] last, float[3, 2] all) {
    last, all = Scan <num_scan_inputs = 1, scan_output_directions = [1],
        body = turn (float[2] s, float[2] v) => (float[2] t, float[2] u) {
            t = Add (s, v)
            u = Sub (t, v)
        }
    > (start, x)
}
"""
EACH = """
<ir_version: 8, opset_import: ["" : 17]>
each (float[3] x, float[2] y) => (float[2] second) {
    place = Constant <value = int64 {1}> ()
    many = SequenceConstruct (x, y)
    made = SequenceMap (many) <
        body = turn (float[n] v) => (float[n] w) { w = Add (v, v) }
    >
    second = SequenceAt (made, place)
}
"""
CALLED = """
<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
uses (float[2, 3] x) => (float[2, 3] y) {
    h = Relu (x)
    y = own.inner (h)
}
<domain: "own", opset_import: ["" : 17]>
inner (a) => (c) {
    b = Add (a, a)
    c = Softmax <axis = 1> (b)
}
"""


def _run(text: str, **feeds: object) -> tr.Trace:
    return tr.load(onnx.parser.parse_model(text).SerializeToString()).run(feeds)


def _floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@pytest.mark.parametrize("which", [True, False])
def test_a_cell_of_an_if_is_that_of_the_branch_taken(which: bool) -> None:
    trace = _run(BRANCH, c=np.array(which), x=_floats(2, -3, 5))
    assert not fault(trace, "y", (1,))
    told = explain(trace, "y", (1,))
    assert ("then" if which else "else") in told.sentence
    inner = explain(trace, "y/a" if which else "y/b", (1,))
    assert {source.tensor for term in inner.terms for source in term.sources} == (
        {"twice", "x"} if which else {"y/m", "twice"}
    )
    seen = receptive(trace, "y", (1,))
    assert seen["x"].tolist() == [False, True, False]


def test_a_cell_of_a_loop_is_that_of_a_turn() -> None:
    trace = _run(LOOP, x=_floats(2, 3))
    for name in ("last", "all"):
        for index in some_cells(trace[name], 8):
            assert not fault(trace, name, index)
    assert "Turn 3 of 4" in explain(trace, "all", (2, 1)).sentence
    third = explain(trace, "last/2/s", (1,))
    assert third.recorded == 9
    assert {s.tensor for t in third.terms for s in t.sources} == {"last/2/w", "x"}
    before = explain(trace, "last/2/w", (1,)).terms[0].sources[0]
    assert (before.tensor, before.value) == ("last/1/w", 9)
    assert receptive(trace, "all", (0, 1))["x"].tolist() == [False, True]


def test_a_cell_of_a_scan_is_that_of_a_turn() -> None:
    trace = _run(SCAN, start=_floats(1, 1), x=np.arange(6, dtype=np.float32).reshape(3, 2))
    for name in ("last", "all"):
        for index in some_cells(trace[name], 6):
            assert not fault(trace, name, index)
    assert "Turn 3 of 3" in explain(trace, "all", (0, 1)).sentence
    # the slice that a turn was given leads back to what was scanned
    assert explain(trace, "last/2/v", (1,)).terms[0].sources[0].index == (2, 1)
    assert receptive(trace, "all", (2, 0))["x"].tolist() == [[True, False], *[[False] * 2] * 2]


def test_a_cell_of_a_mapped_sequence_leads_to_its_tensor() -> None:
    trace = _run(EACH, x=_floats(1, 2, 3), y=_floats(4, 5))
    assert not fault(trace, "second", (1,))
    assert not fault(trace, "made", (1, 1))
    assert explain(trace, "made", (1, 1)).recorded == 10
    assert explain(trace, "many", (1, 0)).terms[0].sources[0].tensor == "y"
    assert receptive(trace, "second", (1,))["y"].tolist() == [False, True]
    with pytest.raises(FeedError, match='"many" is a sequence of 2 tensors: an index names first'):
        explain(trace, "many", (2, 0))


def test_a_cell_of_a_local_function_is_told_by_its_own_nodes() -> None:
    trace = _run(CALLED, x=np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5)
    assert not fault(trace, "y", (1, 2))
    told = explain(trace, "y", (1, 2))
    assert 'function "inner"' in told.sentence
    assert [group.tensors for group in told.groups] == [("y/b",)]
    assert explain(trace, "y/b", (1, 2)).terms[0].sources[0].tensor == "h"
    assert receptive(trace, "y", (1, 2))["x"].tolist() == [[False] * 3, [True] * 3]


MAYBE = """
<ir_version: 8, opset_import: ["" : 18]>
maybe (float[2] x) => (bool there, float[2] y) {
    kept = Optional (x)
    there = OptionalHasElement (kept)
    y = OptionalGetElement (kept)
}
"""


def test_a_value_that_may_be_missing_leads_to_what_it_is() -> None:
    trace = _run(MAYBE, x=_floats(3, 4))
    for name, index in (("there", ()), ("y", (1,)), ("kept", (0,))):
        assert not fault(trace, name, index)
    assert explain(trace, "there", ()).sentence == "True: the value is there."
    assert receptive(trace, "y", (1,))["x"].tolist() == [False, True]
