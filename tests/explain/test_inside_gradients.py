"""Gradients through branches, loops, scans and functions, by finite differences."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import tensorama as tr

HEAD = '<ir_version: 10, opset_import: ["" : 21, "own" : 1]>'
IF = """
agraph (double[2,3] x) => (double[2,3] y) {
  zero = Constant <value = double {0.0}> ()
  total = ReduceSum <keepdims = 0> (x)
  more = Greater (total, zero)
  chosen = If (more) <
    then_branch = first () => (double[2,3] a) { a = Mul (x, x) },
    else_branch = second () => (double[2,3] b) { b = Neg (x) }>
  y = Mul (chosen, x)
}"""
LOOP = """
agraph (double[2,3] x) => (double[2,3] y, double[3,2,3] all) {
  most = Constant <value = int64 {3}> ()
  yes = Constant <value = bool {1}> ()
  y, all = Loop (most, yes, x) <
    body = turn (int64 number, bool on, double[2,3] state)
      => (bool still, double[2,3] after, double[2,3] shown) {
      still = Identity (on)
      bent = Sin (state)
      after = Mul (bent, x)
      shown = Mul (state, state)
    }>
}"""
SCAN = """
agraph (double[3] start, double[4,3] x) => (double[3] y, double[4,3] all) {
  y, all = Scan <num_scan_inputs = 1, scan_input_directions = [1], scan_output_directions = [1],
    body = turn (double[3] state, double[3] row) => (double[3] after, double[3] shown) {
      met = Mul (state, row)
      after = Add (met, row)
      shown = Sin (after)
    }> (start, x)
}"""
CALLED = """
agraph (double[2,3] x) => (double[2,3] y) {
  z = own.twice (x)
  y = own.twice (z)
}
<domain: "own", opset_import: ["" : 21]>
twice (a) => (b) {
  c = Mul (a, a)
  b = Add (c, a)
}"""
UNTURNED = LOOP.replace("int64 {3}", "int64 {0}").replace("double[3,2,3]", "double[N,2,3]")


@pytest.mark.parametrize("text", [IF, LOOP, SCAN, CALLED, UNTURNED])
def test_a_gradient_comes_through_what_lies_inside_of_nodes(text: str) -> None:
    model = tr.load(onnx.parser.parse_model(HEAD + text).SerializeToString())
    random = np.random.default_rng(0)
    feeds = {v.name: random.random(v.shape) + 0.1 for v in model.graph.inputs}
    trace = model.run(feeds)
    for output, value in trace.outputs.items():
        if not value.size:
            continue
        cell = tuple(size // 2 for size in value.shape)
        found = tr.influence(trace, output, cell)
        assert not found.dark
        for name, feed in feeds.items():
            for place in np.ndindex(*feed.shape):
                moved = feed.copy()
                moved[place] += 1e-6
                after = model.run({**feeds, name: moved})[output][cell]
                slope = (after - value[cell]) / 1e-6
                assert found.get(name, np.zeros_like(feed))[place] == pytest.approx(slope, abs=1e-4)


def test_tensors_inside_of_nodes_have_gradients_by_the_names_of_the_trace() -> None:
    model = tr.load(onnx.parser.parse_model(HEAD + LOOP).SerializeToString())
    trace = model.run({"x": np.ones((2, 3))})
    found = tr.influence(trace, "y", (0, 0))
    inner = [name for name in found if name.endswith("/bent")]
    assert len(inner) == 3
    assert all(found[name].shape == (2, 3) for name in inner)
