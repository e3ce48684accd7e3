"""What JavaScript is told of a number is JSON, whatever the number is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from engine.test_exports import feeds_for
from tensorama import load
from tensorama.app.inspect.plainly import as_data
from tensorama.explain import explain
from tensorama.explain.account import Scalar
from tensorama.explain.explained import Explanation

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"


def test_every_tensor_of_a_network_is_told_as_json() -> None:
    model = load(EXPORTS / "gpt.onnx")
    trace = model.run(feeds_for(model))
    for tensor in trace:
        cell = tuple(size // 2 for size in np.shape(trace[tensor]))
        told = json.loads(json.dumps(as_data(explain(trace, tensor, cell), str), allow_nan=False))
        assert told["tensor"] == tensor
        assert told["stages"][-1]["value"] == told["value"]
        assert len(told["terms"]) == min(1000, told["count"])


def test_numbers_that_json_does_not_know_are_texts() -> None:
    def of(value: Scalar) -> Explanation:
        return Explanation("x", (0,), value, value, None, "input", [], [], [])

    assert as_data(of(np.float32("inf")), str)["value"] == "∞"
    assert as_data(of(np.float64("nan")), str)["recorded"] == "NaN"
    assert as_data(of("word"), str)["value"] == "word"
    assert as_data(of(np.int64(2**60)), str)["value"] == str(2**60)
