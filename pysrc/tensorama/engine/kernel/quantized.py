"""Bytes with scale and zero point through the kernel: numpy is slow at them in a page."""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np

from tensorama.engine.kernel import active

Array = np.ndarray
Shape = tuple[int, ...]
_BYTES = {np.dtype(np.uint8): 0, np.dtype(np.int8): 128}  # and what the kernel flips in them

_TO_FLOATS = {np.dtype(np.int32): "floats", np.dtype(np.int64): "floats_of_wide"}


def flip_of(*arrays: Array | None) -> int | None:
    """What the kernel flips in arrays of bytes of one type (None is of any); None for others."""
    flips = {_BYTES.get(a.dtype) for a in arrays if a is not None}
    return flips.pop() if len(flips) == 1 else None


def dequantized(x: Array, scale: Array, zero: Array | None) -> Array | None:
    """(x − zero) · scale as float32; None if there is no kernel for it."""
    kernel, flip = active(), flip_of(x, zero)
    if kernel is None or flip is None or scale.dtype != np.float32 or not x.size:
        return None
    planes = _planes(x.shape, scale, zero)
    if planes is None:
        return None
    x, y = np.ascontiguousarray(x), np.empty(x.shape, np.float32)
    kernel.call("dequantize", x, y, *planes, np.asarray(scale), _address(zero), flip)
    return y


def quantized(x: Array, scale: Array, zero: Array | None, dtype: np.dtype) -> Array | None:
    """x / scale + zero as the nearest bytes of that type; None if there is no kernel for it."""
    kernel, flip = active(), _BYTES.get(dtype)
    if kernel is None or flip is None or x.dtype != np.float32 or scale.dtype != np.float32:
        return None
    planes = _planes(x.shape, scale, zero)
    if planes is None or not x.size or (zero is not None and zero.dtype != dtype):
        return None
    x, y = np.ascontiguousarray(x), np.empty(x.shape, dtype)
    kernel.call("quantize", x, y, *planes, np.asarray(scale), _address(zero), flip)
    return y


def requantized(
    sums: Array, bias: Array | None, factor: Array, zero: Array | None, dtype: np.dtype
) -> Array | None:
    """(sums + bias) · factor + zero as the nearest bytes; None if there is no kernel for it.

    sums and bias are int32; factor is float32; bias has the shape of factor, or there is one factor
    for all; there is one zero point.
    """
    kernel, flip = active(), _BYTES.get(dtype)
    if kernel is None or flip is None or sums.dtype != np.int32 or factor.dtype != np.float32:
        return None
    if zero is not None and (zero.dtype != dtype or zero.size != 1):
        return None
    if bias is not None and bias.shape != factor.shape:
        return None
    planes = _planes(sums.shape, factor, bias)
    if planes is None or not sums.size:
        return None
    sums, y = np.ascontiguousarray(sums), np.empty(sums.shape, dtype)
    beside = (_address(bias), np.asarray(factor), _address(zero))
    kernel.call("requantize", sums, y, *planes, *beside, flip)
    return y


def dynamically_quantized(x: Array) -> tuple[Array, Array, Array] | None:
    """x as uint8 with its own scale and zero point; None if there is no kernel for it."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size:
        return None
    x, y = np.ascontiguousarray(x), np.empty(x.shape, np.uint8)
    scale, zero = np.empty((), np.float32), np.empty((), np.uint8)
    kernel.call("dynamic_quantize", x, y, x.size, scale, zero)
    return y, scale, zero


def floats(x: Array) -> Array | None:
    """int32 or int64 as float32; None if there is no kernel for it."""
    kernel, name = active(), _TO_FLOATS.get(x.dtype)
    if kernel is None or name is None or not x.size:
        return None
    x, y = np.ascontiguousarray(x), np.empty(x.shape, np.float32)
    kernel.call(name, x, y, x.size)
    return y


def _address(values: Array | None) -> Array | int:
    """What is passed for values that may be missing; a single number may come as such."""
    return 0 if values is None else np.asarray(values)


def _planes(shape: Shape, scale: Array, zero: Array | None) -> tuple[int, int, int, int] | None:
    """How scales that are broadcast to a shape lie along it, as the kernel's PLANES."""
    if zero is not None and zero.shape != scale.shape and not zero.size == scale.size == 1:
        return None
    for values in (scale, zero):
        if values is not None and not values.flags.c_contiguous:
            return None
    return _laid(shape, scale.shape)


@lru_cache(maxsize=1024)
def _laid(shape: Shape, scales: Shape) -> tuple[int, int, int, int] | None:
    if prod(scales) == 1:
        return 1, 1, prod(shape), 0
    scales = (1,) * (len(shape) - len(scales)) + scales
    if len(scales) > len(shape):
        return None
    axes = [axis for axis, size in enumerate(scales) if size != 1]
    first, last = axes[0], axes[-1] + 1
    if scales[first:last] != shape[first:last]:
        return None
    outer, count, inner = prod(shape[:first]), prod(scales), prod(shape[last:])
    return (outer, 1, count, 1) if inner == 1 else (outer * count, count, inner, 0)
