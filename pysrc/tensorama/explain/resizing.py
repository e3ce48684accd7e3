"""Pictures in another size: each cell is read between the cells of the smaller or larger one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.explain.account import Account
from tensorama.explain.between import Taps, between, cubic
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.phrases import phrase


@dataclass(frozen=True, slots=True)
class Axis:
    """How one axis is resized: from how many cells to how many, by which factor, in which part."""

    axis: int
    before: int
    after: int
    scale: float
    begin: float = 0.0
    end: float = 1.0


# from a place in the output to one in the input; in float32, as halves decide between neighbours
_PLACES: dict[str, Callable[[np.ndarray, Axis], np.ndarray]] = {
    "align_corners": lambda y, a: (
        y * 0 if a.scale * a.before <= 1 else y * (a.before - 1) / (a.scale * a.before - 1)
    ),
    "asymmetric": lambda y, a: y / a.scale,
    "half_pixel": lambda y, a: (y + 0.5) / a.scale - 0.5,
    "half_pixel_symmetric": lambda y, a: (
        a.before / 2 * (1 - a.after / (a.scale * a.before)) + ((y + 0.5) / a.scale - 0.5)
    ),
    "pytorch_half_pixel": lambda y, a: (y + 0.5) / a.scale - 0.5 if a.after > 1 else y * 0,
    "tf_crop_and_resize": lambda y, a: (
        a.begin * (a.before - 1) + y * (a.end - a.begin) * (a.before - 1) / (a.after - 1)
        if a.after > 1
        else y * 0 + 0.5 * (a.begin + a.end) * (a.before - 1)
    ),
    "tf_half_pixel_for_nn": lambda y, a: (y + 0.5) / a.scale,
}


def _nearest(place: np.ndarray, mode: str, scale: float) -> np.ndarray:
    if mode == "round_prefer_floor":
        return np.ceil(place - 0.5)
    if mode == "round_prefer_ceil":
        return np.floor(place + 0.5)
    up = mode == "ceil" or (mode == "simple" and scale < 1)
    return np.ceil(place) if up else np.floor(place)


@declares("Resize")
def resized(cell: Cell) -> Account:
    """A cell of a picture in another size."""
    if cell.opset < 11:
        return _by_old_scales(cell, cell.array(1).reshape(-1).tolist())
    given, shape = cell.attributes, cell.shape(0)
    axes = given["axes"]
    which = [int(a) % len(shape) for a in axes] if axes is not None else [*range(len(shape))]
    roi = cell.array(1).reshape(-1) if cell.has(1) else np.zeros(0)
    region = roi if roi.size else np.repeat([0.0, 1.0], len(which))
    plan = []
    sizes = _sizes(cell, which)
    for number, axis in enumerate(which):
        begin, end = float(region[number]), float(region[number + len(which)])
        plan.append(Axis(axis, shape[axis], np.shape(cell.result)[axis], sizes[number], begin, end))
    return _resized(cell, plan, given)


def _sizes(cell: Cell, which: Sequence[int]) -> list[float]:
    """By which factor each axis grows."""
    shape, policy = cell.shape(0), cell.attributes["keep_aspect_ratio_policy"]
    if not (cell.has(3) and cell.array(3).size):
        return [float(scale) for scale in cell.array(2).reshape(-1)]
    wanted = cell.array(3).reshape(-1).tolist()
    scales = [size / max(1, shape[axis]) for size, axis in zip(wanted, which, strict=True)]
    if policy == "stretch":
        return scales
    return [min(scales) if policy == "not_larger" else max(scales)] * len(scales)


@declares("Upsample")
def upsampled(cell: Cell) -> Account:
    """The older name."""
    scales = cell.attributes.get("scales")
    return _by_old_scales(cell, cell.array(1).reshape(-1).tolist() if scales is None else scales)


def _by_old_scales(cell: Cell, scales: Sequence[float]) -> Account:
    shape, mode = cell.shape(0), str(cell.attributes["mode"])
    plan = [
        Axis(axis, shape[axis], np.shape(cell.result)[axis], float(np.float32(scale)))
        for axis, scale in enumerate(scales)
    ]
    given = {
        "mode": {"bilinear": "linear"}.get(mode, mode), "nearest_mode": "simple",
        "coordinate_transformation_mode": "asymmetric",
    }  # fmt: skip
    return _resized(cell, plan, given)


def _resized(cell: Cell, plan: Sequence[Axis], given: Any) -> Account:
    way = given["coordinate_transformation_mode"]
    crop = way == "tf_crop_and_resize"
    busy = [a for a in plan if crop or a.before != a.after or a.scale != 1]
    along: list[Taps] = []
    beyond = np.asarray(False)
    for a in busy:
        place = _PLACES[way](np.asarray(cell.at[a.axis], np.float32), a)
        if crop:
            beyond = beyond | (np.asarray(place) < 0) | (np.asarray(place) > a.before - 1)
        along.append(_taps(np.asarray(place), a, given))
    factors = " × ".join(f"{a.scale:.4g}" for a in busy)
    where = (
        phrase(" of a picture that is made {factors} times as large", factors=factors)
        if busy
        else ""
    )
    axes, instead = [a.axis for a in busy], float(given.get("extrapolation_value", 0.0))
    return between(cell, cell.at, axes, along, (), where, beyond, instead)


def _taps(place: np.ndarray, a: Axis, given: Any) -> Taps:
    """Which cells along an axis count, and how much."""
    mode = given["mode"]
    if mode == "nearest":
        index = _nearest(place, given["nearest_mode"], a.scale)[..., None]
        return Taps(np.clip(index, 0, a.before - 1).astype(np.int64), np.ones(index.shape))
    radius = 1 if mode == "linear" else 2
    shrink = min(a.scale, 1.0) if given.get("antialias") else 1.0
    reach = int(np.ceil(radius / shrink))
    index = np.floor(place)[..., None] + np.arange(1 - reach, reach + 1)
    distance = (index - place[..., None].astype(np.float64)) * shrink
    if mode == "linear":
        weight = np.maximum(0.0, 1 - np.abs(distance))
    else:
        weight = cubic(distance, float(given.get("cubic_coeff_a", -0.75)))
    if given.get("exclude_outside"):
        weight = np.where((index < 0) | (index >= a.before), 0.0, weight)
    if given.get("exclude_outside") or given.get("antialias"):
        weight = weight / weight.sum(axis=-1, keepdims=True)
    return Taps(np.clip(index, 0, a.before - 1).astype(np.int64), weight)
