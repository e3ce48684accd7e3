"""Kernels that slide over pictures: a convolution's gradient is a convolution read backwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, conv_slices, matmul_slices, padded, sliced
from tensorama.engine.ops.convolution import conv_transpose, transposed_border
from tensorama.engine.ops.window import Window, cells, per_axis, window
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray
_COLUMNS = 1 << 23  # bytes of a picture's windows that are laid out at once
_TURNED = 1 << 20  # bytes of kernels that are turned around at once


@differentiates("Conv")
@sliced
def conv(at: Backward) -> Slices[Gradients]:
    """By the picture each cell's kernel painted back, by the kernel what it met, by the bias dy."""
    return (yield from through_conv(at, at.dy))


def through_conv(at: Backward, dy: Array) -> Slices[list[Array | None]]:
    """The gradients of x, w and b of a convolution with the attributes of Conv."""
    x, w, group, given = at.inputs[0], at.inputs[1], at.attributes["group"], at.attributes
    place = window(
        x.shape[2:], w.shape[2:], given["strides"], given["dilations"], given["pads"],
        given["auto_pad"],
    )  # fmt: skip
    by_x = (yield from painted_back(dy, w, place, group, x.shape[2:])) if at.wants(0) else None
    by_w = (yield from met(x, dy, place, group, w.shape)) if at.wants(1) else None
    return [by_x, by_w, per_channel(at, 2, dy)]


def per_channel(at: Backward, position: int, dy: Array) -> Array | None:
    """The gradient of a bias of one number for each channel, if it is wanted."""
    if not at.wants(position):
        return None
    total: Array = dy.sum(axis=(0, *range(2, dy.ndim)))
    return total.reshape(at.inputs[position].shape)


def painted_back(
    dy: Array, w: Array, place: Window, group: int, spatial: Sequence[int]
) -> Slices[Array]:
    """The gradient of the picture: dy (N,M,*D'), w (M,C/group,*K) → (N,C,*spatial)"""
    if _is_slid(place, group):
        # without steps it is a convolution with the kernels turned around
        turned = yield from _turned(w)
        border = [
            ((k - 1) * d - before, size - places + before)
            for k, d, (before, _), size, places in zip(
                place.kernel, place.dilations, place.pads, spatial, place.sizes, strict=True
            )
        ]
        return (yield from conv_slices(
            np.ascontiguousarray(dy), turned, place.strides, place.dilations, 1, border,
        ))  # fmt: skip
    lacking = [
        size + before + after - ((places - 1) * step + (k - 1) * gap + 1)
        for size, (before, after), places, step, k, gap in zip(
            spatial, place.pads, place.sizes, place.strides, place.kernel, place.dilations,
            strict=True,
        )
    ]  # fmt: skip
    transpose: Any = conv_transpose
    return (yield from transpose.slices(
        dy, w, dilations=place.dilations, group=group, output_padding=lacking,
        pads=[before for before, _ in place.pads] + [after for _, after in place.pads],
        strides=place.strides,
    ))  # fmt: skip


def _turned(w: Array) -> Slices[Array]:
    """Kernels (M,C,*K) turned around, for the way from outputs to inputs → (C,M,*K)"""
    turned = np.empty((w.shape[1], w.shape[0], *w.shape[2:]), w.dtype)
    around = np.flip(w, tuple(range(2, w.ndim))).swapaxes(0, 1)
    some = max(1, _TURNED * len(turned) // max(1, w.nbytes))
    for first in range(0, len(turned), some):
        turned[first : first + some] = around[first : first + some]
        yield
    return turned


def _is_slid(place: Window, group: int) -> bool:
    return group == 1 and math.prod(place.strides) == 1 and math.prod(place.kernel) > 1


def met(x: Array, dy: Array, place: Window, group: int, shape: Sequence[int]) -> Slices[Array]:
    """The gradient of the kernels: what each of their cells met, times dy, added up.

    x (N,C,*D), dy (N,M,*D') → (M,C/group,*K)
    """
    each, depth, count = shape[0] // group, shape[1], math.prod(place.sizes)
    bordered = padded(x, place.pads)
    total = np.zeros((group, each, depth * math.prod(place.kernel)), dy.dtype)
    some = max(1, _COLUMNS // max(1, dy.itemsize * math.prod(place.kernel) * count))
    for picture in range(len(x)):
        changes = dy[picture].reshape(group, each, count)
        if depth == each == 1:  # every channel by itself, all at a time
            total[:, 0] += _alone(bordered[picture : picture + 1], changes[:, 0], place)
            yield
            continue
        for g in range(group):
            for first in range(0, depth, some):
                chosen = slice(g * depth + first, g * depth + min(first + some, depth))
                columns = _columns(bordered[picture : picture + 1, chosen], place)
                part = yield from matmul_slices(changes[g], columns.T)
                start = first * math.prod(place.kernel)
                total[g, :, start : start + part.shape[1]] += part
                yield
    return total.reshape(tuple(shape))


def _columns(x: Array, place: Window) -> Array:
    """Every window's cells as a column: x (1,C,*D) with its border → (C·K, D')"""
    count = math.prod(place.sizes)
    columns = np.empty((x.shape[1], math.prod(place.kernel), *place.sizes), x.dtype)
    for number, (_, values) in enumerate(cells(x, place)):
        columns[:, number] = values[0]
    return columns.reshape(-1, count)


def _alone(x: Array, changes: Array, place: Window) -> Array:
    """For kernels of one channel each: x (1,C,*D), changes (C, D') → (C, K)"""
    found = np.empty((len(changes), math.prod(place.kernel)), changes.dtype)
    shaped = changes.reshape(len(changes), *place.sizes)
    for number, (_, values) in enumerate(cells(x, place)):
        found[:, number] = (values[0] * shaped).sum(axis=tuple(range(1, shaped.ndim)))
    return found


@differentiates("ConvTranspose")
@sliced
def transposed(at: Backward) -> Slices[Gradients]:
    """By the picture a convolution of dy, by the kernel what it painted onto."""
    x, w, given = at.inputs[0], at.inputs[1], at.attributes
    place = _painted_at(at)
    canvas = padded(at.dy, place.pads)
    group = given["group"]
    by_x = by_w = None
    if at.wants(0):
        by_x = yield from conv_slices(canvas, w, place.strides, place.dilations, group)
        by_x = by_x[(slice(None), slice(None), *map(slice, x.shape[2:]))]
    if at.wants(1):
        # what slides here is dy, and the picture says how much of each place counts
        bare = Window(
            place.kernel, place.strides, place.dilations, ((0, 0),) * (x.ndim - 2), place.sizes
        )
        by_w = yield from met(canvas, x, bare, group, w.shape)
    return by_x, by_w, per_channel(at, 2, at.dy)


def _painted_at(at: Backward) -> Window:
    """Where the kernel stood on the canvas, and how much of that was cut off on each side."""
    x, w, given = at.inputs[0], at.inputs[1], at.attributes
    rank = x.ndim - 2
    steps = per_axis("strides", given["strides"], rank)
    gaps = per_axis("dilations", given["dilations"], rank)
    extra = tuple(given["output_padding"] or [0] * rank)
    full = [
        s * (d - 1) + (k - 1) * g + 1
        for s, d, k, g in zip(steps, x.shape[2:], w.shape[2:], gaps, strict=True)
    ]
    cut = transposed_border(
        x.shape[2:], full, steps, extra, given["pads"], given["auto_pad"], given["output_shape"]
    )
    return Window(tuple(w.shape[2:]), steps, gaps, tuple(cut), tuple(x.shape[2:]))


@differentiates("Col2Im")
def columns_to_image(at: Backward) -> Gradients:
    """Each column gets what its block covers."""
    x, given = at.inputs[0], at.attributes
    image, block = (tuple(values.reshape(-1).tolist()) for values in at.inputs[1:3])
    place = window(image, block, given["strides"], given["dilations"], given["pads"], "NOTSET")
    bordered = padded(at.dy, place.pads)
    found = np.empty((*at.dy.shape[:2], math.prod(block), *place.sizes), at.dy.dtype)
    for number, (_, values) in enumerate(cells(bordered, place)):
        found[:, :, number] = values
    return (found.reshape(x.shape),)
