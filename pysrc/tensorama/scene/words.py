"""Layers, shapes and values in words, as labels, outline, search and tip write them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from tensorama.layers import Layer
from tensorama.phrases import Phrase, joined, phrase

_SERVED = re.compile(r"^serving_default_|:\d+$")
_LONGEST = 22  # letters of a name in a label, as in style.css
_MOST_OPERATORS = 4  # that are written out
_SPECIAL = {"nan": "NaN", "inf": "∞", "-inf": "−∞"}


def shape_in_words(shape: tuple[int, ...]) -> str:
    """A shape without the axis of a batch of one: "6 × 28 × 28"; "empty (0,3)" without numbers."""
    if 0 in shape:
        return phrase("empty ({shape})", shape=",".join(map(str, shape)))
    inner = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return " × ".join(map(str, inner)) or "1"


def short_name(name: str, around: Iterable[str]) -> str:
    """A name as it is written within groups of these names, the outermost first: without them.

    Of a path whose parts say again what stands before them, as PyTorch's layer1/layer1.0, the last
    one is enough. A number alone is never left, and of a long path its end. What TensorFlow puts
    around the name of an input (serving_default_…:0) is left out.
    """
    name = _SERVED.sub("", name) or name
    parts = name.split("/")
    name = whole = "/".join(a for a, b in pairwise([*parts, ""]) if not b.startswith(f"{a}."))
    for scope in around:
        rests = [one[len(scope) + 1 :] for one in (whole, name) if one.startswith(_within(scope))]
        name = next((rest for rest in rests if any(map(str.isalpha, rest))), name)
    return tail(name)


def _within(scope: str) -> tuple[str, str]:
    return f"{scope}/", f"{scope}."


def tail(name: str, most: int = _LONGEST) -> str:
    """The end of a path or of words, if all is too long: as many of them as there is room for."""
    if len(name) <= most:
        return name
    cuts = [at for at, sign in enumerate(name) if sign in "/. " and at > len(name) - most]
    return "…" + (name[cuts[0] + 1 :] if cuts else name[1 - most :])


def short_op(op: str) -> str:
    """Operators in a few words: "Conv + BatchNorm + Relu", "ReduceMean + Sub + … + Add"."""
    parts = op.replace("Normalization", "Norm").split(" + ")
    return " + ".join([*parts[:2], "…", parts[-1]] if len(parts) > _MOST_OPERATORS else parts)


def said(layer: Layer, shape: tuple[int, ...]) -> str:
    """A layer as it is told at once, in the words that are seen: "conv1, Conv + Relu, 6 × 28 × 28".

    Who speaks to the page says what stands there; so what is read aloud holds it as it stands.
    """
    op, words = "" if layer.kind == "input" else layer.op, shape_in_words(shape)
    return joined(", ", (part for part in (layer.name, op, words) if part))


def strongest(count: int, called: str) -> Phrase:
    """What a summary shows of so many maps; `called`: what these are, as a `Reading` has it."""
    if called == "head":
        return phrase("strongest of {count} heads", count=count)
    if called == "direction":
        return phrase("strongest of {count} directions", count=count)
    return phrase("strongest of {count} maps", count=count)


def field_in_words(field: tuple[int, int]) -> Phrase:
    """What a cell shows that stands for so many rows and columns."""
    return phrase("strongest of {rows} × {columns} here", rows=field[0], columns=field[1])


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
        "NaN": phrase("not a number"),
        "∞": phrase("infinite"),
        "−∞": phrase("minus infinite, as what is masked"),
        "": phrase("an empty text"),
    }
    return known.get(text, "")
