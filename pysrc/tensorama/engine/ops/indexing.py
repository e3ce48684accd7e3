"""Picking values by their place: slices, gathers, conditions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.contract.pieces import LARGE, parts
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.kernel.rows import picked
from tensorama.engine.ops.shape import axis_of, numbers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("Slice", since=1)
@replayable("data")
def slice_by_attributes(
    data: Array, *, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int] | None = None
) -> Array:
    """Slice of opsets 1-9: the places are attributes, the step is 1."""
    return _slice(data, starts, ends, axes, None)


@op("Slice", since=10)
@replayable("data")
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
        numbers(starts, "starts"),
        numbers(ends, "ends"),
        None if axes is None else numbers(axes, "axes"),
        None if steps is None else numbers(steps, "steps"),
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
        # going backwards, ONNX starts at the first value at the earliest, Python before it;
        # an end before the first value is None in Python
        if step < 0:
            start, stop = max(int(start), -size), None if end < -size else int(end)
        else:
            stop = int(end)
        picks[axis] = slice(int(start), stop, int(step))
    return data[tuple(picks)]


@op("Gather", since=1)
@replayable("data", "indices")
def gather(data: Array, indices: Array, *, axis: int = 0) -> Array:
    """Pick slices along one axis: an embedding table gives the rows of the tokens."""
    axis = axis_of(axis, data.ndim)
    size = data.shape[axis]
    if indices.size and not (-size <= indices.min() and indices.max() < size):
        raise OperatorError(
            f"indices from {indices.min()} to {indices.max()} do not fit axis {axis} of size {size}"
        )
    if not indices.ndim:
        return data[(slice(None),) * axis + (int(indices),)]
    y = picked(data, indices, axis)
    return np.take(data, indices, axis=axis) if y is None else y


@op("TorchEmbedding", since=1, domain="com.microsoft")
def torch_embedding(
    weight: Array,
    indices: Array,
    padding_idx: Array | None = None,
    scale_grad_by_freq: Array | None = None,
) -> Array:
    """Give the row of each token; the other inputs matter in training alone."""
    return gather(weight, indices)


@op("Where", since=9)
def where(condition: Array, x: Array, y: Array) -> Array:
    """Take x where the condition holds, and y elsewhere."""
    return np.where(condition, x, y)


def checked(indices: Array, size: int, axis: int) -> Array:
    """Indices into an axis as they came, or OperatorError if one lies outside of it."""
    if indices.size and not (-size <= indices.min() and indices.max() < size):
        raise OperatorError(
            f"indices from {indices.min()} to {indices.max()} do not fit axis {axis} of size {size}"
        )
    return indices


def along(data: Array, indices: Array, axis: int) -> tuple[Array, ...]:
    """The places that indices name along one axis; the other coordinates are the index's own."""
    if indices.ndim != data.ndim:
        raise OperatorError(f"data has {data.ndim} dimensions, indices {indices.ndim}")
    axis = axis_of(axis, data.ndim)
    for other, (size, most) in enumerate(zip(indices.shape, data.shape, strict=True)):
        if other != axis and size > most:
            raise OperatorError(f"axis {other} has size {size} in indices, {most} in data")
    places = list(np.ogrid[tuple(slice(size) for size in indices.shape)])
    places[axis] = checked(indices, data.shape[axis], axis)
    return tuple(places)


@op("GatherElements", since=11)
def gather_elements(data: Array, indices: Array, *, axis: int = 0) -> Array:
    """Pick single values: along one axis the index says where, on the others it is in place.

    data (any), indices (same rank) → like indices.  y[i,j] = data[indices[i,j], j] for axis 0
    https://onnx.ai/onnx/operators/onnx__GatherElements.html
    """
    return data[along(data, indices, axis)]


@op("GatherND", since=11)
def gather_slices(data: Array, indices: Array) -> Array:
    """GatherND of opset 11: no batch axes."""
    return gather_nd(data, indices)


@op("GatherND", since=12)
def gather_nd(data: Array, indices: Array, *, batch_dims: int = 0) -> Array:
    """Pick slices of which each row of indices gives the first K coordinates.

    data (B…,D₁…Dᵣ), indices (B…,…,K) → (B…,…,D_K+1…Dᵣ), with batch_dims axes B
    https://onnx.ai/onnx/operators/onnx__GatherND.html
    """
    depth = indices.shape[-1] if indices.ndim else 0
    if not 0 < depth <= data.ndim - batch_dims:
        raise OperatorError(
            f"indices have {depth} coordinates, data has {data.ndim - batch_dims} axes to index"
        )
    if data.shape[:batch_dims] != indices.shape[:batch_dims]:
        raise OperatorError(f"the first {batch_dims} axes of data and indices differ")
    grid = np.ogrid[tuple(slice(size) for size in indices.shape[:-1])][:batch_dims]
    coordinates = [
        checked(indices[..., k], data.shape[batch_dims + k], batch_dims + k) for k in range(depth)
    ]
    return data[(*grid, *coordinates)]


@op("Compress", since=9)
def compress(x: Array, condition: Array, *, axis: int | None = None) -> Array:
    """Keep the slices along an axis (or the single values) for which the condition holds."""
    if condition.ndim != 1:
        raise OperatorError(f"condition has {condition.ndim} dimensions, 1 was expected")
    place = 0 if axis is None else axis_of(axis, x.ndim)
    size = x.size if axis is None else x.shape[place]
    if condition.size > size:
        raise OperatorError(f"condition has {condition.size} entries, there are {size} slices")
    return np.compress(condition, x, axis=None if axis is None else place)


@op("NonZero", since=9)
@sliced
def non_zero(x: Array) -> Slices[Array]:
    """The coordinates of all values that are not zero: (rank, count), int64."""
    x = np.atleast_1d(x)
    if x.size < LARGE:
        return np.array(np.nonzero(x), dtype=np.int64)
    y = np.empty((x.ndim, np.count_nonzero(x)), np.int64)
    start = found = 0
    for part in parts(x):
        places = np.flatnonzero(part) + start
        y[:, found : found + places.size] = np.unravel_index(places, x.shape)
        start, found = start + part.size, found + places.size
        yield
    return y


@op("Unique", since=11)
def unique(
    x: Array, *, axis: int | None = None, sorted: int = 1
) -> tuple[Array, Array, Array, Array]:
    """Each value (or slice along an axis) once; where it first stands, which is where, how many.

    → values, first places, for each of x which value it is, counts (all int64)
    https://onnx.ai/onnx/operators/onnx__Unique.html
    """
    place = None if axis is None else axis_of(axis, x.ndim)
    words = None
    if x.dtype.kind == "O":  # numpy compares slices of numbers only
        words, x = np.unique(x, return_inverse=True)
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=place
    )
    inverse = inverse.reshape(-1)
    if not sorted:
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size)
        values = np.take(values, order, axis=place or 0)
        first, inverse, counts = first[order], rank[inverse], counts[order]
    values = values if words is None else words[values]
    return values, first.astype(np.int64), inverse.astype(np.int64), counts.astype(np.int64)


@op("OneHot", since=9)
def one_hot(indices: Array, depth: Array, values: Array, *, axis: int = -1) -> Array:
    """Write classes as rows that are `on` at the class and `off` elsewhere.

    indices (any), depth one number, values (off, on) → a new axis of size depth, of values' type.
    Negative indices count from the end; what lies outside gives `off` everywhere.
    https://onnx.ai/onnx/operators/onnx__OneHot.html
    """
    if depth.size != 1 or values.shape != (2,):
        raise OperatorError("depth must be one number, values two (off, on)")
    count, place = int(depth.item()), axis_of(axis, indices.ndim + 1)
    classes = indices.astype(np.int64)
    classes = np.expand_dims(np.where(classes < 0, classes + count, classes), place)
    shape = [1] * (indices.ndim + 1)
    shape[place] = count
    return np.where(classes == np.arange(count).reshape(shape), values[1], values[0])
