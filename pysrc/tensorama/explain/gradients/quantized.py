"""Numbers that were stored as whole ones: the way back ends in these, their scale goes on."""

from __future__ import annotations

import numpy as np

from tensorama.engine.ops.quantization import spread
from tensorama.explain.cell import plain
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import UNKNOWN, Gradients, differentiates

Array = np.ndarray


@differentiates("DequantizeLinear")
def dequantize_linear(at: Backward) -> Gradients:
    """By the scale the stored number less its zero point."""
    x, scale, zero = plain(at.inputs[0]), at.inputs[1], at.input(2)
    axis = at.attributes.get("axis", 1)
    block = at.attributes.get("block_size") or 0
    by_x = at.dy * spread(scale, x, axis, block) if at.wants(0) else None
    if block or not at.wants(1):
        return by_x, UNKNOWN, None
    shift = 0 if zero is None else spread(plain(zero), x, axis)
    stored = x.astype(at.dy.dtype) - np.asarray(shift).astype(at.dy.dtype)
    shape = np.shape(spread(scale, x, axis))
    return by_x, summed_to(shape, at.dy * stored).reshape(scale.shape), None
