"""Group a model's nodes into layers."""

from __future__ import annotations

from dataclasses import dataclass, field

from tensorama.layers.flow import Flow, Function, flow_of, functions_of
from tensorama.layers.kinds import ARRANGING, MEASURING, follows, kind_of
from tensorama.layers.layer import Layer
from tensorama.layers.names import Part, layer_names
from tensorama.layers.roles import roles_of
from tensorama.onnxfile import Graph, Model, Node


@dataclass(slots=True, eq=False)
class _Draft:
    """A layer while it is being put together: its number, its `name` if it is an input, the node it
    starts with, its nodes and what it reads. `ends`: its tensors that are still to be read.

    What it reads are numbers: Pyodide has no stack to take down a chain of thousands of objects.
    """

    number: int
    kind: str
    name: str = ""
    start: Node | None = None
    nodes: list[Node] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)


def find_layers(model: Model) -> tuple[Layer, ...]:
    """Give the layers of a model in the order in which they are computed, inputs first.

    A node that only follows another one (an activation after a convolution, a reshape) joins its
    layer, if nothing else reads what stood between; an activation or a normalization that is
    spelled out in several nodes does so as a whole. Nodes that compute constants, sizes and masks
    made of these belong to the layer that first uses them; those that none uses are layers of
    their own, at the end.
    """
    graph = model.graph
    flow = flow_of(graph)
    functions = functions_of(graph, flow)
    begun: dict[Function, _Draft] = {}
    owner: dict[str, _Draft] = {}  # live tensor -> the layer that makes it
    drafts: list[_Draft] = []
    constants: dict[str, list[Node]] = {}  # constant tensor -> the nodes that compute it
    groups: list[list[Node]] = []  # the same lists; one that was used is empty
    for value in graph.inputs:
        owner[value.name] = _Draft(len(drafts), "input", value.name)
        drafts.append(owner[value.name])
    for node, used in zip(graph.nodes, flow.uses, strict=True):
        inputs = [name for name in used if name in flow.live and node.op not in MEASURING]
        folded: list[Node] = []
        for name in used:
            group = constants.get(name, [])
            folded += group
            group.clear()
        if not inputs and not any(name in flow.live for name in node.outputs):
            groups.append([*folded, node])
            constants.update(dict.fromkeys(node.outputs, groups[-1]))
            continue
        function = functions.get(node.index)
        draft = begun.get(function) if function else None
        previous = owner[inputs[0]] if len(inputs) == 1 else None
        if draft is None and previous and _joins(node, previous, inputs[0], flow, function):
            draft = previous
        if draft is None:
            averages = function is not None and function.averages
            kind = "normalization" if averages else kind_of(node.op)
            draft = _Draft(len(drafts), kind, start=node)
            drafts.append(draft)
        if function:
            begun[function] = draft
        draft.nodes += [*folded, node]
        draft.reads += [owner[name].number for name in inputs] or _measured([*folded, node], owner)
        draft.ends.difference_update(inputs)
        draft.ends.update(n for n in node.outputs if n in flow.promised or flow.readers[n])
        owner.update({name: draft for name in node.outputs if name})
    for group in filter(None, groups):
        last = group[-1]
        reads = _measured(group, owner)
        drafts.append(_Draft(len(drafts), kind_of(last.op), "", last, group, reads))
    return _finished(drafts, flow, graph)


def _joins(
    node: Node, previous: _Draft, source: str, flow: Flow, function: Function | None
) -> bool:
    """Does this node only go on with what that layer makes, and with all of it?"""
    readers = sum(source in flow.uses[i] for i in function.nodes) if function else 1
    if not previous.nodes or source in flow.promised or flow.readers[source] != readers:
        return False
    normal = function.averages if function else kind_of(node.op) == "normalization"
    if normal and previous.kind == "merge" and len(set(previous.reads)) > 1:
        return False  # what branches come together to is worth seeing as it is
    if not function and not follows(node.op, sum(name in flow.live for name in node.inputs)):
        return False
    return node.op in ARRANGING or previous.ends.issubset([source])


def _measured(nodes: list[Node], owner: dict[str, _Draft]) -> list[int]:
    """The numbers of the layers whose sizes these nodes read."""
    names = [name for node in nodes if node.op in MEASURING for name in node.inputs]
    return [owner[name].number for name in names if name in owner]


def _finished(drafts: list[_Draft], flow: Flow, graph: Graph) -> tuple[Layer, ...]:
    """Name all layers and put down what they are."""
    shown, parts = [], []
    for draft in drafts:
        draft.nodes.sort(key=lambda node: node.index)
        seen = [n for n in draft.nodes if not flow.live.isdisjoint(n.outputs)] or draft.nodes
        telling = [node for node in seen if node.op not in ARRANGING] or seen
        reads = tuple(dict.fromkeys(n for n in draft.reads if n != draft.number))
        shown.append(seen)
        parts.append(Part(draft.kind, draft.start, telling, reads, draft.name))
    names = layer_names(parts, roles_of(parts, flow.live), graph.nodes)
    found = []
    for draft, part, seen, name in zip(drafts, parts, shown, names, strict=True):
        if draft.nodes:
            found.append(
                Layer(
                    name=name,
                    kind=draft.kind,
                    op=" + ".join(node.op for node in part.work),
                    tensor=_picture(seen[-1], part.work[-1], flow.promised),
                    tensors=tuple(name for node in draft.nodes for name in node.outputs if name),
                    nodes=tuple(draft.nodes),
                    reads=tuple(names[other] for other in part.reads),
                    work=tuple(part.work),
                )
            )
        else:
            found.append(Layer(name, draft.kind, "Input", name, (name,)))
    return tuple(found)


def _picture(last: Node, telling: Node, promised: set[str]) -> str:
    """The tensor to show: the last that is more than a rearrangement, unless it is an output."""
    end = next(filter(None, last.outputs), "")
    return end if end in promised else next(filter(None, telling.outputs), "")
