"""Local functions of a model: operators that the file spells out as small graphs.

A call becomes a graph of its own, with the caller's attributes put where the function's nodes
refer to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from tensorama.errors import GraphError
from tensorama.onnxfile import Attribute, Function, Graph, Model, Node, Reference, ValueInfo
from tensorama.phrases import phrase

_by_name: WeakKeyDictionary[Model, dict[tuple[str, str, str], Function]] = WeakKeyDictionary()


def function_of(model: Model, node: Node) -> Function | None:
    """The model's own function that a node calls, if it calls one."""
    if model not in _by_name:
        known = reversed(model.functions)  # of several with one name the first is meant
        _by_name[model] = {(f.domain, f.name, f.overload): f for f in known}
    return _by_name[model].get((node.domain, node.op, node.overload))


_DEEPEST = 32  # calls of functions inside each other
_DEEPEST_GRAPH = 48  # graphs and functions inside each other
_MOST = 50_000  # nodes that all functions spell out to


def complain_if_endless(model: Model, graph: Graph) -> None:
    """Raise GraphError if functions lead back to themselves, too deep or to too many nodes.

    Each function is looked at once, however often it is called.
    """
    _Measure(model).of(graph.nodes, ())


class _Extent(NamedTuple):
    """How many nodes functions spell out to, and how deep they and their graphs go."""

    nodes: int = 0
    calls: int = 0
    depth: int = 0


class _Measure:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.known: dict[Function, _Extent] = {}

    def of(self, nodes: Iterable[Node], callers: tuple[Function, ...], depth: int = 0) -> _Extent:
        """The extent of nodes that lie so deep, inside of these functions."""
        total, plain = _Extent(), 0
        for node in nodes:
            function = function_of(self.model, node)
            graphs = [value for value in node.attributes.values() if isinstance(value, Graph)]
            if function is None and not graphs:
                plain += bool(callers)
                continue
            inner = [] if function is None else [self._called(function, callers, depth)]
            inner += [self._deeper(graph.nodes, callers, depth) for graph in graphs]
            total = _Extent(
                total.nodes + bool(callers) + sum(extent.nodes for extent in inner),
                max([total.calls, *(extent.calls for extent in inner)]),
                max([total.depth, *(extent.depth for extent in inner)]),
            )
        total = total._replace(nodes=total.nodes + plain)
        if total.nodes > _MOST:
            raise GraphError(
                phrase("Spelled out, the functions have more than {most:,} nodes.", most=_MOST)
            )
        return total

    def _called(self, function: Function, callers: tuple[Function, ...], depth: int) -> _Extent:
        if function in callers:
            raise GraphError(phrase('The function "{name}" calls itself.', name=function.name))
        known = self.known.get(function, _Extent(calls=1, depth=1))
        if len(callers) + known.calls > _DEEPEST:
            raise GraphError(
                phrase("Functions call each other more than {deepest} deep.", deepest=_DEEPEST)
            )
        if depth + known.depth > _DEEPEST_GRAPH:
            raise GraphError(_TOO_DEEP)
        if function not in self.known:
            inside = self._deeper(function.nodes, (*callers, function), depth)
            self.known[function] = inside._replace(calls=inside.calls + 1)
        return self.known[function]

    def _deeper(self, nodes: Iterable[Node], callers: tuple[Function, ...], depth: int) -> _Extent:
        if depth >= _DEEPEST_GRAPH:
            raise GraphError(_TOO_DEEP)
        inside = self.of(nodes, callers, depth + 1)
        return inside._replace(depth=inside.depth + 1)


_TOO_DEEP = f"Graphs and functions lie more than {_DEEPEST_GRAPH} deep inside each other."


def called(function: Function, node: Node) -> Graph:
    """The function's graph as this node calls it."""
    known = set(function.attributes) | function.defaults.keys()
    unknown = sorted(node.attributes.keys() - known)
    if unknown:
        raise GraphError(
            phrase(
                '{label}: the function has no attribute "{unknown}".',
                label=node.label,
                unknown=unknown[0],
            )
        )
    missing = sorted(set(function.attributes) - node.attributes.keys() - function.defaults.keys())
    given = {**function.defaults, **node.attributes}
    nodes = tuple(_bound(inner, given, missing) for inner in function.nodes)
    return Graph(
        name=function.name,
        inputs=tuple(ValueInfo(name) for name in function.inputs),
        outputs=tuple(ValueInfo(name) for name in function.outputs),
        nodes=nodes,
        weights={},
        values={},
    )


def _bound(node: Node, given: Mapping[str, Attribute], missing: list[str]) -> Node:
    """A node of the function with the caller's attributes; one that is not given is left out."""
    attributes: dict[str, Any] = {}
    for name, value in node.attributes.items():
        if not isinstance(value, Reference):
            attributes[name] = _within(value, given, missing)
        elif value in given:
            attributes[name] = given[value]
        elif value not in missing:
            raise GraphError(
                phrase(
                    '{label} refers to the attribute "{value}", which its function does not have.',
                    label=node.label,
                    value=value,
                )
            )
    return replace(node, attributes=attributes)


def _within(value: Attribute, given: Mapping[str, Attribute], missing: list[str]) -> Attribute:
    if not isinstance(value, Graph):
        return value
    return replace(value, nodes=tuple(_bound(node, given, missing) for node in value.nodes))
