"""Operators that onnxruntime had in its own domain before the standard took them up.

Exporters of earlier years wrote them. Most are the standard's, with fewer choices.
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.ops import indexing, pooling, qlinear, rearrange, sampling
from tensorama.engine.ops.convolution import conv_transpose
from tensorama.engine.ops.generation import range_
from tensorama.engine.ops.linear import fused_matmul
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.ops.shape import axis_of, identity
from tensorama.engine.ops.shape import pad as pad_of_the_standard
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("SampleOp", since=1, domain=MICROSOFT)
def sample(x: Array) -> Array:
    """Give back what came: an example of how to write an operator."""
    return np.asarray(identity(x))


@op("ExpandDims", since=1, domain=MICROSOFT)
def expand_dims(x: Array, axis: Array) -> Array:
    """Insert one axis of size 1 at the given place of the result."""
    if axis.size != 1:
        raise OperatorError(f"axis must be one number, {axis.size} came")
    return np.expand_dims(x, axis_of(int(axis.item()), x.ndim + 1))


@op("Trilu", since=1, domain=MICROSOFT)
def trilu(x: Array, k: Array | None = None, *, upper: int = 1) -> Array:
    """Keep the triangle above (or below) a diagonal, put zeros elsewhere. x (…,M,N)"""
    return rearrange.trilu(x, k, upper=upper)


@op("GatherND", since=1, domain=MICROSOFT)
def gather_nd(data: Array, indices: Array) -> Array:
    """Pick slices of which each row of indices gives the first coordinates."""
    return indexing.gather_nd(data, indices)


@op("Unique", since=1, domain=MICROSOFT)
def unique(x: Array) -> tuple[Array, Array, Array]:
    """Each value of a vector once, in the order in which they come; which is where; how many."""
    if x.ndim != 1:
        raise OperatorError(f"x has {x.ndim} dimensions, 1 was expected")
    values, _, where, counts = indexing.unique(x, sorted=0)
    return values, where, counts


@op("Range", since=1, domain=MICROSOFT)
@sliced
def range_by_default(start: Array, limit: Array, delta: Array | None = None) -> Slices[Array]:
    """Numbers from start to before limit, delta or 1 apart."""
    delta = np.ones((), start.dtype) if delta is None else delta
    return (yield from range_.slices(start, limit, delta))  # type: ignore[attr-defined]


@op("Pad", since=1, domain=MICROSOFT)
def pad(data: Array, pads: Array, value: Array | None = None, *, mode: str = "constant") -> Array:
    """Add a border, or cut one away where `pads` is negative. pads (2·rank) or (1, 2·rank)"""
    if pads.ndim == 2 and len(pads) == 1:
        pads = pads[0]
    return pad_of_the_standard(data, pads, value, mode=mode)


@op("GridSample", since=1, domain=MICROSOFT)
def grid_sample(
    x: Array,
    grid: Array,
    *,
    align_corners: int = 0,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
) -> Array:
    """Read a picture at the places of a grid. x (N,C,H,W), grid (N,H',W',2) → (N,C,H',W')"""
    return sampling.grid_sample(
        x, grid, align_corners=align_corners, mode=mode, padding_mode=padding_mode
    )


@op("TransposeMatMul", since=1, domain=MICROSOFT)
@sliced
def transpose_matmul(
    a: Array, b: Array, *, alpha: float = 1.0, transA: int = 0, transB: int = 0
) -> Slices[Array]:
    """FusedMatMul by its first name: alpha·A·B, each turned if asked for."""
    slices = fused_matmul.slices  # type: ignore[attr-defined]
    return (yield from slices(a, b, alpha=alpha, transA=transA, transB=transB))


@op("ConvTransposeWithDynamicPads", since=1, domain=MICROSOFT)
@sliced
def conv_transpose_with_dynamic_pads(
    x: Array,
    w: Array,
    pads: Array | None = None,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    output_padding: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Slices[Array]:
    """ConvTranspose whose pads are an input."""
    slices = conv_transpose.slices  # type: ignore[attr-defined]
    return (
        yield from slices(
            x, w, b, auto_pad=auto_pad, dilations=dilations, group=group,
            kernel_shape=kernel_shape, output_padding=output_padding,
            pads=None if pads is None else pads.reshape(-1).tolist(), strides=strides,
        )
    )  # fmt: skip


@op("NhwcMaxPool", since=1, domain=MICROSOFT)
def nhwc_max_pool(
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """MaxPool of 8-bit pictures whose channels come last: (N,H,W,C) → (N,H',W',C)"""

    def largest(x: Array) -> Array:
        return np.asarray(
            pooling.max_pool(
                x, kernel_shape=kernel_shape, auto_pad=auto_pad, ceil_mode=ceil_mode,
                dilations=dilations, pads=pads, strides=strides,
            )
        )  # fmt: skip

    return qlinear.channels_first(x, 1, largest)


@op("QLinearConv", since=1, domain=MICROSOFT)
@sliced
def qlinear_conv(
    x: Array,
    x_scale: Array,
    x_zero_point: Array,
    w: Array,
    w_scale: Array,
    w_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    channels_last: int = 0,
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Slices[Array]:
    """Conv on quantized values; the channels of x and y may come last."""
    slices = qlinear.qlinear_conv.slices  # type: ignore[attr-defined]
    y = yield from slices(
        np.moveaxis(x, -1, 1) if channels_last else x, x_scale, x_zero_point, w, w_scale,
        w_zero_point, y_scale, y_zero_point, b, auto_pad=auto_pad, dilations=dilations,
        group=group, kernel_shape=kernel_shape, pads=pads, strides=strides,
    )  # fmt: skip
    return np.moveaxis(y, 1, -1) if channels_last else y
