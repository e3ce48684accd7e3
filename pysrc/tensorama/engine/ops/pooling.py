"""Windows reduced to one number each: their largest, mean or norm. Any number of dimensions.

Windows are folded one kernel cell at a time over the whole picture, never window by window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract.pieces import LARGE, Cut, computed, same
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel.cells import averaged, folded_in
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.window import Window, cells, padded, stretched, window
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
_pace = Pace(5e7)  # bytes per second
_AT_ONCE = 1 << 26  # cells of windows that the kernel looks through without a pause


@op("MaxPool", since=1, needs=("outputs",))
@replayable("x")
@contract.sliced
def max_pool(
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    storage_order: int = 0,
    strides: Sequence[int] | None = None,
    outputs: int = 1,
) -> contract.Slices[Array | tuple[Array, Array]]:
    """Keep the largest value of each window, and on request where it was.

    x (N,C,*D) → (N,C,*D'), indices (N,C,*D') counted through the whole of x, row by row or,
    with `storage_order` 1, column by column.
    """
    place = window(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    cut = Cut(x.shape, (0, 1), [same(x.ndim)], same(x.ndim)) if x.size >= LARGE else None
    if outputs == 1:
        much = cut and math.prod((*x.shape[:2], *place.sizes, *place.kernel)) > _AT_ONCE
        y = None if much else _pooled("largest", x, place)
        if y is not None:
            return y
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    border = stretched(x.shape[2:], place)
    if outputs == 1:

        def largest(x: Array) -> Array:
            y = _pooled("largest", x, place)
            return _largest(padded(x, border, lowest), place) if y is None else y

        return (yield from computed(largest, (x,), {}, cut, _pace)) if cut else largest(x)
    numbers = _numbers(x.shape[2:], border, storage_order)

    def best(x: Array) -> tuple[Array, Array]:
        return _largest_and_where(padded(x, border, lowest), numbers, place)

    y, where = (yield from computed(best, (x,), {}, cut, _pace)) if cut else best(x)
    planes = np.arange(math.prod(x.shape[:2])).reshape(*x.shape[:2], *[1] * (x.ndim - 2))
    where += planes * math.prod(x.shape[2:])
    return y, where


def _pooled(how: str, x: Array, place: Window) -> Array | None:
    """By the kernel, where there is one."""
    return contract.pooled(
        how, x, place.kernel, place.strides, place.dilations, place.pads, place.sizes
    )


def _largest(x: Array, place: Window) -> Array:
    result: Array | None = None
    for _, values in cells(x, place):
        result = values.copy() if result is None else np.maximum(result, values, out=result)
    assert result is not None
    return result


def _numbers(spatial: tuple[int, ...], border: Sequence[tuple[int, int]], columns: int) -> Array:
    """The number of every cell of a picture with its border, counted row by row or by columns."""
    order = spatial[::-1] if columns else spatial
    numbers = np.arange(math.prod(spatial), dtype=np.int64).reshape(order)
    return padded((numbers.transpose() if columns else numbers)[None, None], border)


def _largest_and_where(bordered: Array, numbers: Array, place: Window) -> tuple[Array, Array]:
    best, where = None, None
    for (_, values), (_, index) in zip(cells(bordered, place), cells(numbers, place), strict=True):
        if best is None or where is None:
            best, where = values.copy(), np.broadcast_to(index, values.shape).copy()
            continue
        better = values > best
        np.copyto(best, values, where=better)
        np.copyto(where, index, where=better)
    assert best is not None
    assert where is not None
    return best, where


@op("AveragePool", since=7)
@replayable("x", derived=True)
def average_pool(
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """The mean of each window; cells of the border count only with `count_include_pad`."""
    place = window(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    border = stretched(x.shape[2:], place)
    pooled = _pooled("total", x, place)
    total = _total(padded(x, border), place) if pooled is None else pooled
    if border == place.pads and (count_include_pad or not any(map(any, border))):
        return _divided(total, np.array(math.prod(kernel_shape), x.dtype))
    return _divided(total, counts(x.shape[2:], place, bool(count_include_pad)).astype(x.dtype))


def _divided(total: Array, count: Array) -> Array:
    return total if folded_in("div", total, count) else total / count


def counts(spatial: Sequence[int], place: Window, with_border: bool) -> Array:
    """How many cells of each window count; what ceil_mode adds behind the border never does."""
    counts: Array = np.ones((), np.int64)
    for size, k, step, gap, pads, places in zip(
        spatial, place.kernel, place.strides, place.dilations, place.pads, place.sizes, strict=True
    ):
        first, last = (-pads[0], size + pads[1]) if with_border else (0, size)
        cells = np.arange(places)[:, None] * step - pads[0] + np.arange(k) * gap
        counts = counts[..., None] * ((cells >= first) & (cells < last)).sum(axis=1)
    return counts


def _total(x: Array, place: Window) -> Array:
    result: Array | None = None
    for _, values in cells(x, place):
        result = values.copy() if result is None else np.add(result, values, out=result)
    assert result is not None
    return result


@op("LpPool", since=2)
def lp_pool(
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sequence[int] | None = None,
    p: int = 2,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """The p-norm of each window: (Σ |x|^p)^(1/p)"""
    place = window(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    powers = np.abs(padded(x, stretched(x.shape[2:], place))) ** x.dtype.type(p)
    return _total(powers, place) ** x.dtype.type(1 / p)


@op("GlobalAveragePool", since=1)
@replayable("x")
def global_average_pool(x: Array) -> Array:
    """The mean of each channel: (N,C,*D) → (N,C,1,…)"""
    mean = averaged(x, _spatial(x), keep=True)
    return x.mean(axis=_spatial(x), keepdims=True, dtype=x.dtype) if mean is None else mean


@op("GlobalMaxPool", since=1)
def global_max_pool(x: Array) -> Array:
    """The largest value of each channel: (N,C,*D) → (N,C,1,…)"""
    return x.max(axis=_spatial(x), keepdims=True)


@op("GlobalLpPool", since=2)
def global_lp_pool(x: Array, *, p: int = 2) -> Array:
    """The p-norm of each channel: (N,C,*D) → (N,C,1,…)"""
    total = (np.abs(x) ** x.dtype.type(p)).sum(axis=_spatial(x), keepdims=True, dtype=x.dtype)
    return total ** x.dtype.type(1 / p)


def _spatial(x: Array) -> tuple[int, ...]:
    if x.ndim < 3:
        raise OperatorError(f"X needs a picture behind its channels, it has rank {x.ndim}")
    return tuple(range(2, x.ndim))


@op("MaxUnpool", since=9)
def max_unpool(
    x: Array,
    indices: Array,
    output_shape: Array | None = None,
    *,
    kernel_shape: Sequence[int],
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Put pooled values back where they came from; everything else is 0.

    The indices count through the shape that was pooled; a larger `output_shape` adds zeros behind.
    """
    rank = x.ndim - 2
    steps, border = strides or [1] * rank, pads or [0] * (2 * rank)
    spatial = [
        (size - 1) * step + kernel - before - after
        for size, step, kernel, before, after in zip(
            x.shape[2:], steps, kernel_shape, border[:rank], border[rank:], strict=True
        )
    ]
    result = np.zeros((*x.shape[:2], *spatial), dtype=x.dtype)
    if indices.size and not 0 <= indices.min() <= indices.max() < result.size:
        raise OperatorError(
            f"indices from {indices.min()} to {indices.max()} do not fit {result.size} cells"
        )
    result.reshape(-1)[indices.reshape(-1)] = x.reshape(-1)
    if output_shape is None or tuple(output_shape) == result.shape:
        return result
    whole = np.zeros(tuple(int(size) for size in output_shape), dtype=x.dtype)
    common = tuple(slice(min(a, b)) for a, b in zip(result.shape, whole.shape, strict=True))
    whole[common] = result[common]
    return whole
