"""Any tensor: filled by a rule, typed number by number, or from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.inputs.ways.way import FILE, NUMBERS, SEEDS, Gift, Way, fitted, handed, open_sizes
from tensorama.onnxfile import Model, ValueInfo
from tensorama.phrases import phrase

FILLS = {  # "made": as without a gift
    "made": phrase("as made up"), "random": phrase("random"), "zeros": phrase("zeros"),
    "ones": phrase("ones"), "gradient": phrase("rising"),
}  # fmt: skip
TYPED = "typed"
MOST_TYPED = 64  # numbers that are typed one by one
_NUMBERS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13)  # element types that are numbers


@dataclass(frozen=True, slots=True)
class Numbers(Way):
    """Numbers of any shape. A gift: "numbers", how they are filled, a seed, or typed ones, or the
    name of a file's."""

    kind: ClassVar[str] = NUMBERS

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """Every tensor of numbers."""
        if value.kind != "tensor" or value.elem_type not in _NUMBERS:
            return None
        return cls(value.name, value.shape or ())

    def fill(self, gift: Gift) -> str:
        """How they are filled."""
        fill = str(self.said(gift, 1, "made"))
        return fill if fill in (*FILLS, TYPED, FILE) else "made"

    def seed(self, gift: Gift) -> int:
        """The seed of random ones."""
        return abs(self.said(gift, 2, 0))

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """A few that chance made, and plain ones."""
        for seed in SEEDS:
            yield phrase("random, {seed}", seed=seed), (self.kind, "random", seed)
        for fill in ("zeros", "ones", "gradient"):
            yield FILLS[fill], (self.kind, fill, 0)

    def sizes(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[Any, int]:
        """As large as a file's are."""
        found = handed(gift, pictures)
        return {} if found is None else open_sizes(self, found.shape)

    def make(
        self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]
    ) -> np.ndarray | None:
        """The numbers. Raises FeedError for a file's of another shape."""
        fill, whole = self.fill(gift), default.dtype.kind in "iub"
        if fill == TYPED:
            return self._typed(gift, default)
        if fill == FILE:
            found = handed(gift, pictures)
            return None if found is None else fitted(self, found, default)
        if fill == "random":
            random = np.random.default_rng(self.seed(gift))
            shape = default.shape
            made = random.integers(0, 2, shape) if whole else random.standard_normal(shape)
            return np.asarray(made).astype(default.dtype)
        if fill == "gradient":
            count = max(1, default.size)
            row = np.arange(count) if whole else np.linspace(0, 1, count)
            return row[: default.size].reshape(default.shape).astype(default.dtype)
        number = {"zeros": 0, "ones": 1}.get(fill)
        return None if number is None else np.full_like(default, number)

    def _typed(self, gift: Gift, default: np.ndarray) -> np.ndarray | None:
        values = self.said(gift, 2, ())
        numbers = all(isinstance(n, int | float) for n in values)
        if len(values) != default.size or not numbers:
            return None
        return np.array(values).reshape(default.shape).astype(default.dtype)
