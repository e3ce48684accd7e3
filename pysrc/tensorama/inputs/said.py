"""What a network was fed with when nobody gave anything, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorama.phrases import joined, phrase


def in_words(feeds: Mapping[str, Any]) -> str:
    """Say it of all inputs, those alike together: "Fed with seeded noise: x; ones: mask."."""
    groups: dict[str, list[str]] = {}
    for name, value in feeds.items():
        groups.setdefault(_kind(value), []).append(name)
    if not groups:
        return phrase("Fed with nothing: the network has no inputs.")
    parts = [
        phrase("{what}: {names}", what=what, names=joined(", ", names))
        for what, names in groups.items()
    ]
    return phrase("Fed with {parts}.", parts=joined("; ", parts))


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size and value.dtype.kind in "biuf":
        return _numbers(value)
    if value is None or (isinstance(value, np.ndarray) and not value.size):
        return phrase("nothing")
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return phrase("seeded noise")
    return phrase("what was made up")


def _numbers(value: np.ndarray) -> str:
    low, high = value.min(), value.max()
    if value.dtype.kind == "f" and (value.size == 1 or low != high):
        return phrase("seeded noise")
    if low == high:
        alike = {0: phrase("zeros"), 1: phrase("ones")}
        return alike.get(int(low)) or phrase("the number {number}", number=f"{int(low):,}")
    if value.ndim and np.array_equal(
        value, np.broadcast_to(np.arange(value.shape[-1]), value.shape)
    ):
        return phrase("numbers that count up")
    return phrase(
        "seeded whole numbers from {low} to {high}", low=f"{int(low):,}", high=f"{int(high):,}"
    )
