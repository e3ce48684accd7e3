"""Who reads what: which tensors carry the model's values, and which only constants and sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.layers.kinds import ELEMENTWISE, MEASURING, REDUCING
from tensorama.onnxfile import Graph, Node

# Where these read only sizes, what they make is still worth showing.
_MAKING = frozenset({
    "Loop", "Scan", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    "Bernoulli", "Multinomial", "LSTM", "GRU", "RNN", "DynamicQuantizeLSTM",
})  # fmt: skip
_LONGEST = 16  # nodes that together are one function of one tensor


@dataclass(frozen=True, slots=True)
class Flow:
    """The tensors of a graph by what they are worth.

    `uses`: what each node reads. `live`: tensors that depend on values of an input; all others
    come from constants and from sizes alone. `sized`: those of the others that come from sizes.
    `readers`: how many nodes read the values of a tensor. `promised`: the model's outputs.
    """

    uses: list[list[str]]
    live: set[str]
    sized: set[str]
    readers: Counter[str]
    promised: set[str]


def flow_of(graph: Graph) -> Flow:
    """Sort the tensors of a graph."""
    uses = [_uses(node) for node in graph.nodes]
    live = {value.name for value in graph.inputs}
    sized: set[str] = set()
    for node, used in zip(graph.nodes, uses, strict=True):
        if node.op in MEASURING:
            if not (live.isdisjoint(used) and sized.isdisjoint(used)):
                sized.update(filter(None, node.outputs))
        elif not live.isdisjoint(used):
            live.update(filter(None, node.outputs))
        elif not sized.isdisjoint(used):
            made = live if node.op in _MAKING or _learned(node, graph) else sized
            made.update(filter(None, node.outputs))
    if len(live) == len(graph.inputs):  # no value is fed: then everything is worth showing
        live.update(name for node in graph.nodes for name in node.outputs if name)
    return Flow(
        uses=uses,
        live=live,
        sized=sized - live,
        readers=Counter(
            name
            for node, names in zip(graph.nodes, uses, strict=True)
            if node.op not in MEASURING
            for name in names
        ),
        promised={value.name for value in graph.outputs},
    )


def _learned(node: Node, graph: Graph) -> bool:
    """Does this node read a table of numbers, such as the embeddings of positions?"""
    return any(
        name in graph.weights
        and graph.weights[name].ndim >= 2
        and np.issubdtype(graph.weights[name].dtype, np.floating)
        for name in node.inputs
    )


def _uses(node: Node) -> list[str]:
    """The tensors that a node reads, with those that graphs inside it take from around them."""
    names = [name for name in node.inputs if name]
    if node.op == "CastLike":  # of the other tensor it takes the type alone
        names = names[:1]
    for value in node.attributes.values():
        for graph in value if isinstance(value, tuple) else (value,):
            if isinstance(graph, Graph):
                read = [name for inner in graph.nodes for name in _uses(inner)]
                own = {value.name for value in graph.inputs} | graph.weights.keys()
                own.update(name for inner in graph.nodes for name in inner.outputs)
                read += [value.name for value in graph.outputs]
                names += [name for name in read if name not in own]
    return list(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Function:
    """Nodes that are one function of one tensor, as x·sigmoid(x) or (x − mean)/deviation."""

    source: str
    nodes: frozenset[int]
    averages: bool


def functions_of(graph: Graph, flow: Flow) -> dict[int, Function]:
    """Find activations and normalizations that are spelled out: node number -> what it is in."""
    made_by = {name: node for node in graph.nodes for name in node.outputs if name}
    read_by: dict[str, list[int]] = {}
    for node, used in zip(graph.nodes, flow.uses, strict=True):
        for name in used:
            read_by.setdefault(name, []).append(node.index)
    found: dict[int, Function] = {}
    for node in reversed(graph.nodes):
        two = node.op in ("Mul", "Div") and len(flow.live.intersection(node.inputs)) == 2
        if two and node.index not in found:
            function = _function(node, flow, made_by, read_by, graph.nodes)
            if function and found.keys().isdisjoint(function.nodes):
                found.update(dict.fromkeys(function.nodes, function))
    return found


def _function(
    last: Node,
    flow: Flow,
    made_by: dict[str, Node],
    read_by: dict[str, list[int]],
    nodes: Sequence[Node],
) -> Function | None:
    """The largest function of one tensor that ends in this product or quotient."""
    inside, waiting = {last.index}, [last]
    while waiting and len(inside) <= _LONGEST:
        for name in waiting.pop().inputs:
            before = made_by.get(name)
            if before is None or before.index in inside or name not in flow.live:
                continue
            if before.op in ELEMENTWISE or before.op in REDUCING:
                inside.add(before.index)
                waiting.append(before)
    order = sorted(inside, reverse=True)
    for number in order[1:]:  # what is read outside as well is not inside
        outputs = [name for name in nodes[number].outputs if name]
        if any(
            name in flow.promised or not inside.issuperset(read_by.get(name, ()))
            for name in outputs
        ):
            inside.discard(number)
    for number in reversed(order):  # the earliest goes, until all start from one tensor
        made = {name for i in inside for name in nodes[i].outputs}
        read = [name for i in inside for name in flow.uses[i] if name in flow.live - made]
        if len(inside) < 2:
            return None
        if len(set(read)) == 1 and len(read) > 1:
            averages = any(nodes[i].op in REDUCING for i in inside)
            return Function(read[0], frozenset(inside), averages)
        inside.discard(number)
    return None
