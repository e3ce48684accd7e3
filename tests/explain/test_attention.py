"""Attention: masks that hide, graphs that change scores, and what a query can have seen."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

import tensorama as tr
from engine.cases import case, normal
from engine.reference import feeds_of, model_of
from explain.cells import fault, some_cells
from tensorama.explain import explain, receptive


def test_a_causal_query_has_seen_nothing_behind_it() -> None:
    q, k, v = (normal(1, 2, 5, 4, seed=seed) for seed in range(3))
    made = case("Attention", q, k, v, opset=23, is_causal=1)
    trace = tr.load(model_of(made).SerializeToString()).run(feeds_of(made))
    name = trace.steps[0].node.outputs[0]
    seen = receptive(trace, name, (0, 1, 2, 3))
    keys, values = (seen[n] for n in trace.steps[0].node.inputs[1:])
    assert keys[0, 1, :3].all()
    assert keys.sum() == 3 * 4
    assert values[0, 1, :3, 3].all()
    assert values.sum() == 3
    told = explain(trace, name, (0, 1, 0, 3))
    assert "looks at 1 of 5 positions" in told.sentence
    hidden = explain(trace, f"{trace.steps[0].node.name or name}/weights", (0, 1, 0, 4))
    assert hidden.sentence == "Position 0 may not look at position 4: the mask hides it."


def _flexible() -> onnx.ModelProto:
    shape = [1, 2, 3, 3]

    def graph(op: str, name: str) -> onnx.GraphProto:
        ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("a", "b")]
        nodes = [helper.make_node(op, ["a"], ["b"])]
        return helper.make_graph(nodes, name, ends[:1], ends[1:])

    infos = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 2, 3, 4]) for n in ("q", "k", "v")
    ]
    node = helper.make_node(
        "FlexAttention", ["q", "k", "v"], ["y"], name="look", domain="ai.onnx.preview",
        score_mod=graph("Tanh", "bend"), prob_mod=graph("Sqrt", "lift"),
    )  # fmt: skip
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, 3, 4])
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid("ai.onnx.preview", 1)]
    return helper.make_model(
        helper.make_graph([node], "flexible", infos, [y]), opset_imports=opsets
    )


def test_graphs_that_change_scores_and_weights_are_run_again() -> None:
    feeds = {name: normal(1, 2, 3, 4, seed=seed) for seed, name in enumerate("qkv")}
    trace = tr.load(_flexible().SerializeToString()).run(feeds)
    for name in ("y", "look/scores", "look/weights"):
        recorded = trace[name] if name in trace else trace.inner[name]
        assert not [text for i in some_cells(recorded, 8) if (text := fault(trace, name, i))]
    assert (
        np.tanh(explain(trace, "look/scores", (0, 1, 2, 0)).steps[0].value)
        == (np.float32(explain(trace, "look/scores", (0, 1, 2, 0)).value))
        or abs(explain(trace, "look/scores", (0, 1, 2, 0)).value) < 1
    )
