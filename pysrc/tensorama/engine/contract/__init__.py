"""Matrix products, convolutions and pools: the one place that picks how they are computed.

`simd` is the WebAssembly kernel, which a page has and CPython does not; `plain` is numpy: BLAS
natively, `einsum` in a page without the kernel. Long work is done in slices (see `slices`):
`matmul_slices` and `conv_slices` can be driven slice by slice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import equation, exact, integers, limits, plain, simd
from tensorama.engine.contract.plain import padded, windows
from tensorama.engine.contract.slices import Slices, sliced, whole
from tensorama.engine.contract.standing import Window
from tensorama.engine.kernel import active
from tensorama.engine.kernel.cells import widened
from tensorama.errors import OperatorError

__all__ = [
    "Slices",
    "complain_unless_matching",
    "conv",
    "conv_integer_slices",
    "conv_slices",
    "einsum_slices",
    "matmul",
    "matmul_integer_slices",
    "matmul_slices",
    "padded",
    "pooled",
    "sliced",
    "whole",
    "windows",
]

Array = np.ndarray


def complain_unless_matching(a: Array, b: Array) -> None:
    """Raise OperatorError unless matrices can be multiplied, in words that all paths share."""
    if not a.ndim or not b.ndim:
        return  # numpy says so
    rows = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != rows:
        columns = a.shape[-1]
        raise OperatorError(
            f"a product needs as many columns as rows: {columns} columns, {rows} rows"
        )
    if a.ndim > 2 and b.ndim > 2 and a.shape[:-2] != b.shape[:-2]:
        try:
            np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        except ValueError:
            raise OperatorError(
                f"matrices in {_shown(a)} and in {_shown(b)} cannot be multiplied one by one"
            ) from None


def _shown(matrices: Array) -> str:
    return " × ".join(map(str, matrices.shape[:-2]))


def matmul_slices(a: Array, b: Array) -> Slices[Array]:
    """Multiply matrices as np.matmul does, broadcasting over leading axes.

    a (…,M,K), b (…,K,N) → (…,M,N)
    """
    complain_unless_matching(a, b)
    limits.complain_of_matrices(a, b)
    kernel = active()
    if kernel is not None and a.ndim and b.ndim:
        if simd.takes(a, b):
            return (yield from simd.matmul(kernel, a, b))
        if a.dtype == b.dtype == np.float16:
            return (yield from simd.matmul(kernel, widened(a), widened(b))).astype(np.float16)
    return (yield from plain.matmul_slices(a, b))


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
    limits.complain_of_kernels(x, w, strides, dilations, pads)
    kernel = active()
    if kernel is not None and x.dtype == w.dtype == np.float16:
        wide = None if bias is None else widened(bias)
        x, w = widened(x), widened(w)
        y = yield from conv_slices(x, w, strides, dilations, group, pads, wide)
        return y.astype(np.float16)
    arrays = (x, w) if bias is None else (x, w, bias)
    if kernel is None or not simd.takes(*arrays) or w.ndim not in (3, 4):
        slices = plain.conv_slices(x, w, strides, dilations, group, pads, bias)
        return (yield from slices)
    if simd.cut_away(tuple(pads)):
        x, pads = padded(x, pads), ()
    pads = pads or ((0, 0),) * (w.ndim - 2)
    return (yield from simd.conv(kernel, x, w, strides, dilations, group, pads, bias))


def einsum_slices(text: str, operands: Sequence[Array]) -> Slices[Array]:
    """Sum products as an equation says, as np.einsum does."""
    limits.complain_of_equation(text, operands)
    return equation.einsum_slices(text, operands, matmul_slices)


def matmul_integer_slices(
    a: Array, b: Array, a_zero: Array | None = None, b_zero: Array | None = None
) -> Slices[Array]:
    """Multiply matrices of 8-bit integers less their zero points exactly into int32.

    a (…,M,K), b (…,K,N) → (…,M,N); a_zero one for all or (…,M,1), b_zero one for all or (N)
    """
    limits.complain_of_matrices(a, b)
    kernel = active()
    flat = a.ndim < 2 or b.ndim < 2 or (b_zero is not None and b_zero.ndim > 1)
    if kernel is None or flat or not integers.takes(a, b, a_zero, b_zero):
        return exact.matmul_integer_slices(a, b, a_zero, b_zero, matmul_slices)
    return integers.matmul(kernel, a, b, a_zero, b_zero)


def conv_integer_slices(
    x: Array,
    w: Array,
    x_zero: Array | None,
    w_zero: Array | None,
    place: Window,
    group: int = 1,
) -> Slices[Array]:
    """`conv` of 8-bit integers less their zero points, exact, into int32."""
    limits.complain_of_kernels(x, w, place.strides, place.dilations, place.pads)
    kernel, lone = active(), group == x.shape[1] > 1
    flat = w.ndim == 4 and not lone and not simd.cut_away(place.pads)
    if kernel is not None and flat and integers.takes(x, w, x_zero, w_zero):
        return integers.conv(kernel, x, w, x_zero, w_zero, place, group)

    def convolve(x: Array, w: Array, group: int) -> Slices[Array]:
        return conv_slices(x, w, place.strides, place.dilations, group, place.pads)

    return exact.conv_integer_slices(x, w, x_zero, w_zero, place.sizes, group, convolve)


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
