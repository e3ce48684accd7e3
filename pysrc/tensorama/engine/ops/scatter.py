"""Writing values to places: a copy of the data in which some cells are replaced or added to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.engine.ops.indexing import along, checked
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray

_REDUCTIONS: dict[str, Callable[[Array, Any, Array], None]] = {
    "none": lambda y, places, updates: y.__setitem__(places, updates),
    "add": np.add.at,
    "mul": np.multiply.at,
    "max": np.maximum.at,
    "min": np.minimum.at,
}


def _written(data: Array, places: Any, updates: Array, reduction: str) -> Array:
    """A copy of data with the updates written to the places, one after the other."""
    if reduction not in _REDUCTIONS:
        raise OperatorError(f'reduction is "{reduction}"; it can be {", ".join(_REDUCTIONS)}')
    y = data.copy()
    if y.ndim == 0 and reduction == "none":
        y[...] = updates
    else:
        _REDUCTIONS[reduction](y, places, updates)
    return y


@op("Scatter", since=9)
@op("ScatterElements", since=11)
def scatter_elements_over(data: Array, indices: Array, updates: Array, *, axis: int = 0) -> Array:
    """ScatterElements before opset 16: what was there is replaced."""
    return scatter_elements(data, indices, updates, axis=axis)


@op("ScatterElements", since=16)
def scatter_elements(
    data: Array, indices: Array, updates: Array, *, axis: int = 0, reduction: str = "none"
) -> Array:
    """Write each update to the place that its index gives along one axis.

    data (any), indices and updates (same rank, same shape) → like data
    y[i, indices[i,j], …] = updates[i,j, …], or added, multiplied, max, min (max and min since 18)
    https://onnx.ai/onnx/operators/onnx__ScatterElements.html
    """
    if indices.shape != updates.shape:
        raise OperatorError(f"indices {indices.shape} and updates {updates.shape} differ in shape")
    return _written(data, along(data, indices, axis), updates, reduction)


@op("ScatterND", since=11)
def scatter_nd_over(data: Array, indices: Array, updates: Array) -> Array:
    """ScatterND before opset 16: what was there is replaced."""
    return scatter_nd(data, indices, updates)


@op("ScatterND", since=16)
def scatter_nd(data: Array, indices: Array, updates: Array, *, reduction: str = "none") -> Array:
    """Write slices to places of which each row of indices gives the first K coordinates.

    data (D₁…Dᵣ), indices (…,K), updates (…,D_K+1…Dᵣ) → like data
    https://onnx.ai/onnx/operators/onnx__ScatterND.html
    """
    depth = indices.shape[-1] if indices.ndim else 0
    if depth > data.ndim:
        raise OperatorError(f"indices have {depth} coordinates, data has {data.ndim} dimensions")
    wanted = indices.shape[:-1] + data.shape[depth:]
    if updates.shape != wanted:
        raise OperatorError(f"updates must have the shape {wanted}, {updates.shape} came")
    places = tuple(checked(indices[..., k], data.shape[k], k) for k in range(depth))
    return _written(data, places or ..., updates, reduction)


@op("TensorScatter", since=24)
def tensor_scatter(
    past_cache: Array,
    update: Array,
    write_indices: Array | None = None,
    *,
    axis: int = -2,
    mode: str = "linear",
) -> Array:
    """Write new keys or values into a cache, from a place on that each row has of its own.

    past_cache (N,…,T,…), update (N,…,S,…), write_indices (N) → like past_cache
    "circular" goes on at the start when the end is reached.
    https://onnx.ai/onnx/operators/onnx__TensorScatter.html
    """
    if mode not in ("linear", "circular"):
        raise OperatorError(f'mode is "{mode}"; it can be linear or circular')
    place = axis_of(axis, past_cache.ndim)
    if place == 0:
        raise OperatorError("axis 0 holds the rows; updates are written along another one")
    length, new = past_cache.shape[place], update.shape[place]
    starts = np.zeros(len(past_cache), np.int64) if write_indices is None else write_indices
    positions = starts.reshape(-1, 1) + np.arange(new)
    if mode == "circular":
        positions = positions % length
    if positions.size and (positions.min() < 0 or positions.max() >= length):
        raise OperatorError(f"position {positions.max()} lies beyond the cache's {length}")
    y = past_cache.copy()
    rows = np.arange(len(y))[:, None]
    np.moveaxis(y, place, 1)[rows, positions] = np.moveaxis(update, place, 1)
    return y
