"""Many values brought down to one along axes: each gets its share of that back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorama.engine.ops.shape import axis_of
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray
# of x, y, dy and how many there are for each of y; y and dy keep the axes of x
Share = Callable[[Array, Array, Array, int], Array]


def _each(taken: Array, dy: Array, axes: tuple[int, ...]) -> Array:
    share: Array = taken * (dy / taken.sum(axis=axes, keepdims=True, dtype=dy.dtype))
    return share


_SHARES: Mapping[str, Share] = {
    "ReduceSum": lambda x, y, dy, count: dy,
    "ReduceMean": lambda x, y, dy, count: dy / dy.dtype.type(count),
    "ReduceSumSquare": lambda x, y, dy, count: 2 * x * dy,
    "ReduceL1": lambda x, y, dy, count: np.sign(x) * dy,
    "ReduceL2": lambda x, y, dy, count: x * np.where(y == 0, 0, dy / np.where(y == 0, 1, y)),
    "ReduceLogSum": lambda x, y, dy, count: dy / np.exp(y),
    "ReduceLogSumExp": lambda x, y, dy, count: dy * np.exp(x - y),
}


@differentiates(*_SHARES)
def reduced(at: Backward) -> Gradients:
    """Each value's share of what was made of all."""
    x, axes = at.x, _axes(at)
    y, dy = _kept(at.y, x, axes), _kept(at.dy, x, axes)
    share = _SHARES[at.op](x, y, dy, math.prod(x.shape[axis] for axis in axes))
    return (np.broadcast_to(share.astype(at.dy.dtype, copy=False), x.shape),)


@differentiates("ReduceMax", "ReduceMin")
def extreme(at: Backward) -> Gradients:
    """The one that was taken gets it; equal ones share it."""
    axes = _axes(at)
    taken = at.x == _kept(at.y, at.x, axes)
    return (_each(taken, _kept(at.dy, at.x, axes), axes),)


@differentiates("ReduceProd")
def product(at: Backward) -> Gradients:
    """The product of all others."""
    x, axes = at.x, _axes(at)
    nothing = (x == 0).sum(axis=axes, keepdims=True)
    others = np.where(x == 0, 1, x)
    rest = others.prod(axis=axes, keepdims=True) / others
    alone = (nothing == 0) | ((nothing == 1) & (x == 0))  # no other one is 0
    return (np.where(alone, rest, 0).astype(x.dtype) * _kept(at.dy, x, axes),)


def _axes(at: Backward) -> tuple[int, ...]:
    given: Any = at.attributes.get("axes")
    if at.input(1) is not None:
        given = at.inputs[1].reshape(-1).tolist()
    if given:
        return tuple(axis_of(int(axis), at.x.ndim) for axis in given)
    return () if at.attributes.get("noop_with_empty_axes") else tuple(range(at.x.ndim))


def _kept(y: Array, x: Array, axes: tuple[int, ...]) -> Array:
    """A result with the axes of x, those that are gone of size 1."""
    return y.reshape([1 if axis in axes else size for axis, size in enumerate(x.shape)])


@differentiates("TopK")
def best(at: Backward) -> Gradients:
    """Each of the best gets its own back."""
    if at.call.node.outputs[1:2] in ((), ("",)):
        raise UnsupportedError(
            phrase("{node} did not record which values were the best.", node=at.call.node.label)
        )
    found = np.zeros_like(at.x)
    axis = axis_of(at.attributes["axis"], at.x.ndim)
    np.put_along_axis(found, at.outputs[1], at.dy, axis=axis)
    return (found,)


@differentiates("CumSum")
def running_sum(at: Backward) -> Gradients:
    """The running sum of dy from the other end."""
    function, given = at.call.operator.function, at.attributes
    back = function(at.dy, at.inputs[1], exclusive=given["exclusive"], reverse=not given["reverse"])
    return (np.asarray(back),)
