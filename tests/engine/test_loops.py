"""A loop that never ends is given up with a sentence, and a page can breathe while one runs."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama import engine
from tensorama.engine.ops import control


def counting(turns: int | None) -> tr.Model:
    """A Loop that adds one at each turn, `turns` times or for ever."""
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        helper.make_tensor_value_info("x", TensorProto.FLOAT, []),
    ]
    outputs = [
        helper.make_tensor_value_info("on", TensorProto.BOOL, []),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, []),
    ]
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["on"]),
            helper.make_node("Add", ["x", "one"], ["y"]),
        ],
        "body",
        inputs,
        outputs,
        [helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])],
    )
    weights = [helper.make_tensor("true", TensorProto.BOOL, [], [True])]
    if turns is not None:
        weights.append(helper.make_tensor("turns", TensorProto.INT64, [], [turns]))
    loop = helper.make_node(
        "Loop", ["turns" if turns is not None else "", "true", "start"], ["end"], "count", body=body
    )
    graph = helper.make_graph(
        [loop],
        "counting",
        [helper.make_tensor_value_info("start", TensorProto.FLOAT, [])],
        [helper.make_tensor_value_info("end", TensorProto.FLOAT, [])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return tr.load(model.SerializeToString())


def test_an_endless_loop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MOST_TURNS", 50)
    with pytest.raises(
        tr.OperatorError, match=r'^Loop "count": the loop has not ended after 50 turns'
    ):
        counting(None).run({"start": np.float32(0)})


def test_a_counted_loop_goes_on_as_long_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MOST_TURNS", 50)
    assert counting(50).run({"start": np.float32(1)})["end"] == 51


def test_the_run_can_pause_between_turns() -> None:
    pauses = list(engine.steps_with_pauses(counting(30), {"start": np.float32(0)}))
    assert pauses.count(None) >= 29
    assert pauses[-1] is not None
