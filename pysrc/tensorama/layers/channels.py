"""Which tensors of four axes are maps whose channels stand last, (N,H,W,C).

TensorFlow and Keras compute so; a converter puts a Transpose before and behind each convolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tensorama.engine.contract.slices import Slices
from tensorama.layers.kinds import COPYING, ELEMENTWISE, KINDS, REDUCING, kind_of, plain
from tensorama.onnxfile import Graph, Node

TO_FIRST, _TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
_NODES = 1000  # that are looked at in one slice
_ON_MAPS = frozenset({"convolution", "pooling", "resize"})  # kinds that work on (N,C,H,W)
_CELLWISE = ELEMENTWISE | COPYING | KINDS["normalization"] | {"Softmax", "Hardmax", "LogSoftmax"}
_KEEPING = _CELLWISE | REDUCING | {"Pad", "MatMul", "Gemm"}  # height and width stay the axes 1, 2
Shapes = Mapping[str, tuple[int, ...]]


def channels_last(graph: Graph, shapes: Shapes, known: Iterable[str] = ()) -> Slices[set[str]]:
    """Their names: what a Transpose brings into the order of layers or out of it, what is `known`,
    and what is made of these or makes these without moving anything. shapes: of all tensors that
    were recorded."""
    found, first = {*known}, set[str]()
    turns = (TO_FIRST, _TO_LAST)
    if not (found or any(_turned(node) in turns for node in graph.nodes)):
        return set()
    for node in graph.nodes:
        if not node.index % _NODES:
            yield
        if _turned(node) == TO_FIRST:
            found.update(node.inputs)
            first.update(node.outputs)
        elif _turned(node) == _TO_LAST:
            if not first.isdisjoint(node.inputs):
                found.update(node.outputs)
        elif kind_of(node.op) in _ON_MAPS:
            if found.isdisjoint(node.inputs):
                first.update(node.outputs)
        elif plain(node.op) in _CELLWISE and not first.isdisjoint(node.inputs):
            first.update(node.outputs)
        _spread(node, found, shapes, node.inputs, node.outputs)
    for node in reversed(graph.nodes):
        if not node.index % _NODES:
            yield
        _spread(node, found, shapes, node.outputs, node.inputs)
    return {name for name in found if len(shapes.get(name, ())) == 4}


def _turned(node: Node) -> object:
    """The order in which a node puts axes, if that is what it does."""
    return node.attributes.get("perm") if node.op == "Transpose" else None


def _spread(
    node: Node, found: set[str], shapes: Shapes, known: Iterable[str], wanted: Iterable[str]
) -> None:
    """Pass what is known on to what a node makes, or is made of, if nothing moves in it."""
    if plain(node.op) not in _KEEPING or found.isdisjoint(known):
        return
    (_, *sizes) = max(shapes.get(name, ()) for name in known if name in found) or (0,)
    for name in wanted:
        shape = shapes.get(name, ())
        if len(shape) == 4 and (shape[1:3] in (tuple(sizes[:2]), (1, 1)) or node.op == "Pad"):
            found.add(name)
