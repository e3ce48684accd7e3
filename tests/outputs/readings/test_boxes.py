"""Boxes are what the notes of a file say, without those that a surer one overlaps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.outputs import is_read
from tensorama.outputs.readings import found

TOLD = {"kind": "boxes", "boxes": "boxes", "scores": "scores", "score": 0.3, "iou": 0.45}
BOXES = [[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 70], [0, 0, 10, 10]]
SCORES = [[0.6, 0.1], [0.1, 0.9], [0.5, 0.2], [0.2, 0.1]]


def model(told: Any) -> tr.Model:
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "B", last])
        for name, last in (("b", 4), ("s", 2), ("boxes", 4), ("scores", 2))
    }
    nodes = [
        helper.make_node("Identity", ["b"], ["boxes"]),
        helper.make_node("Identity", ["s"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes, "found", [values["b"], values["s"]], [values["boxes"], values["scores"]]
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {"output": json.dumps(told), "labels": '["cat", "dog"]'})
    return tr.load(made.SerializeToString())


def run(told: Any, boxes: Any = BOXES, scores: Any = SCORES) -> tr.Trace:
    feeds = {"b": np.array([boxes], np.float32), "s": np.array([scores], np.float32)}
    return model(told).run(feeds)


def test_the_surest_of_those_that_overlap_stays() -> None:
    seen = found(run(TOLD))
    assert seen is not None
    assert [(thing.label, thing.left, thing.cell) for thing in seen.things] == [
        ("dog", 1, (0, 1, 1)),
        ("cat", 50, (0, 2, 0)),
    ]
    assert (seen.made, seen.sure) == (4, 3)
    assert [thing.score for thing in seen.things] == pytest.approx([0.9, 0.5])


def test_each_named_cell_is_the_score_that_is_told() -> None:
    trace = run(TOLD)
    seen = found(trace)
    assert seen is not None
    for thing in seen.things:
        assert trace[seen.scores][thing.cell] == pytest.approx(thing.score)


def test_where_nothing_is_sure_nothing_is_found() -> None:
    seen = found(run({**TOLD, "score": 0.95}))
    assert seen is not None
    assert seen.things == ()


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"kind": "classification"},
        {**TOLD, "boxes": "nothing"},
        {**TOLD, "boxes": ["boxes"]},
        {**TOLD, "boxes": "scores"},
    ],
)
def test_notes_that_do_not_fit_are_as_good_as_none(told: Any) -> None:
    assert found(run(told)) is None


@pytest.mark.parametrize("odd", ["0.5", None, True, float("inf"), [1]])
def test_an_odd_limit_is_the_usual_one(odd: Any) -> None:
    seen = found(run({**TOLD, "iou": odd} if odd is not True else TOLD))
    assert seen is not None
    assert seen.overlap == 0.45


def test_numbers_that_are_none_are_no_boxes() -> None:
    assert found(run(TOLD, [[np.nan] * 4], [[0.9, 0.1]])) is None


def test_a_file_that_tells_of_boxes_is_read_so() -> None:
    assert is_read(model(TOLD))
    assert not is_read(model({"kind": "classification"}))
    assert not is_read(model("boxes"))


def grid_model(maps: int = 125) -> tr.Model:
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 416, 416])
    raw = helper.make_tensor_value_info("raw", TensorProto.FLOAT, [1, maps, 13, 13])
    grid = helper.make_tensor_value_info("grid", TensorProto.FLOAT, [1, maps, 13, 13])
    graph = helper.make_graph(
        [helper.make_node("Identity", ["raw"], ["grid"])], "yolo", [image, raw], [grid]
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return tr.load(made.SerializeToString())


def on_grid(raw: np.ndarray) -> Any:
    image = np.zeros((1, 3, 416, 416), np.float32)
    return grid_model(raw.shape[1]).run({"image": image, "raw": raw})


def test_the_grid_of_a_yolov2_is_decoded_and_said_to_be_a_guess() -> None:
    """A dog at row 4, column 7 by the third anchor: where its numbers put it."""
    raw = np.full((1, 125, 13, 13), -8.0, np.float32)
    base, row, col = 2 * 25, 4, 7
    raw[0, base : base + 5, row, col] = 0.0, 0.0, 0.0, np.log(0.5), 6.0
    raw[0, base + 5 + 11, row, col] = 4.0
    trace = on_grid(raw)
    seen = found(trace)
    assert seen is not None
    assert seen.guessed
    assert (seen.made, len(seen.things)) == (845, 1)
    (dog,) = seen.things
    wide, high = 6.63 * 32, 11.38 * 32 / 2
    middle = 7.5 * 32, 4.5 * 32
    assert dog.label == "dog"
    assert (dog.left, dog.right) == pytest.approx((middle[0] - wide / 2, middle[0] + wide / 2))
    assert (dog.top, dog.bottom) == pytest.approx((middle[1] - high / 2, middle[1] + high / 2))
    assert dog.score == pytest.approx(1 / (1 + np.exp(-6)) / (1 + 19 * np.exp(-12)), abs=1e-6)
    assert trace["grid"][dog.cell] == 4.0


@pytest.mark.parametrize(("maps", "value"), [(124, 0.0), (125, np.nan)])
def test_another_grid_is_none(maps: int, value: float) -> None:
    assert found(on_grid(np.full((1, maps, 13, 13), value, np.float32))) is None
