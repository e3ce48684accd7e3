"""A place on a plane: two numbers for a network to make something of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.inputs.ways.way import Gift, Way
from tensorama.onnxfile import Model, ValueInfo


@dataclass(frozen=True, slots=True)
class Plane(Way):
    """Two numbers (N,2), each from `low` to `high`. A gift: "plane", across, up."""

    kind: ClassVar[str] = "plane"
    low: float = -3.0
    high: float = 3.0

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """What the file's notes call a plane, or a latent space of two numbers."""
        shape = value.shape
        if said.get("kind") not in ("plane", "latent", "noise") or value.elem_type != 1:
            return None
        if shape is None or len(shape) != 2 or shape[1] != 2:
            return None
        try:
            low, high = (float(number) for number in said.get("range", (-3, 3)))
        except (TypeError, ValueError):
            low, high = -3.0, 3.0
        return cls(value.name, shape, low, high) if low < high else None

    def place(self, gift: Gift) -> tuple[float, float]:
        """Where on the plane; at first in its middle."""
        middle = (self.low + self.high) / 2
        x, y = (self.said(gift, place, middle) for place in (1, 2))
        return self.within(x), self.within(y)

    def within(self, number: float) -> float:
        """A number as near as the plane has it, to three places behind the point."""
        return round(min(self.high, max(self.low, number)), 3)

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The two numbers, the same for each of a batch."""
        return np.broadcast_to(self.place(gift), default.shape).astype(default.dtype)

    def grid(self, count: int) -> np.ndarray:
        """The middles of count × count fields of the plane, row by row from the top, (count²,2)."""
        along = self.low + (self.high - self.low) * (np.arange(count) + 0.5) / count
        up, across = np.meshgrid(along[::-1], along, indexing="ij")
        return np.stack([across, up], axis=-1).reshape(-1, 2).astype(np.float32)
