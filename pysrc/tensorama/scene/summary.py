"""The face of a closed layer: for each place, the value of the channel that speaks loudest there.

It shows recorded numbers, not averages: what is read under the pointer is a cell of one map.
"""

from __future__ import annotations

import numpy as np


def loudest(values: np.ndarray) -> np.ndarray:
    """Which map has the largest magnitude at each cell: (maps, rows, cols) → (rows, cols)."""
    return np.abs(values).argmax(axis=0)


def summary(values: np.ndarray) -> np.ndarray:
    """The values of the loudest maps: (maps, rows, cols) → (rows, cols)."""
    return np.take_along_axis(values, loudest(values)[None], axis=0)[0]
