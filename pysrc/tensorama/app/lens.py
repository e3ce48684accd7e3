"""Something else than the recorded values, shown in their places: what a number depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorama.phrases import Phrase, phrase


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """Numbers for the cells of some tensors, on scales of their own.

    called: what one of them is, "influence"; title: what they are, and of which number. arrays:
    tensor -> numbers in its shape. why: tensor -> why there are none; otherwise: of all others.
    alone: these tensors are all that is spoken of, so that the others recede.
    """

    called: Phrase
    title: Phrase
    arrays: Mapping[str, np.ndarray]
    why: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    alone: bool = False

    def remark(self, tensor: str, index: tuple[int, ...]) -> Phrase:
        """What is to be said of one cell beside its value."""
        if tensor not in self.arrays:
            return phrase("{called}: {why}", called=self.called, why=self.why_not(tensor))
        number: Any = self.arrays[tensor][index]
        return phrase("{called} {number}", called=self.called, number=f"{number:+.4g}")

    def why_not(self, tensor: str) -> str:
        """Why a tensor is dark."""
        return self.why.get(tensor, self.otherwise)
