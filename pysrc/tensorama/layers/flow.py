"""Who reads what: which tensors carry the model's values, and which only constants and sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers.branches import deciding
from tensorama.layers.curves import Curves
from tensorama.layers.kinds import (
    ARRANGING,
    COMPARING,
    COPYING,
    ELEMENTWISE,
    MEASURING,
    REDUCING,
    plain,
)
from tensorama.onnxfile import Graph, Node

# Where these read only sizes, what they make is still worth showing.
_MAKING = frozenset({
    "Loop", "Scan", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    "Bernoulli", "Multinomial", "LSTM", "GRU", "RNN", "DynamicQuantizeLSTM",
})  # fmt: skip
_NODES = 500  # that are looked at in one slice
_LONGEST = 24  # nodes that together are one function of one tensor
_CELLWISE = ELEMENTWISE | COPYING
_AVERAGING = ELEMENTWISE | REDUCING | ARRANGING  # averages are brought back to the shape around
_BENDING = frozenset({"Mul", "Div"})  # of a tensor and what was made of it: a function of it
_ENDING = frozenset({"Add", "Sub", "Max", "Min", "Where", "Log", "Reciprocal", "Div", "Mul"})
_NORMING = frozenset({"Sqrt", "Reciprocal", "Pow"})  # what divides by a deviation has one of these


@dataclass(frozen=True, slots=True)
class Flow:
    """The tensors of a graph by what they are worth.

    `uses`: what each node reads. `live`: tensors that depend on values of an input; all others
    come from constants and from sizes alone. `sized`: those of the others that come from sizes.
    `scales`: those of them that quantized values are scaled by. `readers`: how many nodes read the
    values of a tensor. `promised`: the model's outputs. `deciding`: the nodes, by number, that only
    work out which branch an If takes.
    """

    uses: list[list[str]]
    live: set[str]
    sized: set[str]
    scales: set[str]
    readers: Counter[str]
    promised: set[str]
    deciding: set[int]


def flow_of(graph: Graph) -> Flow:
    """Sort the tensors of a graph."""
    return whole(flow_slices(graph))


def flow_slices(graph: Graph) -> Slices[Flow]:
    """The same in slices, so that a page can breathe between them."""
    uses = []
    for node in graph.nodes:
        uses.append(_uses(node))
        if node.index % _NODES == 0:
            yield
    promised = {value.name for value in graph.outputs}
    decisions = deciding(graph.nodes, uses, promised)
    live = {value.name for value in graph.inputs}
    sized, scales = set[str](), set[str]()
    for node, used in zip(graph.nodes, uses, strict=True):
        if node.op in MEASURING or node.index in decisions:
            if not (live.isdisjoint(used) and sized.isdisjoint(used)):
                sized.update(filter(None, node.outputs))
        elif not live.isdisjoint(used):
            live.update(filter(None, node.outputs))
            if node.op == "DynamicQuantizeLinear":  # its scale and zero point are no values
                live.difference_update(node.outputs[1:])
                sized.update(filter(None, node.outputs[1:]))
                scales.update(filter(None, node.outputs[1:2]))
        elif not sized.isdisjoint(used):
            made = live if node.op in _MAKING or _learned(node, graph) else sized
            made.update(filter(None, node.outputs))
            if node.op == "Mul" and not scales.isdisjoint(used):
                scales.update(filter(None, node.outputs))
        if node.index % _NODES == 0:
            yield
    if len(live) == len(graph.inputs):  # no value is fed: then everything is worth showing
        live.update(name for node in graph.nodes for name in node.outputs if name)
    return Flow(
        uses=uses,
        live=live,
        sized=sized - live,
        scales=scales - live,
        readers=Counter(
            name
            for node, names in zip(graph.nodes, uses, strict=True)
            if node.op not in MEASURING
            for name in names
        ),
        promised=promised,
        deciding=decisions,
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
    """Nodes that are one function of one tensor, as x·sigmoid(x) or (x − mean)/deviation.

    `source`: that tensor; "" for √(a² + b²), which is one of two.
    """

    source: str
    nodes: frozenset[int]
    averages: bool


class Functions:
    """Finds activations and normalizations that are spelled out in several nodes."""

    def __init__(self, graph: Graph, flow: Flow) -> None:
        self._nodes, self._flow = graph.nodes, flow
        self._made_by = {name: node for node in graph.nodes for name in node.outputs if name}
        self._read_by: dict[str, list[int]] = {}
        for node, used in zip(graph.nodes, flow.uses, strict=True):
            for name in used:
                self._read_by.setdefault(name, []).append(node.index)
        self.curves = Curves(graph, self._made_by, flow.live)
        self.of: dict[int, Function] = {}  # node number -> what it is in

    def look_at(self, node: Node) -> None:
        """See whether a function ends in this node; to be asked of all nodes, the last first."""
        op = plain(node.op)
        if node.index in self.of:
            return
        if op == "Sqrt":
            self._magnitude(node)
        if op not in _ENDING:
            return
        live = len(self._flow.live.intersection(node.inputs))
        if live < 2 and not (live == 1 and self._turns(node, op)):
            return
        function = self._function(node, _AVERAGING)
        if not function or not function.averages:
            function = self._function(node, _CELLWISE)
        if not function or not self.of.keys().isdisjoint(function.nodes):
            return
        if (op in _BENDING and live == 2) or self._is_known(function):
            self.of.update(dict.fromkeys(function.nodes, function))

    def _magnitude(self, last: Node) -> None:
        """See whether a root ends the length of complex numbers: √(a² + b²)."""
        steps = [last, self._only(last.inputs[0])]
        total = steps[1]
        if total is None or total.op != "Add":
            return
        squares = [self._only(name) for name in total.inputs]
        if all(square and self._squares(square) for square in squares):
            numbers = {one.index for one in (*steps, *squares) if one}
            if len(numbers) == 4 and self.of.keys().isdisjoint(numbers):
                function = Function("", frozenset(numbers), False)
                self.of.update(dict.fromkeys(numbers, function))

    def _only(self, name: str) -> Node | None:
        """The node that makes a tensor which one node alone reads."""
        single = len(self._read_by.get(name, ())) == 1 and name not in self._flow.promised
        return self._made_by.get(name) if single and name in self._flow.live else None

    def _squares(self, node: Node) -> bool:
        if node.op == "Pow":
            return self.curves.constant(node.inputs[1])[0] == 2
        return node.op == "Mul" and node.inputs[0] == node.inputs[1]

    def root(self, name: str) -> str:
        """The tensor that this one is, in another type."""
        for _ in range(_LONGEST):
            node = self._made_by.get(name)
            if node is None or node.op not in COPYING or not node.inputs:
                break
            name = node.inputs[0]
        return name

    def _turns(self, node: Node, op: str) -> bool:
        """Can a row of single steps end here in an activation, as log(1 + exp(x)) does?"""
        return op in ("Log", "Reciprocal") or (
            op == "Div" and node.inputs[0] not in self._flow.live
        )

    def _is_known(self, function: Function) -> bool:
        """Has a function that ends in no product a name?"""
        nodes = [self._nodes[number] for number in sorted(function.nodes)]
        if function.averages:
            return any(node.op in _NORMING for node in nodes)
        if any(node.op in COMPARING for node in nodes):
            return True  # one of two, cell by cell
        return self.curves.is_named(nodes, self.root)

    def _function(self, last: Node, ops: frozenset[str]) -> Function | None:
        """The largest function of one tensor that ends in this node, of these operators."""
        flow, nodes = self._flow, self._nodes
        inside, waiting = {last.index}, [-last.index]
        while waiting and len(inside) <= _LONGEST:  # the latest first: the earliest go anyway
            for name in nodes[-heappop(waiting)].inputs:
                before = self._made_by.get(name)
                if before is None or before.index in inside or name not in flow.live:
                    continue
                if plain(before.op) in ops:
                    inside.add(before.index)
                    heappush(waiting, -before.index)
        order = sorted(inside, reverse=True)
        for number in order[1:]:  # what is read outside as well is not inside
            if any(
                name in flow.promised or not inside.issuperset(self._read_by.get(name, ()))
                for name in nodes[number].outputs
                if name
            ):
                inside.discard(number)
        return self._of_one_tensor(inside, order)

    def _of_one_tensor(self, inside: set[int], order: Sequence[int]) -> Function | None:
        """Let the earliest nodes go, until all start from one tensor."""
        nodes, flow = self._nodes, self._flow
        row = len(flow.live.intersection(nodes[order[0]].inputs)) == 1
        for number in reversed(order):
            made = {name for i in inside for name in nodes[i].outputs}
            read = [
                name
                for i in inside
                for name in flow.uses[i]
                if name in flow.live and name not in made
            ]
            if len(inside) < 2:
                return None
            if len(set(read)) == 1 and (len(read) > 1 or self._row(inside, row)):
                averages = any(nodes[i].op in REDUCING for i in inside)
                return Function(read[0], frozenset(inside), averages)
            inside.discard(number)
        return None

    def _row(self, inside: set[int], row: bool) -> bool:
        """Is this a row of single steps that has a name as it is?"""
        return row and self.curves.is_named([self._nodes[i] for i in sorted(inside)], self.root)
