"""From what a classifier gives to what a person reads."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import onnx
import pytest

import tensorama as tr
from tensorama.onnxfile import Graph, ValueInfo
from tensorama.outputs import Answer, decode, labels_of


def model(*outputs: str, labels: str | None = None) -> tr.Model:
    graph = Graph("g", (), tuple(ValueInfo(name) for name in outputs), (), {}, {})
    return tr.Model(graph, {"": 17}, {} if labels is None else {"labels": labels})


def answer(outputs: dict[str, Any], labels: str | None = None) -> Answer | None:
    return decode(tr.Trace(model(*outputs, labels=labels), outputs))


def read(*scores: float, dtype: str = "float32") -> Answer:
    found = answer({"y": np.array([scores], dtype)})
    assert found is not None
    return found


def shares(found: Answer) -> list[float]:
    return [candidate.share for candidate in found.candidates]


def test_probabilities_are_read_as_they_are() -> None:
    found = read(0.25, 0.5, 0.125, 0.125)
    assert shares(found) == [0.25, 0.5, 0.125, 0.125]
    assert not found.computed
    assert found.best == found.candidates[1]


def test_scores_become_probabilities_and_it_is_said() -> None:
    found = read(1.0, 3.0, -2.0)
    e = np.exp([1.0, 3.0, -2.0])
    np.testing.assert_allclose(shares(found), e / e.sum())
    assert found.computed
    assert found.best.index == 1


@pytest.mark.parametrize("scores", [(0.2, 0.3), (0.6, 0.6), (-0.1, 1.1), (5.0, 0.0), (0.0, 0.0)])
def test_what_is_negative_or_does_not_sum_to_one_are_scores(scores: tuple[float, ...]) -> None:
    found = read(*scores)
    assert found.computed
    assert sum(shares(found)) == pytest.approx(1)


def test_rounding_does_not_make_scores_of_probabilities() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(1000))
    for dtype in ("float32", "float64", "float16"):
        found = answer({"y": p[None].astype(dtype)})
        assert found is not None
        assert not found.computed


@pytest.mark.parametrize("scores", [(1e30, 1e30, -1e30), (3e38, 0, -3e38), (-1e38, -1e38, -1e38)])
def test_huge_scores_do_not_overflow(scores: tuple[float, ...]) -> None:
    found = read(*scores)
    assert all(math.isfinite(share) for share in shares(found))
    assert sum(shares(found)) == pytest.approx(1)


def test_of_equal_classes_the_first_is_best() -> None:
    assert read(0.5, 0.5).best.index == 0


@pytest.mark.parametrize("shape", [(10,), (1, 10), (1, 10, 1, 1), (1, 1, 10), (7, 10), (32, 10)])
def test_the_first_row_of_a_batch_is_read(shape: tuple[int, ...]) -> None:
    scores = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    found = answer({"y": scores})
    assert found is not None
    assert len(found.candidates) == 10
    assert found.best.index == scores.ravel()[:10].argmax()


@pytest.mark.parametrize(
    "shape",
    [(), (0,), (1, 0), (0, 10), (1, 3, 8, 8), (1, 16, 64), (2, 5, 5), (1, 1, 28, 28)],
    ids=str,
)
def test_what_is_no_row_is_no_answer(shape: tuple[int, ...]) -> None:
    assert answer({"y": np.zeros(shape, np.float32)}) is None


@pytest.mark.parametrize("shape", [(1,), (1, 1), (4, 1)])
def test_a_single_number_is_no_answer_however_sure_it_looks(shape: tuple[int, ...]) -> None:
    assert answer({"y": np.full(shape, 0.7, np.float32)}) is None


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_scores_that_are_no_numbers_are_no_answer(odd: float) -> None:
    assert answer({"y": np.array([[0.1, odd, 0.2]], np.float32)}) is None


@pytest.mark.parametrize(
    "value",
    [np.zeros((1, 4), np.int64), np.zeros((1, 4), bool), np.array([["a", "b"]], object),
     np.zeros((1, 4), np.complex64), [np.ones(3)], {"a": 1.0}, None],
    ids=lambda value: str(getattr(value, "dtype", type(value).__name__)),
)  # fmt: skip
def test_what_is_not_a_float_tensor_is_no_answer(value: Any) -> None:
    assert answer({"y": value}) is None


def test_the_first_output_that_can_be_read_is() -> None:
    found = answer({
        "label": np.array([2]),
        "map": np.zeros((1, 3, 8, 8), np.float32),
        "p": np.array([[0.1, 0.9]], np.float32),
        "other": np.array([[1.0, 2.0]], np.float32),
    })  # fmt: skip
    assert found is not None
    assert found.tensor == "p"


def test_a_model_without_a_readable_output_has_no_answer() -> None:
    assert answer({}) is None


def test_only_what_the_model_promises_is_read() -> None:
    trace = tr.Trace(model("y"), {"hidden": np.array([[0.1, 0.9]]), "y": np.zeros((1, 3, 8, 8))})
    assert decode(trace) is None


def test_classes_have_the_names_from_the_metadata() -> None:
    found = answer({"y": np.array([[0.1, 0.9]], np.float32)}, '["cat", "dog"]')
    assert found is not None
    assert found.best.label == "dog"
    assert [candidate.label for candidate in found.candidates] == ["cat", "dog"]


def test_names_are_text_whatever_they_are() -> None:
    said = json.dumps([1, None, "<b>", ["x"]])
    assert labels_of(model(labels=said), 4) == ("1", "None", "<b>", "['x']")


@pytest.mark.parametrize(
    "said",
    [None, "", "cat,dog", "{", "null", "3", '"ab"', '{"0": "cat", "1": "dog"}', "[]", '["cat"]',
     '["a", "b", "c"]', "[" * 100_000, "9" * 5000],
    ids=lambda said: str(said)[:12],
)  # fmt: skip
def test_without_fitting_names_classes_are_numbered(said: str | None) -> None:
    assert labels_of(model(labels=said), 2) == ("0", "1")


@pytest.mark.parametrize(("batch", "is_answer"), [(1, False), (2, True)])
def test_rows_are_answers_only_if_there_is_one_for_each_item(batch: int, is_answer: bool) -> None:
    """Four boxes of one picture are no scores; two rows for two pictures are."""
    rows = 4 if batch == 1 else batch
    text = f"""<ir_version: 8, opset_import: ["": 17]>
        g (float[{batch},8] x) => (float[{rows},C] y) {{
            s = Constant <value_ints = [{rows}, -1]> ()
            y = Reshape (x, s)
        }}"""
    proto = onnx.parser.parse_model(text)
    x = np.arange(batch * 8, dtype=np.float32).reshape(batch, 8)
    trace = tr.load(proto.SerializeToString()).run({"x": x})
    assert (decode(trace) is not None) == is_answer
