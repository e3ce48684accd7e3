"""Functions by which recurrent and fused operators bend a sum, as their attributes name them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Bend = Callable[[Any], Any]


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^−x), without an overflow on either side."""
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1 / (1 + small), small / (1 + small))[()]


def softplus(x: Any) -> Any:
    """log(1 + e^x)"""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def silu(x: Any) -> Any:
    """x · sigmoid(x)"""
    return x * sigmoid(x)


def gelu(x: Any) -> Any:
    """Gelu by its likeness with tanh."""
    return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


# each with how many parameters it takes and their defaults, alpha first
_BENDS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "affine": (lambda x, a, b: a * x + b, (1.0, 0.0)),
    "elu": (lambda x, a: np.where(x < 0, a * np.expm1(np.minimum(x, 0)), x)[()], (1.0,)),
    "hardsigmoid": (lambda x, a, b: np.clip(a * x + b, 0, 1), (0.2, 0.5)),
    "leakyrelu": (lambda x, a: np.where(x < 0, a * x, x)[()], (0.01,)),
    "relu": (lambda x: np.maximum(x, 0), ()),
    "scaledtanh": (lambda x, a, b: a * np.tanh(b * x), (1.0, 1.0)),
    "sigmoid": (sigmoid, ()),
    "softplus": (softplus, ()),
    "softsign": (lambda x: x / (1 + np.abs(x)), ()),
    "tanh": (np.tanh, ()),
    "thresholdedrelu": (lambda x, a: np.where(x > a, x, 0)[()], (1.0,)),
}


def bends(
    names: Sequence[str],
    alphas: Sequence[float] = (),
    betas: Sequence[float] = (),
    clip: float | None = None,
    every: int = 1,
    unclipped: int = 0,
) -> list[Bend]:
    """The functions of those names, which take from alphas and betas in turn what they need.

    clip bounds what goes into each, but for the last `unclipped` of every so many.
    """
    alpha, beta = iter(alphas), iter(betas)
    return [
        _bend(name, alpha, beta, clip if place % every < every - unclipped else None)
        for place, name in enumerate(names)
    ]


def _bend(name: str, alpha: Any, beta: Any, clip: float | None) -> Bend:
    function, defaults = _BENDS[name.lower()]
    given = [
        next(source, default) for source, default in zip((alpha, beta), defaults, strict=False)
    ]
    if clip is None or clip <= 0:
        return lambda x: function(x, *given)
    return lambda x: function(np.clip(x, -clip, clip), *given)
