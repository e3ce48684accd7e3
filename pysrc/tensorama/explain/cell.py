"""A cell of a node's output, as declarations see it: its index, and all that went into the node."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from tensorama.engine.plan import Call
from tensorama.engine.trace import Step
from tensorama.explain.account import Index, Operand
from tensorama.explain.inside import Around, Inside
from tensorama.onnxfile.types import narrow_type, unmarked


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of an output, or many at once.

    at: an integer array for each axis of the output; they broadcast together. For one cell they are
    of rank 0. A declaration that computes with them in numpy serves one and many alike. part: the
    name of what the operator recorded of its inside, if the cell is of that and not of an output.
    names: how the trace calls what the graph around the node calls otherwise. around: what is
    recorded, by the trace's names.
    """

    step: Step
    call: Call
    output: int
    at: Index
    part: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    around: Around | None = None

    @property
    def one(self) -> bool:
        """Whether it is one cell."""
        return not any(part.ndim for part in self.at)

    def named(self, operand: Operand) -> str:
        """The name in the trace of the tensor that an operand is of."""
        if isinstance(operand.input, str):
            return operand.input
        return self.known_as(self.call.node.inputs[operand.input])

    def whole(self, operand: Operand) -> Any:
        """The tensor that an operand is of."""
        if isinstance(operand.input, str):
            assert self.around is not None
            return self.around.array(operand.input)
        return self.inputs[operand.input]

    def known_as(self, tensor: str) -> str:
        """What the trace calls a tensor of the graph around the node."""
        return self.names.get(tensor, tensor)

    @cached_property
    def insides(self) -> Sequence[Inside]:
        """The graphs that ran inside of the node, in their order."""
        assert self.around is not None
        return self.around.insides(self.known_as(self.step.label))

    def inner(self, part: str) -> str:
        """What the trace calls a part that the operator recorded."""
        return f"{self.known_as(self.step.label)}/{part}"

    @property
    def op(self) -> str:
        """The operator's name."""
        return self.call.node.op

    @property
    def opset(self) -> int:
        """The version of the operator's domain in use."""
        return self.call.opset

    @cached_property
    def inputs(self) -> Sequence[Any]:
        """What went in, by position; None where an optional input was left out."""
        given = self.step.inputs
        return [given[name] if name else None for name in self.call.node.inputs]

    @cached_property
    def result(self) -> Any:
        """What was recorded of this output."""
        if self.part:
            return self.step.inner[self.part]
        return self.step.outputs[self.call.node.outputs[self.output]]

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """The node's attributes, and the operator's defaults for those that it leaves out."""
        return {**defaults(self.call.operator.function), **self.call.attributes}

    def has(self, position: int) -> bool:
        """Whether an input was given."""
        return position < len(self.inputs) and self.inputs[position] is not None

    def fixed(self, operand: Operand) -> bool:
        """Whether an operand is the same in every run: a weight, or made of weights alone."""
        return self.around is not None and self.named(operand) in self.around.still

    def array(self, position: int) -> np.ndarray:
        """An input as numpy has it, whatever its type in the file."""
        return plain(self.inputs[position])

    def shape(self, position: int) -> tuple[int, ...]:
        """An input's shape."""
        return tuple(np.shape(self.inputs[position]))

    def number(self, position: int, otherwise: Any = None) -> Any:
        """An input that is one number; `otherwise` where it was left out."""
        return self.array(position).reshape(-1)[0].item() if self.has(position) else otherwise

    def spread(self, *axes: int | np.ndarray) -> tuple[Index, list[np.ndarray]]:
        """Give the cell's index and new axes of terms behind it: they broadcast together.

        axes: for each new axis how long it is, or the values along it. → the index with as many new
        axes of length 1, and for each new axis its values with all others of length 1.
        """
        rank = max((part.ndim for part in self.at), default=0)
        many = len(axes)
        at = tuple(part.reshape(part.shape + (1,) * many) for part in self.at)
        along = []
        for place, axis in enumerate(axes):
            values = np.arange(axis) if isinstance(axis, int | np.integer) else np.asarray(axis)
            along.append(values.reshape((1,) * (rank + place) + (-1,) + (1,) * (many - place - 1)))
        return at, along

    def same(self, position: int) -> Index:
        """The cell of an input at the same place, by numpy's broadcasting.

        Before opset 7 an attribute said at which axis that of the second input begins.
        """
        shape, given = self.shape(position), self.attributes
        missing = len(self.at) - len(shape)
        if position and given.get("broadcast") and given.get("axis") is not None:
            missing = given["axis"] % len(self.at)
        return tuple(
            np.zeros_like(self.at[missing + axis]) if size == 1 else self.at[missing + axis]
            for axis, size in enumerate(shape)
        )

    def moved(self, at: Index) -> Cell:
        """Other cells of the same output."""
        return replace(self, at=at)


def taken(value: Any, index: Index) -> Any:
    """What stands at the cells of a recorded value; of a sequence the first index says in which."""
    if not isinstance(value, list):
        return plain(value)[index]
    places, *rest = np.broadcast_arrays(*index)
    if not places.ndim:
        return plain(value[int(places)])[tuple(rest)]
    made = np.empty(places.shape, np.result_type(*map(plain, value)))
    for place in np.unique(places):
        here = places == place
        made[here] = plain(value[place])[tuple(part[here] for part in rest)]
    return made


def extent(value: Any) -> tuple[int, ...]:
    """The shape of an array; of a sequence how many there are, and the most along each axis."""
    if not isinstance(value, list):
        return tuple(np.shape(value))
    shapes = [np.shape(item) for item in value]
    return (len(value), *(max(sizes) for sizes in zip(*shapes, strict=False)))


def plain(value: Any) -> np.ndarray:
    """A recorded value as an array of a type that numpy computes with."""
    array = np.asarray(value)
    return unmarked(array) if narrow_type(array) else array


def widened(value: Any) -> Any:
    """Floats as float64, integers as int64 (uint64 as Python's): what is computed again is exact.

    So it owes nothing to how it was recorded.
    """
    array = plain(value)
    wider = {"f": "float64", "c": "complex128", "i": "int64", "u": "int64"}.get(array.dtype.kind)
    if array.dtype == np.uint64:
        wider = "object"
    return array if wider is None else array.astype(wider)


@cache
def defaults(function: Callable[..., Any]) -> Mapping[str, Any]:
    """What an operator's attributes are where a node leaves them out."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty
    }
