"""A run with a tensor replaced: what depends on it is computed again, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from tensorama.explain import explain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model() -> tr.Model:
    return tr.load(ROOT / "models" / "lenet" / "lenet.onnx")


@pytest.fixture(scope="module")
def feeds() -> dict[str, np.ndarray]:
    return {"input": np.random.default_rng(0).random((1, 1, 28, 28), np.float32)}


def test_what_is_put_in_place_of_a_tensor_is_what_later_layers_see(
    model: tr.Model, feeds: dict[str, np.ndarray]
) -> None:
    before = model.run(feeds)
    again = model.run(feeds, replace={"relu1": before["relu1"] * 2}, after=before)
    assert np.array_equal(again["relu1"], before["relu1"] * 2)
    assert np.allclose(again["pool1"], before["pool1"] * 2)
    assert not np.allclose(again["logits"], before["logits"])


def test_only_what_depends_on_it_is_computed_again(
    model: tr.Model, feeds: dict[str, np.ndarray]
) -> None:
    before = model.run(feeds)
    again = model.run(feeds, replace={"fc1": before["fc1"]}, after=before)
    taken = {step.node.op for step in again.steps if step in before.steps}
    assert taken == {"Conv", "Relu", "MaxPool", "Flatten"}
    assert [name for name in again if name not in before] == []
    assert "fc1" not in {name for step in again.steps for name in step.outputs}
    assert all(np.allclose(again[name], before[name], 1e-6, 1e-6) for name in before)


def test_without_a_trace_to_go_on_from_the_same_comes_out(
    model: tr.Model, feeds: dict[str, np.ndarray]
) -> None:
    half = np.zeros((1, 16, 5, 5), np.float32)
    one = model.run(feeds, replace={"pool2": half})
    other = model.run(feeds, replace={"pool2": half}, after=model.run(feeds))
    assert set(one) == set(other)
    assert all(np.allclose(one[name], other[name], 1e-6, 1e-6) for name in one)


def test_a_weight_and_a_feed_can_be_others(model: tr.Model, feeds: dict[str, np.ndarray]) -> None:
    before = model.run(feeds)
    zeros = np.zeros(10, np.float32)
    again = model.run(feeds, replace={"fc3.bias": zeros}, after=before)
    bias = model.graph.weights["fc3.bias"]
    assert np.allclose(again["logits"], before["logits"] - bias, atol=1e-5)
    assert again["fc2"] is not None
    assert again.weight_or_tensor("fc3.bias").sum() == 0
    other = {"input": feeds["input"][..., ::-1]}
    fresh, moved = model.run(other), model.run(other, after=again)
    assert np.allclose(fresh["logits"], moved["logits"], atol=1e-5)


@pytest.mark.parametrize(
    ("replace", "sentence"),
    [
        ({"conv9": 0}, 'no tensor "conv9" that a node makes'),
        ({"fc1": np.zeros((1, 7))}, r'"fc1" has the shape \(1, 120\); \(1, 7\) came'),
    ],
)
def test_what_cannot_be_replaced_is_said(
    model: tr.Model, feeds: dict[str, np.ndarray], replace: dict[str, object], sentence: str
) -> None:
    with pytest.raises(tr.FeedError, match=sentence):
        model.run(feeds, replace=replace, after=model.run(feeds))


def test_a_trace_of_another_model_is_no_start(
    model: tr.Model, feeds: dict[str, np.ndarray]
) -> None:
    other = tr.load(ROOT / "models" / "lenet" / "lenet.onnx")
    with pytest.raises(tr.FeedError, match="of another model"):
        model.run(feeds, after=other.run(feeds))


def test_a_replaced_cell_is_explained_as_given(
    model: tr.Model, feeds: dict[str, np.ndarray]
) -> None:
    trace = model.run(feeds, replace={"fc1": np.ones((1, 120), np.float32)})
    assert explain(trace, "fc1", (0, 3)).node is None
    assert explain(trace, "fc2", (0, 3)).node is not None
