"""Numbers stored as small integers: value = (stored − zero point) · scale, and back by rounding.

Halves round to the even neighbour. Rounding decides by the last bit, so divisions are made in the
precision that the specification names, not in a wider one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Index, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.movement import unworked
from tensorama.onnxfile.types import DTYPES, NARROW, element_type, to_type, unmarked

MICROSOFT = "com.microsoft"
UINT8 = 2
_BFLOAT16 = 16


def in_steps(x: np.ndarray) -> np.ndarray:
    """Values as 256 steps between their smallest and their largest can tell them."""
    if not x.size:
        return x
    _, scale, zero = fitted(x)
    stored = np.clip(np.rint(x / scale) + zero, 0, 255)
    return np.asarray((stored - zero) * scale, np.float32)


def fitted(x: np.ndarray) -> tuple[np.float32, np.float32, np.float32]:
    """The lowest value, scale and zero point that let 256 steps reach all of x, and 0."""
    low = np.minimum(np.float32(0), x.min())
    high = np.maximum(np.float32(0), x.max())
    scale = np.float32((high - low) / np.float32(255)) or np.float32(1)
    return low, scale, np.clip(np.rint(-low / scale), np.float32(0), np.float32(255))


def limits(kind: int) -> tuple[int, int]:
    """The smallest and the largest integer of an element type."""
    if kind in NARROW:
        bits, signed = NARROW[kind].bits, NARROW[kind].carrier == "int8"
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    info = np.iinfo(DTYPES[kind])
    return int(info.min), int(info.max)


def is_float(kind: int) -> bool:
    """Whether an element type holds floats."""
    return NARROW[kind].carrier == "float32" if kind in NARROW else DTYPES[kind].kind == "f"


def stored(ratio: Any, zero: int, kind: int, saturate: bool = True) -> list[Stage]:
    """From a value in steps to what is stored: rounded, moved by the zero point, cut."""
    if is_float(kind):
        exact = np.asarray(np.float32(ratio + np.float32(zero)))
        return [Stage("nearest", np.float64(unmarked(to_type(exact, kind, saturate))[()]))]
    if np.isnan(ratio):
        return [Stage("rounded", ratio), Stage("stored", recorded_nan(kind))]
    whole = float(np.rint(ratio))
    stages = [Stage("rounded", whole)]
    if zero:
        whole += zero
        stages.append(Stage("+ zero point", whole))
    low, high = limits(kind)
    cut = int(min(max(whole, low), high))
    return [*stages, Stage("stored", cut)]


def recorded_nan(kind: int) -> int:
    """What NaN becomes: numpy's cast of it to an integer."""
    with np.errstate(invalid="ignore"):
        return int(np.asarray(np.nan, np.float32).astype(DTYPES[kind]))


def of_scale(cell: Cell, position: int, at: Index, axis: int, block: int = 0) -> Operand:
    """The scale or zero point of a cell: one for all, one for each slice, or one for a block."""
    shape, role = cell.shape(position), "zero point" if position % 3 == 2 else "scale"
    rank = len(at)
    if len(shape) == rank and block:
        index = [*at]
        index[axis % rank] = at[axis % rank] // block
        return Operand(position, tuple(index), role)
    if int(np.prod(shape)) == 1:
        nothing = np.zeros_like(at[0]) if at else np.asarray(0)
        return Operand(position, (nothing,) * len(shape), role)
    return Operand(position, (at[axis % rank],), role)


def _scale_and_zero(cell: Cell) -> list[Operand]:
    given = cell.attributes
    axis, block = int(given.get("axis", 1)), int(given.get("block_size", 0))
    return [of_scale(cell, p, cell.at, axis, block) for p in (1, 2) if cell.has(p)]


@declares("QuantizeLinear")
@declares("QuantizeLinear", domain=MICROSOFT)
def quantize(cell: Cell) -> Account:
    """x / scale, rounded, + zero point, cut at the limits of the type."""
    given = cell.attributes
    x = Operand(0, cell.at, "x")
    asked = _scale_and_zero(cell)
    kind = int(given.get("output_dtype", 0))
    kind = kind or (element_type(cell.inputs[2]) if cell.has(2) else UINT8)

    def work(values: Values) -> Worked:
        scale, zero = values(asked[0]), values(asked[1]) if len(asked) > 1 else 0
        ratio = _divided(values(x), scale, element_type(cell.inputs[1]), given.get("precision", 0))
        stages = [Stage("x / scale", ratio)]
        stages += stored(ratio, zero, kind, bool(given.get("saturate", 1)))
        value = stages[-1].value
        text = "{x} is {ratio} steps of {scale}, stored as {stored}."
        if not is_float(kind) and value in limits(kind) and abs(ratio + zero - value) > 0.5:
            text = "{x} is {ratio} steps of {scale}: beyond what fits, so it is cut to {stored}."
        elif not is_float(kind) and abs(ratio % 1) == 0.5:
            text = "{x} is {ratio} steps of {scale}: a half rounds to the even neighbour; {stored}."
        said = Said(text, written(x=values(x), ratio=ratio, scale=scale, stored=value))
        terms = Terms((x, *asked), np.asarray(value), "stored")
        formula = m.row(
            m.call("round", m.fraction(m.name("x"), m.name("s"))),
            *([m.op("+"), m.name("z")] if len(asked) > 1 else []),
        )
        return Worked(stages, [terms], said, formula)

    return Account((x, *asked), work, "steps")


def _divided(x: Any, scale: Any, scale_kind: int, precision: int) -> Any:
    """x / scale, in the precision of the scale, or the one that is asked for."""
    kind = precision or scale_kind
    wide: Any = np.float64 if kind == 11 else np.float32
    ratio = wide(x) / wide(scale)
    if kind not in (1, 11):
        ratio = unmarked(to_type(np.asarray(ratio), kind)).astype(np.float32)[()]
    return np.float64(ratio)


@declares("DequantizeLinear")
@declares("DequantizeLinear", domain=MICROSOFT)
def dequantize(cell: Cell) -> Account:
    """(x − zero point) · scale"""
    x = Operand(0, cell.at, "x")
    asked = _scale_and_zero(cell)

    def told(x: str) -> str:
        if len(asked) == 1:
            return m.row(x, m.op("·"), m.name("s"))
        return m.row(m.op("("), x, m.op("−"), m.name("z"), m.op(")"), m.op("·"), m.name("s"))

    def work(values: Values) -> Worked:
        scale, zero = values(asked[0]), values(asked[1]) if len(asked) > 1 else 0
        steps = values(x) - zero
        value = np.float64(steps * scale)
        text = "The stored {x} stands for {value}: {steps} steps of {scale}."
        if zero:
            text = (
                "The stored {x} stands for {value}: {steps} steps of {scale} above the zero point "
                "{zero}."
            )
        said = Said(text, written(x=values(x), value=value, steps=steps, scale=scale, zero=zero))
        stages = [*([Stage("x − zero point", steps)] if zero else []), Stage("· scale", value)]
        return Worked(stages, [Terms((x, *asked), np.asarray(value), "real")], said,
                      told(m.name("x")))  # fmt: skip

    return Account((x, *asked), work, "steps", x, told)


@declares("DynamicQuantizeLinear")
def fitting(cell: Cell) -> Account:
    """Steps that just reach from the smallest to the largest value, and 0."""
    everywhere = all_of(cell, 0, "x")
    if not cell.one:
        return Account((everywhere,), unworked, "steps")
    x = cell.array(0)
    if not x.size:
        return fixed("There is nothing to store: the scale is 1.", 1 - cell.output // 2)
    low, scale, zero = fitted(x)
    if cell.output:
        return _fit(cell, low, scale, zero)
    own = Operand(0, cell.at, "x")

    def work(values: Values) -> Worked:
        ratio = np.float32(values(own)) / scale
        stages = [Stage("x / scale", np.float64(ratio)), *stored(ratio, int(zero), UINT8)]
        said = Said(
            "{x} is {ratio} of the 255 steps of {scale} that reach from {low} up; stored as "
            "{stored}.",
            written(x=values(own), ratio=ratio, scale=scale, low=low, stored=stages[-1].value),
        )
        terms = [Terms((own,), np.asarray(stages[-1].value), "stored")]
        formula = m.row(
            m.call("round", m.fraction(m.name("x"), m.name("s"))), m.op("+"), m.name("z")
        )
        return Worked(stages, terms, said, formula)

    return Account((own, everywhere), work, "steps")


def _fit(cell: Cell, low: Any, scale: Any, zero: Any) -> Account:
    """The scale or the zero point: from the smallest and the largest value alone."""
    x = cell.array(0)
    ends = [np.unravel_index(i, x.shape) for i in (int(x.argmin()), int(x.argmax()))]
    least, most = (
        Operand(0, tuple(map(np.asarray, at)), role)
        for at, role in zip(ends, ("smallest", "largest"), strict=True)
    )

    def work(values: Values) -> Worked:
        bottom, top = min(values(least), 0.0), max(values(most), 0.0)
        numbers = written(low=bottom, high=top, scale=scale, zero=zero)
        value: Any
        if cell.output == 1:
            value = np.float64((top - bottom) / 255) or np.float64(1)
            said = Said("From {low} to {high} lie 255 steps of {scale}.", numbers)
            shares = (top / 255, -bottom / 255)
            formula = m.fraction(
                m.row(m.op("max"), m.name("x"), m.op("−"), m.op("min"), m.name("x")), m.number(255)
            )
            stages = [Stage("reach", top - bottom), Stage("scale", value)]
        else:
            value = int(zero)
            said = Said("0 lies {zero} steps above the smallest value {low}.", numbers)
            shares = (0.0, float(value))
            formula = m.call("round", m.fraction(m.row(m.op("−"), m.name("x", "min")), m.name("s")))
            stages = [Stage("−min / scale", np.float64(-low / scale)), Stage("zero point", value)]
        terms = [
            Terms((most,), np.asarray(shares[0]), "largest", np.asarray(top)),
            Terms((least,), np.asarray(shares[1]), "smallest", np.asarray(bottom)),
        ]
        if not any(share.any() for share in (t.share for t in terms)) and cell.output == 1:
            terms = []
        return Worked(stages, terms, said, formula)

    # each of the others could have been the smallest or the largest
    return Account((least, most, all_of(cell, 0, "x")), work, "steps")


def written(**numbers: Any) -> dict[str, str]:
    """Numbers as a sentence shows them."""
    return {name: m.written(value) for name, value in numbers.items()}


def all_of(cell: Cell, position: int, role: str, fixed: Sequence[np.ndarray] = ()) -> Operand:
    """All cells of an input, but for the first axes, which are fixed."""
    shape = cell.shape(position)
    _, axes = cell.spread(*shape[len(fixed) :])
    many = len(axes)
    first = [np.asarray(f).reshape(np.shape(f) + (1,) * many) for f in fixed]
    return Operand(position, (*first, *axes), role)


def fixed(text: str, value: Any, **numbers: Any) -> Account:
    """A number that comes from no cell."""
    said = Said(text, written(**numbers))
    return Account((), lambda values: Worked([Stage("fixed", value)], [], said), "fixed")
