"""Many values into one: sums, means, extremes along axes; the best and their places; running sums.

The Reduce family has two forms: axes as an attribute (before opset 18; ReduceSum before 13), and
axes as an input, which adds `noop_with_empty_axes`. Both are registered from one table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.engine.kernel.cells import averaged
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.shape import axes_of, axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
Axes = tuple[int, ...]
Reduction = Callable[[Array, Axes, bool], Array]


def _sum(x: Array, axes: Axes, keep: bool) -> Array:
    wide = np.float32 if x.dtype == np.float16 else x.dtype  # long sums need more than its digits
    return x.sum(axis=axes, keepdims=keep, dtype=wide).astype(x.dtype, copy=False)


def _mean(x: Array, axes: Axes, keep: bool) -> Array:
    fast = averaged(x, axes, keep)
    if fast is not None:
        return fast
    if x.dtype.kind == "f":
        return x.mean(axis=axes, keepdims=keep)
    count = math.prod(x.shape[axis] for axis in axes)
    return (_sum(x, axes, keep) / count).astype(x.dtype)


def _extreme(name: str) -> Reduction:
    function: Any = getattr(np, name)

    def extreme(x: Array, axes: Axes, keep: bool) -> Array:
        if not math.prod(x.shape[axis] for axis in axes):
            return function(x, axis=axes, keepdims=keep, initial=_least(x.dtype, name))
        return function(x, axis=axes, keepdims=keep)

    return extreme


def _least(dtype: np.dtype, name: str) -> Any:
    """What the extreme of nothing is: the type's own limit on the other side."""
    if dtype.kind == "f":
        return dtype.type(-np.inf if name == "max" else np.inf)
    if dtype.kind == "b":
        return name == "min"
    limits = np.iinfo(dtype)
    return limits.min if name == "max" else limits.max


def _product(x: Array, axes: Axes, keep: bool) -> Array:
    return x.prod(axis=axes, keepdims=keep, dtype=x.dtype)


def _in_type(function: Reduction) -> Reduction:
    """Integers are computed as doubles, half floats as floats, and become their own type again."""

    def reduction(x: Array, axes: Axes, keep: bool) -> Array:
        wide = {"i": np.float64, "u": np.float64}.get(x.dtype.kind, np.float32)
        exact = x if x.dtype in (np.float32, np.float64) else x.astype(wide)
        return function(exact, axes, keep).astype(x.dtype, copy=False)

    return reduction


def _log_sum_exp(x: Array, axes: Axes, keep: bool) -> Array:
    if not math.prod(x.shape[axis] for axis in axes):
        return np.log(_sum(x, axes, keep))
    top = x.max(axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
    rest = np.log(np.exp(x - top).sum(axis=axes, keepdims=True)) + top
    return rest if keep else rest.squeeze(axis=axes)


_REDUCTIONS: dict[str, tuple[Reduction, str, int]] = {
    # name: (what it does, in words, since when the axes are an input)
    "ReduceSum": (_sum, "The sum", 13),
    "ReduceMean": (_mean, "The mean", 18),
    "ReduceMax": (_extreme("max"), "The largest value", 18),
    "ReduceMin": (_extreme("min"), "The smallest value", 18),
    "ReduceProd": (_product, "The product", 18),
    "ReduceL1": (lambda x, a, k: _sum(np.abs(x), a, k), "The sum of absolute values", 18),
    "ReduceL2": (
        _in_type(lambda x, a, k: np.sqrt(_sum(x * x, a, k))),
        "The root of the sum of squares",
        18,
    ),
    "ReduceLogSum": (
        _in_type(lambda x, a, k: np.log(_sum(x, a, k))),
        "The logarithm of the sum",
        18,
    ),
    "ReduceLogSumExp": (_in_type(_log_sum_exp), "ln of the sum of exponentials", 18),
    "ReduceSumSquare": (lambda x, a, k: _sum(x * x, a, k), "The sum of squares", 18),
}


def _register(name: str, reduction: Reduction, words: str, with_input: int) -> None:
    def by_attribute(data: Array, *, axes: Sequence[int] | None = None, keepdims: int = 1) -> Array:
        which = axes if axes else range(data.ndim)
        return np.asarray(reduction(data, axes_of(which, data.ndim), bool(keepdims)))

    def by_input(
        data: Array,
        axes: Array | None = None,
        *,
        keepdims: int = 1,
        noop_with_empty_axes: int = 0,
    ) -> Array:
        if axes is not None and axes.size:
            return by_attribute(data, axes=axes.ravel().tolist(), keepdims=keepdims)
        if noop_with_empty_axes:  # nothing is summed up, but squares, logarithms … still apply
            return np.asarray(reduction(data, (), True))
        return by_attribute(data, keepdims=keepdims)

    by_attribute.__doc__ = f"{words} along axes; the axes are an attribute."
    by_input.__doc__ = f"{words} along axes, or over everything without them."
    op(name, since=1)(replayable("data")(by_attribute))
    op(name, since=with_input)(replayable("data")(by_input))


for _name, _entry in _REDUCTIONS.items():
    _register(_name, *_entry)


def _place_of_best(x: Array, axis: int, keepdims: int, last: int, best: Any) -> Array:
    axis = axis_of(axis, x.ndim)
    if not x.shape[axis]:
        raise OperatorError(f"axis {axis} has size 0: there is no best of nothing")
    if last:
        places = x.shape[axis] - 1 - best(np.flip(x, axis), axis=axis)
    else:
        places = best(x, axis=axis)
    places = np.asarray(places, dtype=np.int64)
    return np.expand_dims(places, axis) if keepdims else places


@op("ArgMax", since=12)
def arg_max(data: Array, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Array:
    """Where the largest value is along an axis; of equal ones the first, or the last."""
    return _place_of_best(data, axis, keepdims, select_last_index, np.argmax)


@op("ArgMin", since=12)
def arg_min(data: Array, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Array:
    """Where the smallest value is along an axis; of equal ones the first, or the last."""
    return _place_of_best(data, axis, keepdims, select_last_index, np.argmin)


@op("ArgMax", since=1)
def arg_max_first(data: Array, *, axis: int = 0, keepdims: int = 1) -> Array:
    """ArgMax of opsets 1-11: always the first of equal ones."""
    return arg_max(data, axis=axis, keepdims=keepdims)


@op("ArgMin", since=1)
def arg_min_first(data: Array, *, axis: int = 0, keepdims: int = 1) -> Array:
    """ArgMin of opsets 1-11: always the first of equal ones."""
    return arg_min(data, axis=axis, keepdims=keepdims)


@op("TopK", since=11)
def top_k(
    x: Array, k: Array, *, axis: int = -1, largest: int = 1, sorted: int = 1
) -> tuple[Array, Array]:
    """The k largest (or smallest) values along an axis, and where they were.

    Of equal values the one with the smaller index comes first.
    """
    axis = axis_of(axis, x.ndim)
    count = int(k.reshape(()))
    if not 0 <= count <= x.shape[axis]:
        raise OperatorError(f"there are no {count} best of {x.shape[axis]} values")
    if largest:  # a stable sort of the mirrored axis, read backwards, keeps ties in order
        order = x.shape[axis] - 1 - np.argsort(np.flip(x, axis), axis=axis, kind="stable")
        order = np.flip(order, axis)
    else:
        order = np.argsort(x, axis=axis, kind="stable")
    best = np.take(order, np.arange(count), axis=axis)
    return np.take_along_axis(x, best, axis=axis), best.astype(np.int64)


@op("TopK", since=10)
def top_k_largest(x: Array, k: Array, *, axis: int = -1) -> tuple[Array, Array]:
    """TopK of opset 10: always the largest."""
    return top_k(x, k, axis=axis)


@op("TopK", since=1)
def top_k_by_attribute(x: Array, *, k: int, axis: int = -1) -> tuple[Array, Array]:
    """TopK of opsets 1-9: k is an attribute."""
    return top_k(x, np.array(k), axis=axis)


def _running(x: Array, axis: Array, exclusive: int, reverse: int, total: Any) -> Array:
    place = axis_of(int(axis.reshape(())), x.ndim)
    turned = np.flip(x, place) if reverse else x
    result = total(turned, axis=place, dtype=x.dtype)
    if exclusive:  # each value stands before its own summand
        first = np.full_like(result.take([0], place), total is np.cumprod)
        result = np.concatenate([first, result.take(range(x.shape[place] - 1), place)], place)
    return np.flip(result, place) if reverse else result


@op("CumSum", since=11)
def cumulative_sum(x: Array, axis: Array, *, exclusive: int = 0, reverse: int = 0) -> Array:
    """The running sum along an axis; `exclusive` leaves out the cell's own value."""
    return _running(x, axis, exclusive, reverse, np.cumsum)


@op("CumProd", since=26)
def cumulative_product(x: Array, axis: Array, *, exclusive: int = 0, reverse: int = 0) -> Array:
    """The running product along an axis; `exclusive` leaves out the cell's own value."""
    return _running(x, axis, exclusive, reverse, np.cumprod)
