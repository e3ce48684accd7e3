"""Matrix products, convolutions and pools: the one place that picks how they are computed.

`simd` is the WebAssembly kernel, which a page has and CPython does not; `plain` is numpy: BLAS
natively, `einsum` in a page without the kernel. Long work is done in slices (see `slices`):
`matmul_slices` and `conv_slices` can be driven slice by slice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import plain, simd
from tensorama.engine.contract.plain import (
    IN_PAGE,
    conv_integer,
    einsum,
    matmul_integer,
    padded,
    windows,
)
from tensorama.engine.contract.slices import Slices, sliced, whole
from tensorama.engine.kernel import active
from tensorama.engine.kernel.cells import widened

__all__ = [
    "IN_PAGE",
    "Slices",
    "conv",
    "conv_integer",
    "conv_slices",
    "einsum",
    "matmul",
    "matmul_integer",
    "matmul_slices",
    "padded",
    "pooled",
    "sliced",
    "whole",
    "windows",
]

Array = np.ndarray


def matmul_slices(a: Array, b: Array) -> Slices[Array]:
    """Multiply matrices as np.matmul does, broadcasting over leading axes.

    a (…,M,K), b (…,K,N) → (…,M,N)
    """
    kernel = active()
    if kernel is not None and a.ndim and b.ndim:
        if simd.takes(a, b):
            return (yield from simd.matmul(kernel, a, b))
        if a.dtype == b.dtype == np.float16:
            return (yield from simd.matmul(kernel, widened(a), widened(b))).astype(np.float16)
    return plain.matmul(a, b)


def conv_slices(
    x: Array,
    w: Array,
    strides: Sequence[int],
    dilations: Sequence[int],
    group: int = 1,
    pads: Sequence[tuple[int, int]] = (),
    bias: Array | None = None,
) -> Slices[Array]:
    """Slide the kernels w over x with a border of zeros, in any number of dimensions.

    x (N,C,*D), w (M,C/group,*K), bias (M) → (N,M,*D'); pads: (before, after) per axis
    """
    kernel = active()
    if kernel is not None and x.dtype == w.dtype == np.float16:
        wide = None if bias is None else widened(bias)
        x, w = widened(x), widened(w)
        y = yield from conv_slices(x, w, strides, dilations, group, pads, wide)
        return y.astype(np.float16)
    arrays = (x, w) if bias is None else (x, w, bias)
    if kernel is None or not simd.takes(*arrays) or w.ndim not in (3, 4):
        return plain.conv(x, w, strides, dilations, group, pads, bias)
    if simd.cut_away(tuple(pads)):
        x, pads = padded(x, pads), ()
    pads = pads or ((0, 0),) * (w.ndim - 2)
    return (yield from simd.conv(kernel, x, w, strides, dilations, group, pads, bias))


matmul = sliced(matmul_slices)
conv = sliced(conv_slices)


def pooled(
    how: str,
    x: Array,
    kernel_shape: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[tuple[int, int]],
    sizes: Sequence[int],
) -> Array | None:
    """The "largest" cell or the "total" of every window; None if there is no kernel for it.

    x (N,C,*D) → (N,C,*sizes); cells outside x do not count.
    """
    kernel = active()
    if kernel is None or not simd.takes(x) or x.ndim not in (3, 4):
        return None
    if simd.cut_away(tuple(pads)):
        return None
    if x.ndim == 4:
        return simd.pool(kernel, how, x, kernel_shape, strides, dilations, pads, sizes)
    line = simd.pool(
        kernel, how, x[:, :, None], (1, *kernel_shape), (1, *strides), (1, *dilations),
        ((0, 0), *pads), (1, *sizes),
    )  # fmt: skip
    return line[:, :, 0]
