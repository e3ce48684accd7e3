"""Layers and shapes in words."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.layers import Layer
from tensorama.scene.words import plain, remark, said, shape_in_words, short_name, short_op, written


def test_a_shape_is_told_without_a_batch_of_one() -> None:
    assert shape_in_words((1, 6, 28, 28)) == "6 × 28 × 28"
    assert shape_in_words((2, 6)) == "2 × 6"
    assert shape_in_words((1,)) == "1"
    assert shape_in_words(()) == "1"


def test_a_layer_is_said_in_words_and_an_input_without_an_operator() -> None:
    layer = Layer("conv1", "convolution", "Conv + Relu", "y", ("y",))
    assert said(layer, (1, 6, 28, 28)) == "conv1, Conv + Relu, 6 × 28 × 28"
    assert said(Layer("x", "input", "Input", "x", ("x",)), (1, 784)) == "x, 784"


@pytest.mark.parametrize(
    ("value", "text", "said"),
    [(np.float32(0.1), "0.1", ""), (np.float64(0.1), "0.1", ""), (np.float32(-0.0), "-0.0", ""),
     (np.int64(50_257), "50257", ""), (np.uint8(255), "255", ""), (np.bool_(True), "true", ""),
     (np.bool_(False), "false", ""), (np.float32("nan"), "NaN", "not a number"),
     (np.float64("inf"), "∞", "infinite"),
     (np.float16("-inf"), "−∞", "minus infinite, as what is masked"),
     ("<b>", "<b>", ""), ("", "", "an empty text"), (b"caf\xc3\xa9", "café", ""),
     (np.complex64(1 - 2j), "(1-2j)", "")],
)  # fmt: skip
def test_a_value_is_written_as_its_type_is(value: object, text: str, said: str) -> None:
    assert written(value) == text
    assert remark(value) == said


@pytest.mark.parametrize(
    ("value", "told"),
    [(np.float32(0.1), 0.10000000149011612), (np.float64(0.1), 0.1), (np.int64(-7), -7),
     (np.bool_(True), True), (np.uint64(2**53), 2**53), (np.uint64(2**53 + 1), str(2**53 + 1)),
     (np.float16("nan"), "NaN"), (np.float32("inf"), "∞"), ("<b>", "<b>"), (b"caf\xc3\xa9", "café"),
     (np.complex64(1 - 2j), "(1-2j)")],
)  # fmt: skip
def test_a_value_is_a_number_for_javascript_if_it_can_be(value: object, told: object) -> None:
    assert plain(value) == told
    assert type(plain(value)) is type(told)


def test_a_tensor_without_numbers_says_so() -> None:
    assert shape_in_words((0, 3)) == "empty (0,3)"
    assert shape_in_words((1, 3, 0, 8)) == "empty (1,3,0,8)"


def test_within_groups_a_name_is_without_their_names() -> None:
    assert short_name("layer1/layer1.0/conv1", ["layer1", "layer1.0"]) == "conv1"
    assert short_name("memory/LSTM 1", ["memory"]) == "LSTM 1"
    assert short_name("serving_default_input_2:0", []) == "input_2"
    assert short_name("layer1/layer1.0/conv1", ["block 1", "layer1.0"]) == "conv1"
    assert short_name("layer1.0.conv1", ["layer1", "layer1.0"]) == "conv1"
    assert short_name("features.1.block", ["features", "features.1"]) == "block"
    assert short_name("layer1", ["layer1"]) == "layer1"
    assert short_name("a/", ["a"]) == "a/"


def test_a_name_says_nothing_twice_and_is_no_number_alone() -> None:
    assert short_name("layer1/layer1.0/conv1", []) == "layer1.0/conv1"
    assert short_name("features/features.0/features.0.0", ["features"]) == "features.0.0"
    assert short_name("layer1.0", ["layer1"]) == "layer1.0"
    assert short_name("encoder/0/conv", ["encoder"]) == "0/conv"


def test_of_a_long_name_the_end_is_told() -> None:
    name = "encoder.layers.encoder_layer_0.self_attention/query"
    assert short_name(name, []) == "…self_attention/query"
    assert short_name("a" * 30, []) == "…" + "a" * 21
    assert short_name("trunk/block1/block1-0/f/se/fc1", []) == "…block1-0/f/se/fc1"


def test_many_operators_are_told_by_the_first_and_the_last() -> None:
    assert short_op("Conv + BatchNormalization + Relu") == "Conv + BatchNorm + Relu"
    assert short_op("3 residual blocks") == "3 residual blocks"
    long = "MatMul + Add + Div + Erf + Add + Mul + Mul"
    assert short_op(long) == "MatMul + Add + … + Mul"
