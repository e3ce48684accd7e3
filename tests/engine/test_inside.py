"""What operators record of their inside: gates of every step, scores and weights of every head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import parser

import tensorama as tr
from engine.cases import Case, case, i64, normal
from engine.reference import feeds_of, model_of


def _trace(one: Case) -> tr.Trace:
    return tr.load(model_of(one).SerializeToString()).run(feeds_of(one))


def _lstm(direction: str = "forward", **more: Any) -> Case:
    d = 2 if direction == "bidirectional" else 1
    weights = [normal(d, 24, 4, seed=1), normal(d, 24, 6, seed=2), normal(d, 48, seed=3)]
    x = normal(5, 3, 4) if not more.get("layout") else normal(3, 5, 4)
    return case("LSTM", x, *weights, hidden_size=6, direction=direction, outputs=3, **more)


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("layout", [0, 1])
def test_an_lstm_records_its_gates_in_the_shape_of_y(direction: str, layout: int) -> None:
    trace = _trace(_lstm(direction, layout=layout))
    y = trace["y0"]
    names = {"input_gate", "output_gate", "forget_gate", "candidate", "cell"}
    assert set(trace.inner) == {f"n/{name}" for name in names}
    assert {array.shape for array in trace.inner.values()} == {y.shape}
    np.testing.assert_allclose(
        y, trace.inner["n/output_gate"] * np.tanh(trace.inner["n/cell"]), 1e-5
    )


def test_a_gru_mixes_its_candidate_with_the_state_before() -> None:
    weights = [normal(1, 18, 4, seed=1), normal(1, 18, 6, seed=2)]
    trace = _trace(case("GRU", normal(5, 3, 4), *weights, hidden_size=6, outputs=2))
    y, z, c = (trace["y0"], trace.inner["n/update_gate"], trace.inner["n/candidate"])
    before = np.concatenate((np.zeros_like(y[:1]), y[:-1]))
    np.testing.assert_allclose(y, (1 - z) * c + z * before, rtol=1e-5, atol=1e-6)
    assert "n/reset_gate" in trace.inner


def test_steps_behind_the_end_of_a_sequence_are_empty() -> None:
    lengths = np.array([5, 2, 0], np.int32)
    weights = [normal(1, 24, 4, seed=1), normal(1, 24, 6, seed=2), None, lengths]
    trace = _trace(case("LSTM", normal(5, 3, 4), *weights, hidden_size=6, outputs=3))
    for array in (trace["y0"], *trace.inner.values()):
        assert array[1, 0, 1].any()
        assert not array[2:, 0, 1].any()
        assert not array[:, 0, 2].any()


def test_attention_records_scores_and_the_weights_made_of_them() -> None:
    q, k, v = normal(2, 4, 3, 8), normal(2, 2, 5, 8, seed=1), normal(2, 2, 5, 6, seed=2)
    trace = _trace(case("Attention", q, k, v, opset=23, is_causal=1))
    scores, weights = trace.inner["n/scores"], trace.inner["n/weights"]
    assert scores.shape == weights.shape == (2, 4, 3, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-6)
    assert not weights[:, :, 0, 1:].any()
    assert np.isneginf(scores[:, :, 0, 1:]).all()
    y = np.einsum("nhst,nhtv->nhsv", weights, np.repeat(v, 2, axis=1))
    np.testing.assert_allclose(trace["y0"], y, rtol=1e-5, atol=1e-6)


def test_a_query_that_sees_no_key_gives_zeros() -> None:
    q, mask = normal(1, 1, 2, 4), np.array([[False] * 3, [True] * 3])
    kv = normal(1, 1, 3, 4, seed=1)
    y = _trace(case("Attention", q, kv, kv, mask, opset=23))["y0"]
    assert not y[0, 0, 0].any()
    assert y[0, 0, 1].any()


@pytest.mark.parametrize(
    "one",
    [
        case("RandomNormal", shape=[200, 50], mean=3.0, scale=2.0),
        case("RandomUniform", shape=[200, 50], low=-1.0, high=3.0),
        case("RandomNormalLike", normal(200, 50)),
        case("RandomUniformLike", normal(200, 50), seed=4.0),
        case("Bernoulli", np.full((200, 50), 0.25, np.float32)),
        case("Multinomial", np.log(np.array([[1, 2, 1]] * 9, np.float32)), sample_size=500),
    ],
    ids=lambda one: one.op,
)
def test_noise_is_the_same_in_every_run_and_follows_its_distribution(one: Case) -> None:
    first, second = (_trace(one)["y0"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    mean = {"RandomNormal": 3, "RandomUniform": 1, "RandomUniformLike": 0.5, "Bernoulli": 0.25}
    deviation = {"RandomNormal": 2, "RandomUniform": 4 / 12**0.5, "RandomUniformLike": 12**-0.5}
    deviation |= {"Bernoulli": (0.25 * 0.75) ** 0.5, "Multinomial": 0.5**0.5}
    expected = mean.get(one.op, {"Multinomial": 1}.get(one.op, 0))
    assert abs(first.mean() - expected) < 0.08
    assert abs(first.std() - deviation.get(one.op, 1)) < 0.05


def test_another_seed_gives_other_noise() -> None:
    a, b = (_trace(case("RandomNormal", shape=[9], seed=s))["y0"] for s in (1.0, 2.0))
    assert not np.allclose(a, b)


WRONG = [
    (
        case("Gather", normal(3, 2), i64(0, 3)),
        'Gather "n": indices from 0 to 3 do not fit axis 0 of size 3; x0 (3,2), x1 (2).',
    ),
    (
        case("ScatterND", normal(3, 2), i64(5).reshape(1, 1), normal(1, 2)),
        'ScatterND "n": indices from 5 to 5 do not fit axis 0 of size 3; '
        "x0 (3,2), x1 (1,1), x2 (1,2).",
    ),
    (
        case("Where", np.array([True, False]), normal(3), normal(2)),
        'Where "n": (2) and (3) do not fit together: sizes must be equal, or one of them 1; '
        "x0 (2), x1 (3), x2 (2).",
    ),
    (
        case("Expand", normal(3), i64(2, 2)),
        'Expand "n": shape (3) cannot be repeated to (2,2); x0 (3), x1 (2).',
    ),
    (
        case("Reshape", normal(6), i64(-1, -1)),
        'Reshape "n": only one size of the shape can be -1; x0 (6), x1 (2).',
    ),
    (
        case("Slice", normal(3), i64(0).reshape(1, 1), i64(1)),
        'Slice "n": starts must be a vector of numbers, shape (1,1) came; '
        "x0 (3), x1 (1,1), x2 (1).",
    ),
    (
        case("GatherElements", normal(3, 2), i64(0, 1), axis=2),
        'GatherElements "n": data has 2 dimensions, indices 1; x0 (3,2), x1 (2).',
    ),
    (
        case("SequenceAt", [normal(2)], np.array(1)),
        'SequenceAt "n": position 1 is out of range for a sequence of 1; x0 list, x1 ().',
    ),
    (
        case("Tile", normal(3, 2), i64(2)),
        'Tile "n": 2 repeats were expected, 1 came; x0 (3,2), x1 (1).',
    ),
    (
        case("LSTM", normal(5, 3, 4), normal(1, 24, 4), normal(1, 24, 5)),
        'LSTM "n": W must have shape (1, 20, 4) here, (1, 24, 4) came; '
        "x0 (5,3,4), x1 (1,24,4), x2 (1,24,5).",
    ),
    (
        case(
            "GRU", normal(5, 3, 4), normal(1, 18, 4), normal(1, 18, 6), activations=["Sine", "Tanh"]
        ),
        'GRU "n": the activation "Sine" is not known; known: affine, elu, hardsigmoid, leakyrelu, '
        "relu, scaledtanh, sigmoid, softplus, softsign, tanh, thresholdedrelu; "
        "x0 (5,3,4), x1 (1,18,4), x2 (1,18,6).",
    ),
    (
        case("Attention", normal(1, 4, 3, 8), normal(1, 3, 3, 8), normal(1, 3, 3, 8), opset=23),
        'Attention "n": 4 query heads cannot share 3 key heads evenly; '
        "x0 (1,4,3,8), x1 (1,3,3,8), x2 (1,3,3,8).",
    ),
    (
        case("NonMaxSuppression", normal(1, 3, 4), normal(1, 2, 4)),
        'NonMaxSuppression "n": boxes and scores do not agree in the number of pictures and '
        "boxes; x0 (1,3,4), x1 (1,2,4).",
    ),
    (
        case("RegexFullMatch", np.array(["a"], object), pattern="("),
        'RegexFullMatch "n": the pattern "(" cannot be read: missing ), unterminated subpattern '
        "at position 0; x0 (1).",
    ),
]


@pytest.mark.parametrize(("one", "sentence"), WRONG, ids=[one.op for one, _ in WRONG])
def test_what_does_not_fit_is_said_in_one_sentence(one: Case, sentence: str) -> None:
    with pytest.raises(tr.OperatorError) as caught:
        _trace(one)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("sign", [1, -1])
def test_an_if_records_the_branch_that_ran_and_what_is_inside_of_its_nodes(sign: int) -> None:
    model = parser.parse_model(
        """<ir_version: 8, opset_import: ["" : 21]>
        f (float[2] x, bool c) => (float[2] y) {
            [outer] y = If (c) <
                then_branch = a () => (float[2] t) {
                    two = Add (x, x)
                    [deep] t = If (c) <
                        then_branch = b () => (float[2] r) { r = Mul (two, x) },
                        else_branch = d () => (float[2] r) { r = Identity (two) }
                    >
                },
                else_branch = e () => (float[2] t) { t = Neg (x) }
            >
        }"""
    )
    x = np.array([1, 3], np.float32)
    trace = tr.load(model.SerializeToString()).run({"x": x, "c": np.array(sign > 0)})
    if sign > 0:
        assert trace.inner.keys() == {"outer/two", "outer/t", "outer/deep/r"}
        np.testing.assert_array_equal(trace.inner["outer/two"], x + x)
        told = tr.explain(trace, "outer/deep/r", (1,))  # computed again, with the same name
        assert (told.recorded, told.value) == (18, 18)
    else:
        assert trace.inner.keys() == {"outer/t"}
    assert not next(iter(trace.inner.values())).flags.writeable
