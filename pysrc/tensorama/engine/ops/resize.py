"""Pictures in another size: nearest, linear or cubic, one axis after the other.

Every output place of an axis takes a few input places with weights ("taps"). Interpolation is
separable, so each axis is worked through by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.contract.pieces import LARGE, Cut, computed, same
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import active, spare
from tensorama.engine.kernel.recorder import lasting, replayable
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
_pace = Pace(2e7)  # bytes per second


@dataclass(frozen=True, slots=True)
class Along:
    """How one axis is resized: from how many cells to how many, by which factor, in which part."""

    axis: int
    before: int
    after: int
    scale: float
    begin: float = 0.0  # the region of interest, as shares of the axis
    end: float = 1.0

    @property
    def wanted(self) -> float:
        """The size that the factor asks for, before it is cut to an integer."""
        return self.scale * self.before


def _align_corners(y: Array, a: Along) -> Array:
    # the suite divides by the uncut size (2.4 - 1), the text of the standard by the cut one
    return y * 0 if a.wanted <= 1 else y * (a.before - 1) / (a.wanted - 1)


def _half_pixel(y: Array, a: Along) -> Array:
    return (y + 0.5) / a.scale - 0.5


def _half_pixel_symmetric(y: Array, a: Along) -> Array:
    return a.before / 2 * (1 - a.after / a.wanted) + _half_pixel(y, a)


def _pytorch_half_pixel(y: Array, a: Along) -> Array:
    return _half_pixel(y, a) if a.after > 1 else y * 0


def _crop_and_resize(y: Array, a: Along) -> Array:
    last = a.before - 1
    if a.after <= 1:
        return y * 0 + 0.5 * (a.begin + a.end) * last
    return a.begin * last + y * (a.end - a.begin) * last / (a.after - 1)


_PLACES: dict[str, Callable[[Array, Along], Array]] = {
    "align_corners": _align_corners,
    "asymmetric": lambda y, a: y / a.scale,
    "half_pixel": _half_pixel,
    "half_pixel_symmetric": _half_pixel_symmetric,
    "pytorch_half_pixel": _pytorch_half_pixel,
    "tf_crop_and_resize": _crop_and_resize,
    "tf_half_pixel_for_nn": lambda y, a: (y + 0.5) / a.scale,
}
_NEAREST: dict[str, Callable[[Array, Along], Array]] = {
    "round_prefer_floor": lambda x, a: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x, a: np.floor(x + 0.5),
    "floor": lambda x, a: np.floor(x),
    "ceil": lambda x, a: np.ceil(x),
    # opset 10 does not say; onnxruntime and the tests of then round up when making smaller
    "simple": lambda x, a: np.ceil(x) if a.scale < 1 else np.floor(x),
}


def _triangle(distance: Array) -> Array:
    return np.clip(1 - np.abs(distance), 0, 1)


def _cubic(a: float) -> Callable[[Array], Array]:
    def kernel(distance: Array) -> Array:
        x = np.abs(distance)
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return np.where(x <= 1, near, np.where(x < 2, far, 0))

    return kernel


@dataclass(frozen=True, slots=True)
class Method:
    """How values between cells are found."""

    mode: str = "nearest"
    transformation: str = "half_pixel"
    nearest: str = "round_prefer_floor"
    cubic_a: float = -0.75
    exclude_outside: bool = False
    antialias: bool = False
    extrapolation: float = 0.0

    def __post_init__(self) -> None:
        for value, known in (
            (self.mode, ("nearest", "linear", "cubic")),
            (self.transformation, tuple(_PLACES)),
            (self.nearest, tuple(_NEAREST)),
        ):
            if value not in known:
                raise OperatorError(f'"{value}" is not one of {", ".join(known)}')

    def taps(self, along: Along, places: Array) -> tuple[Array, Array]:
        """Which input cells (out,taps) count with which weights (out,taps)."""
        if self.mode == "nearest":
            index = _NEAREST[self.nearest](places, along)[:, None]
            return np.clip(index, 0, along.before - 1).astype(np.int64), np.ones_like(index)
        radius = 1 if self.mode == "linear" else 2
        shrink = min(along.scale, 1.0) if self.antialias else 1.0
        first = int(np.floor(-radius / shrink)) + 1
        offsets = np.arange(first, 2 - first)
        index = np.floor(places)[:, None] + offsets
        kernel = _triangle if self.mode == "linear" else _cubic(self.cubic_a)
        weights = kernel((index - places[:, None]) * shrink)
        if self.exclude_outside:
            weights = np.where((index < 0) | (index >= along.before), 0, weights)
        if self.exclude_outside or self.antialias:
            weights = weights / weights.sum(axis=1, keepdims=True)
        return np.clip(index, 0, along.before - 1).astype(np.int64), weights


def resized(x: Array, axes: Sequence[Along], method: Method) -> Slices[Array]:
    """Resize along each axis in turn; what lies along the others can be done piece by piece."""
    if x.size < LARGE or method.transformation == "tf_crop_and_resize":
        return _resized(x, axes, method)
    busy = {a.axis for a in axes if a.before != a.after or a.scale != 1}
    free = [axis for axis in range(x.ndim) if axis not in busy]
    cut = Cut(x.shape, free, [same(x.ndim)], same(x.ndim))
    quiet = [a for a in axes if a.axis in busy]
    growth = math.prod(a.after / max(1, a.before) for a in axes)
    how = {"axes": quiet, "method": method}
    return (yield from computed(_resized, (x,), how, cut, _pace, growth))


def _resized(x: Array, axes: Sequence[Along], method: Method) -> Array:
    crop = method.transformation == "tf_crop_and_resize"
    busy = [a for a in axes if crop or a.before != a.after or a.scale != 1]
    found = [taps_of(method, along) for along in busy]
    y = x if crop else _by_kernel(x, busy, found)
    if y is not x:
        return y
    exact = x if x.dtype.kind == "f" or method.mode == "nearest" else x.astype(np.float32)
    outside = np.zeros([1] * x.ndim, bool)
    for along, (index, weights, beyond) in zip(busy, found, strict=True):
        if beyond is not None:
            outside = outside | beyond.reshape(
                [-1 if i == along.axis else 1 for i in range(x.ndim)]
            )
        exact = _along(exact, along.axis, index, weights)
    if outside.any():
        exact = np.where(outside, exact.dtype.type(method.extrapolation), exact)
    return exact.astype(x.dtype, copy=False)


@lru_cache(maxsize=64)
def taps_of(method: Method, along: Along) -> tuple[Array, Array, Array | None]:
    """Which cells count with which weights, and which places lie beyond what is cropped."""
    # in float32, as everyone computes: halves decide between neighbours
    places = _PLACES[method.transformation](np.arange(along.after, dtype=np.float32), along)
    beyond = None
    if method.transformation == "tf_crop_and_resize":
        beyond = (places < 0) | (places > along.before - 1)
    index, weights = method.taps(along, places)
    used = np.flatnonzero(weights.any(axis=0))
    return index[:, used], weights[:, used], beyond


def _by_kernel(
    x: Array, axes: Sequence[Along], found: Sequence[tuple[Array, Array, Array | None]]
) -> Array:
    """Axis after axis by the kernel; x itself where it cannot."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size or not axes:
        return x
    shapes = [x.shape]
    for along in axes:
        last, axis = shapes[-1], along.axis
        shapes.append((*last[:axis], along.after, *last[axis + 1 :]))
    if 0 in shapes[-1] or any(not weights.size for _, weights, _ in found):
        return x
    sizes = [math.prod(shape) for shape in shapes[1:-1]]
    between = spare(kernel, sum(sizes))
    y = np.ascontiguousarray(x)
    for number, (along, (index, weights, _)) in enumerate(zip(axes, found, strict=True)):
        before, shape = y, shapes[number + 1]
        if number < len(sizes):
            start = sum(sizes[:number])
            y = between[start : start + sizes[number]].reshape(shape)
        else:
            y = np.empty(shape, np.float32)
        kernel.call(
            "taps", before, y, math.prod(shape[: along.axis]), along.before, along.after,
            math.prod(shape[along.axis + 1 :]), lasting(index.astype(np.int32, order="C")),
            lasting(weights.astype(np.float32, order="C")), index.shape[1],
        )  # fmt: skip
    return y


def _along(x: Array, axis: int, index: Array, weights: Array) -> Array:
    """Sum the cells of an axis (out,taps) with their weights."""
    shape = [-1 if i == axis else 1 for i in range(x.ndim)]
    if index.shape[1] == 1 and (weights == 1).all():
        return np.take(x, index[:, 0], axis=axis)
    total: Array | None = None
    for tap in range(index.shape[1]):
        part = np.take(x, index[:, tap], axis=axis)
        part *= weights[:, tap].astype(x.dtype).reshape(shape)
        total = part if total is None else np.add(total, part, out=total)
    if total is None:
        return np.zeros([len(index) if i == axis else n for i, n in enumerate(x.shape)], x.dtype)
    return total


def _by_scales(x: Array, axes: Sequence[int], scales: Sequence[float], roi: Array) -> list[Along]:
    if len(scales) != len(axes):
        raise OperatorError(f"{len(axes)} axes are resized, {len(scales)} scales came")
    if min(scales, default=1) <= 0:
        raise OperatorError(f"scales must be positive, {list(scales)} came")
    result = []
    for axis, scale, begin, end in zip(axes, scales, *roi.reshape(2, -1), strict=True):
        # float32, as everyone multiplies: 10 · 0.7 is 7 there
        after = int(np.floor(np.float32(x.shape[axis]) * np.float32(scale)))
        result.append(Along(axis, x.shape[axis], after, float(scale), float(begin), float(end)))
    return result


def _by_sizes(
    x: Array, axes: Sequence[int], sizes: Sequence[int], roi: Array, policy: str
) -> list[Along]:
    if len(sizes) != len(axes):
        raise OperatorError(f"{len(axes)} axes are resized, {len(sizes)} sizes came")
    scales = [size / max(x.shape[axis], 1) for size, axis in zip(sizes, axes, strict=True)]
    if policy != "stretch":
        if policy not in ("not_larger", "not_smaller"):
            raise OperatorError(f'"{policy}" is not one of stretch, not_larger, not_smaller')
        one = min(scales) if policy == "not_larger" else max(scales)
        scales = [one] * len(axes)
        sizes = [int(one * x.shape[axis] + 0.5) for axis in axes]
    return [
        Along(axis, x.shape[axis], int(size), scale, float(begin), float(end))
        for axis, size, scale, begin, end in zip(
            axes, sizes, scales, *roi.reshape(2, -1), strict=True
        )
    ]


@op("Resize", since=11)
@replayable("x")
@sliced
def resize(
    x: Array,
    roi: Array | None = None,
    scales: Array | None = None,
    sizes: Array | None = None,
    *,
    antialias: int = 0,
    axes: Sequence[int] | None = None,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> Slices[Array]:
    """Make a picture larger or smaller, by factors or to given sizes.

    Each output place is mapped back into the input (`coordinate_transformation_mode`), where its
    value is the nearest cell's or interpolated.
    https://onnx.ai/onnx/operators/onnx__Resize.html
    """
    method = Method(
        mode, coordinate_transformation_mode, nearest_mode, cubic_coeff_a, bool(exclude_outside),
        bool(antialias), extrapolation_value,
    )  # fmt: skip
    plan = planned(x, roi, scales, sizes, axes, keep_aspect_ratio_policy)
    return (yield from resized(x, plan, method))


def planned(
    x: Array,
    roi: Array | None,
    scales: Array | None,
    sizes: Array | None,
    axes: Sequence[int] | None = None,
    policy: str = "stretch",
) -> list[Along]:
    """How each axis is resized, as the inputs and attributes of Resize say."""
    which = [axis_of(int(a), x.ndim) for a in axes] if axes is not None else list(range(x.ndim))
    region = np.repeat([0.0, 1.0], len(which)) if roi is None or not roi.size else roi
    if region.size != 2 * len(which):
        raise OperatorError(f"roi needs {2 * len(which)} values, {region.size} came")
    if sizes is not None and sizes.size:
        return _by_sizes(x, which, sizes.tolist(), region, policy)
    if scales is not None and scales.size:
        return _by_scales(x, which, scales.tolist(), region)
    raise OperatorError("neither scales nor sizes are given")


@op("Resize", since=10)
@replayable("x")
@sliced
def resize_by_scales(x: Array, scales: Array, *, mode: str = "nearest") -> Slices[Array]:
    """Resize of opset 10: output place y is input place y / scale."""
    return (yield from resized(x, planned(x, None, scales, None), older_method(mode)))


def older_method(mode: str) -> Method:
    """How Resize of opset 10 and Upsample find values."""
    return Method("linear" if mode == "bilinear" else mode, "asymmetric", "simple")


@op("Upsample", since=9)
@replayable("x")
@sliced
def upsample(x: Array, scales: Array, *, mode: str = "nearest") -> Slices[Array]:
    """The older name of Resize, of opset 9."""
    return (yield from resize_by_scales.slices(x, scales, mode=mode))  # type: ignore[attr-defined]


@op("Upsample", since=7)
@replayable("x")
@sliced
def upsample_by_attribute(
    x: Array, *, scales: Sequence[float], mode: str = "nearest"
) -> Slices[Array]:
    """Upsample of opsets 7-8: the scales are an attribute."""
    wide = np.array(scales, np.float32)
    return (yield from resize_by_scales.slices(x, wide, mode=mode))  # type: ignore[attr-defined]
