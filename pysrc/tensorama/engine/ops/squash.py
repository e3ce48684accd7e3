"""The activation functions that recurrent operators name in their attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.engine.ops.activations import (
    elu,
    hard_sigmoid,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
    softsign,
    tanh,
    thresholded_relu,
)
from tensorama.errors import OperatorError

Squash = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One function f(x, alpha, beta) and the parameters that it takes, with their defaults."""

    function: Callable[[np.ndarray, float, float], np.ndarray]
    alpha: float | None = None
    beta: float | None = None


_KINDS = {
    "affine": _Kind(lambda x, a, b: a * x + b, 1.0, 0.0),
    "elu": _Kind(lambda x, a, b: elu(x, alpha=a), 1.0),
    "hardsigmoid": _Kind(lambda x, a, b: hard_sigmoid(x, alpha=a, beta=b), 0.2, 0.5),
    "leakyrelu": _Kind(lambda x, a, b: leaky_relu(x, alpha=a), 0.01),
    "relu": _Kind(lambda x, a, b: relu(x)),
    "scaledtanh": _Kind(lambda x, a, b: a * np.tanh(b * x), 1.0, 1.0),
    "sigmoid": _Kind(lambda x, a, b: sigmoid(x)),
    "softplus": _Kind(lambda x, a, b: softplus(x)),
    "softsign": _Kind(lambda x, a, b: softsign(x)),
    "tanh": _Kind(lambda x, a, b: tanh(x)),
    "thresholdedrelu": _Kind(lambda x, a, b: thresholded_relu(x, alpha=a), 1.0),
}


def squashers(
    names: Sequence[str],
    default: Sequence[str],
    directions: int,
    alphas: Sequence[float],
    betas: Sequence[float],
    clip: float | None,
    unclipped: int = 0,
) -> list[list[Squash]]:
    """The functions of each direction, in the operator's order (f, g, h).

    `alphas` and `betas` are consumed in the order of the functions that take such a parameter;
    `clip` bounds what goes into each function but the last `unclipped` of a direction (onnxruntime
    clips the gates of an LSTM, not what its cell state shows). Names are compared without regard
    to case.
    """
    names = list(names) or list(default) * directions
    if len(names) != len(default) * directions:
        raise OperatorError(
            f"{len(default) * directions} activations are needed, {len(names)} are named"
        )
    rest_of_alphas, rest_of_betas = list(alphas), list(betas)
    clipped = len(default) - unclipped
    made = [
        _squash(name, rest_of_alphas, rest_of_betas, clip if k % len(default) < clipped else None)
        for k, name in enumerate(names)
    ]
    return [made[d * len(default) : (d + 1) * len(default)] for d in range(directions)]


def are_default(names: Sequence[str], default: Sequence[str], clip: float | None) -> bool:
    """Whether the functions of all directions are the usual ones, and nothing is clipped."""
    usual = [name.lower() for name in default]
    lowered = [name.lower() for name in names]
    return lowered in ([], usual, usual * 2) and (clip is None or clip <= 0)


def _squash(name: str, alphas: list[float], betas: list[float], clip: float | None) -> Squash:
    kind = _KINDS.get(name.lower())
    if kind is None:
        raise OperatorError(f'the activation "{name}" is not known; known: {", ".join(_KINDS)}')
    alpha = alphas.pop(0) if kind.alpha is not None and alphas else kind.alpha or 0.0
    beta = betas.pop(0) if kind.beta is not None and betas else kind.beta or 0.0
    if clip is None or clip <= 0:
        return lambda x: kind.function(x, alpha, beta)
    return lambda x: kind.function(np.clip(x, -clip, clip), alpha, beta)
