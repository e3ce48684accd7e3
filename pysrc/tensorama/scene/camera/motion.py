"""Movement that eases: critically damped springs, exact for any length of frame."""

from __future__ import annotations

import math

import numpy as np

STIFFNESS = 11.0  # 1/s; at rest after about half a second


class Spring:
    """Numbers that move smoothly to where they should be, also when that changes on the way."""

    def __init__(self, start: np.ndarray, stiffness: float = STIFFNESS) -> None:
        self.now = np.array(start, np.float64)
        self.goal = self.now.copy()
        self._speed = np.zeros_like(self.now)
        self.stiffness = stiffness

    def jump(self, values: np.ndarray) -> None:
        """Be there at once."""
        self.now = np.array(values, np.float64)
        self.goal = self.now.copy()
        self._speed = np.zeros_like(self.now)

    def advance(self, seconds: float) -> bool:
        """Move on by this time; tell whether anything still moves.

        x(t) = goal + (d + (v + ωd)t)·exp(-ωt), the solution of x'' + 2ωx' + ω²(x - goal) = 0
        """
        offset = self.now - self.goal
        push = (self._speed + self.stiffness * offset) * seconds
        fade = math.exp(-self.stiffness * seconds)
        self.now = self.goal + (offset + push) * fade
        self._speed = (self._speed - self.stiffness * push) * fade
        left = max(np.abs(self.now - self.goal).max(initial=0), np.abs(self._speed).max(initial=0))
        if left < 2e-3:
            self.jump(self.goal)
            return False
        return True
