"""One number as a type of few bits holds it: float16, bfloat16, float8 and smaller, small integers.

Computed from the type's definition, a number at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorama.onnxfile.types import BFLOAT16, DTYPES, E8M0, NARROW, Narrow


def narrowed(value: Any, to: int, saturate: bool = True, round_mode: str = "up") -> Any:
    """The value that element type `to` has nearest to a number, ties to the even one.

    Integers keep their lowest bits. A float8 beyond the largest becomes that, or infinity or NaN
    without `saturate`. round_mode (up, down, nearest) is for float8e8m0.
    """
    if to not in NARROW:
        with np.errstate(over="ignore"):
            return np.float64(DTYPES[to].type(value))
    kind = NARROW[to]
    if kind.carrier != "float32":
        span, low = 1 << kind.bits, -(1 << kind.bits - 1) if kind.carrier == "int8" else 0
        return (int(value) - low) % span + low
    if to == E8M0:
        return _power_of_two(float(value), saturate, round_mode)
    return np.float64(_rounded(float(value), kind, saturate and to != BFLOAT16))


def _rounded(value: float, kind: Narrow, saturate: bool) -> float:
    if math.isnan(value):
        return value if kind.special else -0.0
    largest = _largest(kind)
    nearest = value
    if math.isfinite(value) and value:
        exponent = max(math.frexp(value)[1] - 1, 1 - kind.bias)
        step = math.ldexp(1.0, exponent - kind.mantissa)
        nearest = math.copysign(round(abs(value) / step) * step, value)
    if abs(nearest) <= largest:
        return nearest + 0.0 if kind.special == "fnuz" else nearest
    if saturate or not kind.special:
        return math.copysign(largest, value)
    return math.copysign(math.inf, value) if kind.special == "ieee" else math.nan


def _largest(kind: Narrow) -> float:
    """The largest finite number: the highest exponent, all bits of the fraction or all but one."""
    highest = (1 << kind.bits - 1 - kind.mantissa) - 1
    fraction = (1 << kind.mantissa) - 1
    if kind.special == "ieee":
        highest -= 1
    if kind.special == "fn":
        fraction -= 1
    return math.ldexp(1 + fraction / (1 << kind.mantissa), highest - kind.bias)


def _power_of_two(value: float, saturate: bool, round_mode: str) -> Any:
    size = abs(value)
    if math.isnan(value) or math.isinf(value):
        return np.float64(np.nan)
    exponent = -128
    if size:
        exponent = math.frexp(size)[1] - 1  # of the power of two not above it
        part = size / math.ldexp(1.0, exponent)
        if (round_mode == "up" and part > 1) or (round_mode == "nearest" and part >= 1.5):
            exponent += 1
    if not -127 <= exponent <= 127:
        if not saturate:
            return np.float64(np.nan)
        exponent = min(max(exponent, -127), 127)
    return np.float64(math.ldexp(1.0, exponent))
