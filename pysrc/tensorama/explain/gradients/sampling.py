"""Pictures read between their cells: each cell gets its share, and the place where one read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, matmul_slices, sliced
from tensorama.engine.ops.convolution import between_cells, moved_taps
from tensorama.engine.ops.sampling import MODES, corners, in_cells, inside, spots, taps_of
from tensorama.engine.ops.window import window
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.convolutions import per_channel
from tensorama.explain.gradients.rule import UNKNOWN, Gradients, differentiates

Array = np.ndarray


@differentiates("GridSample")
def grid_sample(at: Backward) -> Gradients:
    """By the picture the shares of its cells, by the grid how these change with the place."""
    given, sizes = at.attributes, at.x.shape[2:]
    kind, padding = MODES[given["mode"]], given["padding_mode"]
    aligned = bool(given["align_corners"])
    grid = at.inputs[1]
    places, slopes = [], []
    for place, size in zip(in_cells(grid, sizes, aligned), sizes, strict=True):
        slope = np.full(place.shape, ((size - 1) if aligned else size) / 2)
        if kind == "linear":
            place, slope = _brought_in(place, slope, size, padding, aligned)
        elif kind == "nearest":
            place = np.rint(place if padding == "zeros" else inside(place, size, padding, aligned))
            place = inside(place, size, padding, aligned)
        places.append(place)
        slopes.append(slope)
    by_x, by_places = _between(at.x, places, at.dy, kind, padding, aligned)
    by_grid = np.stack([by * slope for by, slope in zip(by_places, slopes, strict=True)][::-1], -1)
    return by_x, by_grid.astype(at.dy.dtype)


@differentiates("GridSample", domain="com.microsoft")
def grid_sample_microsoft(at: Backward) -> Gradients:
    """As that of the standard."""
    return grid_sample(at)


def _brought_in(
    place: Array, slope: Array, size: int, padding: str, aligned: bool
) -> tuple[Array, Array]:
    """Places brought back into a picture, and how they move there."""
    moved = inside(place, size, padding, aligned)
    if padding == "border":
        return moved, np.where((place > 0) & (place < size - 1), slope, 0)
    if padding == "reflection":
        low, span = (0.0, size - 1.0) if aligned else (-0.5, float(size))
        turned = np.floor((place - low) / span) % 2 if span else np.zeros_like(place)
        return moved, np.where(turned == 0, slope, -slope) if span else np.zeros_like(slope)
    return moved, slope


def _between(
    x: Array, places: Sequence[Array], dy: Array, kind: str, padding: str, aligned: bool
) -> tuple[Array, list[Array]]:
    """By pictures x (N,C,*D), and by the places (N,*S) along each axis where they were read; dy
    (N,C,*S)"""
    n, c = x.shape[:2]
    flat, by_flat = x.reshape(n, c, -1), np.zeros((n, c, math.prod(x.shape[2:])), dy.dtype)
    by_places = [np.zeros(place.shape) for place in places]
    taps = [taps_of(place, kind) for place in places]
    moves = [(cells, _slopes(place, kind)) for place, (cells, _) in zip(places, taps, strict=True)]
    mixed = corners(x.shape[2:], taps, kind, padding, aligned)
    moved = corners(x.shape[2:], moves, kind, padding, aligned)
    pictures, channels = np.arange(n)[:, None, None], np.arange(c)[:, None]
    for (index, shares), (_, slopes) in zip(mixed, moved, strict=True):
        cells = index.reshape(n, 1, -1)
        weighed: Any = dy * np.multiply.reduce(shares)[:, None].astype(dy.dtype)
        np.add.at(by_flat, (pictures, channels, cells), weighed.reshape(n, c, -1))
        met = (np.take_along_axis(flat, cells, axis=2).reshape(dy.shape) * dy).sum(axis=1)
        for axis, by_place in enumerate(by_places):
            by_place += met * np.multiply.reduce(
                [*shares[:axis], slopes[axis], *shares[axis + 1 :]]
            )
    return by_flat.reshape(x.shape), by_places


def _slopes(place: Array, kind: str) -> list[Array]:
    """How the shares of the cells around each place change with it, along one axis."""
    if kind == "nearest":
        return [np.zeros_like(place)]
    t, one = place - np.floor(place), np.ones_like(place)
    if kind == "linear":
        return [-one, one]
    a = -0.75

    def far(s: Array) -> Array:
        return (3 * a * s - 10 * a) * s + 8 * a

    def near(s: Array) -> Array:
        return (3 * (a + 2) * s - 2 * (a + 3)) * s

    return [far(t + 1), near(t), -near(1 - t), -far(2 - t)]


@differentiates("RoiAlign")
def roi_align(at: Backward) -> Gradients:
    """To the cells that were mixed, or the largest of these; not to where the regions lie."""
    given, x, dy = at.attributes, at.x, at.dy
    half = given.get("coordinate_transformation_mode", "output_half_pixel") == "half_pixel"
    high, wide = dy.shape[2:]
    found = np.zeros_like(x)
    for number, (box, picture) in enumerate(zip(*at.inputs[1:3], strict=True)):
        scale = given["spatial_scale"]
        x1, y1, x2, y2 = (box.astype(np.float64) * scale - (0.5 if half else 0)).tolist()
        width, height = x2 - x1, y2 - y1
        if not half:
            width, height = max(width, 1.0), max(height, 1.0)
        ratio = given["sampling_ratio"]
        rows, row_weights = spots(y1, height, high, ratio, x.shape[2])
        columns, column_weights = spots(x1, width, wide, ratio, x.shape[3])
        weights = row_weights[:, :, None, None] * column_weights
        shape = (x.shape[1], 2, high, rows.shape[1] // high, 2, wide, columns.shape[1] // wide)
        if not math.prod(shape):
            continue
        change = dy[number][:, None, :, None, None, :, None]
        if given["mode"] == "avg":
            taken: Any = np.broadcast_to(change / (shape[3] * shape[6]), shape)
        else:
            parts = (x[int(picture)][:, rows][:, :, :, columns] * weights).reshape(shape)
            best = parts == parts.max(axis=(1, 3, 4, 6), keepdims=True)
            taken = change * best / best.sum(axis=(1, 3, 4, 6), keepdims=True)
        shares = taken.reshape(x.shape[1], *rows.shape, *columns.shape) * weights
        where = (np.arange(x.shape[1])[:, None, None, None, None], rows[:, :, None, None], columns)
        np.add.at(found[int(picture)], where, shares)
    return found, UNKNOWN, None


@differentiates("DeformConv")
@sliced
def deformable_conv(at: Backward) -> Slices[Gradients]:
    """As a convolution of what was read between the cells, and on to where that was."""
    x, w, offset, mask, given = at.x, at.inputs[1], at.inputs[2], at.input(4), at.attributes
    n, taps, group, parts = len(x), math.prod(w.shape[2:]), given["group"], given["offset_group"]
    place = window(
        x.shape[2:], w.shape[2:], given["strides"], given["dilations"], given["pads"], "NOTSET"
    )
    positions = moved_taps(offset, place, parts)
    pictures = x.reshape(n, parts, x.shape[1] // parts, *x.shape[2:])
    seen = between_cells(pictures, positions)  # (N,og,C/og,taps,*D')
    yield
    shown = 1 if mask is None else mask.reshape(n, parts, 1, taps, *place.sizes)
    dy = at.dy.reshape(n, group, w.shape[0] // group, -1)
    rows = w.reshape(group, w.shape[0] // group, -1)
    by_w = None
    if at.wants(1):
        columns = (seen * shown).astype(dy.dtype).reshape(n, group, rows.shape[2], -1)
        by_w = (yield from matmul_slices(dy, columns.swapaxes(2, 3))).sum(axis=0).reshape(w.shape)
    back = yield from matmul_slices(rows.swapaxes(1, 2)[None], dy)
    by_shown = back.reshape(seen.shape)
    by_mask = None
    if mask is not None and at.wants(4):
        by_mask = (by_shown * seen).sum(axis=2).reshape(mask.shape)
    yield
    by_x, by_positions = _between(
        pictures.reshape(n * parts, -1, *x.shape[2:]),
        [position.reshape(n * parts, taps, *place.sizes) for position in positions],
        (by_shown * shown).reshape(n * parts, -1, taps, *place.sizes), "linear", "zeros", False,
    )  # fmt: skip
    by_offset = np.stack(
        [by.reshape(n, parts, taps, *place.sizes) for by in by_positions], axis=3
    ).reshape(offset.shape)
    bias = per_channel(at, 3, at.dy)
    return by_x.reshape(x.shape), by_w, by_offset.astype(dy.dtype), bias, by_mask
