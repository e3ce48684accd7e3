"""Costs against counts by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from tensorama.layers import find_layers
from tensorama.onnxfile import Node
from tensorama.scene import build_scene
from tensorama.scene.run.costs import (
    BYTES,
    MULTIPLY_ADDS,
    PARAMETERS,
    SECONDS,
    costs_of,
    multiply_adds,
)

LENET = Path(__file__).parents[3] / "models" / "lenet" / "lenet.onnx"


def costs() -> tuple[dict[str, np.ndarray], tr.Trace]:
    """LeNet's costs by layer, and the run."""
    model = tr.load(LENET)
    trace = model.run({"input": np.zeros((1, 1, 28, 28), np.float32)})
    scene = build_scene(find_layers(model), {name: a.shape for name, a in trace.items()})
    rows = costs_of(scene, trace)
    return {block.layer.name: rows[n] for n, block in enumerate(scene.blocks)}, trace


def test_lenet_multiplies_and_learns_what_one_counts_by_hand() -> None:
    found, trace = costs()
    by_hand = {
        "input": (0, 0), "conv1": (28 * 28 * 6 * 25, 6 * 26), "pool1": (0, 0),
        "conv2": (10 * 10 * 16 * 6 * 25, 16 * 151), "pool2": (0, 0),
        "fc1": (400 * 120, 401 * 120), "fc2": (120 * 84, 121 * 84), "fc3": (84 * 10, 85 * 10),
    }  # fmt: skip
    assert {n: (c[MULTIPLY_ADDS], c[PARAMETERS]) for n, c in found.items()} == by_hand
    assert sum(c[PARAMETERS] for c in found.values()) == trace.model.parameters == 61_706
    assert sum(c[MULTIPLY_ADDS] for c in found.values()) == 416_520


def test_memory_is_what_was_recorded_and_time_what_was_measured() -> None:
    found, trace = costs()
    assert found["pool1"][BYTES] == 6 * 14 * 14 * 4
    assert sum(c[BYTES] for c in found.values()) == sum(a.nbytes for a in trace.values())
    assert sum(c[SECONDS] for c in found.values()) == pytest.approx(trace.seconds)


CONSTANTS = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[1, 2] x) => (float[1, 3] y) <float[2, 2] v = {1, 2, 3, 4}, float[1] forgotten = {1}> {
    w = Constant <value = float[2, 3] {1, 2, 3, 4, 5, 6}> ()
    half = Constant <value_float = 0.5> ()
    h = MatMul (x, v)
    g = Mul (h, half)
    y = MatMul (g, w)
}
"""


def test_the_parameters_of_all_layers_together_are_those_of_the_model() -> None:
    model = tr.load(onnx.parser.parse_model(CONSTANTS).SerializeToString())
    trace = model.run({"x": np.ones((1, 2), np.float32)})
    scene = build_scene(find_layers(model), {name: a.shape for name, a in trace.items()})
    assert costs_of(scene, trace)[:, PARAMETERS].tolist() == [0, 4, 6]
    assert model.parameters == 10


SEQUENCE = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[4, 3] x) => (float[4, 3] y, seq(float[?, 3]) last) <int64 one = {1}> {
    a = Relu (x)
    parts = SplitToSequence <axis = 0> (a)
    bent = Identity (parts)
    y = ConcatFromSequence <axis = 0> (bent)
    last = SplitToSequence <axis = 1> (y)
}
"""


def test_work_on_what_has_no_picture_counts_where_it_is_read_or_else_came_from() -> None:
    model = tr.load(onnx.parser.parse_model(SEQUENCE).SerializeToString())
    trace = model.run({"x": np.ones((4, 3), np.float32)})
    shapes = {name: a.shape for name, a in trace.items() if isinstance(a, np.ndarray)}
    scene = build_scene(find_layers(model), shapes)
    rows, took = costs_of(scene, trace), [step.seconds for step in trace.steps]
    relu, joined = (
        next(n for n, b in enumerate(scene.blocks) if tensor in b.layer.tensors)
        for tensor in ("a", "y")
    )
    assert rows[relu, SECONDS] == pytest.approx(took[0])
    assert rows[joined, SECONDS] == pytest.approx(sum(took[1:]))
    assert rows[:, SECONDS].sum() == pytest.approx(trace.seconds)
    assert rows[joined, BYTES] == 4 * 48, "parts twice, joined, and in parts again"


@pytest.mark.parametrize(
    ("op", "shapes", "result", "count"),
    [
        ("Conv", [(2, 8, 5, 5), (16, 2, 3, 3)], (2, 16, 5, 5), 800 * 18),
        ("ConvTranspose", [(1, 4, 3, 3), (4, 2, 2, 2)], (1, 2, 6, 6), 36 * 8),
        ("MatMul", [(2, 3, 4), (4, 5)], (2, 3, 5), 30 * 4),
        ("Gemm", [(3, 4), (4, 5)], (3, 5), 15 * 4),
        ("LSTM", [(7, 2, 3), (1, 16, 3), (1, 16, 4)], (7, 1, 2, 4), 14 * (48 + 64)),
        ("Attention", [(1, 2, 5, 8), (1, 2, 6, 8), (1, 2, 6, 4)], (1, 2, 5, 4), 30 * (16 + 8)),
        ("Attention", [(1, 5, 16), (1, 6, 16), (1, 6, 8)], (1, 5, 8), 30 * (16 + 8)),
        ("Relu", [(2, 3)], (2, 3), 0),
    ],
)  # fmt: skip
def test_operators_multiply_and_add(
    op: str, shapes: list[tuple[int, ...]], result: tuple[int, ...], count: int
) -> None:
    assert multiply_adds(Node(0, "", op, "", (), ()), shapes, result) == count


def test_a_transposed_matrix_is_summed_along_its_first_axis() -> None:
    node = Node(0, "", "Gemm", "", (), (), {"transA": 1})
    assert multiply_adds(node, [(4, 3), (4, 5)], (3, 5)) == 60
