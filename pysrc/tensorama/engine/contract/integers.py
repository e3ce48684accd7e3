"""Products and convolutions of 8-bit integers by the SIMD kernel, in slices: exact, into int32."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from time import perf_counter

import numpy as np

from tensorama.engine.contract.simd import parts, picture_of
from tensorama.engine.contract.slices import Pace, Slices
from tensorama.engine.contract.standing import Window
from tensorama.engine.kernel import Kernel
from tensorama.engine.kernel.quantized import flip_of

Array = np.ndarray
Shape = tuple[int, ...]

FLOAT = 4  # bytes of a sum, too
_products = Pace(6e9)  # per second


def takes(a: Array, b: Array, a_zero: Array | None, b_zero: Array | None) -> bool:
    """Whether the kernel computes with these: bytes, and zero points of the same types."""
    return flip_of(a, a_zero) is not None and flip_of(b, b_zero) is not None


def matmul(
    kernel: Kernel, a: Array, b: Array, a_zero: Array | None, b_zero: Array | None
) -> Slices[Array]:
    """(a − a_zero) · (b − b_zero): a (…,M,K), b (…,K,N) → int32 (…,M,N).

    a_zero one for all or (…,M,1), b_zero one for all or (N).
    """
    k, n = b.shape[-2:]
    rows = a.shape[:-1]
    if b.ndim == 2 and a.ndim > 2 and a.flags.c_contiguous and (a_zero is None or a_zero.size == 1):
        a = a.reshape(-1, k)  # one tall product instead of many flat ones
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = np.empty((*batch, a.shape[-2], n), np.int32)
    lefts = np.broadcast_to(a, (*batch, *a.shape[-2:]))
    rights = np.broadcast_to(b, (*batch, k, n))
    if a_zero is not None and a_zero.size > 1:
        a_zero = np.broadcast_to(a_zero, (*batch, a.shape[-2], 1))
    for place in np.ndindex(*batch):
        zero = a_zero if a_zero is None or a_zero.size == 1 else a_zero[place]
        yield from _product(kernel, lefts[place], rights[place], zero, b_zero, y[place])
    return y.reshape(*rows, n) if b.ndim == 2 else y


def _product(
    kernel: Kernel, a: Array, b: Array, a_zero: Array | None, b_zero: Array | None, c: Array
) -> Slices[None]:
    (m, k), n = a.shape, b.shape[1]
    for r0, r1, j0, j1 in _slices(m, n, k):
        rows, columns, part = a[r0:r1], b[:, j0:j1], c[r0:r1, j0:j1]
        started = perf_counter()
        kernel.call(
            "int_gemm", rows, *rows.strides, *_zeros(a, a_zero, slice(r0, r1)),
            columns, *columns.strides, *_zeros(b, b_zero, slice(j0, j1)),
            part, c.strides[0], r1 - r0, j1 - j0, k, kernel.scratch,
        )  # fmt: skip
        if _products.learn((r1 - r0) * (j1 - j0) * k, perf_counter() - started):
            yield


def _slices(m: int, n: int, k: int) -> Iterator[tuple[int, int, int, int]]:
    return parts(m, n, k, _products.amount) if m and n else iter(())


def _zeros(x: Array, zero: Array | None, some: slice) -> tuple[Array | int, int, int | None]:
    """Zero points of some rows or columns, how far they are apart, and what is flipped in them."""
    flip = flip_of(x)
    if zero is None:
        return 0, 0, flip
    if zero.size == 1:
        return zero, 0, flip
    zero = zero.reshape(-1)[some]
    return zero, zero.strides[0], flip


def conv(
    kernel: Kernel,
    x: Array,
    w: Array,
    x_zero: Array | None,
    w_zero: Array | None,
    place: Window,
    group: int,
) -> Slices[Array]:
    """x (N,C,H,W), w (M,C/group,kH,kW) → int32 (N,M,H',W'); w_zero one for all or (M); pads ≥ 0."""
    x, w = np.ascontiguousarray(x), np.ascontiguousarray(w)
    sizes, around = picture_of(x.shape[2:], w.shape[2:], place.strides, place.dilations, place.pads)
    m, depth = w.shape[:2]
    y = np.empty((len(x), m, *sizes), np.int32)
    rows, places, k = m // group, math.prod(sizes), math.prod(w.shape[1:])
    for of, g in product(range(len(x)), range(group)):
        seen = x[of, g * depth : (g + 1) * depth]
        out = y[of].reshape(m, places)
        for r0, r1, p0, p1 in _slices(rows, places, k):
            some = slice(g * rows + r0, g * rows + r1)
            started = perf_counter()
            kernel.call(
                "int_conv", seen, *around, 0 if x_zero is None else x_zero, flip_of(x),
                w[some], *_zeros(w, w_zero, some), out[some], places * FLOAT, r1 - r0, k, p0, p1,
                kernel.scratch,
            )  # fmt: skip
            if _products.learn((r1 - r0) * (p1 - p0) * k, perf_counter() - started):
                yield
    return y
