"""The graph in an ONNX file, as frozen data: nodes, weights, functions.

Names, operator types and attribute names are ONNX's own. Weights are numpy arrays that share
the file's bytes and cannot be written to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# What an attribute can hold: int, float, str, np.ndarray, Graph, Reference, a tuple of one of
# these, or a TypeProto.
Attribute = object


class Reference(str):
    """An attribute inside a local function: the name of the caller's attribute that it takes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ValueInfo:
    """What a model says about one of its tensors before anything ran.

    `elem_type` is ONNX's number of the element type (1 is float32), 0 when it is not said.
    `shape` has an int, a dimension's name or None per axis, and is None when the rank is unknown.
    `kind` is "tensor", "sequence", "optional", "sparse_tensor" or "map". `element` is what a
    sequence or an optional holds, or the values of a map, whose keys are of the type `key_type`.
    """

    name: str
    elem_type: int = 0
    shape: tuple[int | str | None, ...] | None = None
    kind: str = "tensor"
    element: ValueInfo | None = None
    key_type: int = 0


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Node:
    """One operation: which operator, from which tensors, to which tensors.

    An omitted optional input or output is the empty name. `index` is the node's place in its
    graph's order of execution. `scope` names the modules of the author's program around this node,
    outermost first, if the file notes them beside the node's name.
    """

    index: int
    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    overload: str = ""  # which of several local functions of one name
    scope: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How to speak of this node in a sentence: `Conv "conv1"`."""
        first_output = next((name for name in self.outputs if name), "")
        return f'{self.op} "{self.name or first_output or self.index}"'


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Graph:
    """Nodes in an order in which they can be computed, and the weights that they use."""

    name: str
    inputs: tuple[ValueInfo, ...]  # without those that have a weight as default
    outputs: tuple[ValueInfo, ...]
    nodes: tuple[Node, ...]
    weights: Mapping[str, np.ndarray]
    values: Mapping[str, ValueInfo]  # what the file says of intermediate tensors
    weight_types: Mapping[str, int] = field(default_factory=dict)  # ONNX element types of weights


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A local function of the model: an operator that is spelled out as a small graph."""

    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: tuple[str, ...]
    defaults: Mapping[str, Attribute]
    nodes: tuple[Node, ...]
    opsets: Mapping[str, int]
    overload: str = ""
