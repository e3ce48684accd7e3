"""Functions of one number, as a table: how each is computed, its formula, what it did just here.

Activations, roots, logarithms, roundings. Trigonometry is in `angles`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import numbered
from tensorama.explain.mathml import written
from tensorama.phrases import Phrase, phrase

Given = Mapping[str, Any]
Of = Callable[[Any, Given], Any]
Formula = Callable[[str, Given], str]
Spoken = Callable[[Any, Any, Given], Phrase]  # of x, y and the attributes


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number: how to compute it, its formula, and what it does to this number."""

    of: Of
    formula: Formula
    said: Spoken


def percent(share: float) -> str:
    """A share of 1 as a person reads it."""
    return f"{written(np.float64(100 * share))} %"


def normal_below(x: Any) -> float:
    """The share of a bell curve below x."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ)"""
    return 1 / (1 + np.exp(-np.float64(x)))


def _times(factor: Any, x: str) -> str:
    return x if factor == 1 else m.row(m.number(factor), m.op("·"), x)


def _whole(other: str) -> Spoken:
    return lambda x, y, given: (
        numbered("{x} is whole already.", x=x) if x == y else numbered(other, x=x, y=y)
    )


def _passes(x: Any, bent: Phrase) -> Phrase:
    return numbered("{x} is not negative and passes as it is.", x=x) if x >= 0 else bent


def _gate(share: Callable[[Any, Given], Any]) -> Spoken:
    def said(x: Any, y: Any, given: Given) -> Phrase:
        return numbered(
            "Its own gate stands {open} open for {x}: {y} passes.",
            open=percent(share(x, given)), x=x, y=y,
        )  # fmt: skip

    return said


def _gelu(x: Any, given: Given) -> Any:
    if given.get("approximate") == "tanh":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * normal_below(x)


def _gelu_said(x: Any, y: Any, given: Given) -> Phrase:
    below = percent(normal_below(x))
    return numbered(
        "{below} of a bell curve lies below {x}; that share of it passes.", below=below, x=x
    )


def _relu_said(x: Any, y: Any, given: Given) -> Phrase:
    if x > 0:
        return numbered("Relu lets {x} through, for it is positive.", x=x)
    return numbered("Relu makes 0 of {x}, for it is not positive.", x=x)


def _hard_sigmoid_said(x: Any, y: Any, given: Given) -> Phrase:
    line = given["alpha"] * x + given["beta"]
    if 0 <= line <= 1:
        return numbered("On the sloping part of the curve: {x} becomes {y}.", x=x, y=y)
    return numbered(
        "The straight line would give {line}; it is cut off at {y}.", line=line, y=y
    )  # fmt: skip


def _exp_said(x: Any, y: Any, given: Given) -> Phrase:
    if x > 0:
        return numbered(
            "Each step of 1 upwards makes it 2.718 times as large: {x} steps from 1.", x=x
        )
    return numbered("Each step of 1 downwards divides it by 2.718: {x} steps down from 1.", x=-x)


def _log_said(x: Any, y: Any, given: Given) -> Phrase:
    if x < 0:
        return numbered("No power of e is negative: {x} has no logarithm.", x=x)
    if x == 0:
        return phrase("No power of e is 0; ever smaller numbers go down without end.")
    return numbered("e to the power {y} is {x}.", x=x, y=y)


def _root_said(x: Any, y: Any, given: Given) -> Phrase:
    if x < 0:
        return numbered("No number times itself is negative: {x} has no root here.", x=x)
    return numbered("{y} times itself is {x}.", x=x, y=y)


def _rounded_said(x: Any, y: Any, given: Given) -> Phrase:
    if x == y or x != x:
        return numbered("{x} has nothing to round.", x=x)
    if abs(x - math.floor(x)) == 0.5:
        return numbered("{x} lies between two whole numbers; of them {y} is even.", x=x, y=y)
    return numbered("The whole number nearest to {x} is {y}.", x=x, y=y)


def _sign_said(x: Any, y: Any, given: Given) -> Phrase:
    if x > 0:
        return numbered("{x} is above 0.", x=x)
    return numbered("{x} is below 0.", x=x) if x < 0 else numbered("{x} is equal to 0.", x=x)


def _shrink_said(x: Any, y: Any, given: Given) -> Phrase:
    limit, bias = given["lambd"], given["bias"]
    if abs(x) <= limit:
        return numbered("{x} lies within ±{limit}, so it becomes 0.", x=x, limit=limit)
    return numbered(
        "{x} lies beyond ±{limit} and moves {bias} towards 0.", x=x, limit=limit, bias=bias
    )


def _clipped(x: Any, given: Given) -> Any:
    return min(max(x, given["min"]), given["max"]) if x == x else x


def clip_said(x: Any, low: Any, high: Any) -> Phrase:
    """What a limit on both sides did to a number."""
    if high < x or (low > high):
        return numbered("{x} is above the upper limit {high} and is cut off there.", x=x, high=high)
    if x < low:
        return numbered("{x} is below the lower limit {low} and is cut off there.", x=x, low=low)
    return numbered("{x} lies between the limits and stays.", x=x)


def _elu(x: Any, given: Given) -> Any:
    return given["alpha"] * np.expm1(x) if x < 0 else x


def _selu(x: Any, given: Given) -> Any:
    return given["gamma"] * (x if x > 0 else given["alpha"] * np.expm1(x))


def _celu(x: Any, given: Given) -> Any:
    return x if x >= 0 else given["alpha"] * np.expm1(x / given["alpha"])


def _exponential_formula(x: str, given: Given) -> str:
    bent = m.row(m.power(m.name("e"), x), m.op("−"), m.number(1))
    return m.row(_times(given.get("gamma", 1), m.call("elu", x)), m.op(","), bent)


def _bent_said(x: Any, y: Any, given: Given) -> Phrase:
    floor = -given["alpha"] * given.get("gamma", 1.0)
    if x >= 0 and "gamma" in given:
        return numbered(
            "{x} is not negative: it is only scaled by {gamma}.", x=x, gamma=given["gamma"]
        )
    bent = numbered("{x} is negative: bent to {y}, never below {floor}.", x=x, y=y, floor=floor)
    return _passes(x, bent)


def _tanh_said(x: Any, y: Any, given: Given) -> Phrase:
    side = "1" if x > 0 else "−1"
    return numbered(
        "Squashed between −1 and 1: {part} of the way from 0 to {side}.",
        part=percent(abs(y)), side=side,
    )  # fmt: skip


def _softplus(x: Any) -> Any:
    return max(x, 0) + np.log1p(np.exp(-abs(x))) if x == x else x


def _negative_said(x: Any, y: Any, given: Given) -> Phrase:
    share = percent(given["alpha"])
    return _passes(x, numbered("{x} is negative: only {share} of it passes.", x=x, share=share))


def _function(name: str) -> Formula:
    return lambda x, given: m.call(name, x)


def _hard(given: Given) -> Given:
    return {"alpha": 1 / 6, "beta": 0.5, **given}


CURVES: Mapping[str, Curve] = {
    "Relu": Curve(
        lambda x, g: max(x, 0) if x == x else x,
        lambda x, g: m.call("max", m.number(0), x),
        _relu_said,
    ),
    "LeakyRelu": Curve(
        lambda x, g: g["alpha"] * x if x < 0 else x,
        lambda x, g: m.call("max", x, _times(g["alpha"], x)),
        _negative_said,
    ),
    "ThresholdedRelu": Curve(
        lambda x, g: x if x > np.float32(g["alpha"]) else 0.0,
        lambda x, g: m.row(x, m.op("·"), m.op("["), x, m.op(">"), m.number(g["alpha"]), m.op("]")),
        lambda x, y, g: (
            numbered("{x} is above the threshold {limit} and passes.", x=x, limit=g["alpha"])
            if x > np.float32(g["alpha"])
            else numbered(
                "{x} is not above the threshold {limit}: it becomes 0.", x=x, limit=g["alpha"]
            )
        ),
    ),
    "Elu": Curve(_elu, _exponential_formula, _bent_said),
    "Selu": Curve(_selu, _exponential_formula, _bent_said),
    "Celu": Curve(_celu, _exponential_formula, _bent_said),
    "Sigmoid": Curve(
        lambda x, g: sigmoid(x),
        lambda x, g: m.fraction(
            m.number(1), m.row(m.number(1), m.op("+"), m.power(m.name("e"), m.op("−") + x))
        ),
        lambda x, y, g: numbered("{x} squashed between 0 and 1: {share}.", x=x, share=percent(y)),
    ),
    "HardSigmoid": Curve(
        lambda x, g: min(max(g["alpha"] * x + g["beta"], 0.0), 1.0) if x == x else x,
        lambda x, g: m.call(
            "clip",
            m.row(_times(g["alpha"], x), m.op("+"), m.number(g["beta"])),
            m.number(0),
            m.number(1),
        ),
        _hard_sigmoid_said,
    ),
    "HardSwish": Curve(
        lambda x, g: x * min(max(x / 6 + 0.5, 0.0), 1.0),
        lambda x, g: m.row(x, m.op("·"), m.call("hardsigmoid", x)),
        _gate(lambda x, g: min(max(x / 6 + 0.5, 0.0), 1.0)),
    ),
    "Swish": Curve(
        lambda x, g: x * sigmoid(g["alpha"] * x),
        lambda x, g: m.row(x, m.op("·"), m.call("σ", _times(g["alpha"], x))),
        _gate(lambda x, g: sigmoid(g["alpha"] * x)),
    ),
    "Mish": Curve(
        lambda x, g: x * np.tanh(_softplus(x)),
        lambda x, g: m.row(x, m.op("·"), m.call("tanh", m.call("softplus", x))),
        _gate(lambda x, g: np.tanh(_softplus(x))),
    ),
    "Gelu": Curve(_gelu, lambda x, g: m.row(x, m.op("·"), m.call("Φ", x)), _gelu_said),
    "Tanh": Curve(lambda x, g: np.tanh(x), _function("tanh"), _tanh_said),
    "Softplus": Curve(
        lambda x, g: _softplus(x),
        lambda x, g: m.call("ln", m.row(m.number(1), m.op("+"), m.power(m.name("e"), x))),
        lambda x, y, g: numbered(
            "A smooth Relu: Relu would give {relu}, this is {more} more.",
            relu=max(x, 0.0),
            more=y - max(x, 0.0),
        ),
    ),
    "Softsign": Curve(
        lambda x, g: x / (1 + abs(x)),
        lambda x, g: m.fraction(x, m.row(m.number(1), m.op("+"), m.op("|"), x, m.op("|"))),
        _tanh_said,
    ),
    "Erf": Curve(
        lambda x, g: np.float64(math.erf(x)),
        _function("erf"),
        lambda x, y, g: numbered(
            "{part} of a bell curve of deviation 0.707 lies within ±{x}.",
            part=percent(abs(y)),
            x=abs(x),
        ),
    ),
    "Shrink": Curve(
        lambda x, g: x + g["bias"] if x < -g["lambd"] else x - g["bias"] if x > g["lambd"] else 0,
        _function("shrink"),
        _shrink_said,
    ),
    "Clip": Curve(
        _clipped,
        lambda x, g: m.call("clip", x, m.number(g["min"]), m.number(g["max"])),
        lambda x, y, g: clip_said(x, g["min"], g["max"]),
    ),
    "Abs": Curve(
        lambda x, g: abs(x),
        lambda x, g: m.row(m.op("|"), x, m.op("|")),
        lambda x, y, g: (
            numbered("{x} loses its minus.", x=x)
            if x < 0
            else numbered("{x} has no minus to lose.", x=x)
        ),
    ),
    "Neg": Curve(
        lambda x, g: -x,
        lambda x, g: m.row(m.op("−"), x),
        lambda x, y, g: numbered("{x} on the other side of 0.", x=x),
    ),
    "Ceil": Curve(
        lambda x, g: np.ceil(x),
        _function("⌈⌉"),
        _whole("The first whole number not below {x} is {y}."),
    ),
    "Floor": Curve(
        lambda x, g: np.floor(x),
        _function("⌊⌋"),
        _whole("The last whole number not above {x} is {y}."),
    ),
    "Round": Curve(lambda x, g: np.rint(x), _function("round"), _rounded_said),
    "Sign": Curve(
        lambda x, g: int(x > 0) - int(x < 0) if x == x else x, _function("sign"), _sign_said
    ),
    "Sqrt": Curve(lambda x, g: np.sqrt(x), lambda x, g: m.root(x), _root_said),
    "Reciprocal": Curve(
        lambda x, g: np.float64(1) / x,
        lambda x, g: m.fraction(m.number(1), x),
        lambda x, y, g: (
            numbered("{x} fits {y} times into 1.", x=x, y=y)
            if x
            else phrase("1 divided by 0: there is no end to how often 0 fits in.")
        ),
    ),
    "Exp": Curve(lambda x, g: np.exp(x), lambda x, g: m.power(m.name("e"), x), _exp_said),
    "Log": Curve(lambda x, g: np.log(x), _function("ln"), _log_said),
    "Affine": Curve(
        lambda x, g: g["alpha"] * x + g["beta"],
        lambda x, g: m.row(_times(g["alpha"], x), m.op("+"), m.number(g["beta"])),
        lambda x, y, g: numbered(
            "{factor} times {x}, and {more} more.", factor=g["alpha"], x=x, more=g["beta"]
        ),
    ),
    "Scale": Curve(
        lambda x, g: g["scale"] * x,
        lambda x, g: _times(g["scale"], x),
        lambda x, y, g: numbered("{factor} times {x}.", factor=g["scale"], x=x),
    ),
    "ScaledTanh": Curve(
        lambda x, g: g["alpha"] * np.tanh(g["beta"] * x),
        lambda x, g: _times(g["alpha"], m.call("tanh", _times(g["beta"], x))),
        lambda x, y, g: numbered("{x} squashed between ±{limit}.", x=x, limit=abs(g["alpha"])),
    ),
    "ParametricSoftplus": Curve(
        lambda x, g: g["alpha"] * np.logaddexp(g["beta"] * x, 0),
        lambda x, g: _times(g["alpha"], m.call("softplus", _times(g["beta"], x))),
        lambda x, y, g: numbered(
            "A smooth bend: straight lines would give {line}.",
            line=g["alpha"] * max(g["beta"] * x, 0.0),
        ),
    ),
    "IsNaN": Curve(
        lambda x, g: np.bool_(np.isnan(x)),
        _function("is NaN"),
        lambda x, y, g: (
            phrase("It is not a number.")
            if y
            else numbered("{x} is a number, so the answer is no.", x=x)
        ),
    ),
    "IsInf": Curve(
        lambda x, g: np.bool_(
            (x == np.inf and g["detect_positive"]) or (x == -np.inf and g["detect_negative"])
        ),
        _function("is ∞"),
        lambda x, y, g: (
            numbered("{x} is infinite, on a side that was asked for.", x=x)
            if y
            else numbered("{x} is infinite, but only the other side was asked for.", x=x)
            if np.isinf(x)
            else numbered("{x} is not infinite.", x=x)
        ),
    ),
}
QUICK_GELU = Curve(
    lambda x, g: x * sigmoid(g["alpha"] * x),
    lambda x, g: m.row(x, m.op("·"), m.call("σ", _times(g["alpha"], x))),
    _gate(lambda x, g: sigmoid(g["alpha"] * x)),
)
FAST_GELU = Curve(
    lambda x, g: _gelu(x, {"approximate": "tanh"}), CURVES["Gelu"].formula, _gelu_said
)
_DEFAULTS: Mapping[str, Given] = {
    "Affine": {"alpha": 1.0, "beta": 0.0}, "LeakyRelu": {"alpha": 0.01}, "Elu": {"alpha": 1.0},
    "ThresholdedRelu": {"alpha": 1.0}, "ScaledTanh": {"alpha": 1.0, "beta": 1.0},
    "HardSigmoid": {"alpha": 0.2, "beta": 0.5}, "Clip": {"min": -math.inf, "max": math.inf},
}  # fmt: skip


def activation(name: str, parameters: Sequence[float] = ()) -> tuple[Curve | None, Given]:
    """The curve that an attribute names, in any case, and its parameters in their order."""
    known = {curve.lower(): curve for curve in CURVES}
    if not name:
        return None, {}
    proper = known[name.lower()]
    defaults = _DEFAULTS.get(proper, {})
    return CURVES[proper], {**defaults, **dict(zip(defaults, parameters, strict=False))}
