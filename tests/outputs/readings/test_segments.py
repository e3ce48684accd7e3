"""Each pixel is of its likeliest kind."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.outputs.readings import segments

TOLD = {"kind": "segmentation", "tensor": "y"}


def run(told: Any, value: np.ndarray) -> tr.Trace:
    shape = [f"d{axis}" for axis in range(value.ndim)]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "kinds", [x], [y])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {"output": json.dumps(told), "labels": '["ground", "a", "b"]'})
    return tr.load(made.SerializeToString()).run({"x": value})


def test_the_kinds_and_their_shares() -> None:
    scores = np.zeros((1, 3, 2, 4), np.float32)
    scores[0, 2, 0] = 1  # the upper row is of b
    scores[0, 1, 1, 0] = 2  # one pixel is of a, the others of the ground
    seen = segments(run(TOLD, scores))
    assert seen is not None
    assert seen.kinds.tolist() == [[2, 2, 2, 2], [1, 0, 0, 0]]
    assert seen.labels == ("ground", "a", "b")
    assert seen.shares == {2: 0.5, 0: 0.375, 1: 0.125}


@pytest.mark.parametrize("told", [None, {"kind": "picture"}, {**TOLD, "tensor": "x9"}])
def test_notes_that_do_not_fit_are_as_good_as_none(told: Any) -> None:
    assert segments(run(told, np.zeros((1, 3, 2, 2), np.float32))) is None


def test_what_has_no_places_has_no_segments() -> None:
    assert segments(run(TOLD, np.zeros((1, 3), np.float32))) is None
