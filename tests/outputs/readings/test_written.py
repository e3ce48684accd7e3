"""A line of text is read character by character; what goes along with a sound, moment by moment."""

from __future__ import annotations

import json

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.outputs.readings import heard, timed, written
from tensorama.outputs.readings.timed import note


def given(value: np.ndarray, notes: object, **more: str) -> tr.Trace:
    """A run whose only output is this array."""
    shape = list(value.shape)
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("x", "y")]
    node = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([node], "same", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"output": json.dumps(notes), **more})
    return tr.load(model.SerializeToString()).run({"x": value.astype(np.float32)})


def line(*best: tuple[int, float]) -> np.ndarray:
    """Shares (1,T,4) in which these are the likeliest."""
    shares = np.full((1, len(best), 4), 0.01)
    for place, (kind, share) in enumerate(best):
        shares[0, place, kind] = share
    return shares


TEXT = {"kind": "text", "tensor": "y", "blank": 0}


def test_the_same_sign_in_a_row_is_one_and_none_between_makes_two() -> None:
    shares = line((0, 0.9), (1, 0.6), (1, 0.8), (0, 0.7), (1, 0.5), (2, 0.9), (3, 0.95))
    found = written(given(shares, TEXT, labels='["", "l", "o", " "]'))
    assert found is not None
    assert found.text == "llo "
    assert [sign.cell for sign in found.signs] == [(0, 2, 1), (0, 4, 1), (0, 5, 2), (0, 6, 3)]
    assert [round(sign.share, 2) for sign in found.signs] == [0.8, 0.5, 0.9, 0.95]
    assert (found.places, found.empty) == (7, 2)


def test_without_names_signs_are_numbers_and_nothing_is_read_of_nothing() -> None:
    found = written(given(line((2, 0.9)), TEXT))
    assert found is not None
    assert found.text == "[2]"
    empty = written(given(line((0, 0.9), (0, 0.9)), TEXT))
    assert empty is not None
    assert empty.text == ""


@pytest.mark.parametrize(
    ("value", "notes"),
    [(line((1, 1)), {"kind": "text", "tensor": "gone"}), (line((1, 1))[0], TEXT),
     (line((1, 1)), {"kind": "text", "tensor": 3}), (line((1, 1)), ["text"])],
)  # fmt: skip
def test_what_does_not_fit_is_no_text(value: np.ndarray, notes: object) -> None:
    assert written(given(value, notes)) is None


def test_notes_begin_and_end_and_short_ones_do_not_count() -> None:
    shares = np.zeros((1, 12, 3))
    shares[0, 2:8, 1] = 0.9
    shares[0, 4, 1] = 0.95
    shares[0, 5:7, 0] = 0.9
    shares[0, 8:12, 2] = 0.6
    told = {"kind": "over time", "tensor": "y", "seconds": 0.5, "note": 60}
    found = timed(given(shares, told))
    assert found is not None
    assert found.called == ("C4", "C♯4", "D4")
    assert [(n.name, n.begin, n.end, n.cell) for n in heard(found)] == [
        ("C♯4", 1.0, 4.0, (0, 4, 1)),
        ("D4", 4.0, 6.0, (0, 8, 2)),
    ]
    assert [note(n) for n in (21, 69, 108)] == ["A0", "A4", "C8"]


@pytest.mark.parametrize(
    ("value", "notes"),
    [(np.zeros(3), {"kind": "over time", "tensor": "y"}),
     (np.zeros(3), {"kind": "over time", "tensor": "y", "seconds": -1}),
     (np.zeros((1, 2, 3, 4)), {"kind": "over time", "tensor": "y", "seconds": 1})],
)  # fmt: skip
def test_what_does_not_fit_goes_along_with_no_time(value: np.ndarray, notes: object) -> None:
    assert timed(given(value, notes)) is None


def test_one_number_for_each_moment_has_no_names() -> None:
    found = timed(given(np.ones(4), {"kind": "over time", "tensor": "y", "seconds": 0.032}))
    assert found is not None
    assert found.called == ()
    assert found.values.shape == (4, 1)
