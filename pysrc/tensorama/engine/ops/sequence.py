"""Sequences of tensors, and values that may be missing.

A sequence is a Python list that is never changed; a missing optional is None. Element types stay
with the tensors, also those that numpy lacks (`own_types`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.engine.scope import Scope
from tensorama.errors import OperatorError
from tensorama.onnxfile import Graph
from tensorama.onnxfile.types import element_type, marked, unmarked

Array = np.ndarray
Tensors = list[Array]


@op("SequenceEmpty", since=11, own_types=True)
def sequence_empty(*, dtype: int = 1) -> Tensors:
    """A sequence of nothing."""
    return []


@op("SequenceConstruct", since=11, own_types=True)
def sequence_construct(*inputs: Array) -> Tensors:
    """Make a sequence of the inputs, in their order."""
    return list(inputs)


@op("SequenceLength", since=11, own_types=True)
def sequence_length(input_sequence: Tensors) -> Array:
    """How many tensors there are: an int64 scalar."""
    return np.array(len(input_sequence), dtype=np.int64)


@op("SequenceAt", since=11, own_types=True)
def sequence_at(input_sequence: Tensors, position: Array) -> Array:
    """The tensor at a place; negative places count from the end."""
    return input_sequence[_place(position, len(input_sequence))]


@op("SequenceErase", since=11, own_types=True)
def sequence_erase(input_sequence: Tensors, position: Array | None = None) -> Tensors:
    """The sequence without one of its tensors, the last if no place is given."""
    last = len(input_sequence) - 1
    place = _place(np.array(last) if position is None else position, len(input_sequence))
    return [*input_sequence[:place], *input_sequence[place + 1 :]]


@op("SequenceInsert", since=11, own_types=True)
def sequence_insert(
    input_sequence: Tensors, tensor: Array, position: Array | None = None
) -> Tensors:
    """The sequence with one tensor more, before the given place or at the end."""
    end = len(input_sequence)
    place = end if position is None else int(position.item())
    if not -end <= place <= end:
        raise OperatorError(f"position {place} is out of range for a sequence of {end}")
    place = place + end if place < 0 else place
    return [*input_sequence[:place], tensor, *input_sequence[place:]]


def _place(position: Array, length: int) -> int:
    place = int(position.item())
    if not -length <= place < length:
        raise OperatorError(f"position {place} is out of range for a sequence of {length}")
    return place % length


@op("ConcatFromSequence", since=11, own_types=True)
def concat_from_sequence(input_sequence: Tensors, *, axis: int, new_axis: int = 0) -> Array:
    """Join the tensors of a sequence along an axis, or along a new one (stack).

    https://onnx.ai/onnx/operators/onnx__ConcatFromSequence.html
    """
    if not input_sequence:
        raise OperatorError("the sequence is empty, there is nothing to join")
    axis = axis_of(axis, input_sequence[0].ndim + (1 if new_axis else 0))
    return joined(input_sequence, axis, bool(new_axis))


def joined(tensors: Sequence[Array], axis: int, new_axis: bool) -> Array:
    """Join tensors along an axis or a new one; they keep an element type that numpy lacks."""
    plain = [unmarked(tensor) for tensor in tensors]
    together = np.stack(plain, axis=axis) if new_axis else np.concatenate(plain, axis=axis)
    return marked(together, element_type(tensors[0]))


@op("SplitToSequence", since=11, own_types=True)
def split_to_sequence(
    x: Array, split: Array | None = None, *, axis: int = 0, keepdims: int = 1
) -> Tensors:
    """Cut a tensor along an axis into a sequence.

    split: one size for all (the last may be smaller), or the size of each; without it single
    slices, which lose the axis if keepdims is 0.
    https://onnx.ai/onnx/operators/onnx__SplitToSequence.html
    """
    axis = axis_of(axis, x.ndim)
    size = x.shape[axis]
    if split is None:
        parts = np.split(x, size, axis=axis) if size else []
        return parts if keepdims else [part.squeeze(axis) for part in parts]
    if split.ndim == 0:
        if split <= 0:
            raise OperatorError(f"parts cannot have the size {int(split)}")
        return np.split(x, range(int(split), size, int(split)), axis=axis)
    if split.sum() != size or split.min(initial=0) < 0:
        raise OperatorError(
            f"parts of sizes {split.tolist()} do not make up axis {axis} of size {size}"
        )
    return np.split(x, np.cumsum(split)[:-1], axis=axis)


@op("SequenceMap", since=17, needs=("scope",), own_types=True)
@sliced
def sequence_map(
    input_sequence: Tensors, *additional_inputs: Any, body: Graph, scope: Scope
) -> Slices[tuple[Tensors, ...]]:
    """Run a graph on every tensor of a sequence; further sequences go along, tensors stay.

    https://onnx.ai/onnx/operators/onnx__SequenceMap.html
    """
    count = len(input_sequence)
    for other in additional_inputs:
        if isinstance(other, list) and len(other) != count:
            raise OperatorError(f"sequences of {count} and of {len(other)} do not go together")
    results = []
    for i in range(count):
        given = [x[i] if isinstance(x, list) else x for x in (input_sequence, *additional_inputs)]
        results.append((yield from scope.run(body, given)))
        yield
    return tuple([result[k] for result in results] for k in range(len(body.outputs)))


@op("Optional", since=15, own_types=True)
def optional(x: Any = None, *, type: Any = None) -> Any:
    """Wrap a value as one that may be missing; without an input it is missing."""
    return (x,)


@op("OptionalHasElement", since=15, own_types=True)
def optional_has_element(x: Any = None) -> Array:
    """Is the value there?"""
    return np.array(x is not None)


@op("OptionalGetElement", since=15, own_types=True)
def optional_get_element(x: Any) -> Any:
    """The value, which must be there."""
    if x is None:
        raise OperatorError("the optional value is missing; ask OptionalHasElement first")
    return (x,)
