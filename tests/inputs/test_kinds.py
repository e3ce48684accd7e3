"""What metadata says about the input; what is broken or does not fit is as good as nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inputs.models import Shape, declaring, tensor
from tensorama.inputs import Drawing, input_kind
from tensorama.onnxfile import ValueInfo

SAID = {"kind": "drawing", "size": [28, 28], "range": [0, 1], "ink": 1, "box": 20}


def kind(said: Any, shape: Shape | None = ("N", 1, 28, 28), elem_type: int = 1) -> Drawing | None:
    text = said if isinstance(said, str) else json.dumps(said)
    return input_kind(declaring(tensor("x", shape, elem_type), metadata={"input": text}))


def test_a_drawing_is_recognised() -> None:
    assert kind(SAID) == Drawing("x", (28, 28), 20, 1, 0)


def test_what_is_not_said_is_as_in_mnist() -> None:
    assert kind({"kind": "drawing", "size": [28, 28]}) == Drawing("x", (28, 28), 20, 1, 0)


def test_dark_ink_on_light_ground() -> None:
    assert kind(SAID | {"ink": 0, "range": [-1, 255]}) == Drawing("x", (28, 28), 20, -1, 255)


@pytest.mark.parametrize("batch", ["N", None, 1])
def test_a_batch_of_one_must_be_possible(batch: str | int | None) -> None:
    assert kind(SAID, (batch, 1, 28, 28)) is not None


def test_a_type_that_is_not_said_may_be_float32() -> None:
    assert kind(SAID, elem_type=0) is not None


def test_a_picture_may_be_oblong() -> None:
    said = SAID | {"size": [28, 60]}
    assert kind(said, (1, 1, 28, 60)) == Drawing("x", (28, 60))
    assert kind(said, (1, 1, 60, 28)) is None


@pytest.mark.parametrize(
    "text",
    ["", "drawing", "{", "[]", "[1]", "null", "true", "3", '"drawing"', "NaN", "{}", "\x00",
     "[" * 100_000, '{"kind": "drawing", "size": ' + "9" * 5000 + "}"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_broken_metadata_is_as_good_as_none(text: str) -> None:
    assert kind(text) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "photo"}, {"kind": None}, {"kind": ["drawing"]}, {"kind": {}},
        {"size": None}, {"size": 28}, {"size": []}, {"size": [28]}, {"size": [28, 28, 1]},
        {"size": ["a", "b"]}, {"size": [None, 28]}, {"size": [[28], [28]]}, {"size": {"h": 28}},
        {"size": [32, 32]}, {"size": [0, 0]}, {"size": [-28, -28]}, {"size": [float("inf"), 28]},
        {"size": [float("nan"), 28]}, {"size": [10**400, 28]},
        {"range": None}, {"range": []}, {"range": [0]}, {"range": [0, 1, 2]}, {"range": "ab"},
        {"range": [None, 1]}, {"range": [0, float("nan")]}, {"range": [float("-inf"), 1]},
        {"range": [0, 10**400]},
        {"box": None}, {"box": []}, {"box": "wide"}, {"box": 0}, {"box": -20},
        {"box": float("nan")}, {"box": float("inf")}, {"box": 10**400},
    ],
    ids=lambda wrong: str(wrong)[:32],
)  # fmt: skip
def test_a_wrong_entry_is_as_good_as_none(wrong: dict[str, Any]) -> None:
    assert kind(SAID | wrong) is None


@pytest.mark.parametrize("missing", ["kind", "size"])
def test_a_missing_entry_is_as_good_as_none(missing: str) -> None:
    assert kind({key: value for key, value in SAID.items() if key != missing}) is None


@pytest.mark.parametrize(
    "shape",
    [None, (), (28, 28), (1, 28, 28), (1, 3, 28, 28), (1, 1, 28, 29), (1, 1, None, None),
     (1, 28, 28, 1), (1, 1, 1, 28, 28), (8, 1, 28, 28), (0, 1, 28, 28)],
    ids=str,
)  # fmt: skip
def test_an_input_of_another_shape_is_no_drawing(shape: Shape | None) -> None:
    assert kind(SAID, shape) is None


@pytest.mark.parametrize("elem_type", [2, 7, 8, 10, 11])
def test_an_input_of_another_type_than_float32_is_no_drawing(elem_type: int) -> None:
    assert kind(SAID, elem_type=elem_type) is None


def test_a_picture_of_unreasonable_size_is_no_drawing() -> None:
    assert kind(SAID | {"size": [2000, 2000]}, (1, 1, 2000, 2000)) is None


def test_a_model_with_two_inputs_or_none_takes_no_drawing() -> None:
    metadata = {"input": json.dumps(SAID)}
    one = tensor("x", (1, 1, 28, 28))
    assert input_kind(declaring(one, tensor("z", (1,)), metadata=metadata)) is None
    assert input_kind(declaring(metadata=metadata)) is None


def test_a_sequence_is_no_drawing() -> None:
    metadata = {"input": json.dumps(SAID)}
    assert input_kind(declaring(ValueInfo("x", kind="sequence"), metadata=metadata)) is None


def test_a_model_that_says_nothing_has_no_kind() -> None:
    assert input_kind(declaring(tensor("x", (1, 1, 28, 28)))) is None
