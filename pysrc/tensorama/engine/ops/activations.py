"""The bends between layers: relu and its relatives, sigmoid, tanh, softmax.

These run over every cell of big tensors. Where there is a kernel it computes those that say
`in_kernel`; the function below is what it computes, and what computes everywhere else.
"""

from __future__ import annotations

import math

import numpy as np

from tensorama.engine.kernel import cells
from tensorama.engine.kernel.cells import in_kernel
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op

Array = np.ndarray


@op("Relu", since=6)
@in_kernel("relu")
def relu(x: Array) -> Array:
    """Keep what is positive, make the rest 0."""
    return np.maximum(x, np.zeros((), x.dtype))


@op("LeakyRelu", since=6)
@in_kernel("leaky_relu", "alpha")
def leaky_relu(x: Array, *, alpha: float = 0.01) -> Array:
    """Like relu, but negative values keep a small share `alpha`."""
    return np.where(x < 0, x * x.dtype.type(alpha), x)


@op("PRelu", since=7)
def parametric_relu(x: Array, slope: Array) -> Array:
    """Like leaky relu, with a learned slope for each channel or cell."""
    return np.where(x < 0, x * slope, x)


@op("ThresholdedRelu", since=10)
def thresholded_relu(x: Array, *, alpha: float = 1.0) -> Array:
    """Keep what is above `alpha`, make the rest 0."""
    return np.where(x > x.dtype.type(alpha), x, np.zeros((), x.dtype))


@op("Elu", since=6)
@in_kernel("elu", "alpha")
def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """x where positive, alpha·(eˣ − 1) elsewhere."""
    return np.where(x < 0, x.dtype.type(alpha) * np.expm1(np.minimum(x, 0)), x)


@op("Selu", since=6)
def selu(
    x: Array, *, alpha: float = 1.67326319217681884765625, gamma: float = 1.05070102214813232421875
) -> Array:
    """gamma · elu(x): scaled so that layers keep mean 0 and variance 1."""
    return x.dtype.type(gamma) * np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(x))


@op("Celu", since=12)
def celu(x: Array, *, alpha: float = 1.0) -> Array:
    """max(0, x) + min(0, alpha·(e^(x/alpha) − 1))"""
    a = x.dtype.type(alpha)
    return np.maximum(x, 0) + np.minimum(0, a * np.expm1(x / a))


@op("Sigmoid", since=6)
@in_kernel("sigmoid")
def sigmoid(x: Array) -> Array:
    """Squash into 0…1: 1 / (1 + e⁻ˣ)

    tanh gives the same curve and cannot overflow.
    """
    if x.dtype == np.float16:  # its few digits would be lost between the steps
        return sigmoid(x.astype(np.float32)).astype(np.float16)
    half = x.dtype.type(0.5)
    return half * np.tanh(half * x) + half


@op("HardSigmoid", since=6)
@in_kernel("hard_sigmoid", "alpha", "beta")
def hard_sigmoid(x: Array, *, alpha: float = 0.2, beta: float = 0.5) -> Array:
    """A sigmoid of straight lines: max(0, min(1, alpha·x + beta))"""
    kind = x.dtype.type
    return np.clip(kind(alpha) * x + kind(beta), kind(0), kind(1))


@op("HardSwish", since=14)
@in_kernel("hard_swish")
def hard_swish(x: Array) -> Array:
    """x · hard_sigmoid(x) with alpha 1/6 and beta 0.5."""
    return x * hard_sigmoid(x, alpha=1 / 6, beta=0.5)


@op("Swish", since=24)
@in_kernel("silu", "alpha")
def swish(x: Array, *, alpha: float = 1.0) -> Array:
    """x · sigmoid(alpha·x)"""
    return x * sigmoid(x.dtype.type(alpha) * x)


@op("SwiGLU", since=28)
def swiglu(a: Array, b: Array, *, alpha: float = 1.0) -> Array:
    """A gate for values: swish(a) · b, both of one shape."""
    return swish(a, alpha=alpha) * b


@op("Mish", since=18)
def mish(x: Array) -> Array:
    """x · tanh(softplus(x))"""
    return x * np.tanh(softplus(x))


@op("Tanh", since=6)
@in_kernel("tanh")
def tanh(x: Array) -> Array:
    """Squash into −1…1."""
    return np.tanh(x)


@op("Softplus", since=1)
def softplus(x: Array) -> Array:
    """A smooth relu: ln(1 + eˣ)"""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@op("Softsign", since=1)
def softsign(x: Array) -> Array:
    """x / (1 + |x|)"""
    return x / (x.dtype.type(1) + np.abs(x))


@op("Erf", since=9)
@in_kernel("erf")
def erf(x: Array) -> Array:
    """The error function, in the precision of x.

    Integer inputs are truncated again. Series near 0 and a continued rational elsewhere; see
    `_erf64`.
    """
    if x.dtype == np.float64:
        return _erf64(x)
    if x.dtype.kind in "iu":
        return _erf64(x.astype(np.float64)).astype(x.dtype)
    return _erf32(x.astype(np.float32)).astype(x.dtype)


def _erf32(x: Array) -> Array:
    """erf with float32 precision: a Taylor polynomial of erf(x)/x in x², tanh-like beyond.

    The odd rational that Eigen and XLA also use: x·P(x²)/Q(x²) on |x| ≤ 4, ±1 beyond.
    """
    p = (
        -2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
        -7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02,
    )  # fmt: skip
    q = (
        -1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03,
        -1.42647390514189e-02,
    )  # fmt: skip
    x = np.clip(x, np.float32(-4), np.float32(4))
    square = x * x
    return x * _polynomial(square, p) / _polynomial(square, q)


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    result = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        result *= x
        result += x.dtype.type(c)
    return result


def _erf64(x: Array) -> Array:
    """erf in double precision, by the standard library: rare, so a loop over cells may do."""
    return np.vectorize(math.erf, otypes=[np.float64])(x) if x.size else x.copy()


@op("Gelu", since=20)
@replayable("x")
def gelu(x: Array, *, approximate: str = "none") -> Array:
    """x times the share of a normal distribution below x; "tanh" is a faster likeness."""
    y = cells.bent("gelu_tanh" if approximate == "tanh" else "gelu", x)
    if y is not None:
        return y
    kind = x.dtype.type
    if approximate == "tanh":
        bent = kind(math.sqrt(2 / math.pi)) * (x + kind(0.044715) * x * x * x)
        return kind(0.5) * x * (kind(1) + np.tanh(bent))
    return kind(0.5) * x * (kind(1) + erf(x * kind(math.sqrt(0.5))))


@op("Shrink", since=9)
def shrink(x: Array, *, bias: float = 0.0, lambd: float = 0.5) -> Array:
    """Move values towards 0 by `bias`; those within ±lambd become 0."""
    kind = x.dtype.type
    if x.dtype.kind in "iu":
        moved = np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0))
        return moved.astype(x.dtype)
    low, high = x + kind(bias), x - kind(bias)
    return np.where(x < -lambd, low, np.where(x > lambd, high, kind(0)))


@op("Clip", since=6)
@in_kernel("clip", "min", "max")
def clip_by_attributes(
    x: Array, *, min: float = -3.4028234663852886e38, max: float = 3.4028234663852886e38
) -> Array:
    """Clip of opsets 6-10: the limits are attributes."""
    return np.minimum(np.maximum(x, x.dtype.type(min)), x.dtype.type(max))


@op("Clip", since=11)
@replayable("x")
def clip(x: Array, min: Array | None = None, max: Array | None = None) -> Array:
    """Keep values between two limits; where the limits cross, the upper one holds."""
    if min is not None and max is not None:
        y = cells.bent("clip", x, min.item(), max.item())
        if y is not None:
            return y
    if min is not None:
        x = np.maximum(x, min.reshape(()))
    if max is not None:
        x = np.minimum(x, max.reshape(()))
    return x


@op("Softmax", since=13)
@replayable("x")
def softmax(x: Array, *, axis: int = -1) -> Array:
    """Turn scores into probabilities that sum to 1 along one axis.

    x (any shape) → same shape.  y = exp(x − max) / sum(exp(x − max))
    https://onnx.ai/onnx/operators/onnx__Softmax.html (opset 13)
    """
    axis = axis_of(axis, x.ndim)
    if not x.size:
        return x
    y = cells.softmax(x, axis)
    if y is not None:
        return y
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    wide = np.float32 if x.dtype == np.float16 else x.dtype  # long sums need more than its digits
    return e / e.sum(axis=axis, keepdims=True, dtype=wide).astype(x.dtype, copy=False)


@op("Softmax", since=1)
@replayable("x")
def softmax_flattened(x: Array, *, axis: int = 1) -> Array:
    """Softmax of opsets 1-12: x is first flattened to 2-D at `axis`."""
    return softmax(_flattened(x, axis)).reshape(x.shape)


@op("LogSoftmax", since=13)
@replayable("x")
def log_softmax(x: Array, *, axis: int = -1) -> Array:
    """The logarithm of softmax, computed without taking a tiny number's logarithm."""
    axis = axis_of(axis, x.ndim)
    if not x.size:
        return x
    if x.dtype == np.float16:
        return log_softmax(x.astype(np.float32), axis=axis).astype(np.float16)
    y = cells.softmax(x, axis, log=True)
    if y is not None:
        return y
    below = x - x.max(axis=axis, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=axis, keepdims=True))


@op("LogSoftmax", since=1)
@replayable("x")
def log_softmax_flattened(x: Array, *, axis: int = 1) -> Array:
    """LogSoftmax of opsets 1-12: x is first flattened to 2-D at `axis`."""
    return log_softmax(_flattened(x, axis)).reshape(x.shape)


@op("Hardmax", since=13)
def hardmax(x: Array, *, axis: int = -1) -> Array:
    """1 for the first largest value along an axis, 0 for all others."""
    axis = axis_of(axis, x.ndim)
    winners = np.zeros_like(x)
    if x.size:
        best = np.expand_dims(x.argmax(axis=axis), axis)
        np.put_along_axis(winners, best, x.dtype.type(1), axis=axis)
    return winners


@op("Hardmax", since=1)
def hardmax_flattened(x: Array, *, axis: int = 1) -> Array:
    """Hardmax of opsets 1-12: x is first flattened to 2-D at `axis`."""
    return hardmax(_flattened(x, axis)).reshape(x.shape)


def _flattened(x: Array, axis: int) -> Array:
    axis = x.ndim if axis == x.ndim else axis_of(axis, x.ndim)
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))
