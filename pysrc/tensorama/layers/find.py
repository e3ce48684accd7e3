"""Group a model's nodes into layers."""

from __future__ import annotations

from dataclasses import dataclass, field

from tensorama.layers.flow import Flow, Function, flow_of, functions_of
from tensorama.layers.kinds import ARRANGING, MEASURING, follows, kind_of
from tensorama.layers.layer import Layer
from tensorama.layers.names import layer_name
from tensorama.onnxfile import Model, Node


@dataclass(slots=True)
class _Draft:
    """A layer while it is being put together. `ends`: its tensors that are still to be read."""

    name: str
    kind: str
    nodes: list[Node] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
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
    taken: dict[str, int] = {}
    owner: dict[str, _Draft] = {}  # live tensor -> the layer that makes it
    drafts: list[_Draft] = []
    constants: dict[str, list[Node]] = {}  # constant tensor -> the nodes that compute it
    groups: list[list[Node]] = []  # the same lists; one that was used is empty
    for value in graph.inputs:
        taken[value.name] = 1
        owner[value.name] = _Draft(value.name, "input")
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
            draft = _Draft(layer_name(node, taken), kind)
            drafts.append(draft)
        if function:
            begun[function] = draft
        draft.nodes += [*folded, node]
        draft.reads += [owner[name].name for name in inputs] or _measured([*folded, node], owner)
        draft.ends.difference_update(inputs)
        draft.ends.update(n for n in node.outputs if n in flow.promised or flow.readers[n])
        owner.update({name: draft for name in node.outputs if name})
    for group in filter(None, groups):
        name, kind = layer_name(group[-1], taken), kind_of(group[-1].op)
        drafts.append(_Draft(name, kind, group, _measured(group, owner)))
    return tuple(_finished(draft, flow) for draft in drafts)


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


def _measured(nodes: list[Node], owner: dict[str, _Draft]) -> list[str]:
    """The layers whose sizes these nodes read."""
    names = [name for node in nodes if node.op in MEASURING for name in node.inputs]
    return [owner[name].name for name in names if name in owner]


def _finished(draft: _Draft, flow: Flow) -> Layer:
    if not draft.nodes:
        return Layer(draft.name, draft.kind, "Input", draft.name, (draft.name,))
    nodes = sorted(draft.nodes, key=lambda node: node.index)
    shown = [node for node in nodes if not flow.live.isdisjoint(node.outputs)] or nodes
    telling = [node for node in shown if node.op not in ARRANGING] or shown
    return Layer(
        name=draft.name,
        kind=draft.kind,
        op=" + ".join(node.op for node in telling),
        tensor=_picture(shown[-1], telling[-1], flow.promised),
        tensors=tuple(name for node in nodes for name in node.outputs if name),
        nodes=tuple(nodes),
        reads=tuple(dict.fromkeys(name for name in draft.reads if name != draft.name)),
        work=tuple(telling),
    )


def _picture(last: Node, telling: Node, promised: set[str]) -> str:
    """The tensor to show: the last that is more than a rearrangement, unless it is an output."""
    end = next(filter(None, last.outputs), "")
    return end if end in promised else next(filter(None, telling.outputs), "")
