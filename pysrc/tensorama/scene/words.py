"""Layers, shapes and values in words, as labels, outline, search and tip write them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tensorama.layers import Layer

_MOST_OPERATORS = 4  # that are written out
_SPECIAL = {"nan": "NaN", "inf": "∞", "-inf": "−∞"}


def shape_in_words(shape: tuple[int, ...]) -> str:
    """A shape without the axis of a batch of one: "6 × 28 × 28"; "empty (0,3)" without numbers."""
    if 0 in shape:
        return f"empty ({','.join(map(str, shape))})"
    inner = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return " × ".join(map(str, inner)) or "1"


def short_name(name: str, around: Iterable[str]) -> str:
    """A name as it is written within groups of these names, the outermost first: without them."""
    for scope in around:
        name = name.removeprefix(f"{scope}/") or name
    return name


def short_op(op: str) -> str:
    """Operators in a few words: "Conv + BatchNorm + Relu", "ReduceMean + Sub + … + Add"."""
    parts = op.replace("Normalization", "Norm").split(" + ")
    return " + ".join([*parts[:2], "…", parts[-1]] if len(parts) > _MOST_OPERATORS else parts)


def said(layer: Layer, shape: tuple[int, ...]) -> str:
    """A layer as a screen reader should say it: "conv1, Conv + Relu, 6 by 28 by 28"."""
    op = "" if layer.kind == "input" else layer.op
    words = shape_in_words(shape).replace(" × ", " by ")
    return ", ".join(part for part in (layer.name, op, words) if part)


_EXACT = 2**53  # whole numbers up to here are kept by everyone who reads JSON


def written(value: Any) -> str:
    """A recorded value, exactly: of a float the shortest decimals that give the same one again."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (np.floating, float)):
        return _SPECIAL.get(str(value), str(value))
    return str(value.item() if isinstance(value, np.generic) else value)


def plain(value: Any) -> bool | int | float | str:
    """A recorded value for JSON: as a number if JSON holds just that one, else as `written`."""
    value = value.item() if isinstance(value, np.generic) else value
    exact = (isinstance(value, int) and abs(value) <= _EXACT) or (
        isinstance(value, float) and math.isfinite(value)
    )
    return value if exact else written(value)


def remark(value: Any) -> str:
    """What is to be said of a value beyond itself: that it is no number, infinite, or nothing."""
    text = written(value)
    known = {
        "NaN": "not a number",
        "∞": "infinite",
        "−∞": "minus infinite, as what is masked",
        "": "an empty text",
    }
    return known.get(text, "")
