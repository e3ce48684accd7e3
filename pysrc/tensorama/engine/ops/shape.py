"""The same numbers in another shape or order: reshaping, transposing, joining, cutting, padding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorama.engine.kernel import cells
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
LITTLE = 1024  # cells up to which repeated ones are written out: cells in order are quicker to use


def axis_of(axis: int, rank: int) -> int:
    """A non-negative axis, or OperatorError if there is no such axis."""
    if not -rank <= axis < rank:
        raise OperatorError(f"axis {axis} is out of range for rank {rank}")
    return axis % rank


def axes_of(axes: Iterable[int], rank: int) -> tuple[int, ...]:
    """Several such axes, or OperatorError if one is named twice, as -1 and 2 of rank 3 are one."""
    found = tuple(axis_of(int(axis), rank) for axis in axes)
    if len(set(found)) < len(found):
        twice = next(axis for axis in found if found.count(axis) > 1)
        raise OperatorError(f"axis {twice} is named twice")
    return found


def numbers(x: Array, name: str) -> list[int]:
    """A vector of whole numbers, as shapes, axes and sizes are given."""
    if x.ndim > 1:
        raise OperatorError(f"{name} must be a vector of numbers, shape {_words(x.shape)} came")
    return [int(value) for value in x.reshape(-1)]


@op("Reshape", since=5)
@replayable("data")
def reshape(data: Array, shape: Array, *, allowzero: int = 0) -> Array:
    """Give the same numbers, in the same order, another shape.

    0 keeps a size (unless `allowzero`), -1 is worked out from the rest.
    https://onnx.ai/onnx/operators/onnx__Reshape.html
    """
    wanted = numbers(shape, "shape")
    if wanted.count(-1) > 1:
        raise OperatorError("only one size of the shape can be -1")
    if not allowzero:
        wanted = [
            data.shape[i] if size == 0 and i < data.ndim else size for i, size in enumerate(wanted)
        ]
    known = math.prod(size for size in wanted if size != -1)
    fits = data.size == known if -1 not in wanted else known and data.size % known == 0
    if not fits and not (-1 in wanted and data.size == 0):
        raise OperatorError(f"{data.size} values do not fit the shape {_words(wanted)}")
    try:
        return data.reshape(wanted, copy=False)
    except ValueError:  # the cells do not lie in order
        straight = cells.straightened(data)
        return (data if straight is None else straight).reshape(wanted)


def _words(shape: Sequence[int]) -> str:
    return f"({','.join(map(str, shape))})"


@op("Flatten", since=1)
@replayable("x")
def flatten(x: Array, *, axis: int = 1) -> Array:
    """Make a matrix: the axes before `axis` become rows, the others columns."""
    if not -x.ndim <= axis <= x.ndim:
        raise OperatorError(f"axis {axis} is out of range for rank {x.ndim}")
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


@op("Transpose", since=1)
@replayable("data")
def transpose(data: Array, *, perm: Sequence[int] | None = None) -> Array:
    """Reorder the axes; without `perm` they are reversed."""
    if perm is not None and sorted(perm) != list(range(data.ndim)):
        raise OperatorError(f"perm {list(perm)} does not order the {data.ndim} axes")
    return np.transpose(data, perm)


@op("Identity", since=1)
@replayable("x")
def identity(x: Any) -> Any:
    """Give back what came."""
    return x


@op("Squeeze", since=1)
@replayable("data")
def squeeze_by_attribute(data: Array, *, axes: Sequence[int] | None = None) -> Array:
    """Squeeze of opsets 1-12: the axes are an attribute."""
    if axes is None:
        return np.squeeze(data)
    axes = [axis_of(int(axis), data.ndim) for axis in axes]
    for axis in axes:
        if data.shape[axis] != 1:
            raise OperatorError(f"axis {axis} has size {data.shape[axis]}, 1 was expected")
    return np.squeeze(data, axis=tuple(axes))


@op("Squeeze", since=13)
@replayable("data")
def squeeze(data: Array, axes: Array | None = None) -> Array:
    """Drop axes of size 1: the named ones, or all."""
    return squeeze_by_attribute(data, axes=None if axes is None else numbers(axes, "axes"))


@op("Unsqueeze", since=1)
@replayable("data")
def unsqueeze_by_attribute(data: Array, *, axes: Sequence[int]) -> Array:
    """Unsqueeze of opsets 1-12: the axes are an attribute."""
    rank = data.ndim + len(axes)
    places = [axis_of(int(axis), rank) for axis in axes]
    if len(set(places)) < len(places):
        raise OperatorError(f"axes {list(axes)} name one axis twice")
    return np.expand_dims(data, tuple(places))


@op("Unsqueeze", since=13)
@replayable("data")
def unsqueeze(data: Array, axes: Array) -> Array:
    """Insert axes of size 1 at the given places of the result."""
    return unsqueeze_by_attribute(data, axes=numbers(axes, "axes"))


@op("Concat", since=4)
@replayable("*")
def concat(*inputs: Array, axis: int) -> Array:
    """Join tensors along one axis; all other sizes must agree."""
    first = inputs[0]
    axis = axis_of(axis, first.ndim)
    for other in inputs[1:]:
        rest = [s for i, s in enumerate(other.shape) if i != axis]
        if other.ndim != first.ndim or rest != [s for i, s in enumerate(first.shape) if i != axis]:
            raise OperatorError(
                f"shapes {_words(first.shape)} and {_words(other.shape)} "
                f"can only be joined when they differ in axis {axis} alone"
            )
    joined = cells.joined(inputs, axis)
    return np.concatenate(inputs, axis=axis) if joined is None else joined


@op("Split", since=2, needs=("outputs",))
@replayable("x")
def split_by_attribute(
    x: Array, *, axis: int = 0, split: Sequence[int] | None = None, outputs: int
) -> tuple[Array, ...]:
    """Split of opsets 2-12: the sizes are an attribute, equal parts without it."""
    axis = axis_of(axis, x.ndim)
    size = x.shape[axis]
    if split is None:
        if size % outputs:
            raise OperatorError(f"axis {axis} of size {size} has no {outputs} equal parts")
        split = [size // outputs] * outputs
    return _cut(x, axis, [int(s) for s in split])


@op("Split", since=13, needs=("outputs",))
@replayable("x")
def split_equal_or_given(
    x: Array, split: Array | None = None, *, axis: int = 0, outputs: int
) -> tuple[Array, ...]:
    """Split of opsets 13-17: the sizes are an input, equal parts without it."""
    sizes = None if split is None else numbers(split, "split")
    return split_by_attribute(x, axis=axis, split=sizes, outputs=outputs)


@op("Split", since=18, needs=("outputs",))
@replayable("x")
def split_in(
    x: Array,
    split: Array | None = None,
    *,
    axis: int = 0,
    num_outputs: int | None = None,
    outputs: int,
) -> tuple[Array, ...]:
    """Cut a tensor along one axis; without sizes into equal parts, the last may be smaller."""
    axis = axis_of(axis, x.ndim)
    if split is not None:
        return _cut(x, axis, numbers(split, "split"))
    count = outputs if num_outputs is None else num_outputs
    if not 1 <= count <= max(outputs, x.shape[axis]):
        raise OperatorError(
            f"num_outputs is {count}; axis {axis} of size {x.shape[axis]} has not so many parts"
        )
    each = -(-x.shape[axis] // count)
    sizes = [min(each, max(0, x.shape[axis] - each * i)) for i in range(count)]
    return _cut(x, axis, sizes)


def _cut(x: Array, axis: int, sizes: Sequence[int]) -> tuple[Array, ...]:
    if sum(sizes) != x.shape[axis] or min(sizes, default=0) < 0:
        raise OperatorError(
            f"parts of sizes {list(sizes)} do not make up axis {axis} of size {x.shape[axis]}"
        )
    return tuple(np.split(x, np.cumsum(sizes)[:-1], axis=axis))


@op("Expand", since=8)
@replayable("x")
def expand(x: Array, shape: Array) -> Array:
    """Repeat along axes of size 1, as broadcasting does."""
    sizes = tuple(numbers(shape, "shape"))
    try:
        whole = np.broadcast_shapes(x.shape, sizes)
    except ValueError as error:
        if "mismatch" not in str(error):
            raise  # it is too large: that is said elsewhere
        raise OperatorError(
            f"shape {_words(x.shape)} cannot be repeated to {_words(sizes)}"
        ) from None
    repeated = np.broadcast_to(x, whole)
    return repeated.copy() if repeated.size <= LITTLE else repeated


@op("Shape", since=1)
@replayable("data", by_shape=True)
def shape_all(data: Array) -> Array:
    """Shape of opsets 1-14: the whole shape."""
    return np.array(data.shape, dtype=np.int64)


@op("Shape", since=15)
@replayable("data", by_shape=True)
def shape(data: Array, *, start: int = 0, end: int | None = None) -> Array:
    """The sizes of the axes from `start` to before `end`."""
    return np.array(data.shape[start:end], dtype=np.int64)


@op("Size", since=1)
@replayable("data", by_shape=True)
def size(data: Array) -> Array:
    """How many values a tensor has."""
    return np.array(data.size, dtype=np.int64)


@op("Pad", since=2)
def pad_by_attribute(
    data: Array, *, pads: Sequence[int], mode: str = "constant", value: float = 0.0
) -> Array:
    """Pad of opsets 2-10: pads and value are attributes."""
    return _pad(data, [int(p) for p in pads], range(data.ndim), mode, value)


@op("Pad", since=11)
def pad(
    data: Array,
    pads: Array,
    constant_value: Array | None = None,
    axes: Array | None = None,
    *,
    mode: str = "constant",
) -> Array:
    """Add a border, or cut one away where `pads` is negative.

    pads (2·axes): all begins, then all ends. mode: constant, reflect, edge, wrap (opset 19).
    """
    value = 0 if constant_value is None or not constant_value.size else constant_value.item()
    which = (
        range(data.ndim) if axes is None else [axis_of(a, data.ndim) for a in numbers(axes, "axes")]
    )
    return _pad(data, numbers(pads, "pads"), which, mode, value)


def _pad(data: Array, pads: Sequence[int], axes: Sequence[int], mode: str, value: Any) -> Array:
    if len(pads) != 2 * len(axes):
        raise OperatorError(f"{2 * len(axes)} pads were expected, {len(pads)} came")
    before, after = [0] * data.ndim, [0] * data.ndim
    for place, axis in enumerate(axes):
        before[axis], after[axis] = pads[place], pads[place + len(axes)]
    cut = tuple(
        slice(max(0, -b), size - max(0, -a))
        for b, a, size in zip(before, after, data.shape, strict=True)
    )
    border = [(max(0, b), max(0, a)) for b, a in zip(before, after, strict=True)]
    if mode == "constant":
        return np.pad(data[cut], border, constant_values=value)
    modes: dict[str, Any] = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}
    if mode not in modes:
        raise OperatorError(f'mode "{mode}" is not one of constant, {", ".join(modes)}')
    for axis, (size, edges) in enumerate(zip(data[cut].shape, border, strict=True)):
        if size == 0 and any(edges):
            raise OperatorError(f"axis {axis} is empty: there is no edge to repeat")
    return np.pad(data[cut], border, mode=modes[mode])
