"""Bends between layers, cell by cell, and what competes along an axis.

Where a function has a corner, the slope is that of the side that PyTorch takes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorama.engine.ops.activations import erf, sigmoid
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray


@differentiates("Relu")
def relu(at: Backward) -> Gradients:
    """1 where x is positive."""
    return (at.dy * (at.x > 0),)


@differentiates("LeakyRelu")
def leaky_relu(at: Backward) -> Gradients:
    """1 where x is positive, alpha elsewhere."""
    return (_sloped(at, at.x > 0, at.attributes["alpha"]),)


def _sloped(at: Backward, whole: Array, slope: Any) -> Array:
    """The gradient as it is where `whole` holds, times a slope elsewhere."""
    return np.where(whole, at.dy, at.dy * np.asarray(slope, at.dy.dtype))


@differentiates("PRelu")
def parametric_relu(at: Backward) -> Gradients:
    """As leaky relu, by x and by the learned slope."""
    x, slope = at.x, at.inputs[1]
    if at.opset < 7 and slope.size > 1 and x.ndim > 1:  # one for each channel
        slope = slope.reshape(-1, *[1] * (x.ndim - 2))
    negative = at.dy * np.where(x < 0, x, x.dtype.type(0))
    by_slope = summed_to(slope.shape, negative).reshape(at.inputs[1].shape)
    return _sloped(at, x >= 0, slope), by_slope


@differentiates("ThresholdedRelu")
def thresholded_relu(at: Backward) -> Gradients:
    """1 above alpha."""
    return (at.dy * (at.x > at.attributes["alpha"]),)


@differentiates("Elu")
def elu(at: Backward) -> Gradients:
    """1 where x is positive, alpha·eˣ elsewhere."""
    alpha = at.attributes["alpha"]
    return (_sloped(at, at.x > 0, alpha * np.exp(np.minimum(at.x, 0))),)


@differentiates("Selu")
def selu(at: Backward) -> Gradients:
    """gamma times the slope of elu."""
    alpha, gamma = at.attributes["alpha"], at.attributes["gamma"]
    slope = np.where(at.x > 0, 1, alpha * np.exp(np.minimum(at.x, 0)))
    return (at.dy * (gamma * slope).astype(at.dy.dtype),)


@differentiates("Celu")
def celu(at: Backward) -> Gradients:
    """1 where x is positive, e^(x/alpha) elsewhere."""
    return (_sloped(at, at.x > 0, np.exp(np.minimum(at.x, 0) / at.attributes["alpha"])),)


@differentiates("Sigmoid")
def logistic(at: Backward) -> Gradients:
    """y·(1 − y)"""
    return (at.dy * at.y * (1 - at.y),)


@differentiates("HardSigmoid")
def hard_sigmoid(at: Backward) -> Gradients:
    """alpha between the two corners."""
    kind = at.x.dtype.type
    line = kind(at.attributes["alpha"]) * at.x + kind(at.attributes["beta"])
    return (at.dy * ((line > 0) & (line < 1)) * kind(at.attributes["alpha"]),)


@differentiates("HardSwish")
def hard_swish(at: Backward) -> Gradients:
    """x/3 + 1/2 between −3 and 3."""
    x = at.x
    return (at.dy * np.where(x <= -3, 0, np.where(x >= 3, 1, x / 3 + 0.5)).astype(x.dtype),)


@differentiates("Swish")
def swish(at: Backward) -> Gradients:
    """s + a·x·s·(1 − s) with s = sigmoid(a·x)"""
    return (at.dy * _swish_slope(at.x, at.attributes["alpha"]),)


def _swish_slope(x: Array, alpha: float) -> Array:
    scaled = x.dtype.type(alpha) * x
    share = sigmoid(scaled)
    slope: Array = share + scaled * share * (1 - share)
    return slope


@differentiates("QuickGelu", domain="com.microsoft")
def quick_gelu(at: Backward) -> Gradients:
    """As swish."""
    return swish(at)


@differentiates("SwiGLU")
def swiglu(at: Backward) -> Gradients:
    """By the gate the slope of swish times b; by b the gate."""
    (a, b), alpha = at.inputs, at.attributes["alpha"]
    gate = a * sigmoid(a.dtype.type(alpha) * a)
    return at.dy * b * _swish_slope(a, alpha), at.dy * gate


@differentiates("Mish")
def mish(at: Backward) -> Gradients:
    """t + x·(1 − t²)·sigmoid(x) with t = tanh(softplus(x))"""
    x = at.x
    t = np.tanh(_softplus(x))
    return (at.dy * (t + x * (1 - t * t) * sigmoid(x)),)


def _softplus(x: Array) -> Array:
    soft: Array = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return soft


@differentiates("Tanh")
def tanh(at: Backward) -> Gradients:
    """1 − y²"""
    return (at.dy * (1 - at.y * at.y),)


@differentiates("Softplus")
def softplus(at: Backward) -> Gradients:
    """sigmoid(x)"""
    return (at.dy * sigmoid(at.x),)


@differentiates("ScaledTanh")
def scaled_tanh(at: Backward) -> Gradients:
    """beta·(alpha − y²/alpha)"""
    alpha, beta = (at.dy.dtype.type(at.attributes[name]) for name in ("alpha", "beta"))
    return (at.dy * beta * (alpha - at.y * at.y / alpha),)


@differentiates("ParametricSoftplus")
def parametric_softplus(at: Backward) -> Gradients:
    """alpha·beta·sigmoid(beta·x)"""
    alpha, beta = (at.dy.dtype.type(at.attributes[name]) for name in ("alpha", "beta"))
    return (at.dy * alpha * beta * sigmoid(beta * at.x),)


@differentiates("Affine")
def affine(at: Backward) -> Gradients:
    """alpha"""
    return (at.dy * at.dy.dtype.type(at.attributes["alpha"]),)


@differentiates("Softsign")
def softsign(at: Backward) -> Gradients:
    """1 / (1 + |x|)²"""
    return (at.dy / np.square(1 + np.abs(at.x)),)


@differentiates("Erf")
def error_function(at: Backward) -> Gradients:
    """2/√π · e^(−x²)"""
    return (at.dy * (np.exp(-at.x * at.x) * at.x.dtype.type(2 / math.sqrt(math.pi))),)


@differentiates("Gelu")
def gelu(at: Backward) -> Gradients:
    """The share of a normal distribution below x, and x times its density there."""
    return (at.dy * gelu_slope(at.x, at.attributes["approximate"] == "tanh"),)


@differentiates("Gelu", domain="com.microsoft")
def gelu_exact(at: Backward) -> Gradients:
    """As gelu by the error function."""
    return (at.dy * gelu_slope(at.x, likeness=False),)


@differentiates("FastGelu", "BiasGelu", domain="com.microsoft")
def gelu_after_bias(at: Backward) -> Gradients:
    """As gelu of a sum."""
    bias = at.input(1)
    x = at.x if bias is None else at.x + bias
    dx = at.dy * gelu_slope(x, likeness=at.op == "FastGelu")
    return summed_to(at.x.shape, dx), None if bias is None else summed_to(bias.shape, dx)


def gelu_slope(x: Array, likeness: bool) -> Array:
    """The slope of gelu, or of its likeness with tanh."""
    kind = x.dtype.type
    slope: Array
    if likeness:
        root = kind(math.sqrt(2 / math.pi))
        t = np.tanh(root * (x + kind(0.044715) * x * x * x))
        inner = root * (1 + kind(3 * 0.044715) * x * x)
        slope = kind(0.5) * (1 + t) + kind(0.5) * x * (1 - t * t) * inner
    else:
        below = kind(0.5) * (1 + erf(x * kind(math.sqrt(0.5))))
        slope = below + x * np.exp(kind(-0.5) * x * x) * kind(1 / math.sqrt(2 * math.pi))
    return slope


@differentiates("Shrink")
def shrink(at: Backward) -> Gradients:
    """1 beyond ±lambd, nothing between."""
    return (at.dy * (np.abs(at.x) > at.attributes["lambd"]),)


@differentiates("Clip")
def clip(at: Backward) -> Gradients:
    """1 between the limits; a limit has its share of what it holds back."""
    x, given = at.x, at.attributes
    low, high = at.input(1), at.input(2)
    lowest, highest = given.get("min", low), given.get("max", high)
    above = np.zeros(x.shape, bool) if highest is None else x > highest
    below = np.zeros(x.shape, bool) if lowest is None else x < lowest
    if lowest is not None and highest is not None and np.asarray(lowest > highest).all():
        above, below = np.ones(x.shape, bool), np.zeros(x.shape, bool)  # the upper limit holds
    return (
        at.dy * ~(above | below),
        None if low is None else (at.dy * below).sum().reshape(low.shape),
        None if high is None else (at.dy * above).sum().reshape(high.shape),
    )


@differentiates("Softmax")
def softmax(at: Backward) -> Gradients:
    """y·(dy − Σ y·dy): what one gains the others of its row lose."""
    y, dy, axes = at.y, at.dy, _row(at)
    weighed = y * dy
    return (weighed - y * weighed.sum(axis=axes, keepdims=True),)


@differentiates("LogSoftmax")
def log_softmax(at: Backward) -> Gradients:
    """dy − eʸ·Σ dy"""
    return (at.dy - np.exp(at.y) * at.dy.sum(axis=_row(at), keepdims=True),)


@differentiates("Hardmax")
def hardmax(at: Backward) -> Gradients:
    """Nothing: a tiny step changes no winner."""
    return (np.zeros_like(at.x),)


def _row(at: Backward) -> tuple[int, ...]:
    """The axes along which values compete; before opset 13 all from `axis` on."""
    rank = at.x.ndim
    axis = at.attributes["axis"]
    axis = axis + rank if axis < 0 else axis
    return (axis,) if at.opset >= 13 else tuple(range(axis, rank))
