"""An output that is boxes around what was found, each with a kind and how sure the network is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile.notes import read_json
from tensorama.outputs.labels import labels_of, namer
from tensorama.outputs.readings.regions import KINDS, cell_of, decoded, grid_of

Cell = Callable[[int, int], tuple[int, ...]]  # of the scores: from a box and its kind
_MOST = 1000  # boxes that are compared with each other


@dataclass(frozen=True, slots=True)
class Box:
    """One thing that was found: its edges in pixels, and the cell of the scores that says so."""

    left: float
    top: float
    right: float
    bottom: float
    label: str
    score: float
    cell: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the surest first; and how many were left at each step on the way.

    boxes, scores: the tensors that tell them. made: all predictions. sure: those whose best score
    is at least `least`. Of boxes that share more than `overlap` of their area, the surest stays.
    guessed: the file does not say so, only its shapes do.
    """

    boxes: str
    scores: str
    things: tuple[Box, ...]
    made: int
    sure: int
    least: float
    overlap: float
    guessed: bool = False


def found(trace: Trace) -> Found | None:
    """The boxes that are an output by the file's notes or, without any, by the shape of a YOLOv2's
    grid; None if there are none.

    The notes name the tensors `boxes` (1,B,4) as left, top, right, bottom in pixels of the input
    and `scores` (1,B,K), the least `score` and the largest `iou` of two that stay.
    https://arxiv.org/abs/1612.08242
    """
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping):
        return _on_grid(trace)
    if said.get("kind") != "boxes":
        return None
    edges, scores = (_rows(trace, said.get(name), last) for name, last in
                     (("boxes", 4), ("scores", None)))  # fmt: skip
    if edges is None or scores is None or len(edges) != len(scores):
        return None
    least, overlap = (
        _share(said.get(name), usual) for name, usual in (("score", 0.3), ("iou", 0.45))
    )
    names = str(said["boxes"]), str(said["scores"])
    return _found(trace, names, edges, scores, (least, overlap), lambda n, kind: (0, n, kind))


def _on_grid(trace: Trace) -> Found | None:
    name = grid_of(trace)
    if name is None or not np.isfinite(trace[name]).all():
        return None
    shape = trace[name].shape
    edges, scores = decoded(trace[name][0])
    known = labels_of(trace.model, len(KINDS)) or KINDS
    seen = _found(
        trace, (name, name), edges, scores, (0.3, 0.45), lambda n, k: cell_of(n, k, shape),
        known.__getitem__,
    )  # fmt: skip
    return replace(seen, guessed=True)


def boxes_in(trace: Trace, tensor: str) -> Found | None:
    """An output read as boxes by its shape alone, which is a guess; None where it has none such.

    (1,B,4) as left, top, right, bottom beside another output (1,B,K) of scores; (1,4+K,B) as middle
    and size, then scores; (1,B,5+K) as these with how likely there is anything before the scores.
    Edges all below 2 are shares of the picture's.
    """
    value = _rows(trace, tensor, None)
    if value is None:
        return None
    if value.shape[1] == 4:
        others = ((name, _rows(trace, name, None)) for name in trace.outputs if name != tensor)
        for name, scores in others:
            if scores is not None and len(scores) == len(value):
                return _guessed(trace, (tensor, name), value, scores, lambda n, k: (0, n, k))
        return None
    if value.shape[1] > len(value) > 4:
        edges, scores = _around(value[:4].T), value[4:].T
        return _guessed(trace, (tensor, tensor), edges, scores, lambda n, k: (0, 4 + k, n))
    if len(value) > value.shape[1] > 5:
        edges, scores = _around(value[:, :4]), value[:, 5:] * value[:, 4:5]
        return _guessed(trace, (tensor, tensor), edges, scores, lambda n, k: (0, n, 5 + k))
    return None


def _around(rows: np.ndarray) -> np.ndarray:
    """Middle and size as left, top, right, bottom."""
    return np.concatenate([rows[:, :2] - rows[:, 2:] / 2, rows[:, :2] + rows[:, 2:] / 2], axis=1)


def _guessed(
    trace: Trace, names: tuple[str, str], edges: np.ndarray, scores: np.ndarray, cell: Cell
) -> Found | None:
    if scores.min() < 0 or scores.max() > 1:
        return None
    if edges.max(initial=0) < 2:
        shapes = (x.shape for x in trace.feeds.values() if isinstance(x, np.ndarray))
        shape = next((s for s in shapes if len(s) == 4), (1, 3, 1, 1))
        high, wide = shape[2:] if shape[1] in (1, 3) else shape[1:3]
        edges = edges * (wide, high, wide, high)
    return _found(trace, names, edges, scores, (0.3, 0.45), cell)


def _found(
    trace: Trace, names: tuple[str, str], edges: np.ndarray, scores: np.ndarray,
    bounds: tuple[float, float], cell: Cell, called: Callable[[int], str] | None = None,
) -> Found:  # fmt: skip
    """What stays of all boxes: the least score and the largest overlap are the bounds."""
    least, overlap = bounds
    kinds, best = scores.argmax(1), scores.max(1)
    sure = np.flatnonzero(best >= least)
    order = sure[np.argsort(-best[sure], kind="stable")][:_MOST]
    called = called or namer(trace.model, scores.shape[1])
    things = []
    for n in surest(edges, order.tolist(), overlap):
        kind = int(kinds[n])
        left, top, right, bottom = edges[n].tolist()
        things.append(Box(left, top, right, bottom, called(kind), float(best[n]), cell(n, kind)))
    return Found(*names, tuple(things), len(edges), len(sure), least, overlap)


def surest(edges: np.ndarray, order: list[int], overlap: float) -> list[int]:
    """Of boxes (B,4), those that no surer one overlaps by more; `order`: the surest first."""
    kept: list[int] = []
    for n in order:
        others = edges[kept]
        shared = np.minimum(edges[n, 2:], others[:, 2:]) - np.maximum(edges[n, :2], others[:, :2])
        both = shared.clip(0).prod(1)
        areas = _areas(edges[n : n + 1]) + _areas(others) - both
        if not (both > overlap * areas).any():
            kept.append(n)
    return kept


def _areas(edges: np.ndarray) -> np.ndarray:
    return np.asarray((edges[:, 2:] - edges[:, :2]).clip(0).prod(1))


def _rows(trace: Trace, name: Any, last: int | None) -> np.ndarray | None:
    """The first of a batch of rows of finite numbers, if that tensor has such."""
    value = trace.get(name) if isinstance(name, str) else None
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or value.ndim != 3:
        return None
    if not len(value) or not value.shape[2] or (last and value.shape[2] != last):
        return None
    rows = value[0].astype(np.float64)
    return rows if np.isfinite(rows).all() else None


def _share(said: Any, usual: float) -> float:
    number = isinstance(said, int | float) and math.isfinite(said)
    return min(max(float(said), 0.0), 1.0) if number else usual
