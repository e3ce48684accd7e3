"""Graphs inside of nodes, run once more: the branch of an If, the turns of a Loop, a function.

A trace keeps what such a node gave. What lies within is computed again when it is asked for, by
the engine, from what is recorded around the node. The trace's names for it: "node/tensor" in a
branch or a local function, "node/2/tensor" in the third turn of a loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from tensorama import onnxfile
from tensorama.engine.node import Run, computed
from tensorama.engine.plan import Call, plan
from tensorama.engine.trace import Step
from tensorama.onnxfile import Graph, Model
from tensorama.onnxfile.order import taken_from_around

LOCAL = "local"  # the domain of what is no operator: functions of the model, slices for a turn


class Around(Protocol):
    """What is recorded around a node, and which of that is the same in every run."""

    still: set[str]

    def array(self, tensor: str) -> Any:
        """A tensor by the trace's name of it."""

    def insides(self, own: str) -> Sequence[Inside]:
        """The graphs that ran inside of a node, in their order."""

    def node(self, own: str) -> Node:
        """A node with graphs inside, which can run them."""


@dataclass(slots=True, eq=False)
class Inside:
    """One run of a graph inside of a node.

    names: for each tensor of the graph what the trace calls it; what comes from around keeps its
    name there. given: values that are no output of a step, such as the number of a turn.
    """

    graph: Graph
    steps: list[tuple[Call, Step]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    results: list[Any] = field(default_factory=list)

    @property
    def gives(self) -> list[str]:
        """What the trace calls its outputs."""
        return [self.names[value.name] for value in self.graph.outputs]


@dataclass(frozen=True, slots=True)
class Given:
    """What goes into a graph: its name in the trace, "" if it has none there, and the value.

    A slice of a recorded tensor says of which, and for each axis that is fixed its place.
    """

    name: str
    value: Any
    of: str = ""
    fixed: Mapping[int, int] = field(default_factory=dict)


def has_inside(call: Call) -> bool:
    """Whether there are graphs inside of a node."""
    return call.body is not None or any(isinstance(v, Graph) for v in call.attributes.values())


@dataclass(frozen=True, slots=True)
class Node:
    """A node with graphs inside, as they see it: `own` is the trace's name of it."""

    model: Model
    around: Around
    own: str
    step: Step
    call: Call
    names: Mapping[str, str]

    def inputs(self) -> list[Given]:
        """What goes in, by position; a missing one is None."""
        return [
            Given(self.names.get(name, name), self.step.inputs[name]) if name else Given("", None)
            for name in self.step.node.inputs
        ]

    def ran(self, graph: Graph, prefix: str, arguments: Sequence[Given]) -> Inside:
        """One run of the graph."""
        inside = Inside(graph)
        values: dict[str, Any] = {}
        for outer in taken_from_around(graph) if self.call.body is not graph else ():
            inside.names[outer] = self.names.get(outer, outer)
            values[outer] = self.around.array(inside.names[outer])
        own: dict[str, Any] = dict(graph.weights)
        for info, given in zip(graph.inputs, arguments, strict=True):
            values[info.name] = given.value
            inside.names[info.name] = given.name
            if not given.name:
                own[info.name] = given.value
            if given.of:
                inside.steps.append(self._cut(info.name, given))
        for name, value in own.items():
            inside.names[name] = f"{prefix}/{name}"
            inside.given[inside.names[name]] = values[name] = value
        with np.errstate(all="ignore"):  # infinities and NaN are values like others
            for call in plan(self.model, graph):
                step = computed(Run(self.model), call, values)
                values.update(step.outputs)
                inside.names.update({name: f"{prefix}/{name}" for name in step.outputs})
                inside.names.setdefault(step.label, f"{prefix}/{step.label}")
                inside.steps.append((call, step))
        inside.results = [values[value.name] for value in graph.outputs]
        return inside

    def _cut(self, name: str, given: Given) -> tuple[Call, Step]:
        """The slice that an input is, as if a node had made it."""
        node = onnxfile.Node(-1, "", "slice", LOCAL, (given.of,), (name,))
        call = Call(node, self.call.operator, {"fixed": given.fixed}, 0)
        inputs = {given.of: self.around.array(given.of)}
        return call, Step(node, inputs, {name: given.value}, 0.0)


def insides(node: Node) -> Iterator[Inside]:
    """The runs of the graphs inside of a node, in their order."""
    call, given = node.call, node.inputs()
    if call.body is not None:
        lacking = len(call.body.inputs) - len(given)
        yield node.ran(call.body, node.own, [*given, *[Given("", None)] * lacking])
    elif call.node.op == "If":
        taken = bool(np.asarray(given[0].value).item())
        branch = call.attributes["then_branch" if taken else "else_branch"]
        yield node.ran(branch, node.own, ())
    elif call.node.op == "Loop":
        yield from _turns(node, given)
    elif call.node.op == "Scan" and call.operator.since == 8:
        yield from _scanned_batches(node, given)
    elif call.node.op == "Scan":
        yield from _scanned(node, given)
    elif call.node.op == "SequenceMap":
        for place in range(len(given[0].value)):
            arguments = [
                Given("", x.value[place], x.name, {0: place}) if isinstance(x.value, list) else x
                for x in given
            ]
            yield node.ran(call.attributes["body"], f"{node.own}/{place}", arguments)


def _turns(node: Node, given: Sequence[Given]) -> Iterator[Inside]:
    """Of a Loop."""
    body, most = node.call.attributes["body"], None
    if given and given[0].value is not None:
        most = int(np.asarray(given[0].value).item())
    going = given[1] if len(given) > 1 else Given("", None)
    going = Given("", np.array(True)) if going.value is None else going
    carried, turn = list(given[2:]), 0
    while (most is None or turn < most) and bool(np.asarray(going.value).item()):
        number = Given("", _of_rank(np.array(turn, np.int64), body.inputs[0].shape))
        asked = _of_rank(going.value, body.inputs[1].shape)
        if np.shape(going.value) != asked.shape:
            going = Given("", asked)
        inside = node.ran(body, f"{node.own}/{turn}", [number, going, *carried])
        yield inside
        going, *rest = map(Given, inside.gives, inside.results)
        carried, turn = rest[: len(carried)], turn + 1


def _of_rank(value: Any, shape: Sequence[Any] | None) -> np.ndarray:
    array = np.asarray(value)
    return array.reshape((1,) * len(shape)) if shape is not None and array.size == 1 else array


def _scanned(node: Node, given: Sequence[Given]) -> Iterator[Inside]:
    """The turns of a Scan."""
    attributes = node.call.attributes
    count = int(attributes["num_scan_inputs"])
    states, scanned = list(given[:-count]), given[-count:]
    axes = [
        axis % x.value.ndim
        for axis, x in zip(attributes.get("scan_input_axes") or [0] * count, scanned, strict=True)
    ]
    backward = attributes.get("scan_input_directions") or [0] * count
    total = scanned[0].value.shape[axes[0]]
    for turn in range(total):
        places = [total - 1 - turn if back else turn for back in backward]
        slices = [
            Given("", np.asarray(np.take(x.value, place, axis)), x.name, {axis: place})
            for x, axis, place in zip(scanned, axes, places, strict=True)
        ]
        inside = node.ran(attributes["body"], f"{node.own}/{turn}", [*states, *slices])
        yield inside
        states = [*map(Given, inside.gives, inside.results)][: len(states)]


def _scanned_batches(node: Node, given: Sequence[Given]) -> Iterator[Inside]:
    """Scan of opset 8: the first axis is a batch, the second is scanned."""
    attributes, (lengths, *rest) = node.call.attributes, given
    count = int(attributes["num_scan_inputs"])
    backward = attributes.get("directions") or [0] * count
    for n in range(len(rest[-1].value)):
        longest = rest[-1].value.shape[1]
        total = longest if lengths.value is None else int(lengths.value[n])
        states = [Given("", x.value[n], x.name, {0: n}) for x in rest[:-count]]
        for turn in range(total):
            places = [total - 1 - turn if back else turn for back in backward]
            slices = [
                Given("", np.asarray(x.value[n, place]), x.name, {0: n, 1: place})
                for x, place in zip(rest[-count:], places, strict=True)
            ]
            inside = node.ran(attributes["body"], f"{node.own}/{n}/{turn}", [*states, *slices])
            yield inside
            states = [*map(Given, inside.gives, inside.results)][: len(states)]
