"""Products with weights of few bits: these stay as they are, and dy goes back through them."""

from __future__ import annotations

import math

import numpy as np

from tensorama.engine.contract import Slices, matmul_slices, sliced
from tensorama.engine.ops.few_bits import stored_weights
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import UNKNOWN, Gradients, differentiates

Array = np.ndarray
_ROWS = 1024  # of weights that are taken apart at a time


@differentiates("MatMulNBits", domain="com.microsoft")
@sliced
def matmul_few_bits(at: Backward) -> Slices[Gradients]:
    """dy·W, some rows of W at a time."""
    b, given = at.inputs[1], at.attributes
    by_a = np.zeros(at.x.shape, at.dy.dtype)
    if b.size:
        weights, groups = stored_weights(
            b, at.inputs[2], at.input(3), at.input(4),
            given["K"], given["N"], given["bits"], given["block_size"],
        )  # fmt: skip
        rows = at.dy.reshape(math.prod(at.dy.shape[:-1]), given["N"])
        flat = by_a.reshape(len(rows), given["K"])
        for first in range(0, given["N"], _ROWS):
            some = slice(first, first + _ROWS)
            part = weights.rows(some, groups).astype(at.dy.dtype, copy=False)
            flat += yield from matmul_slices(rows[:, some], part)
            yield
    bias = at.input(5)
    by_bias = None if bias is None else summed_to(bias.shape, at.dy)
    return [by_a, None, UNKNOWN, UNKNOWN, None, by_bias][: len(at.inputs)]
