"""How far a number reaches back: no further, no less, and at once in a network of many ways."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from tensorama.explain.reach import sources

NET = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[1, 1, 9, 9] x, float[2, 1, 3, 3] w) => (float[1, 2, 4, 4] y) {
    c = Conv <pads = [1, 1, 1, 1]> (x, w)
    r = Relu (c)
    y = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r)
}
"""
X = np.abs(np.random.default_rng(0).standard_normal((1, 1, 9, 9))).astype(np.float32) + 1
W = np.ones((2, 1, 3, 3), np.float32)


def reached(model: tr.Model, feeds, tensor: str, index, stops=("x",)):
    trace = model.run(feeds)
    return sources(model.graph, trace, tensor, index, stops), trace


def model_of(text: str) -> tr.Model:
    return tr.load(onnx.parser.parse_model(text).SerializeToString())


@pytest.mark.parametrize("index", [(0, 0, 0, 0), (0, 1, 2, 1), (0, 1, 3, 3)])
def test_only_the_cells_of_the_region_change_a_number(index) -> None:
    model = model_of(NET)
    found, trace = reached(model, {"x": X, "w": W}, "y", index)
    _, _, rows, cols = found["x"]
    changed = np.zeros((9, 9), bool)
    for row, col in np.ndindex(9, 9):
        nudged = X.copy()
        nudged[0, 0, row, col] += 100
        changed[row, col] = model.run({"x": nudged, "w": W})["y"][index] != trace["y"][index]
    expected = np.zeros((9, 9), bool)
    expected[slice(*rows), slice(*cols)] = True
    np.testing.assert_array_equal(changed, expected)


def test_ways_that_meet_again_are_gone_once() -> None:
    """Each of sixty layers reads all before it: 2⁶⁰ ways, sixty nodes."""
    lines = ["t0 = Relu (x)"]
    lines += [f"t{n} = Sum ({', '.join(f't{m}' for m in range(n))})" for n in range(1, 61)]
    head = '<ir_version: 10, opset_import: ["" : 21]>'
    text = f"{head} g (float[1, 4] x) => (float[1, 4] t60) {{ {' '.join(lines)} }}"
    found, _ = reached(model_of(text), {"x": np.zeros((1, 4), np.float32)}, "t60", (0, 2))
    assert found == {"x": ((0, 1), (2, 3))}


def test_where_two_ways_meet_their_regions_are_joined() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[1, 1, 8, 8] x) => (float[1, 1, 8, 8] y) {
        a = MaxPool <kernel_shape = [1, 3], pads = [0, 1, 0, 1]> (x)
        b = MaxPool <kernel_shape = [5, 1], pads = [2, 0, 2, 0]> (x)
        y = Add (a, b)
    }
    """
    found, _ = reached(model_of(text), {"x": np.ones((1, 1, 8, 8), np.float32)}, "y", (0, 0, 4, 4))
    assert found == {"x": ((0, 1), (0, 1), (2, 7), (3, 6))}


@pytest.mark.parametrize("into", [(24,), (4, 6), (2, 3, 4), (1, 24, 1), (3, 2, 1, 4)], ids=str)
def test_what_is_rearranged_is_reached_where_it_came_from(into) -> None:
    """A box around them: for one cell that cell alone, for a run no cell of it is left out."""
    sizes = ", ".join(map(str, into))
    text = f"""
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[2, 3, 4] x) => (float[{sizes}] y)
    <int64[{len(into)}] s = {{{sizes}}}>
    {{ r = Reshape (x, s)  y = Softmax <axis = -1> (r) }}
    """
    model, x = model_of(text), np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for index in np.ndindex(*into):
        found, trace = reached(model, {"x": x}, "r", index)
        box = x[tuple(slice(*part) for part in found["x"])]
        assert box.reshape(-1).tolist() == [trace["r"][index]]
        found, trace = reached(model, {"x": x}, "y", index)
        box = x[tuple(slice(*part) for part in found["x"])]
        assert {*trace["r"][index[:-1]].tolist()} <= {*box.reshape(-1).tolist()}
