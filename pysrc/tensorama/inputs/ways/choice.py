"""One of several things, as a row of numbers that is 1 where that thing stands and 0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.inputs.ways.way import Gift, Way
from tensorama.onnxfile import Model, ValueInfo

_MOST = 100  # things to choose from


@dataclass(frozen=True, slots=True)
class OneOf(Way):
    """A choice among labels → one-hot (1,K), or its number. A gift: "one of", the number."""

    kind: ClassVar[str] = "one of"
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """What the file's notes call one of some labels."""
        labels, shape = said.get("labels"), value.shape
        if said.get("kind") != "one of" or not isinstance(labels, list) or shape is None:
            return None
        fits = bool(shape) and shape[-1] == len(labels)
        index = value.elem_type in (6, 7) and len(shape) <= 2
        if not 1 < len(labels) <= _MOST or not (fits or index):
            return None
        return cls(value.name, shape, tuple(str(label)[:40] for label in labels))

    def chosen(self, gift: Gift) -> int:
        """The number of the choice."""
        number = int(self.said(gift, 1, 0))
        return number if 0 <= number < len(self.labels) else 0

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """Each of the things."""
        for place, label in enumerate(self.labels):
            yield label, (self.kind, place)

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """1 for it and 0 for the others, or the number itself."""
        chosen = self.chosen(gift)
        if default.ndim == 0 or default.shape[-1] != len(self.labels):
            return np.full_like(default, chosen)
        made = np.zeros_like(default)
        made[..., chosen] = 1
        return made
