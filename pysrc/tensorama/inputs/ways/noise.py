"""Random numbers for a generator to make something of, each of which a person can change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.inputs.ways.way import SEEDS, Gift, Way
from tensorama.onnxfile import Model, ValueInfo
from tensorama.phrases import phrase

MOST = 512  # numbers that can be changed one by one
FARTHEST = 3.0  # how far from 0 one can be moved by hand


@dataclass(frozen=True, slots=True)
class Noise(Way):
    """A row of numbers (1,D), at first of a standard normal distribution by their seed.

    A gift: "noise", the seed, and pairs of a place and the number that a person put there.
    """

    kind: ClassVar[str] = "noise"

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """What the file's notes call noise or latent."""
        shape = value.shape
        if said.get("kind") not in ("noise", "latent") or shape is None or len(shape) != 2:
            return None
        size = shape[1]
        if value.elem_type != 1 or not isinstance(size, int) or not 0 < size <= MOST:
            return None
        return cls(value.name, shape)

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """A few that chance made."""
        for seed in SEEDS:
            yield phrase("random, {seed}", seed=seed), (self.kind, seed)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(self.shape[-1] or 0)

    def seed(self, gift: Gift) -> int:
        """The seed of the numbers that nobody changed."""
        return abs(self.said(gift, 1, 0))

    def changed(self, gift: Gift) -> dict[int, float]:
        """The numbers that a person changed, by their places."""
        found = {}
        for pair in self.said(gift, 2, ()):
            if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], int):
                place, number = pair
                if 0 <= place < self.size and isinstance(number, int | float):
                    found[place] = float(number)
        return found

    def numbers(self, gift: Gift) -> np.ndarray:
        """All of them."""
        numbers = np.random.default_rng(self.seed(gift)).standard_normal(self.size)
        for place, number in self.changed(gift).items():
            numbers[place] = number
        return numbers

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The numbers, the same for each of a batch."""
        return np.broadcast_to(self.numbers(gift), default.shape).astype(default.dtype)
