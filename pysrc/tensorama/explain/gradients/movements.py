"""The same numbers in another place: what each cell was copied to comes back to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.engine.contract import whole
from tensorama.engine.ops.indexing import along
from tensorama.engine.ops.shape import axis_of
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray


@differentiates("Reshape", "Flatten", "Squeeze", "Unsqueeze")
def reshaped(at: Backward) -> Gradients:
    """Back into the shape that came."""
    return (at.dy.reshape(np.shape(at.x)),)


@differentiates("Cast", "CastLike")
def cast(at: Backward) -> Gradients:
    """Floats stay what they are, in another precision."""
    dtype = np.float64 if at.x.dtype == np.float64 else np.float32
    return (at.dy.astype(dtype, copy=False),)


@differentiates("Transpose")
def transposed(at: Backward) -> Gradients:
    """The axes back in their order."""
    order = at.attributes["perm"]
    return (at.dy.transpose(None if order is None else np.argsort(order)),)


@differentiates("Expand")
def expanded(at: Backward) -> Gradients:
    """The shares of all copies, added up."""
    return (summed_to(at.x.shape, at.dy),)


@differentiates("Concat")
def joined(at: Backward) -> Gradients:
    """To each its part."""
    axis = axis_of(at.attributes["axis"], at.dy.ndim)
    ends = np.cumsum([x.shape[axis] for x in at.inputs])[:-1]
    return np.split(at.dy, ends, axis=axis)


@differentiates("Split", outputs=1 << 16)
def split(at: Backward) -> Gradients:
    """The parts together again."""
    axis = axis_of(at.attributes["axis"], at.x.ndim)
    sizes, dtype = _sizes(at, axis), next(dy for dy in at.dys if dy is not None).dtype
    parts = [
        np.zeros((*at.x.shape[:axis], size, *at.x.shape[axis + 1 :]), dtype) if dy is None else dy
        for dy, size in zip(at.dys, sizes, strict=True)
    ]
    return (np.concatenate(parts, axis=axis),)


def _sizes(at: Backward, axis: int) -> Sequence[int]:
    """How much of the axis went to each output, be it named or not."""
    given: Any = at.call.operator.function(*at.inputs, **at.call.attributes)
    return [part.shape[axis] for part in given]


@differentiates("Gather")
def gathered(at: Backward) -> Gradients:
    """Each row gets what belongs to all the places where it was put."""
    table, indices = at.inputs[0], at.inputs[1]
    axis = axis_of(at.attributes["axis"], table.ndim)
    found = np.zeros(
        (table.shape[axis], *table.shape[:axis], *table.shape[axis + 1 :]), at.dy.dtype
    )
    rows = np.moveaxis(at.dy, range(axis, axis + indices.ndim), range(indices.ndim))
    np.add.at(found, indices, rows)
    return (np.moveaxis(found, 0, axis),)


@differentiates("TorchEmbedding", domain="com.microsoft")
def embedded(at: Backward) -> Gradients:
    """Each row of the table gets what belongs to its tokens."""
    found = np.zeros(at.inputs[0].shape, at.dy.dtype)
    np.add.at(found, at.inputs[1], at.dy)
    return (found,)


@differentiates("Slice")
def sliced_out(at: Backward) -> Gradients:
    """Nothing but for the part that was cut out."""
    found = np.zeros(at.x.shape, at.dy.dtype)
    part: Any = at.call.operator.function(found, *at.inputs[1:], **at.call.attributes)
    part[...] = at.dy  # numpy cuts without copying
    return (found,)


@differentiates("Dropout")
def dropped(at: Backward) -> Gradients:
    """As it is, outside of training."""
    training = at.input(2)
    if training is not None and bool(training):
        raise UnsupportedError(
            phrase("{node} drops values at random, as in training.", node=at.call.node.label)
        )
    return (at.dy,)


_NUMBERED = {
    # operators of which not the first input is moved, or not alone
    "Pad": (0, 2),
    "OneHot": (2,),
}


@differentiates(
    "GatherElements", "GatherND", "Tile", "DepthToSpace", "SpaceToDepth", "Compress",
    "ReverseSequence", "CenterCropPad", "Trilu", "Pad", "OneHot", "MaxUnpool",
)  # fmt: skip
def moved(at: Backward) -> Gradients:
    """Each cell gets what belongs to all of its copies."""
    return copied_back(at, _NUMBERED.get(at.op, (0,)))


@differentiates("UnfoldTensor", "Trilu", "GatherND", "Pad", domain="com.microsoft")
def moved_there(at: Backward) -> Gradients:
    """Each cell gets what belongs to all of its copies."""
    return copied_back(at, _NUMBERED.get(at.op, (0,)))


@differentiates("ExpandDims", domain="com.microsoft")
def widened(at: Backward) -> Gradients:
    """Back into the shape that came."""
    return (at.dy.reshape(at.x.shape),)


@differentiates("Scatter", "ScatterElements", "ScatterND")
def scattered(at: Backward) -> Gradients:
    """What was written over gets nothing; where values were added up, all of them get it."""
    how = at.attributes.get("reduction", "none")
    if how == "none":
        return copied_back(at, (0, 2))
    if how != "add":
        raise UnsupportedError(
            phrase(
                'The gradient of {node} with "{how}" is not known.',
                node=at.call.node.label,
                how=how,
            )
        )
    spots, updates = at.inputs[1], at.inputs[2]
    if at.op == "ScatterND":
        return at.dy, None, at.dy[tuple(np.moveaxis(spots, -1, 0))]
    return at.dy, None, at.dy[along(at.dy, spots, at.attributes["axis"])].reshape(updates.shape)


def copied_back(at: Backward, positions: Sequence[int]) -> list[Array | None]:
    """Cells are numbered from 1 and sent through the operator: what arrives says whence it came.

    positions: the inputs that are moved; 0 is what a border or a mask was filled with.
    """
    arguments, starts, start = list(at.inputs), dict[int, int](), 1
    for place in positions:
        if at.input(place) is None:
            continue
        shape, size = np.shape(at.inputs[place]), np.size(at.inputs[place])
        if at.wants(place):
            starts[place] = start
            arguments[place] = np.arange(start, start + size).reshape(shape)
            start += size
        else:
            arguments[place] = np.zeros(shape, np.int64)
    function: Any = at.call.operator.function
    given = dict(at.call.attributes)
    if "value" in given:  # what older versions of Pad fill with
        given["value"] = 0.0
    work = function.slices if hasattr(function, "slices") else None
    numbers = whole(work(*arguments, **given)) if work else function(*arguments, **given)
    weights = np.bincount(numbers.reshape(-1), at.dy.reshape(-1), start)
    gradients: list[Array | None] = [None] * len(at.inputs)
    for place, first in starts.items():
        x = at.inputs[place]
        mine = weights[first : first + x.size]
        gradients[place] = mine.reshape(x.shape).astype(at.dy.dtype)
    return gradients
