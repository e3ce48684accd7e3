"""Numbers as small integers: real value = (stored − zero point) · scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.contract.pieces import LARGE, by_cells
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import quantized as by_kernel
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import (
    DTYPES,
    NARROW,
    element_type,
    marked,
    narrow_type,
    to_type,
    unmarked,
)

Array = np.ndarray
MICROSOFT = "com.microsoft"
_UINT8 = 2
_rounding = Pace(1e8)  # bytes per second


def spread(values: Array, x: Array, axis: int, block_size: int = 0) -> Array:
    """Scales or zero points in a shape that meets x: one for all, per slice of axis, per block."""
    if values.size == 1 and not (block_size and values.ndim == x.ndim):
        return values.reshape(())
    axis = axis_of(axis, x.ndim)
    if values.ndim == 1 and not block_size:
        if values.size != x.shape[axis]:
            raise OperatorError(
                f"axis {axis} has {x.shape[axis]} slices, {values.size} scales or zero points came"
            )
        return values.reshape(-1, *[1] * (x.ndim - 1 - axis))
    if values.ndim != x.ndim or not block_size:
        raise OperatorError("scales are one for all, one per slice of the axis, or one per block")
    return np.repeat(values, block_size, axis=axis).take(range(x.shape[axis]), axis)


def limits(number: int) -> tuple[int, int]:
    """The smallest and the largest integer of an element type."""
    if number in NARROW:
        bits, signed = NARROW[number].bits, NARROW[number].carrier == "int8"
    else:
        bits, signed = 8 * DTYPES[number].itemsize, DTYPES[number].kind == "i"
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def _is_float(number: int) -> bool:
    return (NARROW[number].carrier == "float32") if number in NARROW else number in (1, 10, 11)


def rounded(values: Array, zero_point: Array | int, number: int, saturate: bool = True) -> Array:
    """Scaled values as the nearest storable ones: round half to even, shift, cut at the limits."""
    if _is_float(number):
        return to_type(values + zero_point, number, saturate)
    low, high = limits(number)
    whole = np.rint(values)
    if np.any(zero_point):
        # a sum beyond the type's limits is cut below, so the float's own precision is enough
        whole = whole + np.asarray(zero_point).astype(values.dtype)
    whole = np.minimum(np.maximum(whole, low), high)
    whole = whole.astype(DTYPES[number].str)
    return marked(whole, number) if number in NARROW else whole


@op("QuantizeLinear", since=13, own_types=True)
@replayable("x", "y_scale", "y_zero_point")
def quantize_linear(
    x: Array,
    y_scale: Array,
    y_zero_point: Array | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
    precision: int = 0,
    saturate: int = 1,
) -> Array:
    """Store numbers as small integers: round(x / scale) + zero point, cut at the type's limits.

    Scales are one for all, one per slice of `axis`, or one per block of `block_size` along it.
    """
    number = output_dtype or (_UINT8 if y_zero_point is None else element_type(y_zero_point))
    wide = DTYPES[precision].str if precision else y_scale.dtype.str
    if wide not in ("<f4", "<f8"):
        wide = "<f4"
    scale = spread(unmarked(y_scale), x, axis, block_size)
    shift = None
    if y_zero_point is not None:
        shift = spread(unmarked(y_zero_point), x, axis, block_size)
    if element_type(x) == element_type(y_scale) == 1 and not precision and number not in NARROW:
        y = by_kernel.quantized(x, scale, shift, DTYPES[number])
        if y is not None:
            return y
    exact = unmarked(x).astype(wide) / scale.astype(wide)
    kind = precision or element_type(y_scale)
    if kind not in (1, 11) and DTYPES.get(kind) is not None:
        exact = unmarked(to_type(exact, kind)).astype(wide)  # the division's own precision
    return rounded(exact, 0 if shift is None else shift, number, bool(saturate))


@op("QuantizeLinear", since=10, own_types=True)
@replayable("x", "y_scale", "y_zero_point")
def quantize_linear_whole(x: Array, y_scale: Array, y_zero_point: Array | None = None) -> Array:
    """QuantizeLinear of opsets 10-12: one scale for all values."""
    return quantize_linear(x, y_scale, y_zero_point)


@op("DequantizeLinear", since=13, own_types=True)
@replayable("x", "x_scale", "x_zero_point")
def dequantize_linear(
    x: Array,
    x_scale: Array,
    x_zero_point: Array | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Array:
    """Read small integers as numbers again: (x − zero point) · scale"""
    stored, scale = unmarked(x), spread(unmarked(x_scale), x, axis, block_size)
    number = output_dtype or element_type(x_scale)
    shift = None
    if x_zero_point is not None:
        shift = spread(unmarked(x_zero_point), x, axis, block_size)
    if number == element_type(x_scale) == 1:
        y = by_kernel.dequantized(stored, scale, shift)
        if y is not None:
            return y
    if shift is not None and np.any(shift):
        wide = np.float32 if stored.dtype.kind == "f" else np.int64
        stored = stored.astype(wide) - shift.astype(wide)
    if narrow_type(x_scale) or number != element_type(x_scale) or scale.dtype == np.float16:
        return to_type(stored.astype(np.float32) * scale.astype(np.float32), number)
    return stored.astype(scale.dtype) * scale


@op("DequantizeLinear", since=10, own_types=True)
@replayable("x", "x_scale", "x_zero_point")
def dequantize_linear_whole(x: Array, x_scale: Array, x_zero_point: Array | None = None) -> Array:
    """DequantizeLinear of opsets 10-12: one scale for all values."""
    return dequantize_linear(x, x_scale, x_zero_point)


def _register_for_microsoft(name: str, function: Callable[..., Any]) -> None:
    op(name, since=1, domain=MICROSOFT, own_types=True)(function)


_register_for_microsoft("QuantizeLinear", quantize_linear)
_register_for_microsoft("DequantizeLinear", dequantize_linear)


@op("DynamicQuantizeLinear", since=11)
@replayable("x")
@sliced
def dynamic_quantize_linear(x: Array) -> Slices[tuple[Array, Array, Array]]:
    """Store numbers as uint8 with the scale and zero point that fit just them."""
    if not x.size:
        return x.astype(np.uint8), np.array(1, np.float32), np.array(0, np.uint8)
    made = by_kernel.dynamically_quantized(x) if x.size < LARGE else None
    if made is not None:
        return made
    low, high = min(np.float32(0), x.min()), max(np.float32(0), x.max())
    yield
    scale = np.float32((high - low) / np.float32(255))
    if not scale:
        scale = np.float32(1)
    zero_point = np.asarray(np.clip(np.rint(-low / scale), 0, 255), np.uint8)

    def stored(x: Array) -> Array:
        y = by_kernel.quantized(x, np.asarray(scale), zero_point, DTYPES[_UINT8])
        return rounded(x / scale, zero_point, _UINT8) if y is None else y

    y = yield from by_cells(stored, _rounding, x)
    return y, np.asarray(scale), np.asarray(zero_point)
