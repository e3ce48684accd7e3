"""Group a model's nodes into layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tensorama.boundary import told
from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers.branches import arranges, sort_of
from tensorama.layers.flow import Flow, Function, Functions, flow_slices
from tensorama.layers.kinds import COPYING, MEASURING, QUANTIZING, follows, kind_of
from tensorama.layers.layer import Layer
from tensorama.layers.names import Part, name_slices
from tensorama.layers.operators import Operators
from tensorama.layers.roles import roles_of
from tensorama.onnxfile import Graph, Model, Node
from tensorama.phrases import phrase

_NODES = 100  # that are looked at in one slice
_FOLDING = frozenset({"Max", "Min"})  # of any number of tensors, whichever two come first


@dataclass(slots=True, eq=False)
class _Draft:
    """A layer while it is being put together: its number, its `name` if it is an input, the node it
    starts with, its nodes and what it reads. `ends`: its tensors that are still to be read. `cuts`:
    it does no more than cut out a part.

    What it reads are numbers: Pyodide has no stack to take down a chain of thousands of objects.
    """

    number: int
    kind: str
    name: str = ""
    start: Node | None = None
    nodes: list[Node] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)
    cuts: bool = False


def find_layers(model: Model) -> tuple[Layer, ...]:
    """Give the layers of a model in the order in which they are computed, inputs first.

    A node that only follows another one (an activation after a convolution, a reshape) joins its
    layer, if nothing else reads what stood between; an activation or a normalization that is
    spelled out in several nodes does so as a whole. What takes values to whole numbers of a few
    bits or back belongs to the layer that makes them, or else to the first that uses them. Nodes
    that compute constants, sizes and masks made of these belong to the layer that first uses
    them; those that none uses are layers of their own, at the end.
    """
    return whole(layer_slices(model))


@told("Finding the layers of this model")
def layer_slices(model: Model) -> Slices[tuple[Layer, ...]]:
    """The same in slices, so that a page can breathe between them."""
    graph = model.graph
    flow = yield from flow_slices(graph)
    functions = Functions(graph, flow)
    yield
    for node in reversed(graph.nodes):
        functions.look_at(node)
        if node.index % _NODES == 0:
            yield
    finder = _Finder(graph, flow, functions)
    for node in graph.nodes:
        finder.take(node)
        if node.index % _NODES == 0:
            yield
    finder.end()
    return (yield from _finished(finder.drafts, flow, functions, graph))


class _Finder:
    """Takes one node after the other into layers."""

    def __init__(self, graph: Graph, flow: Flow, functions: Functions) -> None:
        self._flow, self._functions = flow, functions
        self.drafts = [
            _Draft(number, "input", value.name) for number, value in enumerate(graph.inputs)
        ]
        self._begun: dict[Function, _Draft] = {}
        # live tensor -> the layer that makes it
        self._owner = {draft.name: draft for draft in self.drafts}
        self._waiting: dict[str, list[Node]] = {}  # tensor -> nodes that wait for who uses it
        self._gone = set[int]()  # layers that became part of another
        self._groups: list[list[Node]] = []  # the same lists; one that was used is empty

    def take(self, node: Node) -> None:
        """Put the next node into a layer, or let it wait for the one that uses it."""
        flow = self._flow
        used = flow.uses[node.index]
        measures = node.op in MEASURING or node.index in flow.deciding
        inputs = [name for name in used if name in flow.live and not measures]
        folded = self._folded(used)
        if not inputs and not any(name in flow.live for name in node.outputs):
            self._wait(node, folded)
            return
        function = self._functions.of.get(node.index)
        draft = self._begun.get(function) if function else None
        previous = self._owner[inputs[0]] if len(inputs) == 1 else None
        if draft is None and previous and self._joins(node, previous, inputs[0], function):
            draft = previous
        if draft is None and previous and not previous.nodes and self._only_copies(node):
            self._wait(node, folded)
            self._owner.update(dict.fromkeys(node.outputs, previous))
            return
        if draft is None:
            draft = self._new(node, function)
            if node.op in _FOLDING:
                self._take_over(draft, inputs)
        if function:
            self._begun[function] = draft
        draft.cuts &= node.op == "Slice" or arranges(node)
        numbers = [self._owner[name].number for name in inputs]
        decided = [other for other in folded if other.index in flow.deciding]
        draft.reads += numbers + self._measured(decided) or self._measured([*folded, node])
        draft.nodes += [*folded, node]
        folded.clear()
        draft.ends.difference_update(inputs)
        draft.ends.update(n for n in node.outputs if n in flow.promised or flow.readers[n])
        self._owner.update({name: draft for name in node.outputs if name})

    def _only_copies(self, node: Node) -> bool:
        """Does a node give the same values again, in another type, for others to use?"""
        return node.op in COPYING and self._flow.promised.isdisjoint(node.outputs)

    def _take_over(self, draft: _Draft, inputs: Iterable[str]) -> None:
        """The largest of several may be found two at a time: those found so far join the last."""
        op = draft.start.op if draft.start else ""
        for name in inputs:
            other, flow = self._owner[name], self._flow
            alone = flow.readers[name] == 1 and name not in flow.promised
            if alone and other.nodes and all(node.op == op for node in other.nodes):
                draft.nodes += other.nodes
                draft.reads += other.reads
                self._gone.add(other.number)

    def _without_gone(self) -> None:
        """Number anew what is left."""
        left = [draft for draft in self.drafts if draft.number not in self._gone]
        numbers = {draft.number: number for number, draft in enumerate(left)}
        for draft in left:
            draft.number = numbers[draft.number]
            draft.reads = [numbers[n] for n in draft.reads if n in numbers]
        self.drafts = left

    def end(self) -> None:
        """Make layers of what still waits."""
        for group in filter(None, self._groups):
            group.sort(key=lambda node: node.index)
            last = group[-1]
            reads = self._measured(group)
            self.drafts.append(_Draft(len(self.drafts), kind_of(last.op), "", last, group, reads))
        if self._gone:
            self._without_gone()

    def _new(self, node: Node, function: Function | None) -> _Draft:
        averages = function is not None and function.averages
        kind = "normalization" if averages else sort_of(node)
        if kind == "embedding" and node.inputs[0] in self._flow.live:
            kind = "operation"  # it takes some of what was computed, and looks nothing up
        self.drafts.append(_Draft(len(self.drafts), kind, start=node, cuts=node.op == "Slice"))
        return self.drafts[-1]

    def _folded(self, used: Iterable[str]) -> list[Node]:
        """All nodes that wait for one that uses these tensors, in one of their lists."""
        groups = [group for name in used if (group := self._waiting.get(name))]
        if not groups:
            return []
        largest = max(groups, key=len)  # stays, so that long rows cost no more than their length
        for group in groups:
            if group is not largest:
                largest += group
                group.clear()
        return largest

    def _wait(self, node: Node, folded: list[Node]) -> None:
        if not folded:
            self._groups.append(folded)
        folded.append(node)
        self._waiting.update(dict.fromkeys(node.outputs, folded))

    def _joins(self, node: Node, previous: _Draft, source: str, function: Function | None) -> bool:
        """Does this node only go on with what that layer makes, and with all of it?"""
        flow = self._flow
        same = arranges(node) and source not in flow.promised
        if previous.nodes and (same or node.op in QUANTIZING) and not function:
            return True  # whoever else reads the source: this is no new value
        if function and function.source != source:
            return False
        readers = sum(source in flow.uses[i] for i in function.nodes) if function else 1
        if not previous.nodes or source in flow.promised or flow.readers[source] != readers:
            return False
        normal = function.averages if function else kind_of(node.op) == "normalization"
        if normal and previous.kind == "merge" and len(set(previous.reads)) > 1:
            return False  # what branches come together to is worth seeing as it is
        again = node.op == "Slice" and previous.cuts
        live = sum(name in flow.live for name in node.inputs)
        if not function and not again and not arranges(node) and not follows(node.op, live):
            return False
        return arranges(node) or previous.ends.issubset([source])

    def _measured(self, nodes: list[Node]) -> list[int]:
        """The numbers of the layers whose sizes, or scales, these nodes read."""
        names = [name for node in nodes for name in node.inputs]
        return [self._owner[name].number for name in names if name in self._owner]


def _finished(
    drafts: list[_Draft], flow: Flow, functions: Functions, graph: Graph
) -> Slices[tuple[Layer, ...]]:
    """Name all layers and put down what they are."""
    operators = Operators(graph, flow, functions)
    shown, parts = [], []
    for draft in drafts:
        draft.nodes.sort(key=lambda node: node.index)
        seen = [n for n in draft.nodes if not flow.live.isdisjoint(n.outputs)] or draft.nodes
        telling = [node for node in seen if _tells(node, flow)]
        telling = telling or [node for node in seen if node.op not in QUANTIZING] or seen
        reads = tuple(dict.fromkeys(n for n in draft.reads if n != draft.number))
        words = operators.words(telling, draft.nodes, draft.kind) if draft.nodes else []
        if draft.kind == "normalization" and words[0] in ("Softmax", "LogSoftmax"):
            draft.kind = "activation"
        shown.append(seen)
        parts.append(Part(draft.kind, draft.start, telling, reads, draft.name, tuple(words)))
        if draft.number % _NODES == 0:
            yield
    roles = roles_of(parts, flow.live)
    yield
    names = yield from name_slices(parts, roles, graph.nodes)
    found = []
    for draft, part, seen, name in zip(drafts, parts, shown, names, strict=True):
        if draft.nodes:
            found.append(
                Layer(
                    name=name,
                    kind=draft.kind,
                    op=" + ".join(part.words),
                    tensor=_picture(seen[-1], part.work[-1], flow.promised),
                    tensors=tuple(name for node in draft.nodes for name in node.outputs if name),
                    nodes=tuple(draft.nodes),
                    reads=tuple(names[other] for other in part.reads),
                    work=tuple(part.work),
                )
            )
        else:
            found.append(Layer(name, draft.kind, phrase("Input"), name, (name,)))
        if draft.number % _NODES == 0:
            yield
    return tuple(found)


def _tells(node: Node, flow: Flow) -> bool:
    """Does this node do more than to arrange values, or to give quantized ones their scale?"""
    return not arranges(node) and flow.scales.isdisjoint(node.inputs)


def _picture(last: Node, telling: Node, promised: set[str]) -> str:
    """The tensor to show: the last that is more than a rearrangement, unless it is an output."""
    end = next(filter(None, last.outputs), "")
    return end if end in promised else next(filter(None, telling.outputs), "")
