"""One layer as a person would name it."""

from __future__ import annotations

from dataclasses import dataclass

from tensorama.onnxfile import Node


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A few nodes that belong together, and the tensor that is their picture.

    `kind` is the broad sort (see `kinds.KINDS`), `op` the operators in words ("Conv + Relu"),
    `tensor` the one that is shown, `tensors` all that the layer's nodes make, `reads` the names of
    the layers it gets its values from. A layer that stands for an input of the model has no nodes.
    """

    name: str
    kind: str
    op: str
    tensor: str
    tensors: tuple[str, ...]
    nodes: tuple[Node, ...] = ()
    reads: tuple[str, ...] = ()
    children: tuple[Layer, ...] = ()
