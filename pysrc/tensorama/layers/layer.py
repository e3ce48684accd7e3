"""One layer as a person would name it, or a group of layers that belong together."""

from __future__ import annotations

from dataclasses import dataclass

from tensorama.onnxfile import Node


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A few nodes that belong together, and the tensor that is their picture.

    `name`: unique among all leaves, and among siblings.
    `kind`: the broad sort: of a leaf see `kinds.KINDS`, of a group `kinds.GROUPS`.
    `op`: the operators in words ("Conv + Relu"), of a group what is inside ("3 residual").
    `tensor`: the one that is shown; a closed group shows what its last leaf shows.
    `tensors`: all that a leaf's nodes make, of a group those that leave it.
    `nodes`: in the order of execution; none for a group and for a leaf that is a model's input.
    `reads`: the names of the leaves outside that it gets its values from.
    `children`: of a group, in an order to compute them.
    `work`: those of a leaf's nodes that do what `op` says; the others compute constants and shapes
    or arrange values.
    `repeats`: how many of a group's children are one and the same structure, at least 1.
    `same_as`: in one tree, equal numbers are equal structure: operators, their attributes and
    wiring, whatever the sizes. 0 outside a tree.
    """

    name: str
    kind: str
    op: str
    tensor: str
    tensors: tuple[str, ...]
    nodes: tuple[Node, ...] = ()
    reads: tuple[str, ...] = ()
    children: tuple[Layer, ...] = ()
    work: tuple[Node, ...] = ()
    repeats: int = 1
    same_as: int = 0

    @property
    def leaves(self) -> tuple[Layer, ...]:
        """The layers at the bottom, in an order to compute them; of a leaf, itself."""
        found, waiting = [], [self]
        while waiting:
            layer = waiting.pop()
            if layer.children:
                waiting.extend(reversed(layer.children))
            else:
                found.append(layer)
        return tuple(found)
