"""Numbers in, a number out: sums, products, powers, extremes, roundings, curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray


@differentiates("Add")
def add(at: Backward) -> Gradients:
    """Both get all of it."""
    return _brought_back(at, at.dy, at.dy)


@differentiates("Sub")
def sub(at: Backward) -> Gradients:
    """The second gets the opposite."""
    return _brought_back(at, at.dy, -at.dy if at.wants(1) else None)


@differentiates("Mul")
def mul(at: Backward) -> Gradients:
    """Each gets the other's value times it."""
    a, b = _pair(at)
    return _brought_back(at, at.dy * b if at.wants(0) else None, at.dy * a if at.wants(1) else None)


@differentiates("Div")
def div(at: Backward) -> Gradients:
    """1/b, and −a/b²"""
    _, b = _pair(at)
    share = at.dy / b
    return _brought_back(at, share, -share * at.y if at.wants(1) else None)


@differentiates("Pow")
def power(at: Backward) -> Gradients:
    """y·x^(y−1), and x^y·ln x"""
    x, y = _pair(at)
    exponent = y.astype(x.dtype, copy=False)
    by_x = by_y = None
    if at.wants(0):
        # where the exponent is 0, so is the slope, even at 0 itself
        by_x = at.dy * np.where(exponent == 0, 0, exponent * np.power(x, exponent - 1))
    if at.wants(1):
        by_y = at.dy * np.where(at.y == 0, 0, at.y * np.log(np.where(x > 0, x, 1)))
    return _brought_back(at, by_x, by_y)


@differentiates("Mod")
def mod(at: Backward) -> Gradients:
    """1, and minus how often b fits into a"""
    a, b = at.inputs
    times = (np.trunc if at.attributes["fmod"] else np.floor)(a / b) if at.wants(1) else None
    return _brought_back(at, at.dy, None if times is None else -at.dy * times)


def _pair(at: Backward) -> tuple[Array, Array]:
    """Both inputs as they meet: before opset 7 an attribute says at which axes the second does."""
    a, b = at.inputs
    axis = at.attributes.get("axis") if at.attributes.get("broadcast") else None
    if axis is not None:
        b = b.reshape(*b.shape, *[1] * (a.ndim - axis % a.ndim - b.ndim))
    return a, b


def _brought_back(at: Backward, *gradients: Array | None) -> Gradients:
    """Each gradient in the type of the way and the shape of its input, if that is wanted."""
    met = _pair(at) if len(at.inputs) == 2 else at.inputs
    return [
        summed_to(np.shape(meets), g.astype(at.dy.dtype, copy=False)).reshape(np.shape(x))
        if g is not None and at.wants(i)
        else None
        for i, (x, meets, g) in enumerate(zip(at.inputs, met, gradients, strict=True))
    ]


@differentiates("Sum", "Mean")
def sum_of(at: Backward) -> Gradients:
    """All get it, of a mean each its part."""
    dy = at.dy / len(at.inputs) if at.op == "Mean" else at.dy
    return _brought_back(at, *[dy for _ in at.inputs])


@differentiates("Max", "Min")
def extreme_of(at: Backward) -> Gradients:
    """The one that was taken gets it; equal ones share it."""
    taken = [np.asarray(x) == at.y for x in at.inputs]
    dy = at.dy / sum(t.astype(at.dy.dtype) for t in taken)
    return _brought_back(at, *[dy * t for t in taken])


@differentiates("Where")
def where(at: Backward) -> Gradients:
    """The one that was taken gets it."""
    condition, nothing = at.inputs[0], at.dy.dtype.type(0)
    return _brought_back(
        at, None, np.where(condition, at.dy, nothing), np.where(condition, nothing, at.dy)
    )


_SLOPES: Mapping[str, Callable[[Array, Array], Array]] = {
    # of x and y
    "Abs": lambda x, y: np.sign(x),
    "Neg": lambda x, y: np.full((), -1, x.dtype),
    "Reciprocal": lambda x, y: -y * y,
    "Sqrt": lambda x, y: 1 / (2 * y),
    "Exp": lambda x, y: y,
    "Log": lambda x, y: 1 / x,
    "Sin": lambda x, y: np.cos(x),
    "Cos": lambda x, y: -np.sin(x),
    "Tan": lambda x, y: 1 + y * y,
    "Asin": lambda x, y: 1 / np.sqrt(1 - x * x),
    "Acos": lambda x, y: -1 / np.sqrt(1 - x * x),
    "Atan": lambda x, y: 1 / (1 + x * x),
    "Sinh": lambda x, y: np.cosh(x),
    "Cosh": lambda x, y: np.sinh(x),
    "Asinh": lambda x, y: 1 / np.sqrt(x * x + 1),
    "Acosh": lambda x, y: 1 / np.sqrt(x * x - 1),
    "Atanh": lambda x, y: 1 / (1 - x * x),
}


@differentiates(*_SLOPES)
def curve(at: Backward) -> Gradients:
    """The slope of the curve at x."""
    return (at.dy * _SLOPES[at.op](at.x, at.y),)


@differentiates("Sign", "Ceil", "Floor", "Round")
def steps(at: Backward) -> Gradients:
    """Nothing: between two steps these are flat."""
    return (np.zeros_like(at.x),)
