"""A sound at another rate: each new sample out of the old ones near it, by a windowed sinc.

https://ccrma.stanford.edu/~jos/resample/
"""

from __future__ import annotations

import math

import numpy as np

_REACH = 16  # zeros of the sinc on either side that count


class Resampler:
    """Takes a sound piece by piece, and gives it at another rate."""

    def __init__(self, before: float, after: float) -> None:
        self._step = before / after  # old samples for each new one
        self._cut = min(1.0, after / before)  # what is left of the band
        self._reach = math.ceil(_REACH / self._cut)
        self._held = np.zeros(self._reach)  # nothing sounded before
        self._at = float(self._reach)  # of the next new sample, in what is held

    def take(self, piece: np.ndarray) -> np.ndarray:
        """The samples, float32, that this piece and those before it settle."""
        self._held = np.concatenate([self._held, piece])
        last = len(self._held) - self._reach - 1
        count = max(0, math.floor((last - self._at) / self._step) + 1)
        at = self._at + self._step * np.arange(count)
        first = np.floor(at).astype(int) - self._reach + 1
        near = first[:, None] + np.arange(2 * self._reach)
        apart = near - at[:, None]
        window = np.cos(np.pi / 2 * np.clip(apart / self._reach, -1, 1)) ** 2
        weights = self._cut * np.sinc(self._cut * apart) * window
        made = (self._held[near] * weights).sum(axis=1) if count else np.zeros(0)
        self._at += self._step * count
        kept = max(0, math.floor(self._at) - self._reach)
        self._held, self._at = self._held[kept:], self._at - kept
        return np.asarray(made, np.float32)


def resampled(sound: np.ndarray, before: float, after: float) -> np.ndarray:
    """All of a sound at another rate."""
    if before == after:
        return np.asarray(sound, np.float32)
    turned = Resampler(before, after)
    made = turned.take(sound)
    rest = turned.take(np.zeros(2 * turned._reach))
    return np.concatenate([made, rest])[: round(len(sound) * after / before)]
