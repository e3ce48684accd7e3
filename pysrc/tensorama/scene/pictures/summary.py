"""The face of a closed layer: for each place, the value of the channel that speaks loudest there.

It shows recorded numbers, not averages: what is read under the pointer is a cell of one map.
"""

from __future__ import annotations

import numpy as np


def summary(values: np.ndarray) -> np.ndarray:
    """The value of the largest magnitude at each cell, (maps, rows, cols) → (rows, cols)."""
    high, low = values.max(axis=0), values.min(axis=0)
    return np.where(-low > high, low, high)


def loudest(values: np.ndarray) -> np.ndarray:
    """Which map the summary's value is from, at each cell: (maps, rows, cols) → (rows, cols)."""
    return (values == summary(values)).argmax(axis=0)
