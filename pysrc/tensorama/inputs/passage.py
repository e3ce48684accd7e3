"""Do these sizes get through the graph? Told from shapes alone, without computing the layers.

Shapes are followed by the rules of `engine.shapes`, what operators demand of them by those of
`demands`; small tensors of numbers that decide over shapes are computed. What is not known is let
through: a passage says where sizes certainly clash, and whether it saw everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices
from tensorama.engine.plan import Call, plan
from tensorama.engine.shapes import Seen, Shape
from tensorama.engine.told import SMALL, UNCLEAR, seen, shapes_by_rule, values_ahead
from tensorama.errors import TensoramaError
from tensorama.inputs.demands import ATTENTION, DEMANDS, Demand
from tensorama.onnxfile import Graph, Model


@dataclass(frozen=True, slots=True)
class Clash:
    """Where sizes do not go together: the demand, and in words.

    `after`: how many nodes, and demands of this node, were met before.
    """

    after: tuple[int, int]
    demand: Demand | None
    sentence: str


@dataclass(slots=True)
class Known:
    """What is known of tensors: shapes, and the values of small ones."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    values: dict[str, np.ndarray] = field(default_factory=dict)

    def keep(self, name: str, array: np.ndarray) -> None:
        self.shapes[name] = array.shape
        if array.size <= SMALL:
            self.values[name] = array

    def within(self, weights: Mapping[str, Any]) -> Known:
        """The same inside of a graph that has weights of its own."""
        inside = Known(dict(self.shapes), dict(self.values))
        inside.add(weights)
        return inside

    def add(self, arrays: Mapping[str, Any]) -> None:
        for name, array in arrays.items():
            if isinstance(array, np.ndarray):
                self.keep(name, array)


class _Clashing(Exception):
    def __init__(self, clash: Clash) -> None:
        self.clash = clash


class Passage:
    """A model's way for sizes. What depends on weights alone is followed once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.visited = 0  # nodes, in all passages together: what the search may cost
        self.unseen = 0  # nodes of the last passage whose outputs are not known
        self._number = 0
        self._fixed = Known()
        self._fixed.add(model.graph.weights)
        self._moving: list[Call] = []

    def prepare(self) -> Slices[None]:
        """Follow what depends on weights alone."""
        moving = {value.name for value in self.model.graph.inputs}
        for call in plan(self.model, self.model.graph):
            needs_more = moving.intersection(call.node.inputs) or _has_graphs(call)
            if not needs_more:
                try:
                    self._follow(call, self._fixed)
                except _Clashing:
                    needs_more = True  # to be found again, and told
            if needs_more or any(n and n not in self._fixed.values for n in call.node.outputs):
                self._moving.append(call)
                moving.update(call.node.outputs)
            yield

    def clash(
        self, shapes: Mapping[str, Shape], values: Mapping[str, np.ndarray]
    ) -> Slices[Clash | None]:
        """Where inputs of these shapes clash first; None if they get through as far as is seen."""
        known = Known({**self._fixed.shapes, **shapes}, {**self._fixed.values})
        known.add(values)
        self._number = self.unseen = 0
        try:
            for number, call in enumerate(self._moving):
                self._follow(call, known)
                if number % 32 == 31:
                    yield
        except _Clashing as clashing:
            return clashing.clash
        return None

    def _follow(self, call: Call, known: Known) -> None:
        self.visited += 1
        self._number += 1
        node = call.node
        values = values_ahead(call, known.shapes, known.values)
        if values is not None:
            known.add(values)
            return
        if self._inside(call, known):
            return
        shapes = self._told(call, known)
        for place, name in enumerate(node.outputs):
            if name and shapes is not None and place < len(shapes):
                known.shapes[name] = shapes[place]
            elif name:
                self.unseen += 1

    def _inside(self, call: Call, known: Known) -> bool:
        """Follow the graph that a node runs: a function's, or an If's whose choice is known."""
        node = call.node
        if call.body is not None:
            graph, inside = call.body, Known()
            for value, name in zip(graph.inputs, node.inputs, strict=False):
                if name in known.shapes:
                    inside.shapes[value.name] = known.shapes[name]
                if name in known.values:
                    inside.values[value.name] = known.values[name]
        elif node.op == "If" and node.inputs[0] in known.values:
            chosen = bool(known.values[node.inputs[0]].any())
            branch = node.attributes["then_branch" if chosen else "else_branch"]
            assert isinstance(branch, Graph)
            graph, inside = branch, known.within(branch.weights)
        else:
            return False
        for inner in plan(self.model, graph):
            self._follow(inner, inside)
        for name, value in zip(node.outputs, graph.outputs, strict=False):
            if name and value.name in inside.shapes:
                known.shapes[name] = inside.shapes[value.name]
                if value.name in inside.values:
                    known.values[name] = inside.values[value.name]
            elif name:
                self.unseen += 1
        return True

    def _told(self, call: Call, known: Known) -> Sequence[Shape] | None:
        """The shapes of a node's outputs by its rule, if what it demands is met."""
        node, given = call.node, seen(call, known.shapes, known.values)
        met = -1
        for met, demand in enumerate(_demands(call, given)):
            if not demand.is_met:
                raise _Clashing(Clash((self._number, met), demand, f"{node.label}: {demand}."))
        try:
            return shapes_by_rule(call, given)
        except (TensoramaError, ValueError) as error:
            after = self._number, met + 1
            raise _Clashing(Clash(after, None, f"{node.label}: {error}.")) from error


def _demands(call: Call, given: Seen) -> Iterable[Demand]:
    node = call.node
    rule = ATTENTION if node.domain and node.op == "Attention" else DEMANDS.get(node.op)
    if rule is None or call.operator.since == 0:
        return
    try:
        yield from rule(given)
    except (*UNCLEAR, ValueError):
        return


def _has_graphs(call: Call) -> bool:
    return any(isinstance(value, Graph) for value in call.node.attributes.values())
