"""Tensors out of nothing or out of a shape: constants, fills, and dropout's mask."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.contract.pieces import LARGE, parts
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.shape import numbers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import element_type, to_type

Array = np.ndarray


@op("Constant", since=1)
def constant(
    *,
    value: Array | None = None,
    sparse_value: Array | None = None,
    value_float: float | None = None,
    value_floats: Sequence[float] | None = None,
    value_int: int | None = None,
    value_ints: Sequence[int] | None = None,
    value_string: str | None = None,
    value_strings: Sequence[str] | None = None,
) -> Array:
    """A tensor that the model carries with it."""
    given: dict[type, Sequence[object]] = {
        np.float32: (value_float, value_floats),
        np.int64: (value_int, value_ints),
        np.object_: (value_string, value_strings),
    }
    for array in (value, sparse_value):
        if array is not None:
            return array
    for dtype, candidates in given.items():
        for candidate in candidates:
            if candidate is not None:
                return np.array(candidate, dtype=dtype)
    raise OperatorError("no value is given")


@op("ConstantOfShape", since=9)
@sliced
def constant_of_shape(shape: Array, *, value: Array | None = None) -> Slices[Array]:
    """A tensor of the given shape, filled with one value (float32 0 by default)."""
    fill = np.zeros(1, np.float32) if value is None else value
    if shape.size and shape.min() < 0:
        raise OperatorError(f"a shape cannot have negative sizes: {shape.tolist()}")
    y = np.empty(numbers(shape, "shape"), fill.dtype)
    one = fill.reshape(-1)[0]
    for part in parts(y):
        part.fill(one)
        if y.size >= LARGE:
            yield
    return y


@op("Dropout", since=7, needs=("outputs",))
@replayable("x")
def dropout_at_rest(x: Array, *, ratio: float = 0.5, outputs: int) -> Array | tuple[Array, Array]:
    """Dropout of opsets 7-9: at inference it lets everything through; the mask is not used.

    onnxruntime fills the unused mask with zeros.
    """
    return x if outputs == 1 else (x, np.zeros_like(x))


@op("Dropout", since=10, needs=("outputs",))
@replayable("x")
def dropout_with_flags(
    x: Array, *, ratio: float = 0.5, outputs: int
) -> Array | tuple[Array, Array]:
    """Dropout of opsets 10-11: the mask is made of booleans."""
    return x if outputs == 1 else (x, np.zeros(x.shape, bool))


@op("Dropout", since=12, needs=("outputs",))
def dropout(
    x: Array,
    ratio: Array | None = None,
    training_mode: Array | None = None,
    *,
    seed: int = 0,
    outputs: int,
) -> Array | tuple[Array, Array]:
    """While training, drop values at random and scale up the rest; at inference do nothing."""
    share = 0.5 if ratio is None else float(ratio)
    if training_mode is None or not training_mode or share == 0:
        kept = np.ones(x.shape, bool)
        y = x
    else:
        kept = np.random.RandomState(seed).uniform(size=x.shape) >= share
        y = (kept * x / (1 - share)).astype(x.dtype)
    return y if outputs == 1 else (y, kept)


@op("EyeLike", since=9, own_types=True)
@sliced
def eye_like(x: Array, *, dtype: int | None = None, k: int = 0) -> Slices[Array]:
    """A matrix like x with ones on a diagonal (k above the main one) and zeros elsewhere."""
    if x.ndim != 2:
        raise OperatorError(f"x has {x.ndim} dimensions, 2 were expected")
    number = dtype or element_type(x)
    y = np.empty(x.shape, to_type(np.zeros(0, np.int8), number).dtype)
    rows = max(1, LARGE // 4 // max(1, x.shape[1]))
    for start in range(0, len(x), rows):
        part = y[start : start + rows]
        part[...] = to_type(np.eye(len(part), x.shape[1], k + start, dtype=np.int8), number)
        if y.size >= LARGE:
            yield
    return y


@op("Range", since=11)
@sliced
def range_(start: Array, limit: Array, delta: Array) -> Slices[Array]:
    """Numbers from start to before limit, delta apart."""
    for name, value in (("start", start), ("limit", limit), ("delta", delta)):
        if value.size != 1:
            raise OperatorError(f"{name} must be one number, {value.size} came")
    if delta.item() == 0:
        raise OperatorError("delta is 0, which leads nowhere")
    wide = np.dtype(np.float64 if start.dtype.kind == "f" else np.int64)
    first, last, step = (value.astype(wide).item() for value in (start, limit, delta))
    count = max(0, math.ceil((last - first) / step))
    y = np.empty(count, start.dtype)
    done = 0
    for part in parts(y):
        part[...] = first + np.arange(done, done + part.size, dtype=wide) * step
        done += part.size
        if y.size >= LARGE:
            yield
    return y


@op("Range", since=27)
@sliced
def range_stashed(
    start: Array, limit: Array, delta: Array, *, stash_type: int = 1
) -> Slices[Array]:
    """Range since opset 27: half floats are computed in a wider type, which is done always."""
    return (yield from range_.slices(start, limit, delta))  # type: ignore[attr-defined]
