"""Products, convolutions and pools of float32 by the SIMD kernel, in slices.

Every function of the kernel is explained where it is written, in `tensorama_build.kernel`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from time import perf_counter

import numpy as np

from tensorama.engine.contract.slices import Pace, Slices
from tensorama.engine.kernel import Kernel
from tensorama.engine.kernel.cells import folded_in

Array = np.ndarray
Pads = Sequence[tuple[int, int]]

FLOAT = 4  # bytes
_FLOAT32 = np.dtype(np.float32)
_products = Pace(6e9)  # multiplications and additions per second; the first guess is a slow phone's
_streams = Pace(2e9)  # bytes per second
SHORT = 8  # work of less than this part of a slice is done without looking at the clock
FEW = 3  # rows up to which B is not worth packing


def takes(*arrays: Array) -> bool:
    """Whether the kernel computes with these."""
    for array in arrays:  # noqa: SIM110  (a loop is quicker, and this stands before every product)
        if array.dtype is not _FLOAT32 and array.dtype != _FLOAT32:
            return False
    return True


def matmul(kernel: Kernel, a: Array, b: Array) -> Slices[Array]:
    """As np.matmul: a (…,M,K), b (…,K,N) → (…,M,N); operands in any strides."""
    if a.ndim == b.ndim == 2:
        flat = np.empty((a.shape[0], b.shape[1]), np.float32)
        yield from _product(kernel, a, b, flat, None)
        return flat
    left, right = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    m, k, n = left.shape[-2], left.shape[-1], right.shape[-1]
    if right.ndim == 2 and left.ndim > 2 and left.flags.c_contiguous:
        left = left.reshape(-1, k)  # one tall product instead of many flat ones
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    result = np.empty((*batch, left.shape[-2], n), np.float32)
    lefts = np.broadcast_to(left, (*batch, *left.shape[-2:]))
    rights = np.broadcast_to(right, (*batch, *right.shape[-2:]))
    for place in np.ndindex(*batch):
        yield from _product(kernel, lefts[place], rights[place], result[place], None)
    if left.ndim == 2 and a.ndim > 2:
        result = result.reshape(*a.shape[:-2], m, n)
    if a.ndim == 1:
        result = result[..., 0, :]
    return result[..., 0] if b.ndim == 1 else result


def product_into(kernel: Kernel, a: Array, b: Array, c: Array) -> Slices[None]:
    """c (M,N) = a (M,K) · b (K,N), all float32; rows of c are contiguous."""
    yield from _product(kernel, a, b, c, None)


def _product(kernel: Kernel, a: Array, b: Array, c: Array, bias: Array | None) -> Slices[None]:
    """c (M,N) = a (M,K) · b (K,N), plus a bias per row. Rows of c are contiguous."""
    (m, k), n = a.shape, b.shape[1]
    if not c.size:
        return
    if n == 1 and a.strides[1] == FLOAT:
        yield from _dots(kernel, a, np.ascontiguousarray(b[:, 0]), c)
    elif m <= FEW and b.strides[0] == FLOAT:
        for row in range(m):
            yield from _dots(kernel, b.T, np.ascontiguousarray(a[row]), c[row])
    elif m <= FEW and b.strides[1] == FLOAT:
        for row in range(m):
            yield from _mix(kernel, np.ascontiguousarray(a[row]), b, c[row])
    else:
        if m * n * k <= _products.amount / SHORT:
            kernel.call(
                "gemm", a, *a.strides, b, *b.strides, c, c.strides[0], m, n, k,
                0 if bias is None else bias, kernel.scratch,
            )  # fmt: skip
            return
        for r0, r1, j0, j1 in parts(m, n, k, _products.amount):
            rows, columns, part = a[r0:r1], b[:, j0:j1], c[r0:r1, j0:j1]
            started = perf_counter()
            kernel.call(
                "gemm", rows, *rows.strides, columns, *columns.strides, part, c.strides[0],
                r1 - r0, j1 - j0, k, 0 if bias is None else bias[r0:r1], kernel.scratch,
            )  # fmt: skip
            if _products.learn((r1 - r0) * (j1 - j0) * k, perf_counter() - started):
                yield
        return
    if bias is not None and not folded_in("add", c, bias[:, None]):
        c += bias[:, None]


def _dots(kernel: Kernel, a: Array, x: Array, y: Array) -> Slices[None]:
    """y (M) = a (M,K) · x (K); rows of a contiguous."""
    rows = max(1, int(_streams.amount / (FLOAT * max(1, a.shape[1]))))
    if len(a) <= rows // SHORT:  # too little to time
        kernel.call("dots", a, a.strides[0], x, y, len(a), a.shape[1])
        return
    for start in range(0, len(a), rows):
        part, out = a[start : start + rows], y[start : start + rows]
        started = perf_counter()
        kernel.call("dots", part, part.strides[0], x, out, len(part), a.shape[1])
        if _streams.learn(part.size * FLOAT, perf_counter() - started):
            yield


def _mix(kernel: Kernel, x: Array, b: Array, y: Array) -> Slices[None]:
    """y (N) = x (K) · b (K,N); rows of b contiguous."""
    columns = max(64, int(_streams.amount / (FLOAT * max(1, len(b)))) & -32)
    for start in range(0, b.shape[1], columns):
        part, out = b[:, start : start + columns], y[start : start + columns]
        started = perf_counter()
        kernel.call("mix", x, part, part.strides[0], out, part.shape[1], len(b))
        if _streams.learn(part.size * FLOAT, perf_counter() - started):
            yield


ROWS, COLUMNS = 6, 256  # of the kernel's tiles and blocks: whole ones waste nothing


def parts(m: int, n: int, k: int, amount: float) -> Iterator[tuple[int, int, int, int]]:
    """Cut the m rows and n columns of a product over k into slices: (r0, r1, j0, j1).

    amount: of multiplications that fit into a slice.
    """
    cells = max(1.0, amount / max(1, k))
    columns = min(n, max(COLUMNS, int(cells / m) // COLUMNS * COLUMNS))
    rows = min(m, max(ROWS, int(cells / columns) // ROWS * ROWS))
    for j in range(0, n, columns):
        for r in range(0, m, rows):
            yield r, min(m, r + rows), j, min(n, j + columns)


def conv(
    kernel: Kernel,
    x: Array,
    w: Array,
    strides: Sequence[int],
    dilations: Sequence[int],
    group: int,
    pads: Pads,
    bias: Array | None,
) -> Slices[Array]:
    """x (N,C,*D), w (M,C/group,*K), bias (M) → (N,M,*D') for one or two axes; pads ≥ 0."""
    if w.ndim == 3:  # a line is a picture of one row
        flat = conv(
            kernel, x[:, :, None], w[:, :, None], (1, *strides), (1, *dilations), group,
            ((0, 0), *pads), bias,
        )  # fmt: skip
        return (yield from flat)[:, :, 0]
    x, w = np.ascontiguousarray(x), np.ascontiguousarray(w)
    bias = None if bias is None else np.ascontiguousarray(bias)
    (n, c), (m, depth) = x.shape[:2], w.shape[:2]
    sizes, picture = picture_of(
        x.shape[2:], w.shape[2:], tuple(strides), tuple(dilations), tuple(pads)
    )
    y = np.empty((n, m, *sizes), np.float32)
    if not y.size:
        return y
    if group == c > 1 and depth == 1:
        yield from _depthwise(kernel, x, w, y, picture, bias)
        return y
    rows, places, k = m // group, math.prod(sizes), math.prod(w.shape[1:])
    plain = w.shape[2:] == (1, 1) and tuple(strides) == (1, 1) and not any(map(any, pads))
    for of, g in product(range(n), range(group)):
        seen = x[of, g * depth : (g + 1) * depth]
        weights = w[g * rows : (g + 1) * rows].reshape(rows, k)
        out = y[of, g * rows : (g + 1) * rows].reshape(rows, places)
        own = None if bias is None else bias[g * rows : (g + 1) * rows]
        if plain:
            yield from _product(kernel, weights, seen.reshape(depth, places), out, own)
            continue
        for r0, r1, p0, p1 in parts(rows, places, k, _products.amount):
            started = perf_counter()
            kernel.call(
                "conv", seen, *picture, weights[r0:r1], 0 if own is None else own[r0:r1],
                out[r0:r1], places * FLOAT, r1 - r0, k, p0, p1, kernel.scratch,
            )  # fmt: skip
            if _products.learn((r1 - r0) * (p1 - p0) * k, perf_counter() - started):
                yield
    return y


Sizes = tuple[int, ...]


@lru_cache(maxsize=1024)
def cut_away(pads: tuple[tuple[int, int], ...]) -> bool:
    """Whether negative pads cut away some of the picture, which the kernel does not know."""
    return any(amount < 0 for pair in pads for amount in pair)


@lru_cache(maxsize=1024)
def picture_of(
    spatial: Sizes, kernel_shape: Sizes, strides: Sizes, dilations: Sizes, pads: tuple[Sizes, ...]
) -> tuple[Sizes, Sizes]:
    """How many places a kernel has along each axis, and the parameters `PICTURE` of the kernel."""
    sizes = tuple(
        max(0, (size + before + after - (k - 1) * d - 1) // s + 1)
        for size, k, s, d, (before, after) in zip(
            spatial, kernel_shape, strides, dilations, pads, strict=True
        )
    )
    top, left = pads[0][0], pads[1][0]
    return sizes, (*spatial, *kernel_shape, *strides, *dilations, top, left, sizes[1])


def _depthwise(
    kernel: Kernel, x: Array, w: Array, y: Array, picture: tuple[int, ...], bias: Array | None
) -> Slices[None]:
    """Each channel has its own kernels."""
    per = len(w) // x.shape[1]
    work = w[0].size * y[0, 0].size
    maps = max(1, int(_products.amount / 4 / max(1, work))) * per
    for of in range(len(x)):
        for start in range(0, len(w), maps):
            stop = min(len(w), start + maps)
            started = perf_counter()
            kernel.call(
                "depthwise", x[of, start // per :], *picture, y.shape[2], y[of, start:stop],
                stop - start, per, w[start:stop], 0 if bias is None else bias[start:stop],
            )  # fmt: skip
            if _products.learn((stop - start) * work * 4, perf_counter() - started):
                yield


def pool(
    kernel: Kernel,
    how: str,
    x: Array,
    kernel_shape: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Pads,
    sizes: Sequence[int],
) -> Array:
    """The "largest" or "total" of the windows of x (N,C,H,W); what lies outside is left out."""
    x = np.ascontiguousarray(x)
    y = np.empty((*x.shape[:2], *sizes), np.float32)
    top, left = pads[0][0], pads[1][0]
    picture = (*x.shape[2:], *kernel_shape, *strides, *dilations, top, left, sizes[1])
    maps = x.shape[0] * x.shape[1]
    if y.size:
        kernel.call(how, x, *picture, sizes[0], y, maps, 1, 0, 0)
    return y
