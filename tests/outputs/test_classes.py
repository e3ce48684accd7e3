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
from tensorama.outputs import Answer, Candidate, decode, labels_of, remarks
from tensorama.outputs.classes import KEPT, LARGEST


def model(*outputs: str, **metadata: str | None) -> tr.Model:
    graph = Graph("g", (), tuple(ValueInfo(name) for name in outputs), (), {}, {})
    return tr.Model(graph, {"": 17}, {name: said for name, said in metadata.items() if said})


def answer(outputs: dict[str, Any], labels: str | None = None) -> Answer | None:
    return decode(tr.Trace(model(*outputs, labels=labels), outputs))


def read(*scores: float, dtype: str = "float32") -> Answer:
    """What is said of an output whose name says that these are classes."""
    found = answer({"logits": np.array([scores], dtype)})
    assert found is not None
    return found


def parsed(text: str) -> tr.Model:
    head = '<ir_version: 10, opset_import: ["" : 17, "ai.onnx.ml" : 3]>'
    return tr.load(onnx.parser.parse_model(f"{head} {text}").SerializeToString())


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


def test_of_equal_classes_the_first_is_best_and_it_is_said() -> None:
    assert read(0.5, 0.5).best.index == 0
    assert read(0.5, 0.5).tied == 2
    assert read(0.1, 0.45, 0.45).tied == 2
    assert read(0.1, 0.4, 0.5).tied == 1


def test_of_many_classes_the_likeliest_are_told_and_how_many_there_are() -> None:
    scores = np.random.default_rng(0).permutation(1000).astype(np.float32)
    found = answer({"y": scores[None]})
    assert found is not None
    assert found.count == 1000
    assert [c.index for c in found.candidates] == np.argsort(-scores)[:KEPT].tolist()
    assert found.best == found.candidates[0]


@pytest.mark.parametrize(
    ("scores", "listed", "words"),
    [
        ((0.1, 0.9), 2, ""),
        ((1.0, 2.0), 2, "softmax of the scores"),
        ((0.5, 0.5), 2, "2 equally likely"),
        (tuple(range(1000)), 10, "10 of 1,000; softmax of the scores"),
        ((0.0,) * 1200, 10, "10 of 1,200; 1,200 equally likely; softmax of the scores"),
    ],
)
def test_what_the_bars_do_not_tell_is_said(
    scores: tuple[float, ...], listed: int, words: str
) -> None:
    assert remarks(read(*scores), listed) == words
    assert remarks(None, 0) == ""


def test_all_equal_classes_have_a_first_one_too() -> None:
    found = answer({"y": np.zeros((1, 1000), np.float32)})
    assert found is not None
    assert (found.best.index, found.tied, found.count) == (0, 1000, 1000)
    assert found.best in found.candidates


def test_a_row_longer_than_any_list_of_classes_is_no_answer() -> None:
    assert answer({"logits": np.zeros((1, LARGEST + 1), np.float32)}) is None
    found = answer({"logits": np.zeros((1, LARGEST), np.float32)})
    assert found is not None
    assert len(found.candidates) == KEPT


@pytest.mark.parametrize("size", [10, 21, 80, 100, 1000, 1001])
def test_scores_for_the_classes_of_a_usual_data_set_are_an_answer(size: int) -> None:
    assert answer({"y": np.linspace(-3, 3, size)[None]}) is not None


@pytest.mark.parametrize("size", [2, 3, 5, 62, 64, 128, 136, 196, 512, 768, 1024])
def test_other_rows_are_only_if_the_file_says_so(size: int) -> None:
    row = np.linspace(-3, 3, size)[None]
    assert answer({"y": row}) is None
    assert answer({"logits": row}) is not None
    assert answer({"y": row}, json.dumps([f"c{k}" for k in range(size)])) is not None


@pytest.mark.parametrize(
    "name", ["stateN", "hn", "c_n", "embedding", "image_embeds", "landmarks", "pose", "anchors",
             "boxes", "mos", "features", "last_hidden_state", "latent", "key_points"]
)  # fmt: skip
def test_what_is_called_something_else_is_no_class(name: str) -> None:
    assert answer({name: np.linspace(-3, 3, 10)[None]}) is None


def test_scores_of_boxes_are_no_classes() -> None:
    boxes, scores = np.zeros((1, 100, 4), np.float32), np.linspace(0, 0.9, 100)[None]
    assert answer({"boxes": boxes, "scores": scores}) is None
    assert answer({"scores": scores}) is not None


def test_a_recurrent_state_is_no_answer_whatever_it_sums_to() -> None:
    text = """g (float[1,1,3] x) => (float[1,1,10] y) <float[1,10,3] w = {%s},
        float[1,10,10] r = {%s}> { s, y = RNN <hidden_size = 10> (x, w, r) }"""
    found = parsed(text % (",".join(["0.1"] * 30), ",".join(["0"] * 100)))
    assert decode(found.run({"x": np.ones((1, 1, 3), np.float32)})) is None


def test_one_number_for_each_step_is_no_row_of_classes() -> None:
    found = parsed("g (float[T] x) => (float[T] y) { y = Sigmoid (x) }")
    assert decode(found.run({"x": np.zeros(10, np.float32)})) is None


def test_a_row_for_each_step_is_no_row_of_classes_even_for_one_step() -> None:
    found = parsed("g (float[1,1,10] x) => (float[1,T,10] logits) { logits = Identity (x) }")
    assert decode(found.run({"x": np.ones((1, 1, 10), np.float32)})) is None


def test_a_single_probability_is_one_bar() -> None:
    """Like a voice detector: its state is no answer."""
    text = """g (float[1,1] x, float[2,1,10] state) => (float[1,1] output, float[2,1,10] stateN) {
        p = Sigmoid (x)
        output = ReduceMean <axes = [1], keepdims = 1> (p)
        stateN = Tanh (state)
    }"""
    feeds = {"x": np.zeros((1, 1), np.float32), "state": np.zeros((2, 1, 10), np.float32)}
    found = decode(parsed(text).run(feeds))
    assert found is not None
    assert (found.tensor, found.count, found.computed) == ("output", 1, False)
    assert found.candidates == (Candidate(0, "probability", 0.5),)


def test_a_grade_is_no_probability() -> None:
    found = parsed("g (float[1,1] x) => (float[1,1] mos) { mos = Relu (x) }")
    assert decode(found.run({"x": np.full((1, 1), 0.5, np.float32)})) is None


def test_classes_apart_keep_their_own_probabilities() -> None:
    found = parsed("g (float[1,80] x) => (float[1,80] y) { y = Sigmoid (x) }")
    told = decode(found.run({"x": np.linspace(-2, 2, 80, dtype=np.float32)[None]}))
    assert told is not None
    assert told.apart
    assert remarks(told, 10) == "10 of 80; each by itself"
    assert not told.computed
    assert told.best.share == pytest.approx(1 / (1 + math.exp(-2)))


CLASSIFIER = """g (float[1,2] x) => (int64[1] label, float[1,2] p) {
    label, p = ai.onnx.ml.LinearClassifier <coefficients = [1.0, 0.0, 0.0, 1.0],
        intercepts = [0.0, 0.0], post_transform = "SOFTMAX", %s> (x)
}"""


@pytest.mark.parametrize(
    ("attribute", "labels"),
    [('classlabels_strings = ["cat", "dog"]', ["cat", "dog"]),
     ("classlabels_ints = [3, 8]", ["3", "8"])],
)  # fmt: skip
def test_a_classifier_names_its_classes_itself(attribute: str, labels: list[str]) -> None:
    found = decode(parsed(CLASSIFIER % attribute).run({"x": np.array([[0, 2]], np.float32)}))
    assert found is not None
    assert [candidate.label for candidate in found.candidates] == labels
    assert found.best.label == labels[1]


def test_a_map_from_label_to_score_is_read() -> None:
    text = CLASSIFIER % 'classlabels_strings = ["cat", "dog"]'
    text = text.replace("float[1,2] p)", "seq(map(string, float)) named)").replace(
        "(x)\n", '(x)\n named = ai.onnx.ml.ZipMap <classlabels_strings = ["cat", "dog"]> (p)\n'
    )
    found = decode(parsed(text).run({"x": np.array([[0, 2]], np.float32)}))
    assert found is not None
    assert (found.tensor, found.best.label, found.computed) == ("named", "dog", False)
    assert found.best.share == pytest.approx(1 / (1 + math.exp(-2)))


@pytest.mark.parametrize("scores", [{}, {"a": "b"}, {"a": None}, {"a": math.nan}])
def test_a_map_of_anything_else_is_no_answer(scores: dict[str, Any]) -> None:
    assert answer({"y": [scores]}) is None


@pytest.mark.parametrize("shape", [(10,), (1, 10), (1, 10, 1, 1), (1, 1, 10), (7, 10), (32, 10)])
def test_the_first_row_of_a_batch_is_read(shape: tuple[int, ...]) -> None:
    scores = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    found = answer({"y": scores})
    assert found is not None
    assert [candidate.index for candidate in found.candidates] == [*range(10)]
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
    found = answer({"y": np.array([[1, 2]], np.float32)}, '["cat", "dog"]')
    assert found is not None
    assert found.best.label == "dog"
    assert [candidate.label for candidate in found.candidates] == ["cat", "dog"]


def test_names_are_text_whatever_they_are() -> None:
    said = json.dumps([1, None, "<b>", ["x"]])
    assert labels_of(model(labels=said), 4) == ("1", "None", "<b>", "['x']")


@pytest.mark.parametrize(
    "said",
    ['["cat", "dog"]', '{"0": "cat", "1": "dog"}', '{"dog": 1, "cat": 0}', "{0: 'cat', 1: 'dog'}",
     """{0: 'cat', 1: "dog"}""", "['cat', 'dog']", "('cat','dog',)", "cat\ndog\n", "cat, dog"],
)  # fmt: skip
def test_labels_are_read_in_the_forms_that_exporters_write(said: str) -> None:
    assert labels_of(model(labels=said), 2) == ("cat", "dog")


@pytest.mark.parametrize("note", ["labels", "names", "classes", "class_names", "id2label"])
def test_labels_are_found_under_the_names_that_exporters_use(note: str) -> None:
    assert labels_of(model(**{note: '["cat", "dog"]'}), 2) == ("cat", "dog")


def test_names_with_quotes_and_commas_are_whole() -> None:
    said = """{0: "jack-o'-lantern", 1: 'tench, Tinca tinca', 2: 'it\\'s'}"""
    assert labels_of(model(names=said), 3) == ("jack-o'-lantern", "tench, Tinca tinca", "it's")


@pytest.mark.parametrize(
    "said",
    [None, "", "cat,dog,cow", "{", "null", "3", '"ab"', "[]", '["cat"]', '["a", "b", "c"]',
     "{0: 'cat', 2: 'dog'}", "{0: 'cat', 'dog'}", "[0: 'cat', 1: 'dog']", "['cat' 'dog']",
     "{0: 'cat', 1: ", "[" * 100_000, '{"a":' * 20_000, "{0: '" + "\\" * 99_999, "'" * 99_999,
     '["]",' * 20_000, '["' + '\\"' * 99_999, "9" * 5000],
    ids=lambda said: str(said)[:12],
)  # fmt: skip
def test_without_fitting_names_there_are_none(said: str | None) -> None:
    assert labels_of(model(labels=said), 2) is None
    found = answer({"logits": np.array([[1, 2]], np.float32)}, said)
    assert found is not None
    assert [candidate.label for candidate in found.candidates] == ["0", "1"]


@pytest.mark.parametrize(("batch", "is_answer"), [(1, False), (2, True)])
def test_rows_are_answers_only_if_there_is_one_for_each_item(batch: int, is_answer: bool) -> None:
    """Four boxes of one picture are no scores; two rows for two pictures are."""
    rows = 4 if batch == 1 else batch
    text = f"""<ir_version: 8, opset_import: ["": 17]>
        g (float[{batch},8] x) => (float[{rows},C] logits) {{
            s = Constant <value_ints = [{rows}, -1]> ()
            logits = Reshape (x, s)
        }}"""
    proto = onnx.parser.parse_model(text)
    x = np.arange(batch * 8, dtype=np.float32).reshape(batch, 8)
    trace = tr.load(proto.SerializeToString()).run({"x": x})
    assert (decode(trace) is not None) == is_answer
