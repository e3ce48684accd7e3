"""Where in a run a tensor comes from: the step that computed it, a feed, a weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

from tensorama.engine import Step, Trace
from tensorama.engine.plan import Call, plan
from tensorama.explain.account import Index
from tensorama.explain.cell import Cell
from tensorama.explain.inside import Inside, Node, has_inside, insides
from tensorama.onnxfile import Graph
from tensorama.onnxfile import Node as OfGraph


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """How a tensor came to be: an output or a part of a step. `when` sorts by time."""

    step: Step
    call: Call
    output: int
    when: tuple[float, ...]
    part: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Origins:
    """Who made and who reads each tensor of a trace, those of graphs inside of nodes included.

    Graphs inside of nodes run again when one of their tensors is first asked for. `still` are the
    tensors that are the same in every run: weights, and what follows from these alone. The trace is
    not kept alive by this: it may go, and then nobody asks.
    """

    of: InitVar[Trace]
    makers: dict[str, Made] = field(default_factory=dict)
    readers: Counter[str] = field(default_factory=Counter)
    still: set[str] = field(default_factory=set)
    sized: set[str] = field(default_factory=set)  # what follows from sizes of tensors alone
    count: int = 0  # steps that are known
    _trace: ref[Trace] = field(init=False)
    _arrays: dict[str, Any] = field(default_factory=dict)  # inside of nodes, as far as known
    _closed: dict[str, Made] = field(default_factory=dict)  # nodes with graphs inside
    _insides: dict[str, list[Inside]] = field(default_factory=dict)  # of nodes looked into

    def __post_init__(self, of: Trace) -> None:
        self._trace = ref(of)
        model = self.trace.model
        calls = plan(model, model.graph)
        self.count = len(self.trace.steps)
        self.still.update(model.graph.weights)
        for step in self.trace.steps:
            self._add(step, calls[step.node.index], (step.node.index,), {})
        self.readers.update(value.name for value in model.graph.outputs)

    @property
    def trace(self) -> Trace:
        """The run that this is about."""
        trace = self._trace()
        assert trace is not None
        return trace

    def array(self, tensor: str) -> Any:
        """What was recorded of a tensor, or is stored as a weight. KeyError if there is none."""
        if tensor in self.trace:
            return self.trace[tensor]
        if tensor in self.trace.model.graph.weights:
            return self.trace.model.graph.weights[tensor]
        self._open(tensor)
        return self._arrays[tensor]

    def leads(self, tensor: str) -> bool:
        """Whether a tensor may follow from an input, and not from weights and sizes alone."""
        return tensor not in self.still and tensor not in self.sized

    def cell(self, tensor: str, at: Index) -> Cell | None:
        """These cells of a tensor as their operator's declaration sees them; None if none did."""
        self._open(tensor)
        made = self.makers.get(tensor)
        if made is None:
            return None
        return Cell(made.step, made.call, made.output, at, made.part, made.names, self)

    def insides(self, own: str) -> list[Inside]:
        """The graphs that ran inside of a node, in their order."""
        if own not in self._insides:
            made = self._closed[own]
            self._insides[own] = [*insides(self.node(own))]
            for number, inside in enumerate(self._insides[own]):
                self._arrays.update(inside.given)
                for call, step in inside.steps:
                    when = (*made.when, number, step.node.index)
                    self._add(step, call, when, inside.names)
                    for name, value in step.outputs.items():
                        self._arrays[inside.names[name]] = value
                self.readers.update(inside.gives)
        return self._insides[own]

    def node(self, own: str) -> Node:
        """A node with graphs inside, which can run them."""
        made = self._closed[own]
        return Node(self.trace.model, self, own, made.step, made.call, made.names)

    def _add(
        self, step: Step, call: Call, when: tuple[float, ...], names: Mapping[str, str]
    ) -> None:
        """Note what a step gave. `when` is its place in time, with those around it before."""
        node, late = step.node, (*when, float("inf"))
        read = {names.get(name, name) for name in node.inputs if name}
        self.readers.update(read)
        given = [names.get(name, name) for name in node.outputs]
        if _stands_still(node, read, self.still):
            self.still.update(given)
        elif node.op in ("Shape", "Size") or _stands_still(node, read, self.still | self.sized):
            self.sized.update(given)
        for place, name in enumerate(node.outputs):
            if name in step.outputs:  # something else may have been put in its place
                self.makers[names.get(name, name)] = Made(step, call, place, late, "", names)
        own = names.get(step.label, step.label)
        if has_inside(call):
            self._closed[own] = Made(step, call, 0, when, "", names)
            if call.body is not None or node.op == "If":
                return  # what it recorded is what lies inside of it
        for number, part in enumerate(step.inner):
            self._arrays[f"{own}/{part}"] = step.inner[part]
            self.makers[f"{own}/{part}"] = Made(step, call, 0, (*when, number), part, names)

    def _open(self, tensor: str) -> None:
        """Look into the nodes that a tensor may lie inside of."""
        while tensor not in self.makers and tensor not in self._arrays:
            shut = self._closed.keys() - self._insides.keys()
            own = next((name for name in shut if tensor.startswith(f"{name}/")), None)
            if own is None:
                return
            self.insides(own)


def _stands_still(node: OfGraph, read: Collection[str], still: Container[str]) -> bool:
    """Whether what a node gives follows from weights alone."""
    if node.op == "Constant":
        return True
    within = any(isinstance(value, Graph) for value in node.attributes.values())
    return bool(read) and not within and all(name in still for name in read)


_known: WeakKeyDictionary[Trace, Origins] = WeakKeyDictionary()


def origins(trace: Trace) -> Origins:
    """Who made what in this trace; kept as long as the trace is."""
    known = _known.get(trace)
    if known is None or known.count < len(trace.steps):
        known = _known[trace] = Origins(trace)
    return known
