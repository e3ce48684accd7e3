"""What is saved is what was recorded: numpy reads it back, and a table says every digit."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from engine.test_exports import EXPORTS, feeds_for
from tensorama import Trace, load
from tensorama.app.inspect import files
from tensorama.app.inspect.files import (
    MOST,
    as_table,
    file_name,
    npy_pieces,
    of_layer,
    of_run,
    packing,
    portable,
    table_pieces,
)
from tensorama.errors import TensoramaError
from tensorama.layers import find_layers
from tensorama.onnxfile.types import BFLOAT16, to_type


class Thrown(io.RawIOBase):
    """A file that one can only write to."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)


def saved(arrays: dict[str, Any]) -> Any:
    file = Thrown()
    parts = list(packing(arrays, file))
    assert parts == sorted(parts)
    assert not arrays or parts[-1] == pytest.approx(1)
    return np.load(io.BytesIO(b"".join(file.parts)))


@pytest.fixture(scope="module")
def lstm() -> Trace:
    model = load(EXPORTS / "lstm.onnx")
    return model.run(feeds_for(model))


def test_a_whole_run_comes_back(lstm: Trace) -> None:
    every = of_run(lstm)
    assert every.keys() >= {*lstm, *lstm.inner, *lstm.model.graph.weights}
    read = saved(every)
    for name, array in every.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def test_a_layer_has_all_that_its_numbers_are_made_from(lstm: Trace) -> None:
    layer = next(leaf for leaf in find_layers(lstm.model) if "LSTM" in leaf.op)
    arrays = saved(of_layer(lstm, layer))
    node = next(node for node in layer.nodes if node.op == "LSTM")
    known = {*lstm, *lstm.model.graph.weights}
    assert {name for name in (*node.inputs, *node.outputs) if name in known} <= {*arrays}
    assert any(name.endswith("/forget_gate") for name in arrays)


@pytest.mark.parametrize("value", [
    np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7, np.array([True, False]),
    np.array(3.5), np.zeros((0, 3)), np.array([["a", "b,c"]], object), np.int8([-128]),
    np.float16([np.inf, np.nan]),
])  # fmt: skip
def test_one_tensor_comes_back(value: np.ndarray) -> None:
    read = np.load(io.BytesIO(b"".join(npy_pieces("x", value))))
    np.testing.assert_array_equal(read, portable(value))
    assert read.shape == value.shape


def test_narrow_floats_are_saved_as_the_numbers_that_they_are() -> None:
    narrow = to_type(np.float32([1.0, 1.00390625, 3.14159]), BFLOAT16)
    assert narrow.dtype.metadata
    read = np.load(
        io.BytesIO(b"".join(npy_pieces("x", narrow)))
    )  # numpy would warn of a mark that it drops
    np.testing.assert_array_equal(read, np.asarray(narrow))


def test_a_large_tensor_is_written_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any layout, of narrow floats too: no piece is large, and together they are the file."""
    monkeypatch.setattr(files, "_PIECE", 7)
    monkeypatch.setattr(files, "_TEXT", 40)
    array = np.arange(24, dtype=np.float32).reshape(4, 6).T
    for value in (array, to_type(array, BFLOAT16), array[:0], np.float32(3)):
        pieces = [*npy_pieces("x", value)]
        assert len(pieces) == 1 + -(-np.size(value) // 7)
        assert max(map(len, pieces[1:]), default=0) <= 28
        np.testing.assert_array_equal(np.load(io.BytesIO(b"".join(pieces))), np.asarray(value))
    texts = [*table_pieces("x", array)]
    assert len(texts) > 2
    assert rows("".join(texts)) == [[str(v) for v in row] for row in array]
    parts = [*packing({"a": array, "b": array}, Thrown())]
    assert len(parts) > 8
    assert parts == sorted(parts)


def rows(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text))]


def test_a_table_says_every_digit_and_where_it_stands() -> None:
    array = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    head, *body = rows(as_table("x", array))
    assert head == ["axis 0", "axis 1", "0", "1", "2", "3"]
    for n, c, *numbers in body:
        np.testing.assert_array_equal(np.array(numbers, np.float32), array[int(n), int(c)])
    assert len(body) == 6
    assert rows(as_table("x", array[0])) == [[str(v) for v in row] for row in array[0]]
    assert rows(as_table("x", array[0, 0])) == [[str(v)] for v in array[0, 0]]
    assert as_table("x", np.int64(7)) == "7\n"
    assert as_table("x", np.array([["a", "b,c"]], object)) == 'a,"b,c"\n'
    assert as_table("x", array[0, :, :2], "\t").splitlines()[0].count("\t") == 1


@pytest.mark.parametrize(("value", "sentence"), [
    ([np.zeros(2), np.zeros(3)], '"x" is a sequence of 2 tensors, not one table of numbers. Take '
     "the whole run or its layer as .npz: there each of them is an array of its own."),
    ({}, '"x" is no array, so there is nothing that numpy could save.'),
    (np.zeros(MOST + 1), '"x" has 1,000,001 numbers, too many for a table (at most 1,000,000). '
     "Take it as .npy: numpy reads that at once."),
])  # fmt: skip
def test_what_cannot_be_is_said(value: Any, sentence: str) -> None:
    with pytest.raises(TensoramaError) as refused:
        as_table("x", value)
    assert refused.value.sentence == sentence


def test_names_of_files_are_plain() -> None:
    assert file_name("lenet.onnx", "conv1/Relu:0") == "lenet-conv1_Relu_0"
    assert file_name("", "../../x") == "x"
    assert file_name("数") == "数"
    assert file_name("///") == "values"
