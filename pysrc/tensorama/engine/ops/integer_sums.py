"""Sums, means and products of 8-bit integers, as onnxruntime's schemas describe them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.quantization import MICROSOFT, dequantize_linear, rounded
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.onnxfile.types import element_type

Array = np.ndarray
_UINT8 = 2


@op("MulInteger", since=1, domain=MICROSOFT)
def multiply_integers(
    a: Array, a_zero_point: Array | None, b: Array, b_zero_point: Array | None = None
) -> Array:
    """Multiply 8-bit integers, less their zero points, into int32."""
    return _shifted(a, a_zero_point) * _shifted(b, b_zero_point)


def _shifted(x: Array, zero_point: Array | None) -> Array:
    wide = x.astype(np.int32)
    return wide if zero_point is None else wide - zero_point.astype(np.int32).reshape(())


def _axes(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    return tuple(sorted({axis_of(axis, rank) for axis in axes} or range(rank)))


@op("ReduceSumInteger", since=1, domain=MICROSOFT)
def sum_of_integers(data: Array, *, axes: Sequence[int], keepdims: int) -> Array:
    """Sum 8-bit integers along axes into 32 bits."""
    kind = np.uint32 if data.dtype.kind == "u" else np.int32
    return data.sum(axis=_axes(axes, data.ndim), keepdims=bool(keepdims), dtype=kind)


@op("QLinearReduceMean", since=1, domain=MICROSOFT)
def qlinear_reduce_mean(
    data: Array,
    data_scale: Array,
    data_zero_point: Array | None,
    reduced_scale: Array,
    reduced_zero_point: Array | None = None,
    *,
    axes: Sequence[int],
    keepdims: int,
) -> Array:
    """The mean of quantized values along axes, quantized again."""
    real = dequantize_linear(data, data_scale.reshape(()), data_zero_point)
    mean = real.mean(axis=_axes(axes, data.ndim), keepdims=bool(keepdims), dtype=np.float32)
    number = _UINT8 if reduced_zero_point is None else element_type(reduced_zero_point)
    shift = 0 if reduced_zero_point is None else reduced_zero_point.reshape(())
    return rounded(np.asarray(mean) / reduced_scale.reshape(()), shift, number)
