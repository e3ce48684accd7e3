"""Operators on quantized values: integers with scale and zero point in, the same out.

Products are summed exactly in int32 and then rescaled, as on integer hardware. The elementwise
ones of onnxruntime compute on the real values and quantize the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract.pieces import by_cells
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel.quantized import requantized
from tensorama.engine.ops import pooling
from tensorama.engine.ops.activations import leaky_relu, sigmoid, softmax, softmax_flattened
from tensorama.engine.ops.convolution import conv_integer, conv_transpose
from tensorama.engine.ops.linear import matmul_integer
from tensorama.engine.ops.quantization import (
    MICROSOFT,
    dequantize_linear,
    dynamic_quantize_linear,
    rounded,
)
from tensorama.engine.registry import op
from tensorama.onnxfile.types import DTYPES, element_type

Array = np.ndarray
_UINT8 = 2
_SUM = 4  # bytes
_rounding = Pace(1e8)  # bytes per second
_BAND = 1 << 20  # bytes of sums that are held at once: those of all take four times their result,
_FEWEST = 128  # but so many rows: for each band the other matrix is packed once more


def _real(x: Array, scale: Array, zero_point: Array | None) -> Array:
    return dequantize_linear(x, scale.reshape(()), zero_point)


def _stored(values: Array, scale: Array, zero_point: Array | None) -> Array:
    """Real values as integers of the zero point's type."""
    number = _UINT8 if zero_point is None else element_type(zero_point)
    shift = 0 if zero_point is None else zero_point.reshape(())
    return rounded(values.astype(np.float32) / scale.astype(np.float32).reshape(()), shift, number)


def _rescaled(
    sums: Array, factor: Array, zero_point: Array | None, bias: Array | None = None
) -> contract.Slices[Array]:
    """Exact integer sums, plus a bias, times a real factor, as integers of the zero point's type.

    bias: int32 in a shape that meets the sums. The sums are used up.
    """
    number = _UINT8 if zero_point is None else element_type(zero_point)
    zero = None if zero_point is None else zero_point.reshape(-1)[:1]
    factor = np.asarray(factor, np.float32)
    if bias is not None and factor.size == 1:
        factor = np.full(bias.shape, factor)  # as the kernel wants them: in pairs

    def stored(sums: Array, factor: Array, *bias: Array) -> Array:
        y = requantized(sums, bias[0] if bias else None, factor, zero, DTYPES[number])
        if y is not None:
            return y
        for b in bias:
            sums += b
        return rounded(sums.astype(np.float32) * factor, 0 if zero is None else zero[0], number)

    beside = (factor,) if bias is None else (factor, bias)
    return (yield from by_cells(stored, _rounding, sums, *beside))


def _by_rows(
    compute: Callable[[Array, slice], contract.Slices[Array]], a: Array, b: Array
) -> contract.Slices[Array]:
    """`compute(a's rows, which)` for all rows of a (…,M,K) that is multiplied by b (…,K,N), band by
    band where they are many."""
    if a.ndim < 2 or b.ndim < 2:
        return (yield from compute(a, slice(None)))
    rows, batch = a.shape[-2], math.prod(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]))
    band = max(_FEWEST, _BAND // max(1, _SUM * batch * b.shape[-1]))
    y = yield from compute(a[..., :band, :], slice(0, band))
    if rows <= band:
        return y
    whole = np.empty((*y.shape[:-2], rows, y.shape[-1]), y.dtype)
    whole[..., :band, :] = y
    for start in range(band, rows, band):
        some = slice(start, start + band)
        whole[..., some, :] = yield from compute(a[..., some, :], some)
    return whole


def _of(values: Array | None, rows: slice) -> Any:
    """The scales or zero points of some rows: one for all, (M) or (…,M,1)."""
    if values is None or values.size == 1:
        return values
    return values[rows] if values.ndim == 1 else values[..., rows, :]


def _per_row(values: Array) -> Array:
    return values[:, None] if values.ndim == 1 and values.size > 1 else values


@op("QLinearMatMul", since=10)
@contract.sliced
def qlinear_matmul(
    a: Array,
    a_scale: Array,
    a_zero_point: Array,
    b: Array,
    b_scale: Array,
    b_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
) -> contract.Slices[Array]:
    """Multiply matrices of quantized values; a's scale may be per row, b's per column."""
    wide = np.float32

    def product(a: Array, rows: slice) -> contract.Slices[Array]:
        sums = yield from _sums(a, b, _of(a_zero_point, rows), b_zero_point)
        scale = _per_row(_of(a_scale, rows)).astype(wide)
        factor = scale * b_scale.astype(wide) / y_scale.astype(wide)
        return (yield from _rescaled(sums, factor, y_zero_point))

    return (yield from _by_rows(product, a, b))


def _sums(
    a: Array, b: Array, a_zero_point: Array | None, b_zero_point: Array | None
) -> contract.Slices[Array]:
    """The exact integer product."""
    return (yield from matmul_integer.slices(a, b, a_zero_point, b_zero_point))  # type: ignore[attr-defined]


@op("QLinearConv", since=10)
@contract.sliced
def qlinear_conv(
    x: Array,
    x_scale: Array,
    x_zero_point: Array,
    w: Array,
    w_scale: Array,
    w_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> contract.Slices[Array]:
    """Conv on quantized values; w's scale and zero point may be per kernel, b is int32."""
    sums = yield from conv_integer.slices(  # type: ignore[attr-defined]
        x, w, x_zero_point, w_zero_point, auto_pad=auto_pad, dilations=dilations, group=group,
        kernel_shape=kernel_shape, pads=pads, strides=strides,
    )  # fmt: skip
    ones = [1] * (x.ndim - 2)
    factor = x_scale * w_scale / y_scale
    if factor.size > 1:
        factor = factor.reshape(-1, *ones)
    bias = None if b is None else b.reshape(-1, *ones)
    return (yield from _rescaled(sums, factor, y_zero_point, bias))


@op("QGemm", since=1, domain=MICROSOFT)
@contract.sliced
def quantized_gemm(
    a: Array,
    a_scale: Array,
    a_zero_point: Array,
    b: Array,
    b_scale: Array,
    b_zero_point: Array,
    c: Array | None = None,
    y_scale: Array | None = None,
    y_zero_point: Array | None = None,
    *,
    alpha: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> contract.Slices[Array]:
    """Gemm on quantized values, c in int32; without an output scale the result is real."""
    a, b = (a.T if transA else a), (b.T if transB else b)
    sums = yield from _sums(a, b, a_zero_point, b_zero_point)
    factor = np.float32(alpha) * a_scale * b_scale
    if c is not None and (y_scale is None or c.shape != sums.shape[-1:]):
        sums, c = sums + c, None
    if y_scale is None:
        return sums.astype(np.float32) * factor
    return (yield from _rescaled(sums, factor / y_scale, y_zero_point, c))


@op("MatMulIntegerToFloat", since=1, domain=MICROSOFT)
@contract.sliced
def matmul_integer_to_float(
    a: Array,
    b: Array,
    a_scale: Array,
    b_scale: Array,
    a_zero_point: Array | None = None,
    b_zero_point: Array | None = None,
    bias: Array | None = None,
) -> contract.Slices[Array]:
    """MatMulInteger whose sums are read as real numbers again, plus a bias."""

    def product(a: Array, rows: slice) -> contract.Slices[Array]:
        sums = yield from _sums(a, b, _of(a_zero_point, rows), b_zero_point)
        y = sums.astype(np.float32)
        y *= _of(a_scale, rows) * b_scale
        if bias is not None:
            y += bias
        return y

    return (yield from _by_rows(product, a, b))


@op("DynamicQuantizeMatMul", since=1, domain=MICROSOFT)
@contract.sliced
def dynamic_quantize_matmul(
    a: Array, b: Array, b_scale: Array, b_zero_point: Array | None = None, bias: Array | None = None
) -> contract.Slices[Array]:
    """Quantize a as it comes, multiply by quantized b, give real numbers."""
    stored, scale, zero_point = dynamic_quantize_linear(a)
    zero_points = (zero_point, b_zero_point)
    slices = matmul_integer_to_float.slices  # type: ignore[attr-defined]
    return (yield from slices(stored, b, scale, b_scale, *zero_points, bias))


def _binary(name: str, function: Callable[[Array, Array], Array]) -> None:
    def binary(
        a: Array,
        a_scale: Array,
        a_zero_point: Array | None,
        b: Array,
        b_scale: Array,
        b_zero_point: Array | None,
        c_scale: Array,
        c_zero_point: Array | None = None,
    ) -> contract.Slices[Array]:
        def stored(a: Array, b: Array) -> Array:
            y = function(_real(a, a_scale, a_zero_point), _real(b, b_scale, b_zero_point))
            return _stored(y, c_scale, c_zero_point)

        return (yield from by_cells(stored, pace, a, b))

    pace = Pace(1e7)
    binary.__doc__ = f"{name} on quantized values."
    op(name, since=1, domain=MICROSOFT)(contract.sliced(binary))


_binary("QLinearAdd", np.add)
_binary("QLinearMul", np.multiply)


@op("QLinearSigmoid", since=1, domain=MICROSOFT)
@contract.sliced
def qlinear_sigmoid(
    x: Array,
    x_scale: Array,
    x_zero_point: Array | None,
    y_scale: Array,
    y_zero_point: Array | None = None,
) -> contract.Slices[Array]:
    """Sigmoid on quantized values."""

    def stored(x: Array) -> Array:
        return _stored(sigmoid(_real(x, x_scale, x_zero_point)), y_scale, y_zero_point)

    return (yield from by_cells(stored, _rounding, x))


@op("QLinearLeakyRelu", since=1, domain=MICROSOFT)
@contract.sliced
def qlinear_leaky_relu(
    x: Array,
    x_scale: Array,
    x_zero_point: Array | None,
    y_scale: Array,
    y_zero_point: Array | None = None,
    *,
    alpha: float = 0.01,
) -> contract.Slices[Array]:
    """LeakyRelu on quantized values."""

    def stored(x: Array) -> Array:
        y = leaky_relu(_real(x, x_scale, x_zero_point), alpha=alpha)
        return _stored(y, y_scale, y_zero_point)

    return (yield from by_cells(stored, _rounding, x))


@op("QLinearSoftmax", since=1, domain=MICROSOFT)
def qlinear_softmax(
    x: Array,
    x_scale: Array,
    x_zero_point: Array | None,
    y_scale: Array,
    y_zero_point: Array,
    *,
    axis: int = -1,
    opset: int,
) -> Array:
    """Softmax on quantized values, with the meaning of the opset that it names."""
    real = _real(x, x_scale, x_zero_point)
    y = softmax(real, axis=axis) if opset >= 13 else softmax_flattened(real, axis=axis)
    return _stored(y, y_scale, y_zero_point)


@op("QLinearConcat", since=1, domain=MICROSOFT)
def qlinear_concat(y_scale: Array, y_zero_point: Array, *inputs: Array, axis: int) -> Array:
    """Concat of quantized values, each input with its own scale and zero point."""
    parts = (_real(*inputs[i : i + 3]) for i in range(0, len(inputs), 3))
    return np.concatenate([_stored(p, y_scale, y_zero_point) for p in parts], axis=axis)


@op("QLinearWhere", since=1, domain=MICROSOFT)
def qlinear_where(
    condition: Array,
    x: Array,
    x_scale: Array,
    x_zero_point: Array,
    y: Array,
    y_scale: Array,
    y_zero_point: Array,
    z_scale: Array,
    z_zero_point: Array,
) -> Array:
    """Where on quantized values."""
    z = np.where(condition, _real(x, x_scale, x_zero_point), _real(y, y_scale, y_zero_point))
    return _stored(z, z_scale, z_zero_point)


@op("QLinearGlobalAveragePool", since=1, domain=MICROSOFT)
def qlinear_global_average_pool(
    x: Array,
    x_scale: Array,
    x_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
    *,
    channels_last: int = 0,
) -> Array:
    """GlobalAveragePool on quantized values; the channels may come last."""
    real = _real(x, x_scale, x_zero_point)
    y = channels_first(real, channels_last, pooling.global_average_pool)
    return _stored(y, y_scale, y_zero_point)


@op("QLinearAveragePool", since=1, domain=MICROSOFT)
def qlinear_average_pool(
    x: Array,
    x_scale: Array,
    x_zero_point: Array | None,
    y_scale: Array,
    y_zero_point: Array | None = None,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    channels_last: int = 0,
    count_include_pad: int = 0,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """AveragePool on quantized values; the channels may come last."""

    def pool(real: Array) -> Array:
        return pooling.average_pool(
            real, kernel_shape=kernel_shape, auto_pad=auto_pad, ceil_mode=ceil_mode,
            count_include_pad=count_include_pad, pads=pads, strides=strides,
        )  # fmt: skip

    y = channels_first(_real(x, x_scale, x_zero_point), channels_last, pool)
    return _stored(y, y_scale, y_zero_point)


def channels_first(x: Array, channels_last: int, function: Callable[[Array], Array]) -> Array:
    if not channels_last:
        return function(x)
    return np.moveaxis(function(np.moveaxis(x, -1, 1)), 1, -1)


@op("QLinearConvTranspose", since=1, domain=MICROSOFT)
@contract.sliced
def qlinear_conv_transpose(
    x: Array,
    x_scale: Array,
    x_zero_point: Array,
    w: Array,
    w_scale: Array,
    w_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    output_padding: Sequence[int] | None = None,
    output_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> contract.Slices[Array]:
    """ConvTranspose on quantized values, b in int32."""
    exact = np.float64
    y = yield from conv_transpose.slices(  # type: ignore[attr-defined]
        x.astype(exact) - x_zero_point.astype(exact).reshape(()),
        w.astype(exact) - w_zero_point.astype(exact).reshape(()),
        None if b is None else b.astype(exact), auto_pad=auto_pad, dilations=dilations,
        group=group, kernel_shape=kernel_shape, output_padding=output_padding,
        output_shape=output_shape, pads=pads, strides=strides,
    )  # fmt: skip
    return (yield from _rescaled(y, x_scale * w_scale / y_scale, y_zero_point))
