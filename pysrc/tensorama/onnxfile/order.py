"""Put nodes into an order in which they can be computed, or say why there is none."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from weakref import WeakKeyDictionary

from tensorama.errors import GraphError
from tensorama.onnxfile.graph import Graph, Node
from tensorama.phrases import phrase

T = TypeVar("T")
Pausing = Generator[None, None, T]
_PAUSE = 1000  # nodes that are looked at in one slice


@dataclass(frozen=True, slots=True)
class Names:
    """The names that can be read in a graph: its own, and those of the graph around it."""

    own: frozenset[str]
    around: Names | None = None

    def __contains__(self, name: object) -> bool:
        level: Names | None = self
        while level is not None:
            if name in level.own:
                return True
            level = level.around
        return False


def drained(pausing: Pausing[T]) -> T:
    """Do work that pauses to its end, without a pause."""
    while True:
        try:
            next(pausing)
        except StopIteration as stop:
            return stop.value


def in_order(
    nodes: Sequence[Node],
    given: frozenset[str],
    wanted: Iterable[str],
    outer: Names | None = None,
) -> tuple[Node, ...]:
    """What `order_slices` gives, at once."""
    return drained(order_slices(nodes, given, wanted, outer))


def order_slices(
    nodes: Sequence[Node],
    given: frozenset[str],
    wanted: Iterable[str],
    outer: Names | None = None,
) -> Pausing[tuple[Node, ...]]:
    """Sort nodes so that each stands after those it reads from; number them.

    `given` are the graph's own inputs and weights, `outer` what it can read from around it, and
    `wanted` what must exist afterwards. A file that is in order already, as ONNX demands, stays
    as it is.
    """
    makers = _makers(nodes, given)
    yield
    known = Names(given, outer)
    _complain_if_dangling(nodes, makers, known, wanted)
    yield
    # Kahn's algorithm; the heap prefers the file's own order among the nodes that are ready
    readers: dict[int, list[int]] = {}
    missing = [0] * len(nodes)
    for position, node in enumerate(nodes):
        for maker in {makers[name] for name in _reads(node) if name in makers}:
            readers.setdefault(maker, []).append(position)
            missing[position] += 1
        if not position % _PAUSE:
            yield
    ready = [position for position, count in enumerate(missing) if count == 0]
    ordered: list[Node] = []
    while ready:
        position = heapq.heappop(ready)
        node, index = nodes[position], len(ordered)
        if not index % _PAUSE:
            yield
        ordered.append(node if node.index == index else replace(node, index=index))
        for reader in readers.get(position, ()):
            missing[reader] -= 1
            if missing[reader] == 0:
                heapq.heappush(ready, reader)
    if len(ordered) < len(nodes):
        stuck = next(node for node, count in zip(nodes, missing, strict=True) if count)
        raise GraphError(phrase("The graph runs in a circle through {node}.", node=stuck.label))
    return tuple(ordered)


def _makers(nodes: Sequence[Node], given: frozenset[str]) -> dict[str, int]:
    makers: dict[str, int] = {}
    for position, node in enumerate(nodes):
        for name in filter(None, node.outputs):
            if name in makers:
                other = nodes[makers[name]]
                raise GraphError(
                    phrase(
                        'Tensor "{name}" is made twice: by {one} and by {other}.',
                        name=name,
                        one=other.label,
                        other=node.label,
                    )
                )
            if name in given:
                raise GraphError(
                    phrase(
                        'Tensor "{name}" is made by {label} but is an input or weight already.',
                        name=name,
                        label=node.label,
                    )
                )
            makers[name] = position
    return makers


def _complain_if_dangling(
    nodes: Sequence[Node], makers: dict[str, int], known: Names, wanted: Iterable[str]
) -> None:
    for node in nodes:
        for name in filter(None, node.inputs):
            if name not in makers and name not in known:
                raise GraphError(
                    phrase(
                        '{label} reads "{name}", which nothing makes.', label=node.label, name=name
                    )
                )
    for name in wanted:
        if name not in makers and name not in known:
            raise GraphError(
                phrase('The graph promises the output "{name}", which nothing makes.', name=name)
            )


def _reads(node: Node) -> set[str]:
    """The names a node needs: its inputs, and what graphs inside it take from around them."""
    names = {name for name in node.inputs if name}
    for value in node.attributes.values():
        for graph in value if isinstance(value, tuple) else (value,):
            if isinstance(graph, Graph):
                names |= taken_from_around(graph)
    return names


_taken: WeakKeyDictionary[Graph, frozenset[str]] = WeakKeyDictionary()


def taken_from_around(graph: Graph) -> frozenset[str]:
    """What a graph takes from around it; a name that it makes itself is its own."""
    if graph not in _taken:
        own = {value.name for value in graph.inputs} | graph.weights.keys()
        own |= {name for node in graph.nodes for name in node.outputs}
        wanted = {name for node in graph.nodes for name in _reads(node)}
        _taken[graph] = frozenset((wanted | {value.name for value in graph.outputs}) - own)
    return _taken[graph]
