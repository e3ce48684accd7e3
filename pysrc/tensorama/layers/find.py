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
    """A layer while it is being put together."""

    name: str
    kind: str
    nodes: list[Node] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)


def find_layers(model: Model) -> tuple[Layer, ...]:
    """Give the layers of a model in the order in which they are computed, inputs first.

    A node that only follows another one (an activation after a convolution, a reshape) joins its
    layer, if nothing else reads what stood between. Nodes that compute constants belong to the
    layer that first uses them.
    """
    graph = model.graph
    live = _live_tensors(graph)
    readers = Counter(name for node in graph.nodes for name in set(node.inputs) if name)
    promised = {value.name for value in graph.outputs}
    taken: dict[str, int] = {}
    owner: dict[str, _Draft] = {}  # live tensor -> the layer that makes it
    drafts: list[_Draft] = []
    constants: dict[str, list[Node]] = {}  # constant tensor -> the nodes that compute it
    for value in graph.inputs:
        taken[value.name] = 1
        owner[value.name] = _Draft(value.name, "input")
        drafts.append(owner[value.name])
    for node in graph.nodes:
        inputs = [name for name in dict.fromkeys(node.inputs) if name in live]
        folded = [n for name in node.inputs for n in constants.pop(name, [])]
        if not inputs and not any(name in live for name in node.outputs):
            for name in node.outputs:
                constants[name] = [*folded, node]
            continue
        previous = owner[inputs[0]] if len(inputs) == 1 else None
        alone = bool(inputs) and readers[inputs[0]] == 1 and inputs[0] not in promised
        if previous and previous.nodes and alone and follows(node.op, len(inputs)):
            draft = previous
        else:
            draft = _Draft(layer_name(node, taken), kind_of(node.op))
            drafts.append(draft)
        draft.nodes += [*folded, node]
        draft.reads += [owner[name].name for name in inputs]
        owner.update({name: draft for name in node.outputs if name})
    return tuple(_finished(draft, live, promised) for draft in drafts)


def _live_tensors(graph: Graph) -> set[str]:
    """The tensors that depend on an input of the model; the others are constants."""
    live = {value.name for value in graph.inputs}
    for node in graph.nodes:
        inner = (v for v in node.attributes.values() if isinstance(v, Graph))
        if live.intersection(node.inputs) or any(_uses(g, live) for g in inner):
            live.update(filter(None, node.outputs))
    if len(live) == len(graph.inputs):  # nothing is fed: then everything is worth showing
        live.update(name for node in graph.nodes for name in node.outputs if name)
    return live


def _uses(graph: Graph, live: set[str]) -> bool:
    return any(
        live.intersection(node.inputs)
        or any(_uses(g, live) for g in node.attributes.values() if isinstance(g, Graph))
        for node in graph.nodes
    )


def _finished(draft: _Draft, live: set[str], promised: set[str]) -> Layer:
    if not draft.nodes:
        return Layer(draft.name, draft.kind, "Input", draft.name, (draft.name,))
    tensors = [name for node in draft.nodes for name in node.outputs if name]
    shown = [node for node in draft.nodes if set(node.outputs) & live]
    return Layer(
        name=draft.name,
        kind=draft.kind,
        op=" + ".join(node.op for node in shown if node.op not in ARRANGING or len(shown) == 1),
        tensor=_picture(shown, promised),
        tensors=tuple(tensors),
        nodes=tuple(draft.nodes),
        reads=tuple(dict.fromkeys(name for name in draft.reads if name != draft.name)),
    )


def _picture(nodes: Sequence[Node], promised: set[str]) -> str:
    """The tensor to show: the last that is more than a rearrangement, unless it is an output."""
    last = next(name for name in nodes[-1].outputs if name)
    if last in promised:
        return last
    real = [node for node in nodes if node.op not in ARRANGING] or list(nodes)
    return next(name for name in real[-1].outputs if name)
