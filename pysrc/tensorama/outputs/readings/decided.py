"""How trees and linear models decided: the ways through trees, the features that weighed most.

All of it is what `explain` says of the score; here it is only chosen and put in order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.onnxfile import Node
from tensorama.onnxfile.notes import read_json

if TYPE_CHECKING:
    from tensorama.explain.account import Path

_ML = "ai.onnx.ml"
_TREES = {"TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor"}
_LINEAR = {"LinearClassifier", "LinearRegressor"}
_LABELS = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
_NAMES = ("feature_names", "features", "columns")  # what exporters call the note that has them
_JOINING = {"Concat", "FeatureVectorizer"}
_PASSING = {"Cast", "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """One feature of a linear model: its value, its weight, and what they multiply to."""

    feature: int
    value: float
    weight: float
    share: float


@dataclass(frozen=True, slots=True)
class Decision:
    """How one model of trees or weights came to its score, of a batch for the first item.

    tensor, cell: the score in the run. features, row: where the features stand, all but the last
    axis. label: the class that the score speaks for, `against`: the other one, where a single score
    decides between two. paths, weighed: the trees or the features, what weighed most first; shares
    of all, and `base`, add up to `score`, of which the cell holds what a transform makes of it.
    names: what the features are called, if the file says it.
    """

    node: Node
    tensor: str
    cell: tuple[int, ...]
    features: str
    row: tuple[int, ...]
    label: str
    against: str
    score: float
    base: float
    paths: Sequence[Path] = ()
    weighed: Sequence[Weighed] = ()
    names: tuple[str, ...] = ()


def deciders(trace: Trace) -> list[Node]:
    """The trees and linear models in the graph, in the order in which they are computed."""
    return [
        node
        for node in trace.model.graph.nodes
        if node.domain == _ML and node.op in _TREES | _LINEAR and node.inputs[0] in trace
    ]


def size_of(node: Node) -> int:
    """How many questions and leaves there are in its trees; 0 of a linear model."""
    return len(_sequence(node.attributes.get("nodes_modes")))


def trees_of(node: Node) -> int:
    """How many trees there are."""
    if node.op == "TreeEnsemble":
        return len(_sequence(node.attributes.get("tree_roots")))
    return len(set(_sequence(node.attributes.get("nodes_treeids"))))


def decision(trace: Trace, node: Node) -> Decision | None:
    """How this one decided; None if its score cannot be explained."""
    from tensorama.explain import explain  # comes later to a page
    from tensorama.explain.classes import coefficients

    labels = _labels(node)
    two = len(labels) == 2 and _has_one_score(node, trace)
    tensor, column = _score(trace, node, two)
    features = trace.get(node.inputs[0])
    if tensor is None or not isinstance(features, np.ndarray) or not features.size:
        return None
    cell = (0, column)[: np.ndim(trace[tensor])]
    try:
        told = explain(trace, tensor, cell, fused=False)
    except TensoramaError:
        return None
    shares = {id(group): float(group.share.sum()) for group in told.groups}
    base = math.fsum(shares[id(g)] for g in told.groups if not g.tensors)
    row = (0,) * (features.ndim - 1)
    weighed: list[Weighed] = []
    if node.op in _LINEAR:
        weights = coefficients(node.attributes, features.shape[-1])[0]
        own = weights[0 if len(weights) == 1 else column]
        products = next(group.share for group in told.groups if group.tensors)
        rows = zip(features[row].tolist(), own.tolist(), products.tolist(), strict=True)
        weighed = [Weighed(k, float(x), w, share) for k, (x, w, share) in enumerate(rows)]
        weighed.sort(key=lambda each: -abs(each.share))
    label = labels[column] if column < len(labels) else ""
    return Decision(
        node, tensor, cell, node.inputs[0], row, label, labels[0] if two else "",
        math.fsum(shares.values()), base, sorted(told.paths, key=lambda path: -abs(path.share)),
        weighed, _names(trace, node, features.shape[-1]),
    )  # fmt: skip


def _score(trace: Trace, node: Node, two: bool) -> tuple[str | None, int]:
    """The tensor that has the scores, and the column of the one that is told: the winner's."""
    place = 1 if node.op.endswith("Classifier") and len(node.outputs) > 1 and node.outputs[1] else 0
    name = node.outputs[place]
    value = trace.get(name)
    if not isinstance(value, np.ndarray) or not value.size:
        return None, 0
    if two:
        return name, 1
    scores = value.reshape(len(value), -1)[0] if place and value.ndim else np.zeros(1)
    return name, int(np.nanargmax(scores)) if not np.isnan(scores).all() else 0


def _has_one_score(node: Node, trace: Trace) -> bool:
    """Whether one score decides between two classes."""
    if node.op == "TreeEnsembleClassifier":
        return len(set(_sequence(node.attributes.get("class_ids")))) == 1
    width = np.shape(trace[node.inputs[0]])[-1]
    return len(_sequence(node.attributes.get("coefficients"))) == width


def _labels(node: Node) -> list[str]:
    found = (_sequence(node.attributes.get(name)) for name in _LABELS)
    return [str(label) for label in next((labels for labels in found if labels), ())]


def _sequence(value: Any) -> Sequence[Any]:
    return value.tolist() if isinstance(value, np.ndarray) else value or ()


def _names(trace: Trace, node: Node, count: int) -> tuple[str, ...]:
    """What the features are called: by the file's notes, or as inputs of one column each."""
    for name in _NAMES:
        said = read_json(trace.model.metadata.get(name, ""))
        if isinstance(said, list) and len(said) == count:
            return tuple(str(each)[:80] for each in said)
    graph = trace.model.graph
    makers = {name: maker for maker in graph.nodes for name in maker.outputs}
    joined = makers.get(node.inputs[0])
    if joined is None or joined.op not in _JOINING or len(joined.inputs) != count:
        return ()
    sources = [_source(makers, name) for name in joined.inputs]
    inputs = {value.name for value in graph.inputs}
    return tuple(sources) if inputs.issuperset(sources) else ()


def _source(makers: Mapping[str, Node], name: str) -> str:
    """The tensor that this one only passes on."""
    while name in makers and makers[name].op in _PASSING:
        name = makers[name].inputs[0]
    return name
