"""Matrix products and convolutions by numpy alone.

Natively numpy's BLAS is the fastest path; in a page numpy has none, and `einsum` beats `@` by two
to five times there.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

IN_PAGE = sys.platform == "emscripten"


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply matrices as np.matmul does, broadcasting over leading axes.

    a (…,M,K), b (…,K,N) → (…,M,N)
    """
    if a.dtype == np.float16:  # sums of many products need more than its few digits
        return matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    if not IN_PAGE or a.dtype.kind != "f" or a.ndim < 2 or b.ndim < 2:
        return np.matmul(a, b)
    if a.ndim == 2 and b.ndim == 2:
        return np.einsum("ij,jk->ik", a, b)
    return np.einsum("...ij,...jk->...ik", a, b)


def matmul_integer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply matrices of small integers (int32 arrays of up to 9 bits) exactly into int32.

    numpy's integer product is a slow loop. Products of 9-bit values stay exact in float64 sums.
    """
    return _wrapped(matmul(a.astype(np.float64), b.astype(np.float64)))


def conv_integer(
    x: np.ndarray,
    w: np.ndarray,
    strides: Sequence[int],
    dilations: Sequence[int],
    group: int = 1,
) -> np.ndarray:
    """`conv` of small integers, exact, into int32."""
    return _wrapped(conv(x.astype(np.float64), w.astype(np.float64), strides, dilations, group))


def _wrapped(sums: np.ndarray) -> np.ndarray:
    """Exact integers in float64 as int32; what is too big wraps around as it does in C."""
    return sums.astype(np.int64).astype(np.int32)


def einsum(equation: str, operands: Sequence[np.ndarray]) -> np.ndarray:
    """Sum products as an equation says; with two operands or more along numpy's best path."""
    return np.einsum(equation.replace(" ", ""), *operands, optimize=len(operands) > 1)


def padded(x: np.ndarray, border: Sequence[tuple[int, int]], value: float = 0) -> np.ndarray:
    """Put a border around the spatial axes of x (N,C,*D); negative pads cut away."""
    if not any(amount for pair in border for amount in pair):
        return x
    cut = tuple(
        slice(max(0, -before), size - max(0, -after))
        for size, (before, after) in zip(x.shape[2:], border, strict=True)
    )
    x = x[(slice(None), slice(None), *cut)]
    border = [(max(0, before), max(0, after)) for before, after in border]
    shape = [size + b + a for size, (b, a) in zip(x.shape[2:], border, strict=True)]
    # np.pad takes several times as long as filling a fresh array
    result = np.full((*x.shape[:2], *shape), value, dtype=x.dtype)
    inside = (slice(b, b + size) for size, (b, _) in zip(x.shape[2:], border, strict=True))
    result[(slice(None), slice(None), *inside)] = x
    return result


def windows(
    x: np.ndarray, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> np.ndarray:
    """View every window that a kernel sees, without copying.

    x (N,C,*D) padded already → (N,C,*D',*kernel)
    """
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
    axes = tuple(range(2, 2 + len(kernel)))
    view = sliding_window_view(x, reach, axis=axes)  # type: ignore[call-overload]
    picks = [slice(None, None, s) for s in strides] + [slice(None, None, d) for d in dilations]
    return view[(slice(None), slice(None), *picks)]


def conv(
    x: np.ndarray,
    w: np.ndarray,
    strides: Sequence[int],
    dilations: Sequence[int],
    group: int = 1,
    pads: Sequence[tuple[int, int]] = (),
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """Slide the kernels w over x with a border of zeros, in any number of dimensions.

    x (N,C,*D), w (M,C/group,*K), bias (M) → (N,M,*D'); pads: (before, after) per axis
    """
    y = _conv(padded(x, pads), w, strides, dilations, group)
    if bias is not None:
        y += bias.reshape(-1, *[1] * (x.ndim - 2))
    return y


def _conv(
    x: np.ndarray, w: np.ndarray, strides: Sequence[int], dilations: Sequence[int], group: int
) -> np.ndarray:
    if x.dtype == np.float16:
        wide = _conv(x.astype(np.float32), w.astype(np.float32), strides, dilations, group)
        return wide.astype(np.float16)
    seen = windows(x, w.shape[2:], strides, dilations)
    rank = w.ndim - 2
    n, c = x.shape[:2]
    m, out = w.shape[0], seen.shape[2 : 2 + rank]
    if group == c and w.shape[1] == 1:
        return _depthwise(seen, w, rank)
    # (N,G,C/G,*D',*K) → (N,G,C/G·K,D'): one matrix product per picture and group
    seen = seen.reshape(n, group, c // group, *seen.shape[2:])
    cells = math.prod(w.shape[1:])
    order = (0, 1, 2, *range(3 + rank, 3 + 2 * rank), *range(3, 3 + rank))
    columns = seen.transpose(order).reshape(n, group, cells, math.prod(out))
    rows = w.reshape(group, m // group, cells)
    result = np.empty((n, group, m // group, math.prod(out)), dtype=x.dtype)
    for picture in range(n):
        for part in range(group):
            result[picture, part] = matmul(rows[part], columns[picture, part])
    return result.reshape(n, m, *out)


def _depthwise(seen: np.ndarray, w: np.ndarray, rank: int) -> np.ndarray:
    """Each channel has its own kernels: add up shifted pictures, one kernel cell at a time."""
    n, c = seen.shape[:2]
    out = seen.shape[2 : 2 + rank]
    per_channel = w.shape[0] // c
    kernels = w.reshape(c, per_channel, *w.shape[2:])
    result = np.zeros((n, c, per_channel, *out), dtype=seen.dtype)
    for cell in np.ndindex(*w.shape[2:]):
        weight = kernels[(slice(None), slice(None), *cell)].reshape(c, per_channel, *[1] * rank)
        result += seen[(..., *cell)][:, :, None] * weight
    return result.reshape(n, w.shape[0], *out)
