"""How good boxes and pixels are: suppression of doubles, mean average precision, mean IoU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Found(NamedTuple):
    """What is in one picture: boxes (K,4) as left, top, right, bottom; kinds (K,); scores (K,)."""

    boxes: np.ndarray
    kinds: np.ndarray
    scores: np.ndarray


def overlap(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """What two boxes share by what they cover together: (K,4), (L,4) → (K,L)."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (some, others)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9))


def suppressed(
    boxes: np.ndarray, scores: np.ndarray, *, least: float = 0.01, iou: float = 0.45
) -> Found:
    """Of boxes of one kind that overlap keep the best: boxes (K,4), scores (K,kinds)."""
    kept: list[tuple[int, int]] = []
    for kind in range(scores.shape[1]):
        order = np.argsort(-scores[:, kind], kind="stable")
        order = order[scores[order, kind] >= least]
        while len(order):
            kept.append((int(order[0]), kind))
            order = order[1:][overlap(boxes[order[:1]], boxes[order[1:]])[0] <= iou]
    rows = np.array([row for row, _ in kept], int)
    kinds = np.array([kind for _, kind in kept], int)
    return Found(boxes[rows], kinds, scores[rows, kinds])


def average_precision(right: np.ndarray, scores: np.ndarray, truths: int) -> float:
    """The area under precision over recall, each precision the best at this recall or a higher."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(order) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    recall = np.diff(hits, prepend=0) / max(truths, 1)
    return float((precision * recall).sum())


def mean_average_precision(
    found: Sequence[Found], truths: Sequence[tuple[np.ndarray, np.ndarray]], kinds: int,
    iou: float = 0.5,
) -> float:  # fmt: skip
    """The mean over kinds of the average precision. truths: boxes (K,4) and kinds (K,) per picture.

    A box is right if it overlaps a true one of its kind by `iou` that no better one has taken.
    """
    results = []
    for kind in range(kinds):
        right: list[bool] = []
        scores: list[float] = []
        there = 0
        for came, (boxes, named) in zip(found, truths, strict=True):
            true = boxes[named == kind]
            there += len(true)
            mine = np.flatnonzero(came.kinds == kind)
            mine = mine[np.argsort(-came.scores[mine], kind="stable")]
            shares = overlap(came.boxes[mine], true)
            taken = np.zeros(len(true), bool)
            for row, number in enumerate(mine):
                best = int(shares[row].argmax()) if len(true) else -1
                hit = best >= 0 and shares[row, best] >= iou and not taken[best]
                if hit:
                    taken[best] = True
                right.append(hit)
                scores.append(float(came.scores[number]))
        if there:
            results.append(average_precision(np.array(right, bool), np.array(scores), there))
    return float(np.mean(results))


def mean_iou(came: np.ndarray, wanted: np.ndarray, kinds: int) -> float:
    """The mean over kinds of pixels both, by pixels either; kinds that are nowhere do not count."""
    table = np.bincount(wanted.ravel() * kinds + came.ravel(), minlength=kinds * kinds)
    table = table.reshape(kinds, kinds)
    either = table.sum(0) + table.sum(1) - table.diagonal()
    return float((table.diagonal()[either > 0] / either[either > 0]).mean())
