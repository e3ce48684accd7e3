"""A node on the way back, as rules see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tensorama.engine.plan import Call
from tensorama.engine.trace import Step
from tensorama.explain.cell import defaults, plain

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Backward:
    """A node with its values, and how much the number asked for changes with its outputs.

    dys: for each output the gradient with its shape, None where it has none. wanted: which inputs
    are asked for theirs; what is given for others is not used. Values of 16 bits are seen as
    float32.
    """

    step: Step
    call: Call
    dys: Sequence[Array | None]
    wanted: Sequence[bool]

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
        return [wide(given[name]) if name else None for name in self.call.node.inputs]

    @cached_property
    def outputs(self) -> Sequence[Any]:
        """What came out, by position; None where an output has no name or was replaced."""
        given = self.step.outputs
        return [wide(given.get(name)) for name in self.call.node.outputs]

    @property
    def x(self) -> Array:
        """The first input."""
        first: Array = self.inputs[0]
        return first

    @property
    def y(self) -> Array:
        """The first output."""
        first: Array = self.outputs[0]
        return first

    @property
    def dy(self) -> Array:
        """How much the number asked for changes with each cell of the first output."""
        first = self.dys[0]
        return np.zeros_like(self.y) if first is None else first

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """The node's attributes, and the operator's defaults for those that it leaves out."""
        return {**defaults(self.call.operator.function), **self.call.attributes}

    def input(self, position: int) -> Any:
        """An input, or None where it was left out."""
        return self.inputs[position] if position < len(self.inputs) else None

    def wants(self, position: int) -> bool:
        """Whether anybody asks for the gradient of an input."""
        return position < len(self.wanted) and self.wanted[position]


def wide(value: Any) -> Any:
    """A recorded value as one computes with it: floats of fewer than 32 bits as float32."""
    if isinstance(value, list):  # a sequence
        return [wide(part) for part in value]
    if not isinstance(value, np.ndarray | np.generic):
        return value
    array = plain(value)
    return array.astype(np.float32) if array.dtype == np.float16 else array


def summed_to(shape: Sequence[int], gradient: Array) -> Array:
    """Bring a gradient back to the shape that numpy broadcast: copies' shares add up."""
    if gradient.shape == tuple(shape):
        return gradient
    lead = gradient.ndim - len(shape)
    axes = (*range(lead), *(lead + i for i, size in enumerate(shape) if size == 1))
    return gradient.sum(axis=axes, keepdims=True).reshape(shape)
