"""Trigonometry: functions of an angle or of a hyperbola, with what they mean at this number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import numbered
from tensorama.explain.curves import Curve, Given
from tensorama.phrases import Phrase

_SENTENCES = {  # with the number x and what comes out
    "Sin": "After {x} along a circle of radius 1 a point stands {y} above the middle.",
    "Cos": "After {x} along a circle of radius 1 a point stands {y} right of the middle.",
    "Tan": "A line at the angle {x} rises by {y} for each step of 1.",
    "Asin": "The angle whose sine is {x} is {y}.",
    "Acos": "The angle whose cosine is {x} is {y}.",
    "Atan": "A line that rises by {x} for each step of 1 has the angle {y}.",
    "Sinh": "Half the difference of e to the power {x} and e to the power of its opposite: {y}.",
    "Cosh": "The mean of e to the power {x} and e to the power of its opposite: {y}.",
    "Asinh": "The hyperbolic sine of {y} is {x}.",
    "Acosh": "The hyperbolic cosine of {y} is {x}.",
    "Atanh": "The hyperbolic tangent of {y} is {x}.",
}
_IN_NUMPY = {"Asin": "arcsin", "Acos": "arccos", "Atan": "arctan"}
_IN_NUMPY |= {f"{name}h": f"{known}h" for name, known in _IN_NUMPY.items()}


def _curve(name: str) -> Curve:
    function: Any = getattr(np, _IN_NUMPY.get(name, name.lower()))

    def said(x: Any, y: Any, given: Given) -> Phrase:
        if np.isnan(y):
            return numbered(
                "{x} lies outside of what {name} is defined for.", x=x, name=name.lower()
            )
        return numbered(_SENTENCES[name], x=x, y=y)

    return Curve(lambda x, g: function(x), lambda x, g: m.call(name.lower(), x), said)


ANGLES: Mapping[str, Curve] = {name: _curve(name) for name in _SENTENCES}
