"""Repeating, cropping and reordering by position: tiles, triangles, blocks, reversed sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.shape import axis_of, numbers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("Tile", since=6)
def tile(x: Array, repeats: Array) -> Array:
    """Lay copies side by side. repeats: how many along each axis."""
    if repeats.shape != (x.ndim,):
        raise OperatorError(f"{x.ndim} repeats were expected, {repeats.size} came")
    if repeats.size and repeats.min() < 0:
        raise OperatorError(f"repeats cannot be negative: {repeats.tolist()}")
    return np.tile(x, numbers(repeats, "repeats"))


@op("Trilu", since=14)
def trilu(x: Array, k: Array | None = None, *, upper: int = 1) -> Array:
    """Keep the triangle above (or below) a diagonal, put zeros elsewhere. x (…,M,N)"""
    if x.ndim < 2:
        raise OperatorError(f"x needs at least 2 dimensions, it has {x.ndim}")
    above = np.arange(x.shape[-1]) - np.arange(x.shape[-2])[:, None]  # columns right of diagonal
    diagonal = 0 if k is None else int(k.item())
    kept = above >= diagonal if upper else above <= diagonal
    return np.where(kept, x, np.zeros((), x.dtype))


@op("CenterCropPad", since=18)
def center_crop_pad(data: Array, shape: Array, *, axes: Sequence[int] | None = None) -> Array:
    """Cut out the middle, or put zeros around, so that the axes get the wanted sizes.

    https://onnx.ai/onnx/operators/onnx__CenterCropPad.html
    """
    places = range(data.ndim) if axes is None else [axis_of(a, data.ndim) for a in axes]
    if len(places) != shape.size:
        raise OperatorError(f"{len(places)} sizes were expected, {shape.size} came")
    wanted = list(data.shape)
    source, target = [slice(None)] * data.ndim, [slice(None)] * data.ndim
    for axis, size in zip(places, numbers(shape, "shape"), strict=True):
        if size < 0:
            raise OperatorError(f"axis {axis} cannot get the size {size}")
        had, wanted[axis] = data.shape[axis], size
        start = abs(had - size) // 2
        middle = slice(start, start + min(had, size))
        (source if had > size else target)[axis] = middle
    y = np.zeros(wanted, data.dtype)
    y[tuple(target)] = data[tuple(source)]
    return y


@op("ReverseSequence", since=10)
def reverse_sequence(
    x: Array, sequence_lens: Array, *, batch_axis: int = 1, time_axis: int = 0
) -> Array:
    """Reverse each row's first steps in time; those after its length stay.

    x (T,N,…) or, with axes 0 and 1 exchanged, (N,T,…); sequence_lens (N)
    https://onnx.ai/onnx/operators/onnx__ReverseSequence.html
    """
    if {batch_axis, time_axis} != {0, 1}:
        raise OperatorError("time_axis and batch_axis must be 0 and 1, or 1 and 0")
    turned = x if time_axis == 0 else x.swapaxes(0, 1)
    total, batch = turned.shape[:2]
    if sequence_lens.shape != (batch,):
        raise OperatorError(f"sequence_lens needs one length for each of the {batch} sequences")
    if sequence_lens.size and not 0 <= sequence_lens.min() <= sequence_lens.max() <= total:
        raise OperatorError(f"sequence_lens must lie between 0 and the {total} steps")
    steps = np.arange(total)[:, None]
    order = np.where(steps < sequence_lens, sequence_lens - 1 - steps, steps)
    y = turned[order, np.arange(batch)]
    return y if time_axis == 0 else y.swapaxes(0, 1)


@op("DepthToSpace", since=1)
def depth_to_space(x: Array, *, blocksize: int, mode: str = "DCR") -> Array:
    """Turn groups of channels into blocks of pixels.

    x (N,C·B²,H,W) → (N,C,H·B,W·B). DCR takes a block's pixels from channels C apart, CRD from
    neighbouring ones (mode since opset 11).
    https://onnx.ai/onnx/operators/onnx__DepthToSpace.html
    """
    _check_blocks(x, blocksize, mode)
    n, c, h, w = x.shape
    b, rest = blocksize, c // blocksize**2
    if c % blocksize**2:
        raise OperatorError(f"{c} channels do not make up blocks of {blocksize}×{blocksize} pixels")
    if mode == "DCR":
        y = x.reshape(n, b, b, rest, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        y = x.reshape(n, rest, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return y.reshape(n, rest, h * b, w * b)


@op("SpaceToDepth", since=1)
def space_to_depth_in_order(x: Array, *, blocksize: int) -> Array:
    """SpaceToDepth before opset 28: the order is always DCR."""
    return space_to_depth(x, blocksize=blocksize)


@op("SpaceToDepth", since=28)
def space_to_depth(x: Array, *, blocksize: int, mode: str = "DCR") -> Array:
    """Turn blocks of pixels into groups of channels; undoes DepthToSpace.

    x (N,C,H·B,W·B) → (N,C·B²,H,W)
    https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html
    """
    _check_blocks(x, blocksize, mode)
    n, c, h, w = x.shape
    b = blocksize
    if h % b or w % b:
        raise OperatorError(f"a picture of {h}×{w} does not divide into blocks of {b}×{b}")
    blocks = x.reshape(n, c, h // b, b, w // b, b)
    order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    return blocks.transpose(order).reshape(n, c * b * b, h // b, w // b)


def _check_blocks(x: Array, blocksize: int, mode: str) -> None:
    if x.ndim != 4:
        raise OperatorError(f"x has {x.ndim} dimensions, 4 were expected (N,C,H,W)")
    if blocksize < 1:
        raise OperatorError(f"blocksize is {blocksize}, it must be positive")
    if mode not in ("DCR", "CRD"):
        raise OperatorError(f'mode is "{mode}"; it can be DCR or CRD')


@op("UnfoldTensor", since=1, domain="com.microsoft")
def unfold_tensor(x: Array, *, dim: int = -1, size: int, step: int = 1) -> Array:
    """All slices of a length along an axis, `step` apart: (…,D,…) → (…,(D−size)/step + 1,…,size)"""
    axis = axis_of(dim, x.ndim)
    if not 0 < size <= x.shape[axis] or step < 1:
        raise OperatorError(
            f"slices of {size}, {step} apart, cannot be taken of an axis of size {x.shape[axis]}"
        )
    slices = np.lib.stride_tricks.sliding_window_view(x, size, axis=axis)
    return np.ascontiguousarray(slices[(*[slice(None)] * axis, slice(None, None, step))])
