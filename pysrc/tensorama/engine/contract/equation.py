"""Sums of products written as an equation; what is a product of matrices is computed as one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine.contract.slices import Slices
from tensorama.errors import OperatorError

Array = np.ndarray
Multiply = Callable[[Array, Array], Slices[Array]]


def einsum_slices(equation: str, operands: Sequence[Array], multiply: Multiply) -> Slices[Array]:
    """As np.einsum. Two operands whose letters each stand once go to `multiply`."""
    equation = equation.replace(" ", "")
    left, arrow, result = equation.partition("->")
    terms = left.split(",")
    for term, x in zip(terms, operands, strict=False):
        _complain_unless_square(term, x)
    simple = len(terms) == len(operands) == 2 and "." not in equation
    if not simple or any(len(set(t)) < len(t) or len(t) != x.ndim
                         for t, x in zip(terms, operands, strict=True)):  # fmt: skip
        return np.einsum(equation, *operands, optimize=len(operands) > 1)
    if not arrow:
        result = "".join(sorted(c for c, count in Counter(left).items() if count == 1 and c != ","))
    if len(set(result)) < len(result) or not set(result) <= set(left) - {","}:
        return np.einsum(equation, *operands, optimize=True)  # which says what is wrong
    a, b = (_summed(t, x, set(result) | set(o)) for t, x, o in zip(
        terms, operands, reversed(terms), strict=True))  # fmt: skip
    letters = [c for c in terms[0] if c in terms[1] and c in result]
    inner = [c for c in terms[0] if c in terms[1] and c not in result]
    rows = [c for c in terms[0] if c in result and c not in terms[1]]
    columns = [c for c in terms[1] if c in result and c not in terms[0]]
    sizes: dict[str, int] = {}
    for term, x in (a, b):
        for letter, size in zip(term, x.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return np.einsum(equation, *operands, optimize=True)
    counts = [math.prod(sizes[c] for c in part) for part in (rows, inner, columns)]
    batch = [sizes[c] for c in letters]
    first = _turned(*a, letters + rows + inner).reshape((*batch, counts[0], counts[1]))
    second = _turned(*b, letters + inner + columns).reshape((*batch, counts[1], counts[2]))
    y = yield from multiply(first, second)
    y = y.reshape((*batch, *[sizes[c] for c in rows + columns]))
    return _turned("".join(letters + rows + columns), y, list(result))


def _complain_unless_square(term: str, x: Array) -> None:
    """A letter that stands twice has one size: numpy reads beyond an empty array if it has not."""
    head, _, tail = term.partition("...")
    sizes: dict[str, int] = {}
    ends = (*x.shape[: len(head)], *x.shape[x.ndim - len(tail) :])
    for letter, size in zip(head + tail, ends, strict=False):
        if sizes.setdefault(letter, size) != size:
            raise OperatorError(f'"{letter}" has the sizes {sizes[letter]} and {size} in "{term}"')


def _summed(term: str, x: Array, kept: set[str]) -> tuple[str, Array]:
    """Add up along the letters that stand nowhere else."""
    alone = tuple(axis for axis, letter in enumerate(term) if letter not in kept)
    if not alone:
        return term, x
    return "".join(c for c in term if c in kept), x.sum(axis=alone, dtype=x.dtype)


def _turned(term: str, x: Array, order: Sequence[str]) -> Array:
    return x.transpose([term.index(letter) for letter in order])
