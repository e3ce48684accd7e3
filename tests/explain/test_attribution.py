"""Attribution: shares add up, maps find what was put there, and beat chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from tensorama.explain.gradients import (
    METHODS,
    attribute,
    attribute_slices,
    deletion,
    influence,
    randomized,
    sanity,
)
from tensorama.explain.gradients.question import Question

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "engine" / "exports"


@pytest.fixture(scope="module")
def seven() -> tr.Trace:
    """A drawn 7, read by the demo network."""
    image = np.zeros((1, 1, 28, 28), np.float32)
    image[0, 0, 5:7, 7:21] = 1
    for row in range(5, 24):
        column = 20 - (row - 5) * 8 // 18
        image[0, 0, row, column - 1 : column + 1] = 1
    trace = tr.load(ROOT / "models" / "lenet" / "lenet.onnx").run({"input": image})
    assert trace["logits"].argmax() == 7
    return trace


@pytest.mark.parametrize(
    ("name", "feed", "size"),
    [
        ("residual", "image", (1, 3, 32, 32)),
        ("depthwise", "image", (1, 3, 32, 32)),
        ("vit", "image", (1, 3, 16, 16)),
        ("gpt", "ids", (2, 9)),
        ("bert", "ids", (2, 9)),
        ("lstm", "ids", (2, 9)),
        ("gru", "ids", (2, 9)),
    ],
)
def test_integrated_gradients_account_for_the_difference(
    name: str, feed: str, size: tuple[int, ...]
) -> None:
    random, model = np.random.default_rng(3), tr.load(EXPORTS / f"{name}.onnx")
    feeds: dict[str, np.ndarray] = {feed: random.random(size, np.float32)}
    if feed == "ids":
        feeds[feed] = random.integers(0, 32, size)
    if name == "bert":
        feeds |= {"mask": np.ones(size, np.int64), "kinds": np.zeros(size, np.int64)}
    trace = model.run(feeds)
    output = next(iter(trace.outputs))
    cell = tuple(part // 2 for part in trace[output].shape)
    made = attribute(trace, output, cell, "integrated_gradients")
    assert made.gap is not None
    assert made.difference is not None
    total = sum(float(share.sum()) for share in made.maps.values())
    assert made.difference - total == pytest.approx(made.gap, abs=1e-4)
    assert abs(made.gap) <= 0.01 * abs(made.difference)
    if feed != "ids":
        assert made.maps[feed].shape == size


def test_integrated_gradients_of_a_drawing_lie_on_its_strokes(seven: tr.Trace) -> None:
    made = attribute(seven, "logits", (0, 7), "integrated_gradients")
    assert abs(made.gap or 0) <= 0.01 * abs(made.difference or 0)
    assert not made.maps["input"][seven["input"] == 0].any()


def test_gradient_is_that_of_influence_and_times_value_its_product(seven: tr.Trace) -> None:
    found = influence(seven, "logits", (0, 7))
    plain = attribute(seven, "logits", (0, 7))
    times = attribute(seven, "logits", (0, 7), "gradient_times_value")
    assert np.array_equal(plain.maps["pool1"], found["pool1"])
    assert np.allclose(times.maps["pool1"], found["pool1"] * seven["pool1"])
    assert "conv1.weight" not in plain.maps


def test_smoothgrad_without_noise_is_the_gradient(seven: tr.Trace) -> None:
    found = influence(seven, "logits", (0, 7))
    still = attribute(seven, "logits", (0, 7), "smoothgrad", noise=0.0, samples=2)
    moved = attribute(seven, "logits", (0, 7), "smoothgrad", samples=4)
    assert np.allclose(still.maps["input"], found["input"], atol=1e-6)
    assert not np.allclose(moved.maps["input"], found["input"], atol=1e-3)


def test_grad_cam_weighs_the_channels_of_the_last_layer_with_places(seven: tr.Trace) -> None:
    made = attribute(seven, "logits", (0, 7), "grad_cam")
    ((layer, heat),) = made.maps.items()
    assert layer == "pool2"
    slope = influence(seven, "logits", (0, 7))["pool2"].mean(axis=(2, 3), keepdims=True)
    assert np.allclose(heat, np.maximum((slope * seven["pool2"]).sum(1, keepdims=True), 0))
    chosen = attribute(seven, "logits", (0, 7), "grad_cam", layer="conv1")
    assert chosen.maps["conv1"].shape == (1, 1, 28, 28)


def test_occlusion_is_how_much_the_number_falls(seven: tr.Trace) -> None:
    made = attribute(seven, "logits", (0, 7), "occlusion", window=14, stride=14)
    covered = seven["input"].copy()
    covered[..., :14, 14:] = 0
    fallen = seven["logits"][0, 7] - seven.model.run({"input": covered})["logits"][0, 7]
    assert np.allclose(made.maps["input"][0, 0, :14, 14:], fallen, atol=1e-5)
    layer = attribute(seven, "logits", (0, 7), "occlusion", at="fc1")
    assert layer.maps["fc1"].shape == (1, 120)


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_times_value", "occlusion"])
def test_a_map_finds_more_than_chance(seven: tr.Trace, method: str) -> None:
    made = attribute(seven, "logits", (0, 7), method)
    fallen = deletion(seven, made)
    assert fallen.answers[0] == pytest.approx(made.value)
    assert np.allclose(fallen.answers[-1], fallen.random[:, -1])
    assert fallen.advantage > 3


def test_a_map_of_a_layer_is_deleted_place_by_place(seven: tr.Trace) -> None:
    made = attribute(seven, "logits", (0, 7), "grad_cam")
    assert deletion(seven, made, steps=25).advantage > 0
    worst = deletion(seven, attribute(seven, "logits", (0, 1), "grad_cam"))
    assert worst.answers.shape == (17,)


def test_a_map_changes_with_what_was_learned(seven: tr.Trace) -> None:
    made = attribute(seven, "logits", (0, 7))
    other = randomized(seven, made)
    assert other.attribution.maps["input"].shape == (1, 1, 28, 28)
    assert abs(other.similarity) < 0.5
    same = randomized(seven, made, seed=1)
    assert same.similarity != other.similarity


@pytest.mark.parametrize("method", METHODS)
def test_a_method_tells_which_part_is_done(seven: tr.Trace, method: str) -> None:
    """It rises to the end; integrated gradients begin again where they were not close enough."""
    options = {"most": 24} if method == "integrated_gradients" else {}
    work = attribute_slices(seven, "logits", (0, 7), method, **options)
    parts = [part for part in work if part is not None]
    assert parts == sorted(parts)
    assert 0 <= parts[0] < 0.2
    assert parts[-1] == pytest.approx(1)


def test_many_weights_are_shuffled_heap_by_heap(
    seven: tr.Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is lost, and they go everywhere."""
    monkeypatch.setattr(sanity, "_HEAP", 1000)
    made = attribute(seven, "logits", (0, 7))
    weights: dict[str, np.ndarray] = {}
    run = Question.run
    monkeypatch.setattr(Question, "run", lambda ask, new: weights.update(new) or run(ask, new))
    randomized(seven, made)
    before, after = seven.model.graph.weights["fc1.weight"], weights["fc1.weight"]
    assert np.array_equal(np.sort(before, axis=None), np.sort(after, axis=None))
    moved = np.argsort(after, axis=None)[np.argsort(np.argsort(before, axis=None))]
    assert abs(np.corrcoef(moved, np.arange(moved.size))[0, 1]) < 0.05


def test_what_cannot_be_asked_is_said(seven: tr.Trace) -> None:
    with pytest.raises(tr.FeedError, match='no method "lime"; there are gradient, '):
        attribute(seven, "logits", (0, 7), "lime")
    with pytest.raises(tr.FeedError, match='"conv9" is no tensor of floats'):
        attribute(seven, "logits", (0, 7), "occlusion", at="conv9")
    with pytest.raises(tr.FeedError, match=r"A baseline of the shape \(3,\) does not fit"):
        attribute(seven, "logits", (0, 7), "occlusion", baseline=np.zeros(3))
    with pytest.raises(tr.FeedError, match='"fc1" has no channels with places'):
        attribute(seven, "logits", (0, 7), "grad_cam", layer="fc1")
    assert all(method.__doc__ for method in METHODS.values())
