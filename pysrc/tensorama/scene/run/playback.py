"""When each block lights up while a run is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

RISE = 0.22  # seconds from dark to lit
_GLOW = 0.32  # seconds in which the flare of a just computed block fades to a third
REST = 1.6  # seconds after which nothing of a block's lighting moves any more


def schedule(seconds: ArrayLike, total: float) -> np.ndarray:
    """Times at which blocks light up, stretched to `total` seconds.

    seconds (B,): how long each block took to compute, in order. A block's share of the time is its
    measured one, but no less than a third of an even share, so that quick ones are seen too.
    """
    took = np.asarray(seconds, float)
    if not len(took):
        return took
    even = max(took.mean(), 1e-9)
    share = np.maximum(took, even / 3)
    ends = np.cumsum(share)
    return ends / ends[-1] * total


def lit(now: float, at: np.ndarray) -> np.ndarray:
    """How far each block is lit, 0..1."""
    part = np.clip((now - at) / RISE, 0, 1)
    return part * part * (3 - 2 * part)


def flare(now: float, at: np.ndarray) -> np.ndarray:
    """How strongly each block flares because it was just computed, 0..1."""
    since = np.clip(now - at, 0, 60)
    return np.where(now >= at, np.clip(since / 0.08, 0, 1) * np.exp(-since / _GLOW), 0)


def travel(now: float, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How far along each link the run has come, 0..1; 0 where it is not on its way."""
    with np.errstate(invalid="ignore"):  # never minus never
        part = (now - starts) / np.maximum(ends - starts, 1e-3)
    return np.clip(np.nan_to_num(part), 0, 1)
