"""Cells of a run, explained and compared with what was recorded of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

import tensorama as tr
from tensorama.explain import Explanation, explain


def some_cells(value: Any, most: int, seed: int = 0) -> Iterator[tuple[int, ...]]:
    """A few cells of an array, at random; the first and the last are among them."""
    if not isinstance(value, np.ndarray) or not value.size:
        return
    chosen = np.random.default_rng(seed).integers(0, value.size, max(0, most - 2))
    for number in sorted({0, value.size - 1, *chosen.tolist()}):
        yield tuple(int(part) for part in np.unravel_index(number, value.shape))


def fault(
    trace: tr.Trace, tensor: str, index: tuple[int, ...], rtol: float = 1e-4, atol: float = 1e-6
) -> str:
    """What is wrong with the explanation of one cell; "" if nothing is."""
    for fused in (False, True):
        made = explain(trace, tensor, index, fused=fused)
        wrong = _wrong(made, rtol, atol)
        if wrong:
            return f"{tensor}{list(index)}: {wrong}"
    return ""


def _wrong(made: Explanation, rtol: float, atol: float) -> str:
    if not _equal(made.value, made.recorded, rtol, atol):
        return f"computed again {made.value!r}, recorded {made.recorded!r}"
    if not made.sentence or re.search(r"\{[a-z_]+\}", made.sentence):
        return f"says {made.sentence!r}"
    if not made.steps:
        return "has no steps"
    shares = [group.share for group in made.groups]
    if made.node is None or not shares or any(share.dtype.kind not in "iuf" for share in shares):
        return ""
    with np.errstate(all="ignore"):
        total = sum(share.astype(np.float64).sum() for share in shares)
    if not any(_equal(total, stage.value, 1e-6, 1e-9) for stage in made.steps):
        return f"its shares add up to {total}, its steps are {list(made.steps)}"
    return ""


def _equal(one: Any, other: Any, rtol: float, atol: float) -> bool:
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype.kind in "OUS" or b.dtype.kind in "OUS":
        return bool(a == b)
    if b.dtype.kind in "iub":
        return bool(a == b) or (a.dtype.kind == "f" and bool(np.isclose(a, b, rtol, atol)))
    return bool(np.isclose(a, b, rtol, atol, equal_nan=True))
