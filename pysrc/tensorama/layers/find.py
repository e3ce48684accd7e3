"""Group a model's nodes into layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tensorama.layers.kinds import ARRANGING, follows, kind_of
from tensorama.layers.layer import Layer
from tensorama.layers.names import layer_name
from tensorama.onnxfile import Graph, Model, Node


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
    layer, if nothing else reads what stood between. Nodes that compute constants belong to the
    layer that first uses them; those that none uses are layers of their own, at the end.
    """
    graph = model.graph
    uses = [_uses(node) for node in graph.nodes]
    live = _live_tensors(graph, uses)
    readers = Counter(name for names in uses for name in names)
    promised = {value.name for value in graph.outputs}
    taken: dict[str, int] = {}
    owner: dict[str, _Draft] = {}  # live tensor -> the layer that makes it
    drafts: list[_Draft] = []
    constants: dict[str, list[Node]] = {}  # constant tensor -> the nodes that compute it
    groups: list[list[Node]] = []  # the same lists; one that was used is empty
    for value in graph.inputs:
        taken[value.name] = 1
        owner[value.name] = _Draft(value.name, "input")
        drafts.append(owner[value.name])
    for node, used in zip(graph.nodes, uses, strict=True):
        inputs = [name for name in used if name in live]
        folded: list[Node] = []
        for name in used:
            group = constants.get(name, [])
            folded += group
            group.clear()
        if not inputs and not any(name in live for name in node.outputs):
            groups.append([*folded, node])
            constants.update(dict.fromkeys(node.outputs, groups[-1]))
            continue
        previous = owner[inputs[0]] if len(inputs) == 1 else None
        alone = bool(inputs) and readers[inputs[0]] == 1 and inputs[0] not in promised
        if previous and previous.nodes and alone and _joins(node, previous, live):
            draft = previous
        else:
            draft = _Draft(layer_name(node, taken), kind_of(node.op))
            drafts.append(draft)
        draft.nodes += [*folded, node]
        draft.reads += [owner[name].name for name in inputs]
        draft.ends.difference_update(inputs)
        draft.ends.update(name for name in node.outputs if name in promised or readers[name])
        owner.update({name: draft for name in node.outputs if name})
    for group in filter(None, groups):
        drafts.append(_Draft(layer_name(group[-1], taken), kind_of(group[-1].op), group))
    return tuple(_finished(draft, live, promised) for draft in drafts)


def _joins(node: Node, previous: _Draft, live: set[str]) -> bool:
    """Does this node only go on with what that layer makes, and with all of it?"""
    if not follows(node.op, sum(name in live for name in node.inputs)):
        return False
    return node.op in ARRANGING or previous.ends.issubset(node.inputs)


def _live_tensors(graph: Graph, uses: Sequence[Sequence[str]]) -> set[str]:
    """The tensors that depend on an input of the model; the others are constants."""
    live = {value.name for value in graph.inputs}
    for node, used in zip(graph.nodes, uses, strict=True):
        if live.intersection(used):
            live.update(filter(None, node.outputs))
    if len(live) == len(graph.inputs):  # nothing is fed: then everything is worth showing
        live.update(name for node in graph.nodes for name in node.outputs if name)
    return live


def _uses(node: Node) -> list[str]:
    """The tensors that a node reads, with those that graphs inside it take from around them."""
    names = [name for name in node.inputs if name]
    for value in node.attributes.values():
        for graph in value if isinstance(value, tuple) else (value,):
            if isinstance(graph, Graph):
                read = [name for inner in graph.nodes for name in _uses(inner)]
                own = {value.name for value in graph.inputs} | graph.weights.keys()
                own.update(name for inner in graph.nodes for name in inner.outputs)
                read += [value.name for value in graph.outputs]
                names += [name for name in read if name not in own]
    return list(dict.fromkeys(names))


def _finished(draft: _Draft, live: set[str], promised: set[str]) -> Layer:
    if not draft.nodes:
        return Layer(draft.name, draft.kind, "Input", draft.name, (draft.name,))
    nodes = sorted(draft.nodes, key=lambda node: node.index)
    shown = [node for node in nodes if set(node.outputs) & live] or nodes
    telling = [node for node in shown if node.op not in ARRANGING] or shown
    return Layer(
        name=draft.name,
        kind=draft.kind,
        op=" + ".join(node.op for node in telling),
        tensor=_picture(shown[-1], telling[-1], promised),
        tensors=tuple(name for node in nodes for name in node.outputs if name),
        nodes=tuple(nodes),
        reads=tuple(dict.fromkeys(name for name in draft.reads if name != draft.name)),
    )


def _picture(last: Node, telling: Node, promised: set[str]) -> str:
    """The tensor to show: the last that is more than a rearrangement, unless it is an output."""
    end = next(filter(None, last.outputs), "")
    return end if end in promised else next(filter(None, telling.outputs), "")
