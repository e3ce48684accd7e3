"""What a file says of itself in text is read within bounds."""

from __future__ import annotations

import json

import pytest

from tensorama.onnxfile.notes import LONGEST, read_json, read_python


@pytest.mark.parametrize("said", [None, 3, "a]", [1, ["[[["]], {"a": {"b": [1, "\\"]}}, {"]": "["}])
def test_json_is_read(said: object) -> None:
    assert read_json(json.dumps(said)) == said


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1, 2", "nope", "[" * 33 + "]" * 33, "[" * 20_000, '{"a":' * 20_000,
     '["]",' * 20_000, '["' + '\\"' * 20_000, '"' + " " * LONGEST, "9" * 5000],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_what_is_no_json_too_deep_or_too_long_is_nothing(text: str) -> None:
    assert read_json(text) is None


def test_32_levels_are_read() -> None:
    assert read_json("[" * 32 + "]" * 32) is not None


def test_python_texts_are_read() -> None:
    assert read_python("{0: 'a', 1: \"b's\"}") == {0: "a", 1: "b's"}
    assert read_python("['a', 'b']") == ["a", "b"]
    assert read_python("{}") == {}
    assert read_python("{0: 1}") is None
    assert read_python("{0: ['a']}") is None
