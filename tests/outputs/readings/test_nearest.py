"""An embedding is known by notes, name or use; samples are put in order by angle or distance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.inputs import input_kind, on_pad, rasterize, sample_digit
from tensorama.outputs.readings import embedding, nearest, usual, vector_of
from tensorama.outputs.readings.nearest import cell_of

AUTOENCODER = Path(__file__).parents[3] / "models" / "autoencoder" / "autoencoder.onnx"


def run(name: str, batch: int = 1, **notes: str) -> tr.Trace:
    """A run of a network that has one output of four numbers, of this name."""
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 6]),
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 4])]  # fmt: skip
    weight = helper.make_tensor("w", TensorProto.FLOAT, [6, 4], np.arange(24.0))
    node = helper.make_node("MatMul", ["x", "w"], [name])
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, notes)
    x = np.arange(6.0 * batch, dtype=np.float32).reshape(batch, 6)
    return tr.load(model.SerializeToString()).run({"x": x})


@pytest.mark.parametrize(
    "name", ["embedding", "sentence_embeddings", "latent", "features", "image_features", "code"]
)
def test_a_name_says_so(name: str) -> None:
    assert embedding(run(name)) == (name, "name")


@pytest.mark.parametrize("name", ["y", "logits", "probabilities", "boxes", "decoded", "barcodes"])
def test_other_names_do_not(name: str) -> None:
    assert embedding(run(name)) is None


def test_the_notes_say_so() -> None:
    assert embedding(run("y", output='{"kind": "embedding"}')) == ("y", "notes")
    assert embedding(run("y", output='{"kind": "embedding", "tensor": "y"}')) == ("y", "notes")
    assert embedding(run("y", output='{"kind": "embedding", "tensor": "z"}')) is None
    assert embedding(run("y", output='{"kind": "embedding", "tensor": 3}')) is None


def test_what_all_else_is_made_from_is_one() -> None:
    trace = tr.load(AUTOENCODER).run({"input": np.zeros((1, 1, 28, 28), np.float32)})
    assert embedding(trace) == ("two_numbers", "source")


def test_of_a_batch_the_first_item_is_told() -> None:
    trace = run("embedding", batch=3)
    row = vector_of(trace, "embedding")
    assert row is not None
    assert row.tolist() == trace["embedding"][0].tolist()
    assert cell_of(trace, "embedding", 2) == (0, 2)
    assert trace["embedding"][cell_of(trace, "embedding", 2)] == row[2]


def test_the_nearest_by_angle_and_by_distance_differ() -> None:
    row = np.array([1.0, 1.0])
    others = [np.array([9.0, 9.0]), np.array([1.0, 2.0]), np.array([-1.0, -1.0]), np.zeros(2)]
    by_angle = nearest(row, others, "cosine")
    assert [each.place for each in by_angle] == [0, 1, 3, 2]
    cosines = [each.amount for each in by_angle]
    assert cosines == pytest.approx([1, 3 / np.sqrt(10), 0, -1])
    by_distance = nearest(row, others, "distance")
    assert [each.place for each in by_distance] == [1, 3, 2, 0]
    assert by_distance[0].amount == 1
    assert by_distance[-1].amount == pytest.approx(8 * np.sqrt(2))


def test_few_numbers_are_compared_by_distance() -> None:
    assert [usual(size) for size in (2, 3, 4, 512)] == ["distance"] * 2 + ["cosine"] * 2


def test_what_is_no_place_is_none() -> None:
    trace = run("y")
    assert vector_of(trace, "x") is None  # no output
    ends = helper.make_tensor_value_info("x", 1, [1, 1]), helper.make_tensor_value_info("y", 1, [1])
    node = helper.make_node("Flatten", ["x"], ["y"], axis=1)
    graph = helper.make_graph([node], "g", ends[:1], [helper.make_tensor_value_info("y", 1, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    one = tr.load(model.SerializeToString()).run({"x": np.ones((1, 1), np.float32)})
    assert vector_of(one, "y") is None


def test_a_digit_lies_nearest_to_itself() -> None:
    model = tr.load(AUTOENCODER)
    kind = input_kind(model)
    assert kind is not None
    rows = []
    for digit in range(10):
        trace = model.run({"input": rasterize(on_pad(sample_digit(digit), digit, kind), kind)})
        row = vector_of(trace, "two_numbers")
        assert row is not None
        rows.append(row)
    for place, row in enumerate(rows):
        best, second, *_ = nearest(row, rows, "distance")
        assert (best.place, best.amount) == (place, 0)
        assert second.amount > 0
