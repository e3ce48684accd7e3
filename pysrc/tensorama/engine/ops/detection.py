"""Finding objects: of boxes that overlap, keep the best."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import Kernel, active
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
_pace = Pace(1e8)  # pairs of boxes per second


@op("NonMaxSuppression", since=10)
@sliced
def non_max_suppression(
    boxes: Array,
    scores: Array,
    max_output_boxes_per_class: Array | None = None,
    iou_threshold: Array | None = None,
    score_threshold: Array | None = None,
    *,
    center_point_box: int = 0,
) -> Slices[Array]:
    """Per picture and class, take the best box, drop those that overlap it too much, and go on.

    boxes (N,B,4) as two corners (y,x,y,x), or as center and size (x,y,w,h) if center_point_box;
    scores (N,C,B) → (selected,3): picture, class, box, int64
    Overlap is intersection over union. Without max_output_boxes_per_class nothing is selected.
    https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
    """
    if boxes.ndim != 3 or boxes.shape[2] != 4 or scores.ndim != 3:
        raise OperatorError("boxes must have the shape (N,B,4), scores (N,C,B)")
    if boxes.shape[0] != scores.shape[0] or boxes.shape[1] != scores.shape[2]:
        raise OperatorError("boxes and scores do not agree in the number of pictures and boxes")
    most = 0 if max_output_boxes_per_class is None else int(max_output_boxes_per_class.item())
    overlap = 0.0 if iou_threshold is None else float(iou_threshold.item())
    if not 0 <= overlap <= 1:
        raise OperatorError(f"iou_threshold is {overlap}, it must lie between 0 and 1")
    lowest = -np.inf if score_threshold is None else score_threshold.item()
    selected = []
    for n, corners in enumerate(_corners(boxes, bool(center_point_box))):
        for c, score in enumerate(scores[n]):
            kept = yield from _best(corners, score, most, overlap, lowest)
            selected += [(n, c, b) for b in kept]
    return np.array(selected, dtype=np.int64).reshape(-1, 3)


def _corners(boxes: Array, centered: bool) -> Array:
    """(…,4) in either form → (…,4) as lower corner, upper corner"""
    first, second = boxes[..., :2], boxes[..., 2:]
    if centered:
        return np.concatenate((first - second / 2, first + second / 2), axis=-1)
    return np.concatenate((np.minimum(first, second), np.maximum(first, second)), axis=-1)


def _best(
    corners: Array, score: Array, most: int, overlap: float, lowest: float
) -> Slices[Sequence[int]]:
    """The boxes of one class that stay, best first. corners (B,4), score (B)"""
    order = np.flatnonzero(score > lowest)
    order = order[np.argsort(-score[order], kind="stable")]
    kernel = active()
    if kernel is not None and corners.dtype == np.float32:
        return (yield from _kept_by_kernel(kernel, corners, order.astype(np.int32), most, overlap))
    return _kept(corners, order, most, overlap)


def _kept_by_kernel(
    kernel: Kernel, corners: Array, order: Array, most: int, overlap: float
) -> Slices[Sequence[int]]:
    """Those of the boxes in this order that stay; order is used up."""
    done, found = 0, np.zeros(2, np.int32)
    most = min(most, len(order))
    while done < min(most, len(order)):
        rest = order[done:]
        some = max(1, min(most - done, int(_pace.amount / len(rest))))
        started = perf_counter()
        kernel.call("suppress", corners, len(corners), rest, len(rest), some, overlap, found)
        taken, left = found.tolist()
        pause = _pace.learn(taken * len(rest), perf_counter() - started)
        order, done = order[: done + left], done + taken
        if pause:
            yield
    return order[:done].tolist()


def _kept(corners: Array, order: Array, most: int, overlap: float) -> list[int]:
    """The same by numpy."""
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    kept: list[int] = []
    while order.size and len(kept) < most:
        best, rest = int(order[0]), order[1:]
        kept.append(best)
        low = np.maximum(corners[best, :2], corners[rest, :2])
        high = np.minimum(corners[best, 2:], corners[rest, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        union = area[best] + area[rest] - shared
        order = rest[~((shared > 0) & (union > 0) & (shared / union > overlap))]
    return kept
