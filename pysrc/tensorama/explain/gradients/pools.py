"""Windows brought down to one number: the cell that was taken gets it, or all get a share."""

from __future__ import annotations

import math

import numpy as np

from tensorama.engine.contract import padded
from tensorama.engine.ops.pooling import counts
from tensorama.engine.ops.window import Window, cells, stretched, window
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray
_LOWEST = -np.inf


def _place(at: Backward) -> Window:
    given = at.attributes
    return window(
        at.x.shape[2:], given["kernel_shape"], given["strides"], given.get("dilations"),
        given["pads"], given["auto_pad"], given.get("ceil_mode") or 0,
    )  # fmt: skip


def _inside(bordered: Array, at: Backward, border: tuple[tuple[int, int], ...]) -> Array:
    """What belongs to x of a picture with a border."""
    return padded(bordered, [(-before, -after) for before, after in border])


@differentiates("MaxPool")
def max_pool(at: Backward) -> Gradients:
    """The largest cell of each window gets it, of equal ones the first."""
    place = _place(at)
    border = stretched(at.x.shape[2:], place)
    values = padded(at.x, border, _LOWEST)
    found = np.zeros_like(values)
    left = np.ones(at.dy.shape, bool)
    for (_, met), (_, into) in zip(cells(values, place), cells(found, place), strict=True):
        taken = (met == at.y) & left
        into += at.dy * taken
        left &= ~taken
    return (_inside(found, at, border),)


@differentiates("AveragePool")
def average_pool(at: Backward) -> Gradients:
    """Each cell of a window gets its part of the mean."""
    place = _place(at)
    border = stretched(at.x.shape[2:], place)
    with_border = bool(at.attributes.get("count_include_pad"))
    share = at.dy / counts(at.x.shape[2:], place, with_border).astype(at.dy.dtype)
    found = padded(np.zeros_like(at.x), border)
    for _, into in cells(found, place):
        into += share
    return (_inside(found, at, border),)


@differentiates("LpPool")
def lp_pool(at: Backward) -> Gradients:
    """sign(x)·(|x|/y)^(p−1)"""
    place, p = _place(at), at.attributes["p"]
    border = stretched(at.x.shape[2:], place)
    values = padded(at.x, border)
    found = np.zeros_like(values)
    share = np.where(at.y == 0, 0, at.dy / np.where(at.y == 0, 1, at.y) ** (p - 1))
    for (_, met), (_, into) in zip(cells(values, place), cells(found, place), strict=True):
        into += share * np.sign(met) * np.abs(met) ** (p - 1)
    return (_inside(found, at, border),)


@differentiates("GlobalAveragePool")
def global_average_pool(at: Backward) -> Gradients:
    """Each cell of a channel gets its part of the mean."""
    share = at.dy / at.dy.dtype.type(math.prod(at.x.shape[2:]))
    return (np.broadcast_to(share, at.x.shape),)


@differentiates("GlobalMaxPool")
def global_max_pool(at: Backward) -> Gradients:
    """The largest cell of a channel gets it; equal ones share it."""
    taken = at.x == at.y
    count = taken.sum(axis=tuple(range(2, at.x.ndim)), keepdims=True)
    return ((at.dy / count.astype(at.dy.dtype)) * taken,)


@differentiates("GlobalLpPool")
def global_lp_pool(at: Backward) -> Gradients:
    """sign(x)·(|x|/y)^(p−1)"""
    p = at.attributes["p"]
    share = np.where(at.y == 0, 0, at.dy / np.where(at.y == 0, 1, at.y) ** (p - 1))
    return (share * np.sign(at.x) * np.abs(at.x) ** (p - 1),)
