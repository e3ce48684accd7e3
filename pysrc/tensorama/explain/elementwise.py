"""A cell from the cell at the same place: curves, limits, slopes, gates."""

from __future__ import annotations

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked, nothing
from tensorama.explain.angles import ANGLES
from tensorama.explain.cell import Cell
from tensorama.explain.curves import CURVES, FAST_GELU, QUICK_GELU, Curve, clip_said, sigmoid
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written

_MICROSOFT = "com.microsoft"


@declares(
    "Abs", "Acos", "Acosh", "Affine", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos",
    "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "IsInf", "IsNaN",
    "LeakyRelu", "Log", "Mish", "Neg", "ParametricSoftplus", "Reciprocal", "Relu", "Round", "Scale",
    "ScaledTanh", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign",
    "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
)  # fmt: skip
@declares("Gelu", domain=_MICROSOFT)
def curve(cell: Cell) -> Account:
    """A function of the one cell at the same place."""
    return curved(cell, CURVES.get(cell.op) or ANGLES[cell.op])


@declares("QuickGelu", domain=_MICROSOFT)
def quick_gelu(cell: Cell) -> Account:
    """A gate made of a sigmoid of the number itself."""
    return curved(cell, QUICK_GELU)


def curved(cell: Cell, known: Curve) -> Account:
    """The account of a function of one number."""
    given = cell.attributes
    operand = Operand(0, cell.same(0), "x")

    def work(values: Values) -> Worked:
        x = values(operand)
        value = known.of(x, given)
        terms = Terms((operand,), np.asarray(value), cell.op)
        formula = known.formula(m.name("x"), given)
        said = Said("{text}", {"text": known.said(x, value, given)})
        return Worked([Stage(cell.op, value)], [terms], said, formula)

    return Account((operand,), work, "elements", operand, lambda x: known.formula(x, given))


@declares("Clip")
def clip(cell: Cell) -> Account:
    """The cell, or a limit where it is beyond. Limits are attributes before opset 11."""
    if cell.opset < 11:
        return curved(cell, CURVES["Clip"])
    x = Operand(0, cell.same(0), "x")
    low = Operand(1, cell.same(1), "lower limit") if cell.has(1) else None
    high = Operand(2, cell.same(2), "upper limit") if cell.has(2) else None
    limits = [o for o in (low, high) if o is not None]

    def wraps(text: str) -> str:
        bounds = [cell.number(1, -np.inf), cell.number(2, np.inf)]
        return m.call("clip", text, *map(m.number, bounds))

    def work(values: Values) -> Worked:
        value = values(x)
        bottom = values(low) if low else -np.inf
        top = values(high) if high else np.inf
        said = clip_said(value, bottom, top)
        winner = x
        if low and bottom > value:
            value, winner = bottom, low
        if high and top < value:
            value, winner = top, high
        terms = [
            Terms((o,), np.asarray(value if o is winner else nothing(value)), o.role)
            for o in (x, *limits)
        ]
        return Worked([Stage(cell.op, value)], terms, said, wraps(m.name("x")))

    return Account((x, *limits), work, "elements", x, wraps)


@declares("PRelu")
def sloped(cell: Cell) -> Account:
    """The cell where it is positive, times a learned slope where not."""
    x = Operand(0, cell.same(0), "x")
    index = cell.same(1)
    size = cell.array(1).size
    if cell.opset < 7 and size > 1 and len(cell.at) > 1:  # one slope per channel
        index = tuple(cell.at[1] if n > 1 else np.zeros_like(cell.at[1]) for n in cell.shape(1))
    slope = Operand(1, index, "slope")

    def work(values: Values) -> Worked:
        value, factor = values(x), values(slope)
        y = value * factor if value < 0 else value
        text = "{x} is negative: times the slope {slope}." if value < 0 else "{x} passes as it is."
        said = Said(text, {"x": written(value), "slope": written(factor)})
        operands = (x, slope) if value < 0 else (x,)
        terms = [Terms(operands, np.asarray(y), cell.op)]
        return Worked([Stage(cell.op, y)], terms, said, m.name("x"))

    return Account((x, slope), work, "elements", x, lambda text: m.call("prelu", text))


@declares("BiasGelu", "FastGelu", domain=_MICROSOFT)
def biased_gelu(cell: Cell) -> Account:
    """Gelu after a bias."""
    known = FAST_GELU if cell.op == "FastGelu" else CURVES["Gelu"]
    x = Operand(0, cell.same(0), "x")
    bias = [Operand(1, cell.same(1), "bias")] if cell.has(1) else []

    def wraps(text: str) -> str:
        inner = m.row(text, m.op("+"), m.name("b")) if bias else text
        return known.formula(inner, {})

    def work(values: Values) -> Worked:
        parts = [values(o) for o in (x, *bias)]
        total = sum(parts)
        value = known.of(total, {})
        stages = [Stage("+ bias", total)] if bias else []
        factor = value / total if total else 0.0
        terms = [
            Terms((o,), np.asarray(part * factor), o.role)
            for o, part in zip((x, *bias), parts, strict=True)
        ]
        said = known.said(total, value, {})
        return Worked([*stages, Stage("Gelu", value)], terms, said, wraps(m.name("x")))

    return Account((x, *bias), work, "elements", x, wraps)


@declares("SwiGLU")
def gated(cell: Cell) -> Account:
    """One value opens the gate for another."""
    alpha = float(cell.attributes["alpha"])
    a, b = Operand(0, cell.same(0), "gate"), Operand(1, cell.same(1), "value")
    formula = m.row(m.call("swish", m.name("a")), m.op("·"), m.name("b"))

    def work(values: Values) -> Worked:
        gate, value = values(a), values(b)
        opened = gate * sigmoid(alpha * gate)
        y = opened * value
        said = Said(
            "The gate {gate} becomes the factor {factor} for the value {value}.",
            {"gate": written(gate), "factor": written(opened), "value": written(value)},
        )
        stages = [Stage("gate", opened), Stage("gate · value", y)]
        return Worked(stages, [Terms((a, b), np.asarray(y), "product")], said, formula)

    return Account((a, b), work, "elements")


@declares("ImageScaler")
def picture_scaled(cell: Cell) -> Account:
    """A cell of a picture scaled, and moved by a number for its channel."""
    scale, biases = float(cell.attributes["scale"]), cell.attributes["bias"]
    x = Operand(0, cell.same(0), "x")

    def wraps(text: str) -> str:
        return m.row(m.number(scale), m.op("·"), text, m.op("+"), m.name("b", "c"))

    def work(values: Values) -> Worked:
        bias = float(biases[int(cell.at[1])]) if len(biases) else 0.0
        scaled = values(x) * scale
        known = {"scale": written(scale), "x": written(values(x)), "bias": written(bias)}
        said = Said("{scale} times {x}, and {bias} for its channel.", known)
        terms = [Terms((x,), np.asarray(scaled), "x"), Terms((), np.asarray(bias), "bias")]
        stages = [Stage("scaled", scaled), Stage("+ bias", scaled + bias)]
        return Worked(stages, terms, said, wraps(m.name("x")))

    return Account((x,), work, "elements", x, wraps)
