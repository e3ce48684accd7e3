"""An output that places what was fed among others: near lies what the network takes for alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile import Model
from tensorama.onnxfile.notes import read_json

MOST = 1 << 16  # numbers of one
_NAMED = re.compile(
    r"embed|embd|latent|encoding|encoded|bottleneck|descriptor|represent|"
    r"(^|[^a-z])(features?|feats?|codes?|vectors?|pooled|pooler)([^a-z]|$)|pooler_output"
)
_FEW = 3  # numbers that are a place on a plane or in a room: how far apart says more than the angle


class Embedding(NamedTuple):
    """An output that is one. why: "notes" say so, or it is a guess by its "name", or because it is
    the "source" of all other outputs."""

    tensor: str
    why: str


class Near(NamedTuple):
    """How alike one sample is: the cosine of the angle, or the distance; its place among them."""

    place: int
    amount: float


def embedding(trace: Trace) -> Embedding | None:
    """The output that is one, or probably: one row of finite numbers for each item."""
    noted = _noted(trace)
    if noted:
        return Embedding(noted, "notes")
    rows = [name for name in trace.outputs if _is_row(trace, name)]
    for name in rows:
        if _NAMED.search(name.lower()):
            return Embedding(name, "name")
    largest = max((np.size(x) for x in trace.feeds.values()), default=0)
    for name in rows:
        if trace.outputs[name].size < largest and _makes_the_others(trace.model, name):
            return Embedding(name, "source")
    return None


def _noted(trace: Trace) -> str:
    """The output that the file's notes call one; "" if they call none so."""
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "embedding":
        return ""
    name = said.get("tensor", trace.model.graph.outputs[0].name)
    return name if isinstance(name, str) and vector_of(trace, name) is not None else ""


def vector_of(trace: Trace, tensor: str) -> np.ndarray | None:
    """The numbers of the first item of an output, in one row; None if they are no place."""
    value = trace.outputs.get(tensor)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or not value.ndim:
        return None
    first = value[0] if value.ndim > 1 and len(value) else value
    row = first.reshape(-1).astype(np.float64)
    return row if 2 <= row.size <= MOST and np.isfinite(row).all() else None


def cell_of(trace: Trace, tensor: str, place: int) -> tuple[int, ...]:
    """Where one of these numbers stands in the output."""
    shape = trace.outputs[tensor].shape
    inner = np.unravel_index(place, shape[1:] if len(shape) > 1 else shape)
    return (*((0,) if len(shape) > 1 else ()), *map(int, inner))


def usual(size: int) -> str:
    """By which measure so many numbers are compared without a choice."""
    return "distance" if size <= _FEW else "cosine"


def nearest(row: np.ndarray, others: Sequence[np.ndarray], measure: str) -> list[Near]:
    """All others, the nearest first: "cosine", a·b / |a||b|, or "distance", |a - b|.

    https://en.wikipedia.org/wiki/Cosine_similarity
    """
    found = []
    for place, other in enumerate(others):
        if measure == "cosine":
            long = float(np.linalg.norm(row) * np.linalg.norm(other))
            amount = float(row @ other) / long if long else 0.0
            found.append(Near(place, max(-1.0, min(1.0, amount))))
        else:
            found.append(Near(place, float(np.linalg.norm(row - other))))
    return sorted(found, key=lambda near: -near.amount if measure == "cosine" else near.amount)


def _is_row(trace: Trace, name: str) -> bool:
    """Whether it is one row for each item, all but one of its axes being 1."""
    value = trace.outputs[name]
    row = vector_of(trace, name)
    return (
        row is not None and value.dtype.kind == "f" and row.size == max(value.shape[1:], default=0)
    )


def _makes_the_others(model: Model, name: str) -> bool:
    """Whether all other outputs are computed from this one, and by no other way from an input."""
    ends = {value.name for value in model.graph.outputs} - {name}
    if not ends:
        return False
    reached, others = {name}, {value.name for value in model.graph.inputs}
    for node in model.graph.nodes:
        if name in node.outputs:
            continue
        if others.intersection(node.inputs):
            others.update(node.outputs)
        if reached.intersection(node.inputs):
            reached.update(node.outputs)
    return ends <= reached - others
