"""What a number can have been touched by: exactly the cells that change it when they are nudged."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from tensorama.explain import receptive, regions

_HEAD = '<ir_version: 10, opset_import: ["" : 21]>'
_NETS: dict[str, str] = {  # a name: inputs and nodes; y is asked, all from x on is nudged
    "padded": "float[1,2,7,7] x, float[3,2,3,3] w| y = Conv <pads=[1,1,1,1]> (x, w)",
    "strided": "float[1,1,9,8] x, float[2,1,3,2] w| y = Conv <strides=[2,3]> (x, w)",
    "dilated": "float[1,1,9,9] x, float[1,1,3,3] w|"
    "y = Conv <dilations=[2,3], pads=[2,3,2,3]> (x, w)",
    "same_lower": 'float[1,1,6,7] x, float[1,1,4,4] w| y = Conv <auto_pad="SAME_LOWER"> (x, w)',
    "grouped": "float[1,4,5,5] x, float[6,2,3,3] w| y = Conv <group=2> (x, w)",
    "depthwise": "float[1,3,6,6] x, float[3,1,3,3] w, float[2,3,1,1] v|"
    "a = Conv <group=3, strides=[2,2]> (x, w) y = Conv (a, v)",
    "two": "float[1,1,11,11] x, float[2,1,3,3] w, float[2,2,3,3] v|"
    "a = Conv <strides=[2,2], pads=[1,1,1,1]> (x, w) b = Relu (a)"
    "y = Conv <dilations=[2,2]> (b, v)",
    "residual": "float[1,2,8,8] x, float[2,2,3,3] w, float[2,2,1,1] v|"
    "a = Conv <pads=[1,1,1,1], strides=[2,2]> (x, w) s = Conv <strides=[2,2]> (x, v)"
    "y = Add (a, s)",
    "branches": "float[1,2,8,8] x, float[1,2,1,5] w, float[2,2,5,1] v, float[3,3,2,2] u|"
    "a = Conv <pads=[0,2,0,2]> (x, w) b = Conv <pads=[2,0,2,0]> (x, v)"
    "c = Concat <axis=1> (a, b) y = Conv <strides=[3,3]> (c, u)",
    "cross": "float[1,1,8,8] x|"
    "a = MaxPool <kernel_shape=[1,3], pads=[0,1,0,1]> (x)"
    "b = MaxPool <kernel_shape=[5,1], pads=[2,0,2,0]> (x) y = Add (a, b)",
    "pooled": "float[1,2,7,8] x|"
    "y = MaxPool <kernel_shape=[3,2], strides=[2,2], pads=[1,0,1,0], ceil_mode=1> (x)",
    "average": "float[1,1,7,7] x| y = AveragePool <kernel_shape=[2,3], dilations=[2,1]> (x)",
    "global": "float[1,2,4,4] x| a = GlobalAveragePool (x) y = Flatten (a)",
    "transposed": "float[1,2,4,4] x, float[2,1,3,3] w|"
    "y = ConvTranspose <strides=[2,2], pads=[1,1,0,0]> (x, w)",
    "reshaped": "float[2,3,4] x, int64[3] s| a = Transpose <perm=[2,0,1]> (x) b = Reshape (a, s)"
    "y = ReduceSum <keepdims=0> (b, axis)| int64[1] axis = {1}",
    "attention": "float[2,5,4] x, float[4,4] q, float[4,4] k, float[4,4] v|"
    "a = MatMul (x, q) b = MatMul (x, k) t = Transpose <perm=[0,2,1]> (b)"
    "s = MatMul (a, t) p = Softmax (s) u = MatMul (x, v) y = MatMul (p, u)",
    "normalised": "float[2,3,6] x, float[6] g, float[6] h|"
    "y = LayerNormalization (x, g, h)",
    "sliced": "float[4,6] x| a = Slice (x, first, last, axes, steps) y = Pad (a, pads)|"
    "int64[2] first = {0,5}, int64[2] last = {3,0}, int64[2] axes = {0,1},"
    "int64[2] steps = {1,-2}, int64[4] pads = {1,0,0,1}",
    "picked": "float[5,3] x| a = Gather (x, rows) y = Tile (a, times)|"
    "int64[2] rows = {3,1}, int64[2] times = {1,2}",
    "resized": 'float[1,1,4,5] x| y = Resize <mode="linear"> (x, , scales)|'
    "float[4] scales = {1,1,2,1.5}",
    "split": "float[2,6] x| a, b = Split <axis=1, num_outputs=2> (x) y = Mul (a, b)",
    "running": "float[3,5] x| y = CumSum <reverse=1> (x, axis)| int64 axis = {1}",
    "recurrent": "float[4,1,2] x, float[1,12,2] w, float[1,12,3] r|"
    "y, h, c = LSTM <hidden_size=3> (x, w, r)",
    "blocks": "float[1,4,2,3] x| y = DepthToSpace <blocksize=2> (x)",
    "corner": "float[4,4] x, float[4,3] w| a = Trilu (x) y = MatMul (a, w)",
}  # fmt: skip


def _net(text: str) -> tr.Model:
    inputs, nodes, *held = text.split("|")
    weights = f"<{held[0]}>" if held else ""
    graph = f"{_HEAD} g ({inputs}) => (float[*] y) {weights} {{ {nodes} }}"
    return tr.load(
        onnx.parser.parse_model(graph.replace("float[*] y", "float y")).SerializeToString()
    )


def _feeds(model: tr.Model) -> dict[str, Any]:
    random = np.random.default_rng(3)
    feeds: dict[str, Any] = {}
    for value in model.graph.inputs:
        feeds[value.name] = random.standard_normal(value.shape, np.float32) / 2 + 0.1
    if "s" in feeds:
        feeds["s"] = np.array([4, 3, 2])
    return feeds


def _changed(model: tr.Model, feeds: dict[str, Any], index: tuple[int, ...]) -> np.ndarray:
    """Which cells of x change a cell of y, up or down, a little or far."""
    x, before = feeds["x"], model.run(feeds)["y"][index]
    changed = np.zeros(x.shape, bool)
    for place in np.ndindex(*x.shape):
        for nudge in (0.5, -0.7, 1.9, -2.3, 90.0, -90.0):
            moved = x.copy()
            moved[place] += nudge
            changed[place] = bool(model.run({**feeds, "x": moved})["y"][index] != before)
            if changed[place]:
                break
    return changed


@pytest.mark.parametrize("name", _NETS)
def test_exactly_the_cells_that_change_a_number_are_its_receptive_field(name: str) -> None:
    model = _net(_NETS[name])
    feeds = _feeds(model)
    trace = model.run(feeds)
    numbers = np.random.default_rng(0).permutation(trace["y"].size)[:3]
    for number in {0, *numbers.tolist()}:
        index = tuple(int(part) for part in np.unravel_index(number, trace["y"].shape))
        found = receptive(trace, "y", index)
        assert found["y"].sum() == 1
        wanted = _changed(model, feeds, index)
        mask = found.get("x", np.zeros_like(wanted))
        np.testing.assert_array_equal(mask, wanted, f"of y{index}")
        box = regions(trace, "y", index, ["x"]).get("x")
        if wanted.any():
            assert box == tuple(
                (int(places.min()), int(places.max()) + 1) for places in np.nonzero(wanted)
            )


def test_what_lies_between_is_told_as_well_and_weights_are_left_out() -> None:
    model = _net(_NETS["two"])
    trace = model.run(_feeds(model))
    found = receptive(trace, "y", (0, 1, 0, 0))
    assert {"x", "a", "b", "y", "w", "v"} == found.keys()  # its weights are fed
    assert found["b"].sum() == 2 * 3 * 3
    held = tr.load(_held(model, _feeds(model)))
    assert receptive(held.run({"x": _feeds(model)["x"]}), "y", (0, 1, 0, 0)).keys() == {
        "x", "a", "b", "y"
    }  # fmt: skip


def _held(model: tr.Model, feeds: dict[str, Any]) -> bytes:
    """The same network with its weights in the file."""
    inputs, nodes = _NETS["two"].split("|")
    text = f"{_HEAD} g ({inputs}) => (float y) {{ {nodes} }}"
    proto = onnx.parser.parse_model(text)
    for name in ("w", "v"):
        proto.graph.initializer.append(onnx.numpy_helper.from_array(feeds[name], name))
    kept = [value for value in proto.graph.input if value.name == "x"]
    del proto.graph.input[:]
    proto.graph.input.extend(kept)
    return proto.SerializeToString()


def test_ways_that_meet_again_are_gone_once() -> None:
    """Each of sixty layers reads all before it: 2⁶⁰ ways, sixty nodes."""
    lines = ["t0 = Relu (x)"]
    lines += [f"t{n} = Sum ({', '.join(f't{m}' for m in range(n))})" for n in range(1, 61)]
    text = f"{_HEAD} g (float[1, 4] x) => (float[1, 4] t60) {{ {' '.join(lines)} }}"
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    trace = model.run({"x": np.zeros((1, 4), np.float32)})
    assert regions(trace, "t60", (0, 2), ["x"]) == {"x": ((0, 1), (2, 3))}
    assert len(receptive(trace, "t60", (0, 2))) == 62
