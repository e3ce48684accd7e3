"""Read a classifier's output: which class, how sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.outputs.evidence import USUAL, Evidence, evidence_of
from tensorama.outputs.following import SHOWN, row_of_next
from tensorama.outputs.labels import guessed, labels_of, namer
from tensorama.phrases import Phrase, joined, phrase

LARGEST = 1 << 20  # classes; a longer row is none
KEPT = 32  # candidates that are told; of more classes the likeliest


@dataclass(frozen=True, slots=True)
class Candidate:
    """One class with its share, 0..1."""

    index: int
    label: str
    share: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the output says: candidates, and the best one.

    Up to KEPT classes stand in their order; of more the likeliest, the best first. `tensor` is the
    recorded tensor that it was read from. `count` is how many classes there are, `tied` how many
    are as likely as the best. `computed` is true when the model gives scores only, and the shares
    are their softmax, computed here; `apart` when each class has a probability of its own, and
    these do not sum to 1.
    """

    tensor: str
    candidates: tuple[Candidate, ...]
    best: Candidate
    computed: bool
    count: int
    tied: int = 1
    apart: bool = False
    guessed: str = ""  # whose names the classes have, where the file has none
    raw: bool = False  # the "shares" are scores as they are


@told("Reading the answer of this model")
def decode(trace: Trace) -> Answer | None:
    """Read the model's output as classes, of a batch the first item's.

    Classes are only what a classifier gives: a row that sums to 1; or scores for as many classes as
    the file has labels for, as a usual data set has, or whose name says so. Without such a row, one
    probability. None for anything else: boxes, states, embeddings, landmarks, grades.
    """
    after = row_of_next(trace)
    if after is not None:
        return _next(*after, trace)
    evidence = evidence_of(trace.model)
    rows = [*_rows(trace)]
    for name, row, shape in rows:
        found = _named(name, row) if isinstance(row, dict) else _classes(
            name, row, shape, trace, evidence
        )  # fmt: skip
        if found is not None:
            return found
    return next(
        (
            _answer(name, row.astype(np.float64), _probability, sort="probability")
            for name, row, shape in rows
            if isinstance(row, np.ndarray) and row.size == 1 and 0 <= row[0] <= 1
            and not evidence.is_other(name, shape) and not evidence.says_other(name)
            and (evidence.is_probability(name) or "prob" in name.lower())
        ),
        None,
    )  # fmt: skip


def _next(name: str, row: np.ndarray, trace: Trace) -> Answer:
    """Which character comes next, where a network says that."""
    called = namer(trace.model, row.size)
    whole = row.min() >= 0 and abs(float(row.sum(dtype=np.float64)) - 1) <= 1e-3
    sort = "shares" if whole else "scores"
    labels = [SHOWN.get(called(index), called(index)) for index in range(row.size)]
    return _answer(name, row.astype(np.float64), labels.__getitem__, sort)


def _probability(index: int) -> Phrase:
    return phrase("probability")


def remarks(answer: Answer | None, listed: int) -> str:
    """What bars alone do not tell: how many classes there are beside the listed ones, ties, and
    where the shares come from."""
    if answer is None:
        return ""
    told = []
    if answer.count > listed:
        told.append(phrase("{listed} of {count:,}", listed=listed, count=answer.count))
    if answer.tied > 1:
        told.append(phrase("{count:,} equally likely", count=answer.tied))
    if answer.computed:
        told.append(phrase("softmax of the scores"))
    if answer.apart and answer.count > 1:
        told.append(phrase("each by itself"))
    if answer.guessed:
        told.append(phrase(
            "the names are those of {names}, guessed by their number", names=answer.guessed
        ))  # fmt: skip
    return joined("; ", told)


def _rows(trace: Trace) -> Iterator[tuple[str, Any, tuple[int, ...]]]:
    """The outputs that are a row of finite numbers for each item that was fed, or of named scores:
    name, the first item's row, and the shape of the whole."""
    items = {1, *(len(x) for x in trace.feeds.values() if isinstance(x, np.ndarray) and x.ndim)}
    for name, value in trace.outputs.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield name, value[0], ()
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.size:
            continue
        if value.ndim > 1 and len(value) not in items:
            continue
        row = value[0] if value.ndim > 1 else value
        if row.size != max(row.shape, default=1) or row.size > LARGEST:
            continue
        if np.isfinite(row).all():
            yield name, row.reshape(-1), value.shape


def _classes(
    name: str, row: np.ndarray, shape: tuple[int, ...], trace: Trace, evidence: Evidence
) -> Answer | None:
    if row.size < 2 or evidence.is_other(name, shape):
        return None
    shares = bool(row.min() >= -1e-6 and row.max() <= 1 + 1e-6)
    whole = shares and abs(float(row.sum(dtype=np.float64)) - 1) <= 1e-3
    own = labels_of(trace.model, row.size) is not None
    if not own and not whole:
        known = row.size in USUAL or evidence.says_classes(name)
        if not known or evidence.says_other(name) or _goes_with_boxes(row.size, trace):
            return None
    sort = "shares" if whole else "scores"
    if not whole and shares and evidence.is_probability(name):
        sort = "apart"
    found = _answer(name, row.astype(np.float64), namer(trace.model, row.size), sort)
    return replace(found, guessed=guessed(trace.model, row.size))


def _goes_with_boxes(count: int, trace: Trace) -> bool:
    """Whether another output has four numbers for each of these: they are boxes' scores."""
    return any(
        isinstance(x, np.ndarray) and x.ndim > 1 and x.shape[-1] == 4 and count in x.shape[:-1]
        for x in trace.outputs.values()
    )


def as_classes(trace: Trace, tensor: str, squashed: bool) -> Answer | None:
    """An output as classes, of a batch the first item's, whatever it is: `squashed` by a softmax
    where it is no shares yet, or the scores before one."""
    value = trace.outputs.get(tensor)
    if not squashed:
        makers = (node for node in trace.model.graph.nodes if tensor in node.outputs)
        value = next((trace.get(n.inputs[0]) for n in makers if n.op == "Softmax"), value)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or not value.size:
        return None
    row = value.reshape(-1, value.shape[-1] if value.ndim else 1)[0].astype(np.float64)
    if row.size > LARGEST or not np.isfinite(row).all():
        return None
    whole = row.min() >= -1e-6 and abs(row.sum() - 1) <= 1e-3
    sort = "raw" if not squashed else "shares" if whole else "scores"
    found = _answer(tensor, row, namer(trace.model, row.size), sort)
    return replace(found, guessed=guessed(trace.model, row.size))


def _named(name: str, scores: Mapping[Any, Any]) -> Answer | None:
    """A map from label to score, as scikit-learn's classifiers give it."""
    labels = [str(label) for label in scores]
    try:
        row = np.array([float(score) for score in scores.values()])
    except (TypeError, ValueError):
        return None
    if not row.size or not np.isfinite(row).all():
        return None
    whole = row.min() >= -1e-6 and abs(row.sum() - 1) <= 1e-3
    return _answer(name, row, labels.__getitem__, "shares" if whole else "scores")


def _answer(tensor: str, row: np.ndarray, name_of: Callable[[int], str], sort: str) -> Answer:
    shares = _softmax(row) if sort == "scores" else row
    best = int(shares.argmax())
    if row.size <= KEPT:
        kept = list(range(row.size))
    else:
        most = np.argpartition(-shares, KEPT)[:KEPT]
        kept = sorted({*most.tolist(), best}, key=lambda index: (-shares[index], index))[:KEPT]
    candidates = tuple(Candidate(k, name_of(k), float(shares[k])) for k in kept)
    winner = next(candidate for candidate in candidates if candidate.index == best)
    return Answer(
        tensor,
        candidates,
        winner,
        computed=sort == "scores",
        count=row.size,
        tied=int((shares == shares[best]).sum()),
        apart=sort in ("apart", "probability"),
        raw=sort == "raw",
    )


def _softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max())
    return np.asarray(e / e.sum())
