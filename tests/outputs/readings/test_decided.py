"""Trees and linear models tell how they decided: paths that hold, shares that add up."""

from __future__ import annotations

import operator
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.outputs.readings import Decision, deciders, decision, size_of, trees_of

CLASSICAL = Path(__file__).parents[2] / "engine" / "classical"
ROWS = np.random.default_rng(3).standard_normal((6, 1, 4)).astype(np.float32)
ASKED = {"≤": operator.le, "<": operator.lt, "≥": operator.ge, ">": operator.gt}


def run(name: str, row: np.ndarray) -> tr.Trace:
    model = tr.load(CLASSICAL / f"{name}.onnx")
    return model.run({model.graph.inputs[0].name: row})


def told_of(name: str, row: np.ndarray) -> tuple[tr.Trace, Decision]:
    """A run, and how the only model in it decided."""
    trace = run(name, row)
    (node,) = deciders(trace)
    told = decision(trace, node)
    assert told is not None
    return trace, told


@pytest.mark.parametrize(
    "name",
    ["tree", "tree_two", "tree_regressor", "forest", "forest_two", "forest_regressor", "boosting",
     "boosting_two", "boosting_regressor", "adaboost", "isolation"],
)  # fmt: skip
def test_each_answer_on_the_way_through_a_tree_is_true(name: str) -> None:
    for row in ROWS:
        trace = run(name, row)
        for node in deciders(trace):
            told = decision(trace, node)
            assert told is not None
            assert len(told.paths) == trees_of(node)
            fed = trace[told.features][told.row]
            for path in told.paths:
                assert path.turns
                for turn in path.turns:
                    assert turn.value == fed[turn.feature]
                    assert ASKED[turn.sign](fed[turn.feature], turn.limit) == turn.yes
            shares = [path.share for path in told.paths]
            assert sum(shares) + told.base == pytest.approx(told.score)
            assert [abs(share) for share in shares] == sorted(map(abs, shares), reverse=True)


@pytest.mark.parametrize("name", ["tree", "forest", "forest_two", "tree_regressor", "ridge"])
def test_the_score_is_the_one_that_the_network_gives(name: str) -> None:
    for row in ROWS:
        trace, told = told_of(name, row)
        assert float(trace[told.tensor][told.cell]) == pytest.approx(told.score, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    "name", ["linear_svc", "logistic_words", "logistic_two", "discriminant", "scaled", "ridge"]
)
def test_the_features_of_a_linear_model_add_up(name: str) -> None:
    for row in ROWS:
        trace, told = told_of(name, row)
        fed = trace[told.features][told.row]
        weights = np.array(told.node.attributes["coefficients"]).reshape(-1, len(fed))
        biases = np.array(told.node.attributes["intercepts"])
        scores = weights @ fed.astype(float) + biases
        assert told.score == pytest.approx(scores.max() if told.label else scores[0], rel=1e-5)
        assert told.base == pytest.approx(biases[int(scores.argmax())])
        for each in told.weighed:
            assert each.value == fed[each.feature]
            assert each.share == pytest.approx(each.value * each.weight)


@pytest.mark.parametrize("name", ["forest", "logistic_words"])
def test_it_is_told_of_the_class_that_wins(name: str) -> None:
    labels = set()
    for row in ROWS:
        trace, told = told_of(name, row)
        assert told.label == trace["output_label"][0]
        labels.add(told.label)
    assert len(labels) > 1


def test_one_score_decides_between_two_classes() -> None:
    trace = run("boosting_two", ROWS[0])
    told = decision(trace, deciders(trace)[0])
    assert told is not None
    assert (told.label, told.against) == ("1", "0")
    assert (told.score > 0) == (trace["output_label"][0] == 1)


def test_features_are_called_as_the_inputs_or_the_notes_say() -> None:
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1]) for n in ("old", "wide")]
    nodes = [
        helper.make_node("Cast", ["wide"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["old", "as_float"], ["row"], axis=1),
        helper.make_node("LinearRegressor", ["row"], ["y"], domain="ai.onnx.ml",
                         coefficients=[2.0, -3.0], intercepts=[1.0], targets=1),
    ]  # fmt: skip
    last = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])
    graph = helper.make_graph(nodes, "named", ends, [last])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    feeds = {"old": np.float32([[5]]), "wide": np.float32([[7]])}

    def told() -> tuple[str, ...]:
        trace = tr.load(model.SerializeToString()).run(feeds)
        found = decision(trace, deciders(trace)[0])
        assert found is not None
        assert [each.share for each in found.weighed] == [-21, 10]
        assert (found.label, found.score, found.base) == ("", -10, 1)
        return found.names

    assert told() == ("old", "wide")
    helper.set_model_props(model, {"feature_names": '["age", "width"]'})
    assert told() == ("age", "width")


def test_networks_without_trees_and_weights_have_none() -> None:
    trace = run("mlp", ROWS[0])
    assert deciders(trace) == []
    trace = run("forest", ROWS[0])
    assert size_of(deciders(trace)[0]) == 128
