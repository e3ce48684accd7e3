"""Read a classifier's output: which class, how sure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile import Model


@dataclass(frozen=True, slots=True)
class Candidate:
    """One class with its share, 0..1."""

    index: int
    label: str
    share: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the output says: candidates in the order of the classes, and the best one.

    `tensor` is the recorded tensor that it was read from. `computed` is true when the model gives
    scores only, and the shares are their softmax, computed here.
    """

    tensor: str
    candidates: tuple[Candidate, ...]
    best: Candidate
    computed: bool


def labels_of(model: Model, count: int) -> tuple[str, ...]:
    """The names of the classes from the model's metadata, or their numbers."""
    try:
        labels = json.loads(model.metadata.get("labels", "[]"))
    except (ValueError, RecursionError):
        labels = []
    if isinstance(labels, list) and len(labels) == count:
        return tuple(str(label) for label in labels)
    return tuple(str(number) for number in range(count))


def decode(trace: Trace) -> Answer | None:
    """Read the model's output as classes, of a batch the first item's.

    None where that is not a row of numbers, two at least: a single one says nothing of a class; and
    where there are several rows, one for each item that was fed: others are boxes, or points.
    """
    items = {1, *(len(x) for x in trace.feeds.values() if isinstance(x, np.ndarray) and x.ndim)}
    for name, array in trace.outputs.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not array.size:
            continue
        if array.ndim > 1 and len(array) not in items:
            continue
        scores = array[0] if array.ndim > 1 else array
        if scores.size < 2 or scores.size != max(scores.shape) or not np.isfinite(scores).all():
            continue
        scores = scores.reshape(-1)
        return _answer(name, scores.astype(np.float64), labels_of(trace.model, scores.size))
    return None


def _answer(tensor: str, scores: np.ndarray, labels: Sequence[str]) -> Answer:
    computed = bool(scores.min() < -1e-6 or abs(scores.sum() - 1) > 1e-3)
    shares = _softmax(scores) if computed else scores
    candidates = tuple(
        Candidate(index, label, float(share))
        for index, (label, share) in enumerate(zip(labels, shares, strict=True))
    )
    return Answer(tensor, candidates, candidates[int(shares.argmax())], computed)


def _softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max())
    return e / e.sum()
