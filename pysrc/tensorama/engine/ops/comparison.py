"""Questions with a yes or no for each cell, and their combinations."""

from __future__ import annotations

import numpy as np

from tensorama.engine.registry import op

Array = np.ndarray


@op("Equal", since=7)
def equal(a: Array, b: Array) -> Array:
    """a = b"""
    return np.asarray(a == b, dtype=bool)


@op("Greater", since=7)
def greater(a: Array, b: Array) -> Array:
    """a > b"""
    return a > b


@op("GreaterOrEqual", since=12)
def greater_or_equal(a: Array, b: Array) -> Array:
    """a ≥ b"""
    return a >= b


@op("Less", since=7)
def less(a: Array, b: Array) -> Array:
    """a < b"""
    return a < b


@op("LessOrEqual", since=12)
def less_or_equal(a: Array, b: Array) -> Array:
    """a ≤ b"""
    return a <= b


@op("And", since=7)
def both(a: Array, b: Array) -> Array:
    """Both hold."""
    return a & b


@op("Or", since=7)
def either(a: Array, b: Array) -> Array:
    """At least one holds."""
    return a | b


@op("Xor", since=7)
def one_alone(a: Array, b: Array) -> Array:
    """Exactly one holds."""
    return a ^ b


@op("Not", since=1)
def negation(x: Array) -> Array:
    """It does not hold."""
    return ~x


@op("IsNaN", since=9)
def is_nan(x: Array) -> Array:
    """Where the value is not a number."""
    return np.isnan(x)


@op("IsInf", since=10)
def is_infinite(x: Array, *, detect_negative: int = 1, detect_positive: int = 1) -> Array:
    """Where the value is infinite, on the sides asked for."""
    found = np.isinf(x)
    if not detect_negative:
        found &= x > 0
    if not detect_positive:
        found &= x < 0
    return found
