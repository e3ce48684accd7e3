"""Products and convolutions of 8-bit integers, exact, into int32.

numpy multiplies integers in a slow loop. float32 holds every integer up to 2²⁴, so sums of so many
products that they stay below are exact in floats, in any order; those are added up in int32, which
wraps around as it does in C. Where not even one kernel fits, float64 does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine.contract.slices import Slices
from tensorama.engine.kernel.quantized import dequantized

Array = np.ndarray
_EXACT = 1 << 24
_FLOAT = 4  # bytes
_PART = 1 << 20  # bytes of floats that are made at once


def matmul_integer_slices(
    a: Array,
    b: Array,
    a_zero: Array | None,
    b_zero: Array | None,
    multiply: Callable[[Array, Array], Slices[Array]],
) -> Slices[Array]:
    """(a − a_zero) · (b − b_zero) by `multiply`, a product of floats.

    a (…,M,K), b (…,K,N) → int32 (…,M,N); a_zero one for all or (…,M,1), b_zero one for all or (N).
    """
    if a.ndim == 1 or b.ndim == 1:
        left, right = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
        y = yield from matmul_integer_slices(left, right, a_zero, b_zero, multiply)
        y = y[..., 0] if b.ndim == 1 else y
        return y[..., 0] if a.ndim == 1 and b.ndim == 1 else y[..., 0, :] if a.ndim == 1 else y
    (m, k), n = a.shape[-2:], b.shape[-1]
    y = np.zeros((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), m, n), np.int32)
    depth = max(1, min(k, _EXACT // (_largest(a, a_zero) * _largest(b, b_zero))))
    rows = max(1, _PART * m // max(1, a.size * _FLOAT) * k // depth)
    columns = max(1, _PART * n // max(1, b.size * _FLOAT) * k // depth)
    for low in range(0, k, depth):
        for start in range(0, n, columns):
            across = slice(start, start + columns)
            part = b[..., low : low + depth, across]
            right = _centred(part, b_zero, across)
            for top in range(0, m, rows):
                down = slice(top, top + rows)
                zero = a_zero if a_zero is None or a_zero.size == 1 else a_zero[..., down, :]
                wide = _centred(a[..., down, low : low + depth], zero)
                y[..., down, across] += _whole((yield from multiply(wide, right)))
    return y


def conv_integer_slices(
    x: Array,
    w: Array,
    x_zero: Array | None,
    w_zero: Array | None,
    sizes: Sequence[int],
    group: int,
    convolve: Callable[[Array, Array, int], Slices[Array]],
) -> Slices[Array]:
    """A convolution of x − x_zero with w − w_zero by `convolve(x, w, group)`, one of floats.

    x (N,C,*D), w (M,C/group,*K) → int32 (N,M,*sizes); x_zero one for all, w_zero too or (M).
    """
    y = np.zeros((len(x), len(w), *sizes), np.int32)
    if not y.size:
        return y
    depth, each = w.shape[1], len(w) // group
    bound = _largest(x, x_zero) * _largest(w, w_zero) * math.prod(w.shape[2:])
    type_ = np.dtype(np.float32 if bound <= _EXACT else np.float64)
    channels = max(1, _EXACT // bound)  # whose sums stay exact
    if group > 1 and depth > channels:
        type_, channels = np.dtype(np.float64), depth
    plane, place = math.prod(x.shape[2:]) * _FLOAT, max(1, math.prod(sizes)) * _FLOAT
    groups = max(1, min(group, _PART // max(1, depth * plane), _PART // (each * place)))
    if group == 1:
        channels = max(1, min(channels, _PART // max(1, plane)))
    kernels = max(1, _PART // place) if group == 1 else groups * each
    for picture in range(len(x)):
        for first in range(0, len(w), kernels):
            some = slice(first, first + kernels)
            begin = first // each * depth if group > 1 else 0
            seen = x[picture : picture + 1, begin : begin + groups * depth]
            weights = w[some]
            count = len(weights) // each if group > 1 else 1
            for low in range(0, depth, channels):
                part = slice(low, low + channels) if group == 1 else slice(None)
                zero = w_zero
                if zero is not None and zero.size > 1:
                    zero = zero.reshape(-1, *[1] * (w.ndim - 1))[some]
                made = yield from convolve(
                    _centred(seen[:, part], x_zero).astype(type_, copy=False),
                    _centred(weights[:, part], zero).astype(type_, copy=False),
                    count,
                )
                y[picture, some] += _whole(made[0])
    return y


def _whole(sums: Array) -> Array:
    """Exact sums as int32; what is too big, which float64 alone can hold, wraps around."""
    return (sums if sums.itemsize == _FLOAT else sums.astype(np.int64)).astype(np.int32)


def _centred(x: Array, zero: Array | None, columns: slice | None = None) -> Array:
    """x − zero as floats, which is exact."""
    if zero is not None:
        if zero.size == 1:
            zero = zero.reshape(())
        elif columns is not None:
            zero = zero[..., columns]
    wide = dequantized(x, np.ones((1,) if zero is None else zero.shape, np.float32), zero)
    if wide is None:
        wide = x.astype(np.float32)
        if zero is not None:
            wide -= zero.astype(np.float32)
    return wide


def _largest(x: Array, zero: Array | None) -> int:
    """A bound for the size of x − zero, at least 1."""
    if not x.size:
        return 1
    low, high = int(x.min()), int(x.max())
    if zero is not None and zero.size:
        low, high = low - int(zero.max()), high - int(zero.min())
    return max(1, -low, high)
