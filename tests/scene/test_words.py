"""Layers and shapes in words."""

from __future__ import annotations

from tensorama.layers import Layer
from tensorama.scene.words import said, shape_in_words


def test_a_shape_is_told_without_a_batch_of_one() -> None:
    assert shape_in_words((1, 6, 28, 28)) == "6 × 28 × 28"
    assert shape_in_words((2, 6)) == "2 × 6"
    assert shape_in_words((1,)) == "1"
    assert shape_in_words(()) == "1"


def test_a_layer_is_said_in_words_and_an_input_without_an_operator() -> None:
    layer = Layer("conv1", "convolution", "Conv + Relu", "y", ("y",))
    assert said(layer, (1, 6, 28, 28)) == "conv1, Conv + Relu, 6 by 28 by 28"
    assert said(Layer("x", "input", "Input", "x", ("x",)), (1, 784)) == "x, 784"
