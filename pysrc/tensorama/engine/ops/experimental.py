"""Operators that the standard tried and dropped; converters of 2018 (CoreML, Caffe2) wrote them.

onnxruntime still knows them, in the standard's own domain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.shape import axis_of, numbers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("Affine", since=1)
def affine(x: Array, *, alpha: float = 1.0, beta: float = 0.0) -> Array:
    """alpha·x + beta"""
    return x * x.dtype.type(alpha) + x.dtype.type(beta)


@op("Scale", since=1)
def scale_by(x: Array, *, scale: float = 1.0) -> Array:
    """scale·x"""
    return x * x.dtype.type(scale)


@op("ScaledTanh", since=1)
def scaled_tanh(x: Array, *, alpha: float = 1.0, beta: float = 1.0) -> Array:
    """alpha·tanh(beta·x)"""
    return np.asarray(x.dtype.type(alpha) * np.tanh(x.dtype.type(beta) * x))


@op("ParametricSoftplus", since=1)
def parametric_softplus(x: Array, *, alpha: float = 1.0, beta: float = 1.0) -> Array:
    """alpha·log(1 + exp(beta·x))"""
    return np.asarray(x.dtype.type(alpha) * np.logaddexp(x.dtype.type(beta) * x, 0)).astype(x.dtype)


@op("ImageScaler", since=1)
def image_scaler(x: Array, *, bias: Sequence[float] = (), scale: float = 1.0) -> Array:
    """Scale a picture and add one number to each channel. x (N,C,H,W), bias (C)"""
    if x.ndim != 4 or len(bias) not in (0, x.shape[1]):
        raise OperatorError("x must be (N,C,H,W), with a bias for each of its C channels")
    shift = np.asarray(bias or [0.0], x.dtype).reshape(-1, 1, 1)
    return x * x.dtype.type(scale) + shift


@op("Crop", since=1)
def crop(x: Array, *, border: Sequence[int], scale: Sequence[int] | None = None) -> Array:
    """Cut a border off pictures (left, top, right, bottom), or keep scale = (height, width) cells.

    x (N,C,H,W)
    """
    if x.ndim != 4 or len(border) != 4:
        raise OperatorError("x must be (N,C,H,W), border four numbers")
    left, top, right, bottom = (int(size) for size in border)
    height, width = x.shape[2:]
    last = (top + scale[0], left + scale[1]) if scale else (height - bottom, width - right)
    if min(left, top) < 0 or not top < last[0] <= height or not left < last[1] <= width:
        raise OperatorError(f"nothing is left of a picture of {height}×{width}")
    return x[:, :, top : last[0], left : last[1]]


@op("DynamicSlice", since=1)
def dynamic_slice(data: Array, starts: Array, ends: Array, axes: Array | None = None) -> Array:
    """Cut out a box; ends beyond an axis are its end. Slice with inputs, before it had them."""
    begins, stops = numbers(starts, "starts"), numbers(ends, "ends")
    which = list(range(len(begins))) if axes is None else numbers(axes, "axes")
    if not len(begins) == len(stops) == len(which):
        raise OperatorError("starts, ends and axes must be of one length")
    box = [slice(None)] * data.ndim
    for axis, begin, stop in zip(which, begins, stops, strict=True):
        box[axis_of(axis, data.ndim)] = slice(begin, stop)
    return data[tuple(box)]
