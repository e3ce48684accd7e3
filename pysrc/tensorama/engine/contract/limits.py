"""How many products and steps one node may ask for: two small tensors can ask for days."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.errors import OperatorError

MOST = 1 << 40  # multiplications of one node: half a minute on a fast processor, minutes in a page
MOST_STEPS = 1 << 18  # one after the other, each some ten calls of numpy: a dozen seconds
_STEP = 1 << 19  # multiplications in whose time Python makes a step

_taken = 0  # products since the beginning, of all runs


def taken() -> int:
    """How many products were asked for until now; what is between two looks was asked between."""
    return _taken


def complain_if_endless(products: int) -> None:
    """Count products. Raises OperatorError if so many cannot be waited for."""
    global _taken
    _taken += products
    if products > MOST:
        raise OperatorError(
            f"this takes {products:,} multiplications, more than can be waited for ({MOST:,})"
        )


def complain_of_steps(steps: int) -> None:
    """The same for steps that must come one after the other, however little each multiplies."""
    global _taken
    _taken += steps * _STEP
    if steps > MOST_STEPS:
        raise OperatorError(
            f"this takes {steps:,} steps one after the other, more than can be waited for "
            f"({MOST_STEPS:,})"
        )


def complain_of_matrices(a: np.ndarray, b: np.ndarray) -> None:
    """The same for matrices: a (…,M,K), b (…,K,N)."""
    columns = b.shape[-1] if b.ndim > 1 else 1
    products = a.size * columns
    if b.ndim > 2:  # a may be one for many of b
        rows = a.shape[-2] if a.ndim > 1 else 1
        products = max(products, b.size * rows)
    complain_if_endless(products)


def complain_of_kernels(
    x: np.ndarray,
    w: np.ndarray,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[tuple[int, int]],
) -> None:
    """The same for kernels that slide: x (N,C,*D), w (M,C/group,*K)."""
    places = 1
    for axis, size in enumerate(x.shape[2:]):
        border = sum(pads[axis]) if pads else 0
        room = size + border - (w.shape[2 + axis] - 1) * dilations[axis] - 1
        places *= max(0, room // max(1, strides[axis]) + 1)
    complain_if_endless(len(x) * w.size * places)


def complain_of_equation(equation: str, operands: Sequence[np.ndarray]) -> None:
    """The same for a sum that an equation writes down; one with dots is not looked into."""
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    sizes = {
        letter: size
        for term, x in zip(terms, operands, strict=False)
        for letter, size in zip(term, x.shape, strict=False)
    }
    if "." not in equation:
        complain_if_endless(math.prod(sizes.values()))
