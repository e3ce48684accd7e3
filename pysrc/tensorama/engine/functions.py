"""Local functions of a model: operators that the file spells out as small graphs.

A call becomes a graph of its own, with the caller's attributes put where the function's nodes
refer to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tensorama.errors import GraphError
from tensorama.onnxfile import Attribute, Function, Graph, Model, Node, Reference, ValueInfo


def function_of(model: Model, node: Node) -> Function | None:
    """The model's own function that a node calls, if it calls one."""
    wanted = (node.domain, node.op, node.overload)
    same = (f for f in model.functions if (f.domain, f.name, f.overload) == wanted)
    return next(same, None)


def called(function: Function, node: Node) -> Graph:
    """The function's graph as this node calls it."""
    known = set(function.attributes) | function.defaults.keys()
    unknown = sorted(node.attributes.keys() - known)
    if unknown:
        raise GraphError(f'{node.label}: the function has no attribute "{unknown[0]}".')
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
                f'{node.label} refers to the attribute "{value}", which its function does not have.'
            )
    return replace(node, attributes=attributes)


def _within(value: Attribute, given: Mapping[str, Attribute], missing: list[str]) -> Attribute:
    if not isinstance(value, Graph):
        return value
    return replace(value, nodes=tuple(_bound(node, given, missing) for node in value.nodes))
