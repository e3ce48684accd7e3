"""Rows picked by the kernel."""

from __future__ import annotations

from math import prod

import numpy as np

from tensorama.engine.kernel import FAILED, active


def picked(x: np.ndarray, indices: np.ndarray, axis: int) -> np.ndarray | None:
    """np.take of indices that fit, some at least; None if there is no kernel for it.

    Where it is played with others that do not fit, the play is given up.
    """
    kernel = active()
    if kernel is None or x.dtype.kind == "O" or indices.dtype.str not in ("<i4", "<i8"):
        return None
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    if not prod(shape) or not x.flags.c_contiguous:
        return None
    y, indices = np.empty(shape, x.dtype), np.ascontiguousarray(indices)
    row = prod(x.shape[axis + 1 :]) * x.itemsize
    kernel.call(
        "gather", x, y, prod(x.shape[:axis]), x.shape[axis], indices.size, row,
        indices, indices.itemsize, kernel.scratch[FAILED:],
    )  # fmt: skip
    return y
