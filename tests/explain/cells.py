"""Cells of a run, explained and compared with what was recorded of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import tensorama as tr
from tensorama.explain import Explanation, explain
from tensorama.phrases import Phrase, spoken
from tensorama_build.catalogue import read_po

_LANGUAGES = Path(__file__).parents[2] / "site" / "languages"
_CHINESE = read_po((_LANGUAGES / "zh.po").read_text("utf-8")) | read_po(
    (_LANGUAGES / "zh.explain.po").read_text("utf-8")
)
# names that every language has: of ONNX, of what its attributes choose
_OF_ONNX = {
    "dt_bias", "decay_scale", "theta", "silu", "beta", "add", "mul", "average", "bool", "string",
    "softmax", "softmax_zero", "logistic", "probit", "tanh", "max", "min",
}  # fmt: skip


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
    lacking = {text for said in _all_said(made) for text in _unknown(said)}
    if lacking:
        return f"site/languages/zh.explain.po lacks {sorted(lacking)}"
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


def _all_said(made: Explanation) -> Iterator[str]:
    yield from made.said
    yield from (stage.name for stage in made.steps)
    for group in made.groups:
        yield from (group.name, *group.roles)


def _unknown(said: str) -> Iterator[str]:
    """The texts of which this is made that nobody can say in Chinese."""
    if not isinstance(said, Phrase):
        if re.search("[A-Za-z]{2,} [A-Za-z]{2,}", said) and not said.startswith('"'):
            yield said
        return
    if said and not spoken(said, _CHINESE):
        yield said
    letters = re.search("[A-Za-z]{2}", re.sub(r"{[^}]*}", "", said.pattern))
    if letters and said.pattern not in _CHINESE and not _a_name(said.pattern):
        yield said.pattern
    values = said.values if isinstance(said.values, tuple) else said.values.values()
    for value in values:
        if isinstance(value, str):
            yield from _unknown(value)


def _a_name(text: str) -> bool:
    """Of an operator, or of a type of numbers."""
    return text[0].isupper() or text in _OF_ONNX or re.fullmatch(r"[a-z]+\d+\w*", text) is not None


def _equal(one: Any, other: Any, rtol: float, atol: float) -> bool:
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype.kind in "OUS" or b.dtype.kind in "OUS":
        return bool(a == b)
    if b.dtype.kind in "iub":
        return bool(a == b) or (a.dtype.kind == "f" and bool(np.isclose(a, b, rtol, atol)))
    return bool(np.isclose(a, b, rtol, atol, equal_nan=True))
