"""Cell by cell through the kernel: the bends that numpy computes slowly in a page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from math import prod
from typing import Any, TypeVar

import numpy as np

from tensorama.engine.kernel import active, spare
from tensorama.engine.kernel.recorder import replayable

F = TypeVar("F", bound=Callable[..., np.ndarray])
WORTH_IT = 32  # float16 from which on a call pays
MUCH = 1 << 20  # cells from which on numpy copies as well


def bent(name: str, x: np.ndarray, *parameters: float) -> np.ndarray | None:
    """f(x) for each cell of a float32 array; None if there is no kernel for it."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size:
        return None
    x, y = in_order(x), np.empty(x.shape, np.float32)
    kernel.call(name, x, y, x.size, *map(float, parameters))
    return y


def in_kernel(name: str, *parameters: str) -> Callable[[F], F]:
    """Let the kernel compute the function below where it can; the function itself elsewhere.

    parameters: the attributes that the kernel's function takes, in its order.
    """

    def wrap(function: F) -> F:
        defaults = {
            p.name: p.default
            for p in inspect.signature(function).parameters.values()
            if p.name in parameters
        }

        @wraps(function)
        def either(x: np.ndarray, **attributes: Any) -> np.ndarray:
            y = bent(name, x, *[attributes.get(p, defaults[p]) for p in parameters])
            return function(x, **attributes) if y is None else y

        return replayable("x")(either)  # type: ignore[return-value]

    return wrap


def in_order(x: np.ndarray) -> np.ndarray:
    """x with its cells in order; a copy made by the kernel is good until the next pause."""
    kernel = active()
    if x.flags.c_contiguous or kernel is None or x.dtype != np.float32 or not 0 < x.size <= MUCH:
        return np.ascontiguousarray(x)
    y = spare(kernel, x.size).reshape(x.shape)
    copied(x, y)
    return y


def scaled(
    x: np.ndarray, factor: np.ndarray, shift: np.ndarray, in_place: bool = False
) -> np.ndarray | None:
    """x · factor + shift with one of each per channel: x (N,C,…), factor and shift (C)."""
    kernel = active()
    if kernel is None or x.ndim < 2 or not x.size:
        return None
    if any(a.dtype != np.float32 for a in (x, factor, shift)):
        return None
    if factor.shape != (x.shape[1],) or shift.shape != factor.shape:
        return None
    x, factor, shift = (np.ascontiguousarray(a) for a in (x, factor, shift))
    y = x if in_place else np.empty_like(x)
    planes = x.shape[0] * x.shape[1]
    kernel.call("scale_shift", x, y, planes, x.shape[1], x.size // planes, factor, shift)
    return y


def normalized(
    x: np.ndarray,
    axis: int,
    epsilon: float,
    scale: np.ndarray | None = None,
    shift: np.ndarray | None = None,
    centre: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """x from `axis` on brought to mean 0 and variance 1, then scaled and shifted cell by cell.

    Gives also the mean (0 without `centre`) and 1/deviation. None if there is no kernel for it.
    """
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size:
        return None
    for vector in (scale, shift):
        if vector is not None and (vector.dtype != np.float32 or vector.shape != x.shape[axis:]):
            return None
    x, y = in_order(x), np.empty(x.shape, np.float32)
    statistics = (*x.shape[:axis], *[1] * (x.ndim - axis))
    mean, inverse = (np.empty(statistics, np.float32) for _ in range(2))
    kernel.call(
        "normalize", x, y, mean.size, x.size // mean.size,
        *(0 if v is None else np.ascontiguousarray(v) for v in (scale, shift)),
        mean, inverse, int(centre), float(epsilon),
    )  # fmt: skip
    return y, mean, inverse


def averaged(x: np.ndarray, axes: Sequence[int], keep: bool) -> np.ndarray | None:
    """The mean along the last axes; None if it is others or there is no kernel for it."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size or not axes:
        return None
    first = x.ndim - len(axes)
    if sorted(axes) != list(range(first, x.ndim)):
        return None
    x = in_order(x)
    y = np.empty((*x.shape[:first], *([1] * len(axes) if keep else ())), np.float32)
    kernel.call("means", x, y, y.size, x.size // y.size)
    return y


def softmax(x: np.ndarray, axis: int = -1, log: bool = False) -> np.ndarray | None:
    """Softmax of a float32 array, or its logarithm; None if there is no kernel for it."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size or not x.ndim:
        return None
    x = in_order(x)
    y, n = np.empty_like(x), x.shape[axis]
    inner = prod(x.shape[axis % x.ndim + 1 :])
    if log or inner > 1:
        name = "log_softmax" if log else "softmax_across"
        kernel.call(name, x, y, x.size // n // inner, n, inner)
    else:
        kernel.call("softmax", x, y, x.size // n, n)
    return y


def widened(x: np.ndarray) -> np.ndarray:
    """float16 as float32."""
    kernel = active()
    if kernel is None or x.dtype != np.float16 or x.size < WORTH_IT:
        return x.astype(np.float32)
    x = np.ascontiguousarray(x)
    y = np.empty(x.shape, np.float32)
    kernel.call("widen", x, y, x.size)
    return y


def paired(name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    """a + b, a − b … of float32 arrays that fit each other as numpy says; None without a kernel."""
    if active() is None or a.dtype != np.float32 or b.dtype != np.float32:
        return None
    a, b = np.asarray(a), np.asarray(b)  # a single number may come as such
    y = np.empty(np.broadcast_shapes(a.shape, b.shape), np.float32)
    if not y.size:
        return None
    _pair(name, a, b, y)
    return y


def _pair(name: str, a: np.ndarray, b: np.ndarray, y: np.ndarray) -> None:
    kernel, walk = active(), _walk(a.shape, a.strides, b.shape, b.strides)
    assert kernel is not None
    if walk is not None:
        kernel.call(name, a, *walk[1], b, *walk[2], y, *walk[3])
        return
    for parts in zip(np.broadcast_to(a, y.shape), np.broadcast_to(b, y.shape), y, strict=True):
        _pair(name, *parts)


def paired_in_kernel(name: str) -> Callable[[F], F]:
    """Let the kernel compute the function of two arrays below where it can."""

    def wrap(function: F) -> F:
        @wraps(function)
        def either(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            y = paired(name, a, b)
            return function(a, b) if y is None else y

        return replayable("a", "b")(either)  # type: ignore[return-value]

    return wrap


def folded_in(name: str, y: np.ndarray, x: np.ndarray) -> bool:
    """y + x, y / x … in the memory of contiguous y, if their shapes and a kernel allow it."""
    kernel = active()
    if kernel is None or y.dtype != np.float32 or x.dtype != np.float32:
        return False
    walk = _walk(y.shape, y.strides, x.shape, x.strides)
    if walk is None or walk[0] != y.shape:
        return False
    kernel.call(name, y, *walk[1], x, *walk[2], y, *walk[3])
    return True


def combined(name: str, y: np.ndarray, x: np.ndarray) -> None:
    """y + x, y · x … in the memory of contiguous y by the kernel; x is broadcast to y."""
    kernel = active()
    assert kernel is not None
    walk = _walk(y.shape, y.strides, x.shape, x.strides)
    if walk is not None and walk[0] == y.shape:
        kernel.call(name, y, *walk[1], x, *walk[2], y, *walk[3])
        return
    for one, other in zip(y, np.broadcast_to(x, y.shape), strict=True):  # which x must allow
        combined(name, one, other)


def straightened(x: np.ndarray) -> np.ndarray | None:
    """A copy whose cells lie in order; None if there is no kernel for it."""
    if active() is None or x.dtype != np.float32 or not 0 < x.size <= MUCH:
        return None
    y = np.empty(x.shape, np.float32)
    copied(x, y)
    return y


def joined(arrays: Sequence[np.ndarray], axis: int) -> np.ndarray | None:
    """Arrays joined along an axis, as np.concatenate does; None if there is no kernel for it."""
    if active() is None or any(x.dtype != np.float32 or not x.size for x in arrays):
        return None
    shape = list(arrays[0].shape)
    shape[axis] = sum(x.shape[axis] for x in arrays)
    if prod(shape) > MUCH:
        return None
    y, start = np.empty(shape, np.float32), 0
    for x in arrays:
        stop = start + x.shape[axis]
        copied(x, y[(slice(None),) * axis + (slice(start, stop),)])
        start = stop
    return y


def copied(x: np.ndarray, y: np.ndarray) -> None:
    """Copy the cells of x into those of y, both float32 of one shape, by the kernel."""
    kernel, walk = active(), _walk(x.shape, x.strides, y.shape, y.strides)
    assert kernel is not None
    if walk is not None:
        kernel.call("copy", x, *walk[1], y, *walk[2], *walk[3])
        return
    for one, other in zip(x, y, strict=True):
        copied(one, other)


Sizes = tuple[int, ...]


@lru_cache(maxsize=1024)
def _walk(
    a: Sizes, a_strides: Sizes, b: Sizes, b_strides: Sizes
) -> tuple[Sizes, Sizes, Sizes, Sizes] | None:
    """How to walk through two arrays at once in three loops, outermost first.

    Gives the result's shape, the steps in each array and the counts; None if three do not do.
    """
    shape = np.broadcast_shapes(a, b)
    loops: list[list[int]] = []  # step in a, step in b, count; innermost last
    for axis, size in enumerate(shape):
        step_a, step_b = (
            0 if axis < len(shape) - len(s) or s[axis - len(shape)] == 1 else t[axis - len(shape)]
            for s, t in ((a, a_strides), (b, b_strides))
        )
        if size == 1:
            continue
        if loops and loops[-1][:2] == [step_a * size, step_b * size]:
            loops[-1] = [step_a, step_b, loops[-1][2] * size]
        else:
            loops.append([step_a, step_b, size])
    if len(loops) > 3 or 0 in shape:
        return None
    loops = [[0, 0, 1]] * (3 - len(loops)) + loops
    of_a, of_b, counts = zip(*loops, strict=True)
    return shape, of_a, of_b, counts
