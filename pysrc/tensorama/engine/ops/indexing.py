"""Picking values by their place: slices, gathers, conditions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("Slice", since=1)
def slice_by_attributes(
    data: Array, *, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int] | None = None
) -> Array:
    """Slice of opsets 1-9: the places are attributes, the step is 1."""
    return _slice(data, starts, ends, axes, None)


@op("Slice", since=10)
def slice_(
    data: Array,
    starts: Array,
    ends: Array,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Array:
    """Cut out a part by begin, end and step per axis, counted as in Python."""
    return _slice(
        data,
        starts.tolist(),
        ends.tolist(),
        None if axes is None else axes.tolist(),
        None if steps is None else steps.tolist(),
    )


def _slice(
    data: Array,
    starts: Sequence[int],
    ends: Sequence[int],
    axes: Sequence[int] | None,
    steps: Sequence[int] | None,
) -> Array:
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise OperatorError("starts, ends, axes and steps must be equally many")
    picks = [slice(None)] * data.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step == 0:
            raise OperatorError("a step of 0 leads nowhere")
        axis = axis_of(int(axis), data.ndim)
        size = data.shape[axis]
        # an end before the first value, when going backwards, is None in Python
        stop = None if step < 0 and end < -size else int(end)
        picks[axis] = slice(int(start), stop, int(step))
    return data[tuple(picks)]


@op("Gather", since=1)
def gather(data: Array, indices: Array, *, axis: int = 0) -> Array:
    """Pick slices along one axis: an embedding table gives the rows of the tokens."""
    axis = axis_of(axis, data.ndim)
    size = data.shape[axis]
    if indices.size and not (-size <= indices.min() and indices.max() < size):
        raise OperatorError(
            f"indices from {indices.min()} to {indices.max()} do not fit axis {axis} of size {size}"
        )
    return np.take(data, indices, axis=axis)


@op("Where", since=9)
def where(condition: Array, x: Array, y: Array) -> Array:
    """Take x where the condition holds, and y elsewhere."""
    return np.where(condition, x, y)
