"""Matrix products and convolutions by numpy alone.

Natively numpy's BLAS is the fastest path; in a page numpy has none, and `einsum` beats `@` by two
to five times there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tensorama.engine.contract.slices import Pace, Slices, sliced
from tensorama.engine.kernel import IN_PAGE

_COLUMNS = 1 << 21  # bytes of columns that are laid out at once
_products = Pace(1e9)  # multiplications and additions per second
_sums = Pace(2e8)  # the same, one kernel cell at a time


def matmul_slices(a: np.ndarray, b: np.ndarray) -> Slices[np.ndarray]:
    """Multiply matrices as np.matmul does, broadcasting over leading axes.

    a (…,M,K), b (…,K,N) → (…,M,N)
    """
    if a.dtype == np.float16:  # sums of many products need more than its few digits
        wide = yield from matmul_slices(a.astype(np.float32), b.astype(np.float32))
        return wide.astype(np.float16)
    if not IN_PAGE or a.ndim < 2 or b.ndim < 2:
        return np.matmul(a, b)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = np.empty((*batch, a.shape[-2], b.shape[-1]), np.result_type(a, b))
    lefts = np.broadcast_to(a, (*batch, *a.shape[-2:]))
    rights = np.broadcast_to(b, (*batch, *b.shape[-2:]))
    for place in np.ndindex(*batch):
        yield from _product(lefts[place], rights[place], y[place])
    return y


def _product(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> Slices[None]:
    """y = a · b, some rows at a time."""
    row = max(1, b.size)
    start = 0
    while start < len(a):
        stop = min(len(a), start + max(1, int(_products.amount / row)))
        started = perf_counter()
        if a.dtype.kind == "f":
            np.einsum("ij,jk->ik", a[start:stop], b, out=y[start:stop])
        else:
            np.matmul(a[start:stop], b, out=y[start:stop])
        if _products.learn((stop - start) * row, perf_counter() - started):
            yield
        start = stop


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


def conv_slices(
    x: np.ndarray,
    w: np.ndarray,
    strides: Sequence[int],
    dilations: Sequence[int],
    group: int = 1,
    pads: Sequence[tuple[int, int]] = (),
    bias: np.ndarray | None = None,
) -> Slices[np.ndarray]:
    """Slide the kernels w over x with a border of zeros, in any number of dimensions.

    x (N,C,*D), w (M,C/group,*K), bias (M) → (N,M,*D'); pads: (before, after) per axis
    """
    if x.dtype == np.float16:
        x, w = x.astype(np.float32), w.astype(np.float32)
        bias = None if bias is None else bias.astype(np.float32)
        y = yield from conv_slices(x, w, strides, dilations, group, pads, bias)
        return y.astype(np.float16)
    pads = pads or ((0, 0),) * (w.ndim - 2)
    place = _Places(w.shape[2:], tuple(strides), tuple(dilations), tuple(pads))
    y = np.empty((len(x), len(w), *place.sizes(x.shape[2:])), x.dtype)
    depth, each = w.shape[1], w.shape[0] // group
    lonely = depth == 1 and group == x.shape[1]
    for picture in range(len(x) if y.size else 0):
        if lonely:
            yield from _depthwise(x[picture], w, y[picture], place)
            continue
        for g in range(group):
            seen = x[picture, g * depth : (g + 1) * depth]
            rows = slice(g * each, (g + 1) * each)
            yield from _one_picture(seen, w[rows].reshape(each, -1), y[picture, rows], place)
    if bias is not None:
        y += bias.reshape(-1, *[1] * (x.ndim - 2))
    return y


matmul = sliced(matmul_slices)
conv = sliced(conv_slices)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a kernel stands."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]

    def sizes(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """How many places there are along each axis."""
        return tuple(
            max(0, (size + before + after - (k - 1) * d - 1) // s + 1)
            for size, k, s, d, (before, after) in zip(
                spatial, self.kernel, self.strides, self.dilations, self.pads, strict=True
            )
        )

    def seen(self, x: np.ndarray, start: int, stop: int) -> np.ndarray:
        """The windows at some places along the first axis: x (C,*D) → (C,stop-start,*D',*K)"""
        (before, _), step = self.pads[0], self.strides[0]
        low = start * step - before
        high = (stop - 1) * step - before + (self.kernel[0] - 1) * self.dilations[0] + 1
        part = x[None, :, max(0, low) : max(0, min(high, x.shape[1]))]
        ends = (max(0, -low), max(0, high - low - max(0, -low) - part.shape[2]))
        return windows(
            padded(part, (ends, *self.pads[1:])), self.kernel, self.strides, self.dilations
        )[0]


def _one_picture(x: np.ndarray, rows: np.ndarray, y: np.ndarray, place: _Places) -> Slices[None]:
    """Every kernel sees all channels: one matrix product for some places at a time.

    x (C,*D), rows (M,C·K) → y (M,*D')
    """
    rank, cells, across = x.ndim - 1, rows.shape[1], math.prod(y.shape[2:])
    order = (0, *range(1 + rank, 1 + 2 * rank), *range(1, 1 + rank))
    moved = math.prod(place.kernel) > 1 or max(place.strides) > 1
    most = _COLUMNS // max(1, cells * across * x.itemsize) if moved else y.shape[1]
    start = 0
    while start < y.shape[1]:
        paced = int(_products.amount / max(1, rows.size * across)) if IN_PAGE else most
        stop = min(y.shape[1], start + max(1, min(most, paced)))
        started = perf_counter()
        columns = place.seen(x, start, stop).transpose(order).reshape(cells, -1)
        part = np.einsum("ij,jk->ik", rows, columns) if IN_PAGE else rows @ columns
        y[:, start:stop] = part.reshape(len(rows), stop - start, *y.shape[2:])
        if _products.learn(rows.size * columns.shape[1], perf_counter() - started):
            yield
        start = stop


def _depthwise(x: np.ndarray, w: np.ndarray, y: np.ndarray, place: _Places) -> Slices[None]:
    """Each channel has its own kernels: add up shifted pictures, one kernel cell at a time."""
    per, rank = len(w) // len(x), x.ndim - 1
    work = max(1, w[0].size * y[0].size * per)
    most = max(1, _COLUMNS // max(1, y[0].nbytes * per))
    first = 0
    while first < len(x):
        last = min(len(x), first + max(1, min(most, int(_sums.amount / work))))
        started = perf_counter()
        seen = place.seen(x[first:last], 0, y.shape[1])
        kernels = w[first * per : last * per].reshape(last - first, per, *w.shape[2:])
        result = np.zeros((last - first, per, *y.shape[1:]), y.dtype)
        done = 0
        for cell in np.ndindex(*w.shape[2:]):
            weight = kernels[(slice(None), slice(None), *cell)]
            result += seen[(..., *cell)][:, None] * weight.reshape(*weight.shape, *[1] * rank)
            done += result.size
            if done >= _sums.amount:  # a kernel as large as a picture
                if _sums.learn(done, perf_counter() - started):
                    yield
                started, done = perf_counter(), 0
        y[first * per : last * per] = result.reshape(-1, *y.shape[1:])
        if _sums.learn(done, perf_counter() - started):
            yield
        first = last
