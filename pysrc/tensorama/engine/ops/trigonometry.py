"""Angles and their functions, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.engine.registry import op

Array = np.ndarray
_FUNCTIONS: tuple[tuple[str, int, Callable[[Any], Any]], ...] = (
    ("Sin", 7, np.sin),
    ("Cos", 7, np.cos),
    ("Tan", 7, np.tan),
    ("Asin", 7, np.arcsin),
    ("Acos", 7, np.arccos),
    ("Atan", 7, np.arctan),
    ("Sinh", 9, np.sinh),
    ("Cosh", 9, np.cosh),
    ("Asinh", 9, np.arcsinh),
    ("Acosh", 9, np.arccosh),
    ("Atanh", 9, np.arctanh),
)


def _register(name: str, since: int, function: Callable[[Any], Any]) -> None:
    def apply(x: Array) -> Array:
        return function(x)

    apply.__name__, apply.__doc__ = name.lower(), f"{name} of each cell, in radians."
    op(name, since=since)(apply)


for _name, _since, _function in _FUNCTIONS:
    _register(_name, _since, _function)
