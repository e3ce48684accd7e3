"""Positions written in by turning pairs of values: back by the same angles the other way."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import UNKNOWN, Gradients, differentiates

Array = np.ndarray


@differentiates("RotaryEmbedding")
def rotary_embedding(at: Backward) -> Gradients:
    """dy turned back."""
    return _turned_back(at, (1, 2))


@differentiates("RotaryEmbedding", "MRotaryEmbedding", domain="com.microsoft")
def rotary_embedding_microsoft(at: Backward) -> Gradients:
    """dy turned back."""
    return _turned_back(at, (2, 3))


def _turned_back(at: Backward, tables: tuple[int, int]) -> Gradients:
    cos, sin = tables
    arguments = list(at.inputs)
    arguments[0], arguments[sin] = at.dy, -arguments[sin]
    function: Any = at.call.operator.function
    gradients: list[Array | None] = [None] * len(at.inputs)
    gradients[0] = np.asarray(function(*arguments, **at.call.attributes))
    gradients[cos] = gradients[sin] = UNKNOWN
    return gradients
