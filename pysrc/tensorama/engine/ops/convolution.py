"""Kernels that slide over pictures, and their reverse. All work in any number of dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from time import perf_counter
from typing import NamedTuple

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract import simd
from tensorama.engine.contract.pieces import PIECE
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import Kernel, active, spare
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.shape import numbers
from tensorama.engine.ops.window import Window, padded, per_axis, window
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
FLOAT = 4  # bytes
SHORT = 1 << 20  # products that are not worth a pause
_painting = Pace(1e8)  # cells per second


@op("Conv", since=1)
@replayable("x", "w", "b")
@contract.sliced
def conv(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> contract.Slices[Array]:
    """Slide learned kernels over a picture; each place gives one number per kernel.

    x (N,C,*D), w (M,C/group,*K), b (M) → (N,M,*D')
    y[n,m,i] = b[m] + Σ_c Σ_k w[m,c,k]·x[n, c, i·stride + k·dilation − pad]
    """
    _complain_unless_fitting(x, w, group, kernel_shape)
    b = _one_per_kernel("B", b, w.shape[0])
    place = window(x.shape[2:], w.shape[2:], strides, dilations, pads, auto_pad)
    slices = contract.conv_slices(x, w, place.strides, place.dilations, group, place.pads, b)
    return (yield from slices)


def _complain_unless_fitting(
    x: Array, w: Array, group: int, kernel_shape: Sequence[int] | None
) -> None:
    if x.ndim < 3 or x.ndim != w.ndim:
        raise OperatorError(f"X of rank {x.ndim} and W of rank {w.ndim} do not belong together")
    if kernel_shape and tuple(kernel_shape) != w.shape[2:]:
        raise OperatorError(f"kernel_shape is {list(kernel_shape)}, W has {list(w.shape[2:])}")
    if x.shape[1] != w.shape[1] * group:
        each = f" in each of {group} groups" if group > 1 else ""
        raise OperatorError(f"W expects {w.shape[1]} channels{each}, X has {x.shape[1]}")
    if w.shape[0] % group:
        raise OperatorError(f"{w.shape[0]} kernels cannot be dealt to {group} groups")


def _one_per_kernel(name: str, values: Array | None, kernels: int) -> Array | None:
    if values is None or values.shape == (kernels,):
        return values
    if values.size != kernels:
        raise OperatorError(f"{name} has {values.size} values, there are {kernels} kernels")
    return values.reshape(-1)


@op("ConvInteger", since=10)
@replayable("x", "w", "x_zero_point", "w_zero_point")
@contract.sliced
def conv_integer(
    x: Array,
    w: Array,
    x_zero_point: Array | None = None,
    w_zero_point: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> contract.Slices[Array]:
    """Conv of 8-bit integers into int32, after taking off the zero points.

    x_zero_point is one, w_zero_point one or one per kernel (M).
    """
    _complain_unless_fitting(x, w, group, kernel_shape)
    if x_zero_point is not None and x_zero_point.size != 1:
        raise OperatorError(f"there is one zero point for X, {x_zero_point.size} came")
    if w_zero_point is not None and w_zero_point.size != 1:
        w_zero_point = _one_per_kernel("the zero point of W", w_zero_point, w.shape[0])
    place = window(x.shape[2:], w.shape[2:], strides, dilations, pads, auto_pad)
    return (yield from contract.conv_integer_slices(x, w, x_zero_point, w_zero_point, place, group))


@op("ConvTranspose", since=1)
@replayable("x", "w", "b")
@contract.sliced
def conv_transpose(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    output_padding: Sequence[int] | None = None,
    output_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> contract.Slices[Array]:
    """Conv read backwards: each cell paints its kernel into a bigger picture, overlaps add up.

    x (N,C,*D), w (C,M/group,*K), b (M) → (N,M,*D')
    D' = stride·(D−1) + output_padding + (K−1)·dilation + 1 − pads
    """
    rank = x.ndim - 2
    if x.ndim < 3 or x.ndim != w.ndim:
        raise OperatorError(f"X of rank {x.ndim} and W of rank {w.ndim} do not belong together")
    if x.shape[1] != w.shape[0]:
        raise OperatorError(f"W expects {w.shape[0]} channels, X has {x.shape[1]}")
    if x.shape[1] % group:
        raise OperatorError(f"{x.shape[1]} channels cannot be dealt to {group} groups")
    b = _one_per_kernel("B", b, w.shape[1] * group)
    steps, gaps = per_axis("strides", strides, rank), per_axis("dilations", dilations, rank)
    extra, kernel = tuple(output_padding or [0] * rank), w.shape[2:]
    if len(extra) != rank or min(extra) < 0:
        raise OperatorError(f"output_padding must be {rank} numbers from 0 on, {list(extra)} came")
    if min(kernel) < 1:
        raise OperatorError(f"a kernel of {' × '.join(map(str, kernel))} cells sees nothing")
    full = [
        s * (d - 1) + (k - 1) * g + 1
        for s, d, k, g in zip(steps, x.shape[2:], kernel, gaps, strict=True)
    ]
    border = transposed_border(x.shape[2:], full, steps, extra, pads, auto_pad, output_shape)
    # output_padding adds at the end, then the pads are taken off (negative ones add)
    canvas_size = [f + max(0, e) for f, e in zip(full, extra, strict=True)]
    for size, cut in zip(canvas_size, border, strict=True):
        if size < sum(cut):
            raise OperatorError(f"the pads leave {size - sum(cut)} cells along an axis")
    quick, floats = active(), all(a is None or a.dtype == np.float32 for a in (x, w, b))
    if quick is not None and floats and rank < 3 and x.size and w.size:
        sizes = tuple(size - sum(cut) for size, cut in zip(canvas_size, border, strict=True))
        befores = tuple(before for before, _ in border)
        return (yield from _painted(quick, x, w, b, group, _Canvas(steps, gaps, befores, sizes)))
    off = [(-before, -after) for before, after in border]
    canvas = np.zeros((len(x), group * w.shape[1], *canvas_size), dtype=x.dtype)
    yield from _paint(x, w, canvas, group, steps, gaps)
    y = padded(canvas, off)
    if b is not None:
        y += b.reshape(-1, *[1] * rank)
    return y


def _paint(
    x: Array, w: Array, canvas: Array, group: int, steps: Sequence[int], gaps: Sequence[int]
) -> contract.Slices[None]:
    """Let every cell of x add its kernel to a canvas of zeros, for some kernels at a time."""
    kernel, depth, each = w.shape[2:], x.shape[1] // group, w.shape[1]
    # every kernel cell is one matrix product from input channels to output channels …
    painted_bytes = x[:1, :1].nbytes * math.prod(kernel)
    some = max(1, min(each, PIECE // max(1, painted_bytes)))
    for picture, g, first in product(range(len(x)), range(group), range(0, each, some)):
        channels = slice(g * depth, (g + 1) * depth)
        cells = x[picture, channels].reshape(depth, -1)
        weights = w[channels, first : first + some].reshape(depth, -1).T
        painted = yield from contract.matmul_slices(weights, cells)
        painted = painted.reshape(-1, *kernel, *x.shape[2:])
        # … whose results are added up where they belong
        start = g * each + first
        part = canvas[picture, start : start + len(painted)]
        for cell in np.ndindex(*kernel):
            where = tuple(
                slice(k * gap, k * gap + s * (d - 1) + 1, s)
                for k, gap, s, d in zip(cell, gaps, steps, x.shape[2:], strict=True)
            )
            part[(slice(None), *where)] += painted[(slice(None), *cell)]
        if painted.nbytes > PIECE // 4:
            yield


class _Canvas(NamedTuple):
    """Steps and gaps of a kernel, what is cut off before, and what is left, along each axis."""

    steps: tuple[int, ...]
    gaps: tuple[int, ...]
    befores: tuple[int, ...]
    sizes: tuple[int, ...]


def _painted(
    kernel: Kernel, x: Array, w: Array, b: Array | None, group: int, canvas: _Canvas
) -> contract.Slices[Array]:
    """The same by the kernel, straight into the result, for one or two axes."""
    steps, gaps, befores, sizes = canvas
    if x.ndim == 3:
        canvas = _Canvas((1, *steps), (1, *gaps), (0, *befores), (1, *sizes))
        y = yield from _painted(kernel, x[:, :, None], w[:, :, None], b, group, canvas)
        return y[:, :, 0]
    x, depth, each = np.ascontiguousarray(x), x.shape[1] // group, w.shape[1]
    cells, area = math.prod(w.shape[2:]), math.prod(x.shape[2:])
    y = np.empty((len(x), group * each, *sizes), np.float32)
    if not y.size:
        return y
    some = max(1, min(each, PIECE // (FLOAT * cells * area)))
    for picture, g, first in product(range(len(x)), range(group), range(0, each, some)):
        channels, count = slice(g * depth, (g + 1) * depth), min(some, each - first)
        weights = w[channels, first : first + count].reshape(depth, -1).T
        shape = count * cells, area
        seen, started = x[picture, channels].reshape(depth, area), perf_counter()
        if shape[0] * area * depth < SHORT:  # without a pause
            painted = spare(kernel, shape[0] * area).reshape(shape)
            contract.whole(simd.product_into(kernel, weights, seen, painted))
        else:
            painted = np.empty(shape, np.float32)
            yield from simd.product_into(kernel, weights, seen, painted)
        start = g * each + first
        kernel.call(
            "paint", painted, count, *w.shape[2:], *x.shape[2:], *steps, *gaps, *befores,
            y[picture, start : start + count], *sizes, 0 if b is None else b[start:],
        )  # fmt: skip
        if _painting.learn(painted.size, perf_counter() - started):
            yield
    return y


def transposed_border(
    spatial: Sequence[int],
    full: Sequence[int],
    steps: Sequence[int],
    extra: Sequence[int],
    pads: Sequence[int] | None,
    auto_pad: str,
    output_shape: Sequence[int] | None,
) -> list[tuple[int, int]]:
    """How much of the full canvas (with output_padding) is cut off before and after."""
    rank = len(spatial)
    if output_shape:
        wanted = list(output_shape)[-rank:]
    elif auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [d * s for d, s in zip(spatial, steps, strict=True)]
    elif pads and auto_pad != "VALID":
        return list(zip(pads[:rank], pads[rank:], strict=True))
    else:
        return [(0, 0)] * rank
    border = []
    for size, more, target in zip(full, extra, wanted, strict=True):
        total = size + more - target
        if total < 0:  # onnxruntime and the reference add what is missing at the end
            border.append((0, total))
        elif auto_pad == "SAME_UPPER":
            border.append((total // 2, total - total // 2))
        else:
            border.append((total - total // 2, total // 2))
    return border


@op("Col2Im", since=18)
def columns_to_image(
    x: Array,
    image_shape: Array,
    block_shape: Array,
    *,
    dilations: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Put columns back as the blocks of a picture that they were; overlaps add up.

    x (N, C·prod(block), L) → (N,C,*image)
    """
    image = tuple(numbers(image_shape, "image_shape"))
    block = tuple(numbers(block_shape, "block_shape"))
    if len(image) != len(block) or min(block, default=0) < 1:
        raise OperatorError(f"blocks of {list(block)} do not fit an image of {list(image)}")
    if x.ndim != 3 or x.shape[1] % math.prod(block):
        raise OperatorError(f"x must be (N, C·{math.prod(block)}, L), its shape is {x.shape}")
    place = window(image, block, strides, dilations, pads, "NOTSET")
    n, c = x.shape[0], x.shape[1] // math.prod(block)
    if x.shape[2] != math.prod(place.sizes):
        raise OperatorError(f"{math.prod(place.sizes)} blocks fit, {x.shape[2]} columns came")
    columns = x.reshape(n, c, *block, *place.sizes)
    sizes = [s + a + b for s, (a, b) in zip(image, place.pads, strict=True)]
    canvas = np.zeros((n, c, *sizes), dtype=x.dtype)
    for cell in np.ndindex(*block):
        where = tuple(
            slice(k * g, k * g + s * (d - 1) + 1, s)
            for k, g, s, d in zip(cell, place.dilations, place.strides, place.sizes, strict=True)
        )
        canvas[(slice(None), slice(None), *where)] += columns[(slice(None), slice(None), *cell)]
    inside = (slice(a, a + s) for s, (a, _) in zip(image, place.pads, strict=True))
    return canvas[(slice(None), slice(None), *inside)]


@op("DeformConv", since=19)
def deformable_conv(
    x: Array,
    w: Array,
    offset: Array,
    b: Array | None = None,
    mask: Array | None = None,
    *,
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    offset_group: int = 1,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Conv whose kernel cells may stand anywhere: each is moved by a learned offset.

    x (N,C,*D), w (M,C/group,*K), offset (N, og·prod(K)·rank, *D'), mask (N, og·prod(K), *D')
    → (N,M,*D'). Between cells values are interpolated linearly, outside they are 0.
    """
    _complain_unless_fitting(x, w, group, kernel_shape)
    kernel = w.shape[2:]
    rank, taps = len(kernel), math.prod(kernel)
    place = window(x.shape[2:], kernel, strides, dilations, pads, "NOTSET")
    n, c = x.shape[:2]
    pictures = x.reshape(n, offset_group, c // offset_group, *x.shape[2:])
    seen = between_cells(pictures, moved_taps(offset, place, offset_group))  # (N,og,C/og,taps,*D')
    if mask is not None:
        seen = seen * mask.reshape(n, offset_group, 1, taps, *place.sizes)
    columns = seen.reshape(n, group, c // group * taps, -1)
    rows = w.reshape(group, w.shape[0] // group, -1)
    y = contract.matmul(rows[None], columns.astype(x.dtype)).reshape(n, -1, *place.sizes)
    return y if b is None else y + b.reshape(-1, *[1] * rank)


def moved_taps(offset: Array, place: Window, groups: int) -> list[Array]:
    """Where the cells of a kernel stand when offsets have moved them, (N,og,taps,*D') along each
    axis."""
    rank, taps = len(place.kernel), math.prod(place.kernel)
    moved = offset.reshape(len(offset), groups, taps, rank, *place.sizes)
    cells = np.stack(np.meshgrid(*map(np.arange, place.kernel), indexing="ij"), -1)
    spots = np.stack(np.meshgrid(*map(np.arange, place.sizes), indexing="ij"))  # (rank,*D')
    positions = []
    for axis in range(rank):
        start = spots[axis] * place.strides[axis] - place.pads[axis][0]
        tap = cells[..., axis].reshape(taps, *[1] * rank) * place.dilations[axis]
        positions.append(start + tap + moved[:, :, :, axis])
    return positions


def between_cells(pictures: Array, positions: Sequence[Array]) -> Array:
    """Read pictures (N,G,C,*D) at positions, one (N,G,T,*D') per axis → (N,G,C,T,*D')."""
    n, g, c = pictures.shape[:3]
    shape = positions[0].shape[2:]
    lows = [np.floor(p).astype(np.int64) for p in positions]
    result = np.zeros((n, g, c, *shape), dtype=np.result_type(pictures, positions[0]))
    flat = pictures.reshape(n, g, c, -1)
    for corner in np.ndindex(*[2] * len(positions)):
        weight: Array = np.ones((), pictures.dtype)
        index = np.zeros_like(lows[0])
        for low, position, up, size in zip(
            lows, positions, corner, pictures.shape[3:], strict=True
        ):
            at = low + up
            share = position - low if up else 1 - (position - low)
            weight = weight * np.where((at >= 0) & (at < size), share, 0)
            index = index * size + np.clip(at, 0, size - 1)
        taken = np.take_along_axis(flat, index.reshape(n, g, 1, -1), axis=3)
        result += taken.reshape(n, g, c, *shape) * weight[:, :, None]
    return result
