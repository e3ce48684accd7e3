"""Pictures read at places that were computed: grids, affine maps, regions of interest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from tensorama.engine.ops.shape import numbers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
MODES = {
    "linear": "linear", "bilinear": "linear", "nearest": "nearest", "cubic": "cubic",
    "bicubic": "cubic",
}  # fmt: skip


@op("GridSample", since=16)
def grid_sample(
    x: Array,
    grid: Array,
    *,
    align_corners: int = 0,
    mode: str = "linear",
    padding_mode: str = "zeros",
) -> Array:
    """Read a picture at the places of a grid.

    x (N,C,*D), grid (N,*D',rank) with values -1…1 from edge to edge, the last axis first
    → (N,C,*D'). mode: linear, nearest, cubic; outside: zeros, border, reflection.
    """
    rank = x.ndim - 2
    if mode not in MODES or padding_mode not in ("zeros", "border", "reflection"):
        raise OperatorError(f'mode "{mode}" with padding "{padding_mode}" is not known')
    if rank < 1 or not math.prod(x.shape[1:]):
        raise OperatorError(f"X must be pictures (N,C,…), its shape is {x.shape}")
    if grid.ndim != x.ndim or grid.shape[-1] != rank or grid.shape[0] != x.shape[0]:
        raise OperatorError(f"the grid must be ({x.shape[0]},…,{rank})")
    kind = MODES[mode]
    places = []
    for at, size in zip(in_cells(grid, x.shape[2:], align_corners), x.shape[2:], strict=True):
        if kind != "cubic" and not (kind == "nearest" and padding_mode == "zeros"):
            at = inside(at, size, padding_mode, bool(align_corners))
        places.append(np.rint(at) if kind == "nearest" else at)
    if kind == "nearest":
        places = [
            inside(at, size, padding_mode, bool(align_corners))
            for at, size in zip(places, x.shape[2:], strict=True)
        ]
    return _read(x, places, kind, padding_mode, bool(align_corners))


def in_cells(grid: Array, sizes: Sequence[int], align_corners: int) -> list[Array]:
    """The places of a grid along each axis, counted in cells."""
    return [
        (at + 1) / 2 * (size - 1) if align_corners else ((at + 1) * size - 1) / 2
        for size, at in zip(sizes, np.moveaxis(grid, -1, 0)[::-1].astype(np.float64), strict=True)
    ]


def inside(at: Array, size: int, padding: str, align_corners: bool) -> Array:
    """Places along an axis, brought back into the picture as the padding says."""
    if padding == "border":
        return np.clip(at, 0, size - 1)
    if padding == "reflection":
        low, high = (0.0, size - 1.0) if align_corners else (-0.5, size - 0.5)
        span = high - low
        if not span:
            return np.zeros_like(at)
        steps, rest = np.divmod(at - low, span)
        return np.where(steps % 2 == 0, low + rest, high - rest)
    return at


def taps_of(at: Array, kind: str) -> tuple[list[Array], list[Array]]:
    """The cells around each place, along one axis, and their weights."""
    if kind == "nearest":
        return [at], [np.ones_like(at)]
    low = np.floor(at)
    t = at - low
    if kind == "linear":
        return [low, low + 1], [1 - t, t]
    a = -0.75
    weights = [
        ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a,
        ((a + 2) * t - (a + 3)) * t * t + 1,
        ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1,
        ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a,
    ]
    return [low - 1, low, low + 1, low + 2], weights


def _read(x: Array, places: Sequence[Array], kind: str, padding: str, align_corners: bool) -> Array:
    n, c = x.shape[:2]
    flat = x.reshape(n, c, -1)
    wide = np.float64 if x.dtype == np.float64 else np.float32
    total = np.zeros((n, c, *places[0].shape[1:]), wide)
    taps = [taps_of(at, kind) for at in places]
    for index, shares in corners(x.shape[2:], taps, kind, padding, align_corners):
        taken = np.take_along_axis(flat, index.reshape(n, 1, -1), axis=2).reshape(total.shape)
        total += taken * np.multiply.reduce(shares)[:, None].astype(wide)
    return total.astype(x.dtype)


def corners(
    sizes: Sequence[int],
    taps: Sequence[tuple[list[Array], list[Array]]],
    kind: str,
    padding: str,
    align_corners: bool,
) -> Iterator[tuple[Array, list[Array]]]:
    """The cells that are mixed at each place: their number in a picture of these sizes, and their
    share along each axis. taps: along each axis, the cells and what belongs to each."""
    for corner in itertools.product(*(list(zip(*tap, strict=True)) for tap in taps)):
        index, shares = np.zeros(np.shape(corner[0][0]), np.int64), []
        for (at, share), size in zip(corner, sizes, strict=True):
            if padding == "zeros":
                share = np.where((at >= 0) & (at < size), share, 0)
            elif kind == "cubic":
                at = np.rint(inside(at, size, padding, align_corners))
            index = index * size + np.clip(at, 0, size - 1).astype(np.int64)
            shares.append(share)
        yield index, shares


@op("AffineGrid", since=20)
def affine_grid(theta: Array, size: Array, *, align_corners: int = 0) -> Array:
    """The grid (for GridSample) that turns, scales and moves a picture.

    theta (N,rank,rank+1), size (N,C,*D) → (N,*D,rank)
    """
    spatial = numbers(size, "size")[2:]
    if theta.shape[1:] != (len(spatial), len(spatial) + 1):
        raise OperatorError(f"theta must be (N,{len(spatial)},{len(spatial) + 1})")
    axes = []
    for length in spatial:
        steps = np.arange(length, dtype=np.float64)
        if align_corners:
            axes.append(steps / max(length - 1, 1) * 2 - 1 if length > 1 else steps * 0 - 1)
        else:
            axes.append((2 * steps + 1) / length - 1)
    grid = np.meshgrid(*axes, indexing="ij")[::-1]  # the last axis first, as theta counts
    points = np.stack([*grid, np.ones(spatial)], axis=-1).reshape(-1, len(spatial) + 1)
    moved = np.einsum("pk,nrk->npr", points, theta.astype(np.float64))
    return moved.reshape(theta.shape[0], *spatial, len(spatial)).astype(theta.dtype)


@op("RoiAlign", since=16)
def roi_align(
    x: Array,
    rois: Array,
    batch_indices: Array,
    *,
    coordinate_transformation_mode: str = "half_pixel",
    mode: str = "avg",
    output_height: int = 1,
    output_width: int = 1,
    sampling_ratio: int = 0,
    spatial_scale: float = 1.0,
) -> Array:
    """Cut regions out of a picture, all brought to one size by reading between the cells.

    x (N,C,H,W), rois (R,4) as x1 y1 x2 y2 → (R,C,output_height,output_width)
    """
    if mode not in ("avg", "max"):
        raise OperatorError(f'mode "{mode}" is not one of avg, max')
    _complain_unless_regions(x, rois, 4, batch_indices)
    half = coordinate_transformation_mode == "half_pixel"
    result = np.zeros((len(rois), x.shape[1], output_height, output_width), x.dtype)
    for number, (box, picture) in enumerate(zip(rois, batch_indices, strict=True)):
        x1, y1, x2, y2 = (box.astype(np.float64) * spatial_scale - (0.5 if half else 0)).tolist()
        width, height = x2 - x1, y2 - y1
        if not half:  # the older meaning: no region is smaller than one cell
            width, height = max(width, 1.0), max(height, 1.0)
        rows, row_weights = spots(y1, height, output_height, sampling_ratio, x.shape[2])
        columns, column_weights = spots(x1, width, output_width, sampling_ratio, x.shape[3])
        # (C, 2 taps, places·samples in y, 2 taps, places·samples in x)
        near = x[int(picture)][:, rows][:, :, :, columns]
        parts = near * row_weights[:, :, None, None] * column_weights
        fold = parts.reshape(
            x.shape[1], 2, output_height, -1, 2, output_width, columns.shape[1] // output_width
        )
        if mode == "avg":
            result[number] = fold.sum(axis=(1, 4)).mean(axis=(2, 4))
        else:  # the largest of the weighted cells, as the standard's own code has it
            result[number] = fold.max(axis=(1, 3, 4, 6))
    return result


@op("RoiAlign", since=10)
def roi_align_from_corners(
    x: Array,
    rois: Array,
    batch_indices: Array,
    *,
    mode: str = "avg",
    output_height: int = 1,
    output_width: int = 1,
    sampling_ratio: int = 0,
    spatial_scale: float = 1.0,
) -> Array:
    """RoiAlign of opsets 10-15: cells are counted from their corners."""
    return roi_align(
        x, rois, batch_indices, coordinate_transformation_mode="output_half_pixel", mode=mode,
        output_height=output_height, output_width=output_width, sampling_ratio=sampling_ratio,
        spatial_scale=spatial_scale,
    )  # fmt: skip


def _complain_unless_regions(x: Array, rois: Array, each: int, pictures: Array) -> None:
    """x (N,C,H,W), rois (R,each), pictures (R): which one each region is of"""
    if x.ndim != 4 or not x.size:
        raise OperatorError(f"X must be pictures (N,C,H,W), its shape is {x.shape}")
    if rois.ndim != 2 or rois.shape[1] != each:
        raise OperatorError(f"rois must be (R,{each}), {rois.shape} came")
    if rois.size and pictures.shape != rois.shape[:1]:
        raise OperatorError(f"{len(rois)} regions came, and {pictures.size} numbers of pictures")
    if rois.size and not -len(x) <= pictures.min() <= pictures.max() < len(x):
        raise OperatorError(f"regions are of pictures up to {pictures.max()}, X has {len(x)}")


def spots(begin: float, length: float, places: int, ratio: int, size: int) -> tuple[Array, Array]:
    """Sampling spots along one axis: the two cells around each (2,S), their weights (2,S)."""
    each = ratio if ratio > 0 else max(math.ceil(length / places), 0)
    bins = length / places
    steps = (np.arange(each) + 0.5) / max(each, 1)
    at = (begin + bins * (np.arange(places)[:, None] + steps)).reshape(-1)
    outside = (at < -1) | (at > size)
    at = np.maximum(at, 0)
    low = np.minimum(np.floor(at), size - 1)
    high = np.minimum(low + 1, size - 1)
    share = np.where(low >= size - 1, 0, at - low)
    weights = np.where(outside, 0, np.stack([1 - share, share]))
    return np.stack([low, high]).astype(np.int64), weights


@op("MaxRoiPool", since=1)
def max_roi_pool(
    x: Array, rois: Array, *, pooled_shape: Sequence[int], spatial_scale: float = 1.0
) -> Array:
    """The largest values in the fields of regions: rois (R,5) as picture x1 y1 x2 y2."""
    _complain_unless_regions(x, rois, 5, rois[:, 0] if rois.ndim == 2 and rois.size else rois)
    high, wide = pooled_shape
    result = np.zeros((len(rois), x.shape[1], high, wide), x.dtype)
    for number, box in enumerate(rois):
        x1, y1, x2, y2 = (_nearest(float(v) * spatial_scale) for v in box[1:])
        rows = _fields(y1, max(y2 - y1 + 1, 1), high, x.shape[2])
        columns = _fields(x1, max(x2 - x1 + 1, 1), wide, x.shape[3])
        for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
            field = x[int(box[0]), :, row, column]
            if field.size:
                result[number, :, i, j] = field.max(axis=(1, 2))
    return result


def _nearest(value: float) -> int:
    """The nearest integer, halves away from 0."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def _fields(begin: int, length: int, count: int, size: int) -> list[slice]:
    step = length / count
    return [
        slice(
            min(max(begin + math.floor(i * step), 0), size),
            min(max(begin + math.ceil((i + 1) * step), 0), size),
        )
        for i in range(count)
    ]


@op("CropAndResize", since=1, domain="com.microsoft")
def crop_and_resize(
    x: Array,
    rois: Array,
    batch_indices: Array,
    crop_size: Array,
    *,
    extrapolation_value: float = 0.0,
    mode: str = "bilinear",
) -> Array:
    """Cut boxes out of pictures and bring them to one size, corner upon corner.

    x (N,C,H,W), rois (R,4) as y1, x1, y2, x2 from 0 to 1, batch_indices (R) which picture
    → (R,C,*crop_size). What lies outside of a picture gets extrapolation_value.
    """
    if mode not in ("bilinear", "nearest"):
        raise OperatorError(f'mode is "{mode}"; it can be bilinear or nearest')
    _complain_unless_regions(x, rois, 4, batch_indices)
    if crop_size.size != 2:
        raise OperatorError(f"crop_size must be two numbers, {crop_size.size} came")
    sizes = [int(size) for size in crop_size.reshape(-1)]
    if min(sizes) < 1:
        raise OperatorError(f"crop_size must be positive, {sizes} came")
    boxes = rois.astype(np.float32) if rois.dtype == np.float16 else rois
    places, inside = [], []
    for axis, (size, cells) in enumerate(zip(sizes, x.shape[2:], strict=True)):
        first, last = boxes[:, axis, None], boxes[:, axis + 2, None]
        if size > 1:
            step = (last - first) * (cells - 1) / (size - 1)
            at = first * (cells - 1) + np.arange(size, dtype=boxes.dtype) * step  # (R,size)
        else:
            at = (first + last) * (cells - 1) / 2
        places.append(np.floor(at + boxes.dtype.type(0.5)) if mode == "nearest" else at)
        inside.append((at >= 0) & (at <= cells - 1))
    seen = inside[0][:, :, None] & inside[1][:, None, :]
    grid = [np.broadcast_to(at, seen.shape) for at in (places[0][:, :, None], places[1][:, None])]
    kind = "nearest" if mode == "nearest" else "linear"
    y = _read(x[batch_indices], grid, kind, "border", align_corners=True)
    return np.where(seen[:, None], y, x.dtype.type(extrapolation_value)).astype(x.dtype)
