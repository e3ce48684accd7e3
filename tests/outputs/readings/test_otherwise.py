"""An output can be read as something else than its file says: bars, a picture, heat, boxes."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from outputs.readings.test_written import given
from tensorama.outputs import as_classes, decode, remarks
from tensorama.outputs.labels import guess
from tensorama.outputs.readings import boxes_in, heat_of, picture_of
from tensorama.outputs.readings.lists import COCO, listed


def test_scores_are_bars_with_a_softmax_or_without() -> None:
    trace = given(np.array([[1.0, 3, -2]]), {})
    shares, scores = as_classes(trace, "y", True), as_classes(trace, "y", False)
    assert shares is not None
    assert scores is not None
    assert sum(c.share for c in shares.candidates) == pytest.approx(1)
    assert (shares.computed, shares.best.index) == (True, 1)
    assert [c.share for c in scores.candidates] == [1, 3, -2]
    assert (scores.raw, scores.computed) == (True, False)


def test_without_softmax_is_what_stood_before_the_one_in_the_graph() -> None:
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3]) for n in ("x", "y")]
    nodes = [helper.make_node("Neg", ["x"], ["z"]), helper.make_node("Softmax", ["z"], ["y"])]
    graph = helper.make_graph(nodes, "softmax", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    trace = tr.load(model.SerializeToString()).run({"x": np.array([[1, 2, 4]], np.float32)})
    scores, shares = as_classes(trace, "y", False), as_classes(trace, "y", True)
    assert scores is not None
    assert [c.share for c in scores.candidates] == [-1, -2, -4]
    assert shares is not None
    assert not shares.computed, "it is shares already"


@pytest.mark.parametrize(
    "value", [np.array([[np.nan, 1.0]]), np.zeros((1, 0)), np.zeros((2, 0, 3))]
)
def test_what_has_no_finite_row_is_no_bars(value: np.ndarray) -> None:
    assert as_classes(given(value, {}), "y", True) is None
    assert as_classes(given(value, {}), "gone", True) is None


def test_maps_are_a_picture_or_heat() -> None:
    trace = given(np.arange(12.0).reshape(1, 1, 3, 4), {})
    picture, heat = picture_of(trace, "y"), heat_of(trace, "y")
    assert picture is not None
    assert picture.pixels[2, 3].tolist() == [255] * 3
    assert heat is not None
    assert heat.pixels[2, 3, 0] > heat.pixels[2, 3, 2]
    assert heat.pixels[0, 0].tolist() == [0, 0, 0]
    row = given(np.arange(4.0), {})
    assert picture_of(row, "y") is None
    assert heat_of(row, "y") is None
    sheet = heat_of(given(np.eye(5), {}), "y")
    assert sheet is not None
    assert sheet.pixels.shape == (5, 5, 3)


def yolo(rows: list[list[float]]) -> np.ndarray:
    return np.array([rows + [[0.0] * len(rows[0])] * (20 - len(rows))])


def test_boxes_are_found_by_their_shape() -> None:
    """Twice the same box of which the surer stays, and one of another kind."""
    five = yolo(
        [[20, 20, 10, 20, 0.9, 0.1, 1], [21, 20, 10, 20, 0.5, 0, 1], [60, 60, 8, 8, 1, 1, 0]]
    )
    found = boxes_in(given(five, {}), "y")
    assert found is not None
    assert [(b.left, b.top, b.right, b.bottom, b.label) for b in found.things] == [
        (56, 56, 64, 64, "0"), (15, 10, 25, 30, "1"),
    ]  # fmt: skip
    assert found.things[1].cell == (0, 0, 6)
    eight = np.concatenate([five[..., :4], five[..., 5:]], axis=2).transpose(0, 2, 1)
    found = boxes_in(given(eight, {}), "y")
    assert found is not None
    assert {b.cell for b in found.things} == {(0, 5, 0), (0, 4, 2)}


@pytest.mark.parametrize(
    "value", [np.zeros((1, 10)), np.zeros((1, 20, 4)), yolo([[1, 1, 1, 1, 7, 9, 9]])]
)
def test_what_is_no_boxes_is_none(value: np.ndarray) -> None:
    assert boxes_in(given(value, {}), "y") is None


def test_names_are_guessed_by_their_number_and_it_is_said() -> None:
    scores = np.zeros((1, 80))
    scores[0, 15] = 9
    trace = given(scores, {})
    found = listed(80, 3, 640)
    assert found is not None
    assert (len(COCO), found.whose, found.names[15]) == (80, "COCO", "cat")
    before = decode(trace)
    assert before is not None
    assert (before.best.label, before.guessed) == ("15", "")
    guess(trace.model, found.whose, found.names)
    after = decode(trace)
    assert after is not None
    assert (after.best.label, after.guessed) == ("cat", "COCO")
    assert "the names are those of COCO, guessed by their number" in remarks(after, 80)


def test_a_file_that_names_its_classes_is_believed() -> None:
    trace = given(
        np.eye(10)[:1], {}, labels=str([f"kind {n}" for n in range(10)]).replace("'", '"')
    )
    guess(trace.model, "CIFAR-10", tuple("abcdefghij"))
    answer = decode(trace)
    assert answer is not None
    assert (answer.best.label, answer.guessed) == ("kind 0", "")


@pytest.mark.parametrize(
    ("count", "channels", "edge", "whose"),
    [(10, 3, 32, "CIFAR-10"), (10, 3, 64, None), (10, 1, 28, None), (1000, 3, 224, "ImageNet"),
     (1001, 3, 299, "ImageNet"), (1000, 1, 28, None), (7, 3, 32, None)],
)  # fmt: skip
def test_a_list_is_guessed_only_where_it_is_likely(
    count: int, channels: int, edge: int, whose: str | None
) -> None:
    found = listed(count, channels, edge)
    assert (found and found.whose) == whose
