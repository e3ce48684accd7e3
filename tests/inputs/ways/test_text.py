"""A text becomes the numbers of its characters; what the network has no number for is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import tensorama as tr
from tensorama.engine.contract import whole
from tensorama.inputs.ways import Text, feeds_slices, ways_of
from tensorama.outputs import decode

MODELS = Path(__file__).parents[3] / "models"


def speller(shape: list[int | str], notes: dict[str, str]) -> tr.Model:
    """A network that looks up a row of three for each of "abc"."""
    table = numpy_helper.from_array(np.eye(3, dtype=np.float32), "table")
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "x"], ["y"])],
        "speller",
        [helper.make_tensor_value_info("x", TensorProto.INT64, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [*shape, 3])],
        [table],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    helper.set_model_props(model, notes)
    return tr.load(model.SerializeToString())


def fed(model: tr.Model, *gift: object) -> list[int]:
    feeds = whole(feeds_slices(model, {"x": ("text", *gift)}))
    return [*feeds["x"].reshape(-1).tolist()]


NOTED = {"input": '{"kind": "text", "characters": "abc", "length": 5}'}


def test_each_character_is_its_number() -> None:
    assert fed(speller(["N", "T"], NOTED), "cab") == [2, 0, 1]


def test_only_the_end_of_a_long_text_is_read() -> None:
    assert fed(speller(["N", "T"], NOTED), "aaaabcabc") == [1, 2, 0, 1, 2]


def test_characters_that_are_not_known_are_left_out_and_told() -> None:
    model = speller(["N", "T"], NOTED)
    (way,) = ways_of(model)
    assert isinstance(way, Text)
    assert way.unknown("aéb漢é") == "é漢"
    assert fed(model, "aéb漢") == [0, 1]


def test_a_text_shorter_than_a_fixed_length_stands_at_the_end() -> None:
    assert fed(speller([1, 4], NOTED), "bc") == [0, 0, 1, 2]


def test_an_empty_text_is_one_character() -> None:
    assert fed(speller(["N", "T"], NOTED), "") == [0]


def test_labels_of_one_character_are_the_characters_if_they_are_as_many_as_the_table_has() -> None:
    assert fed(speller(["N", "T"], {"labels": '["x", "y", "z"]'}), "zyx") == [2, 1, 0]
    for notes in ({"labels": '["x", "y"]'}, {}):
        assert not any(isinstance(way, Text) for way in ways_of(speller(["N", "T"], notes)))


@pytest.mark.parametrize(
    "gift", [(), ("text",), ("text", 3), ("noise", "cab"), ("text", "a", "hot")]
)
def test_what_a_gift_does_not_say_is_as_at_first(gift: tuple[object, ...]) -> None:
    (way,) = ways_of(speller(["N", "T"], NOTED))
    assert isinstance(way, Text)
    assert way.text(gift) in ("a", way.first)
    assert way.writing(gift) == (0.8, 0, 0)


@pytest.mark.parametrize("name", ["gpt-mini", "lstm-mini"])
def test_networks_of_plays_read_what_they_are_given(name: str) -> None:
    model = tr.load(MODELS / name / f"{name}.onnx")
    (way,) = ways_of(model)
    feeds = whole(feeds_slices(model, {way.tensor: ("text", "First Citize")}))
    assert feeds["tokens"].shape == (1, 12)
    answer = decode(model.run(feeds))
    assert answer is not None
    assert answer.best.label == "n"
    assert answer.best.share > 0.9
    one = decode(model.run(whole(feeds_slices(model, {way.tensor: ("text", "Q")}))))
    assert one is not None
    assert one.count == 65
