"""Numbers in, a number out: sums, products, powers, roundings and bits, cell by cell.

Every function here works elementwise with numpy's broadcasting, which is ONNX's since opset 7.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from tensorama.engine.kernel.cells import folded_in, in_kernel, paired, paired_in_kernel
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("Add", since=7)
@paired_in_kernel("add")
def add(a: Array, b: Array) -> Array:
    """a + b"""
    return a + b


@op("Sub", since=7)
@paired_in_kernel("sub")
def sub(a: Array, b: Array) -> Array:
    """a − b"""
    return a - b


@op("Mul", since=7)
@paired_in_kernel("mul")
def mul(a: Array, b: Array) -> Array:
    """a · b"""
    return a * b


@op("Div", since=7)
@paired_in_kernel("div")
def div(a: Array, b: Array) -> Array:
    """a / b; integers are divided towards zero."""
    if a.dtype.kind not in "iu":
        return a / b
    if not np.all(b):
        raise OperatorError("an integer is divided by zero")
    if a.dtype.kind == "u":
        return a // b
    down = a // b
    return down + ((down < 0) & (down * b != a)).astype(a.dtype)


@op("Mod", since=10)
def mod(a: Array, b: Array, *, fmod: int = 0) -> Array:
    """The remainder: with the sign of b as in Python, or with `fmod` the sign of a as in C."""
    if a.dtype.kind in "iu" and not np.all(b):
        raise OperatorError("an integer is divided by zero")
    return np.fmod(a, b) if fmod else np.mod(a, b)


@op("Pow", since=7)
@replayable("x")
def power(x: Array, y: Array) -> Array:
    """x to the power y, in the type of x."""
    if x.dtype == y.dtype and x.dtype.kind == "f":
        # a square is far more common than any other power, and a product is far cheaper
        if y.size != 1 or y.ndim > x.ndim or y.item() != 2:
            return np.power(x, y)
        square = paired("mul", x, x)
        return x * x if square is None else square
    wide = np.result_type(x, y, np.float64) if x.dtype.kind == "f" or y.dtype.kind == "f" else None
    if wide is not None:
        return np.power(x.astype(wide), y.astype(wide)).astype(x.dtype)
    if y.dtype.kind == "i" and y.size and y.min() < 0:
        return np.power(x.astype(np.float64), y).astype(x.dtype)
    return np.power(x, y.astype(x.dtype)).astype(x.dtype)


def _folded(name: str, function: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def fold(*inputs: Array) -> Array:
        return reduce(function, inputs)

    fold.__doc__ = f"{name} of all inputs, cell by cell."
    return op(name, since=6)(fold)


maximum_of = _folded("Max", np.maximum)
minimum_of = _folded("Min", np.minimum)


@op("Sum", since=6)
@replayable("*")
def sum_of(first: Array, *inputs: Array) -> Array:
    """Sum of all inputs, cell by cell."""
    if not inputs:
        return first
    total = add(first, inputs[0])
    for other in inputs[1:]:
        total = total if folded_in("add", total, other) else total + other
    return total


@op("Mean", since=6)
def mean_of(*inputs: Array) -> Array:
    """The mean of all inputs, cell by cell."""
    return reduce(np.add, inputs) / np.array(len(inputs), inputs[0].dtype)


@op("Abs", since=6)
@in_kernel("abs")
def absolute(x: Array) -> Array:
    """x without its sign."""
    return np.abs(x)


@op("Neg", since=6)
@in_kernel("neg")
def negative(x: Array) -> Array:
    """−x"""
    return -x


@op("Sign", since=9)
def sign(x: Array) -> Array:
    """−1, 0 or 1."""
    return np.sign(x)


@op("Reciprocal", since=6)
@in_kernel("reciprocal")
def reciprocal(x: Array) -> Array:
    """1 / x"""
    return np.ones((), x.dtype) / x


@op("Sqrt", since=6)
@in_kernel("sqrt")
def square_root(x: Array) -> Array:
    """√x"""
    return np.sqrt(x)


@op("Exp", since=6)
@in_kernel("exp")
def exponential(x: Array) -> Array:
    """e to the power x."""
    return np.exp(x)


@op("Log", since=6)
def logarithm(x: Array) -> Array:
    """The natural logarithm."""
    return np.log(x)


@op("Ceil", since=6)
@in_kernel("ceil")
def ceiling(x: Array) -> Array:
    """The next integer not below x."""
    return np.ceil(x)


@op("Floor", since=6)
@in_kernel("floor")
def floor(x: Array) -> Array:
    """The next integer not above x."""
    return np.floor(x)


@op("Round", since=11)
@in_kernel("nearest")
def round_half_even(x: Array) -> Array:
    """The nearest integer; halves go to the even one."""
    return np.rint(x)


@op("BitShift", since=11)
def bit_shift(x: Array, y: Array, *, direction: str) -> Array:
    """Move the bits of x by y places, LEFT or RIGHT; what falls off the end is lost.

    Shifting by the width or more is undefined in C; it gives 0 (or the sign) here.
    """
    if direction not in ("LEFT", "RIGHT"):
        raise OperatorError(f'direction "{direction}" is not LEFT or RIGHT')
    return x << y if direction == "LEFT" else x >> y


@op("BitwiseAnd", since=18)
def bitwise_and(a: Array, b: Array) -> Array:
    """Bits that are set in both."""
    return a & b


@op("BitwiseOr", since=18)
def bitwise_or(a: Array, b: Array) -> Array:
    """Bits that are set in either."""
    return a | b


@op("BitwiseXor", since=18)
def bitwise_xor(a: Array, b: Array) -> Array:
    """Bits that are set in one alone."""
    return a ^ b


@op("BitwiseNot", since=18)
def bitwise_not(x: Array) -> Array:
    """Every bit turned over."""
    return ~x
