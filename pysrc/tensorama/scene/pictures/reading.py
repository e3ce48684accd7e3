"""How a tensor is to be read: what its values are, and what its axes mean.

The shape says most. What it does not say the graph does: which integers are names of things rather
than amounts, which axis is time, which maps are the heads of an attention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers.channels import TO_FIRST, channels_last
from tensorama.onnxfile import Graph, Node


@dataclass(frozen=True, slots=True)
class Reading:
    """`sort`: "number", "whole" (an integer amount), "truth", "label" (an integer that names
    something, as a token's id does) or "text". `axes`: the tensor's axes in the order in which they
    are drawn; () is their own. `called`: what each map is, "head", "direction" or nothing in
    particular. `volume`: its maps are slices.
    """

    sort: str = "number"
    axes: tuple[int, ...] = ()
    called: str = ""
    volume: bool = False


PLAIN = Reading()
_PAUSE = 1000  # tensors or nodes that are looked at in one slice

# which input of an operator takes integers that name places, and which output gives such
_TAKES = {
    "Gather": (1,), "GatherElements": (1,), "GatherND": (1,), "ScatterElements": (1,),
    "Scatter": (1,), "ScatterND": (1,), "OneHot": (0,), "EmbedLayerNormalization": (0, 1),
    "ArrayFeatureExtractor": (1,), "MaxUnpool": (1,),
}  # fmt: skip
_GIVES = {
    "ArgMax": (0,), "ArgMin": (0,), "TopK": (1,), "NonZero": (0,), "NonMaxSuppression": (0,),
    "Multinomial": (0,), "MaxPool": (1,), "Unique": (1, 2, 3), "LabelEncoder": (0,),
}  # fmt: skip
_SAME = {  # their output holds values of their first input
    "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Cast", "Expand",
    "Slice",
}  # fmt: skip
_EACH = {  # cell for cell, so that heads stay heads
    "Add", "Sub", "Mul", "Div", "Where", "Cast", "Identity", "Softmax", "Clip", "Dropout", "Tanh",
}  # fmt: skip
_ARRANGED = _SAME | {"Split", "Gather", "MatMul", "Einsum"}  # five axes here are no volume
_RECURRENT = {"LSTM", "GRU", "RNN", "DynamicQuantizeLSTM"}
_ATTENTION = {"Attention", "MultiHeadAttention", "GroupQueryAttention"}
_COLOURS_LAST = {3: (2, 0, 1), 4: TO_FIRST}  # (H,W,C) and (N,H,W,C)
_STEPS, _BATCH_FIRST = (2, 1, 0, 3), (0, 2, 1, 3)  # (T,directions,N,H) and (N,T,directions,H)


def sort_of(array: Any) -> str:
    """What the values of an array are, as far as their type tells."""
    kind = np.asarray(array).dtype.kind
    return {"b": "truth", "i": "whole", "u": "whole", "O": "text", "U": "text", "S": "text"}.get(
        kind, "number"
    )


@told("Choosing how to show these tensors")
def readings(
    graph: Graph, tensors: Mapping[str, Any], inner: Mapping[str, Any] | None = None
) -> dict[str, Reading]:
    """The reading of each recorded tensor, and of what operators recorded `inner` ("node/part")."""
    return whole(reading_slices(graph, tensors, inner))


def reading_slices(
    graph: Graph, tensors: Mapping[str, Any], inner: Mapping[str, Any] | None = None
) -> Slices[dict[str, Reading]]:
    """The same in slices, so that a page can breathe between them."""
    arrays = {name: array for name, array in tensors.items() if isinstance(array, np.ndarray)}
    found: dict[str, Reading] = {}
    for name, array in arrays.items():
        found[name] = Reading(sort_of(array))
        if not len(found) % _PAUSE:
            yield
    for name in _labels(graph):
        if name in found and found[name].sort == "whole":
            found[name] = replace(found[name], sort="label")
    yield
    for name in (yield from _colours_last(graph, arrays)):
        found[name] = replace(found[name], axes=_COLOURS_LAST[arrays[name].ndim])
    yield
    for name in _heads(graph, arrays):
        found[name] = replace(found[name], called="head")
    yield
    arranged = {name for node in graph.nodes if node.op in _ARRANGED for name in node.outputs}
    for name, array in arrays.items():
        if array.ndim == 5 and name not in arranged:
            found[name] = replace(found[name], volume=True)
    for node in graph.nodes:
        if not node.index % _PAUSE:
            yield
        _read_inside(node, found, arrays, inner or {})
    return found


def _read_inside(
    node: Node, found: dict[str, Reading], arrays: Mapping[str, Any], inner: Mapping[str, Any]
) -> None:
    """Recurrent operators and attention: their outputs and what they recorded."""
    steps = node.op in _RECURRENT
    if not steps and node.op not in _ATTENTION:
        return
    axes = _BATCH_FIRST if node.attributes.get("layout") else _STEPS
    start = f"{node.name or next(iter(node.outputs), '')}/"
    parts = {name: array for name, array in inner.items() if name.startswith(start)}
    parts |= {name: arrays[name] for name in node.outputs[:1] if name in arrays}
    for name, array in parts.items():
        if isinstance(array, np.ndarray) and array.ndim == 4:
            sort = sort_of(array)
            found[name] = (
                Reading(sort, axes, "direction") if steps else Reading(sort, called="head")
            )


def _labels(graph: Graph) -> set[str]:
    """Tensors of integers that name something: those that something is looked up with, and places
    that were found."""
    labels: set[str] = set()
    for node in graph.nodes:
        labels |= {node.outputs[k] for k in _GIVES.get(node.op, ()) if k < len(node.outputs)}
        if node.op in _SAME and node.inputs and node.inputs[0] in labels:
            labels |= {*node.outputs}
    for node in reversed(graph.nodes):
        labels |= {node.inputs[k] for k in _TAKES.get(node.op, ()) if k < len(node.inputs)}
        if node.op in _SAME and not labels.isdisjoint(node.outputs):
            labels.add(node.inputs[0])
    return labels - {""}


def _colours_last(graph: Graph, arrays: Mapping[str, Any]) -> Slices[set[str]]:
    """Pictures whose channels stand last: inputs and outputs that look so, what a Transpose brings
    into the order of layers or out of it, and what is made of these."""
    ends = {value.name for value in (*graph.inputs, *graph.outputs)}
    found = {name for name in ends if name in arrays and _looks_coloured(arrays[name])}
    shapes = {name: array.shape for name, array in arrays.items()}
    maps = yield from channels_last(graph, shapes, found)
    return maps | {name for name in found if arrays[name].ndim == 3}


def _looks_coloured(array: np.ndarray) -> bool:
    shape = array.shape
    if len(shape) == 3 and array.dtype == np.uint8:
        return shape[2] in (1, 3, 4) and min(shape[:2]) > 4
    return len(shape) == 4 and shape[3] in (3, 4) and min(shape[1:3]) > 4


def _heads(graph: Graph, arrays: Mapping[str, Any]) -> set[str]:
    """Tensors (N,heads,T,·) of an attention that is spelled out: a product of queries and keys,
    made into weights by a softmax, times the values."""
    makers = {name: node for node in graph.nodes for name in node.outputs}
    heads: set[str] = set()
    for node in graph.nodes:
        if node.op != "MatMul" or len(arrays.get(node.inputs[0], np.zeros(0)).shape) != 4:
            continue
        way = [*_back(node.inputs[0], makers, arrays)]
        before = way[-1] if way else None
        if before and before.op == "MatMul" and any(step.op == "Softmax" for step in way):
            heads |= {name for step in [*way, node] for name in (*step.outputs, *step.inputs)}
    return {name for name in heads if name in arrays and arrays[name].ndim == 4}


def _back(name: str, makers: Mapping[str, Node], arrays: Mapping[str, Any]) -> Iterator[Node]:
    """The operators that made a tensor, cell for cell, back to the one that did more than that."""
    shape = arrays[name].shape
    while True:
        node = makers.get(name)
        if node is None:
            return
        yield node
        if node.op not in _EACH:
            return
        alike = [n for n in node.inputs if n in arrays and arrays[n].shape == shape]
        if not alike:
            return
        name = alike[0]
