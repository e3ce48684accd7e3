"""Figures of many numbers, counted in slices: least, most, mean, how many of each size.

What is no number, or infinite, is counted apart and takes no part in the other figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tensorama.engine.contract.slices import Slices

SLICE = 1 << 17  # numbers that are looked at before the page gets its turn


@dataclass(frozen=True, slots=True)
class Figures:
    """What is to be said of so many numbers.

    `least` … `zeros`: of those that are numbers and finite; NaN where there are none.
    """

    count: int
    least: float = math.nan
    most: float = math.nan
    mean: float = math.nan
    deviation: float = math.nan
    zeros: int = 0
    nans: int = 0
    infinite: int = 0

    @property
    def finite(self) -> int:
        """How many of them are numbers, and finite."""
        return self.count - self.nans - self.infinite


def measurable(array: object) -> bool:
    """Whether these are numbers that can be larger or smaller."""
    return isinstance(array, np.ndarray) and array.size > 0 and array.dtype.kind in "biuf"


def figure_slices(array: np.ndarray) -> Slices[Figures]:
    """The figures of an array, by the means and squares of its parts (Chan et al., 1979)."""
    count = mean = squares = 0.0
    least, most, zeros, nans, infinite = math.inf, -math.inf, 0, 0, 0
    for part in _parts(array):
        finite = np.isfinite(part)
        if not finite.all():
            nans += int(np.isnan(part).sum())
            infinite += int(np.isinf(part).sum())
            part = part[finite]
        if part.size:
            own = float(part.mean())
            apart = own - mean
            total = count + part.size
            squares += float(np.square(part - own).sum()) + apart**2 * count * part.size / total
            mean += apart * part.size / total
            count = total
            least, most = min(least, float(part.min())), max(most, float(part.max()))
            zeros += part.size - int(np.count_nonzero(part))
        yield
    if not count:
        return Figures(array.size, nans=nans, infinite=infinite)
    deviation = math.sqrt(squares / count)
    return Figures(array.size, least, most, mean, deviation, zeros, nans, infinite)


def histogram_slices(array: np.ndarray, least: float, most: float, bins: int) -> Slices[np.ndarray]:
    """How many of the numbers lie in each of so many equal parts of the range → int (bins,)."""
    counts = np.zeros(bins, np.int64)
    step = (most - least) / bins
    for part in _parts(array):
        part = part[np.isfinite(part)]
        places = ((part - least) / step).astype(np.int64) if step > 0 else np.zeros(part.size, int)
        counts += np.bincount(np.clip(places, 0, bins - 1), minlength=bins)
        yield
    return counts


def _parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """An array's numbers in pieces, as float64; never a copy of all of it."""
    if array.flags.c_contiguous:
        flat = array.reshape(-1)
        for start in range(0, flat.size, SLICE):
            yield flat[start : start + SLICE].astype(np.float64)
    elif array.ndim and array[0].size > SLICE:
        for row in array:
            yield from _parts(row)
    else:
        step = max(1, SLICE // max(1, array[0].size)) if array.ndim else 1
        for start in range(0, len(array), step):
            yield array[start : start + step].astype(np.float64).reshape(-1)
