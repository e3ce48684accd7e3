"""A cell from the cells at the same place of the inputs: sums, curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.holding import limited

Given = Mapping[str, Any]


@declares("Add", "Sub", "Sum", "Mean")
def added(cell: Cell) -> Account:
    """Cells at the same place, added."""
    operands = [Operand(p, cell.same(p), "abcdefgh"[p % 8]) for p in range(len(cell.inputs))]
    signs = [-1 if cell.op == "Sub" and p else 1 for p in range(len(operands))]
    over = len(operands) if cell.op == "Mean" else 1
    sign = {"Sub": "−"}.get(cell.op, "+")
    plus = m.op(sign).join(m.name(o.role) for o in operands)
    formula = m.fraction(plus, m.number(over)) if over > 1 else m.row(plus)

    def work(values: Values) -> Worked:
        shares = [
            np.asarray(-values(o) if s < 0 else values(o))
            for o, s in zip(operands, signs, strict=True)
        ]
        shares = [share / over for share in shares] if over > 1 else shares
        value = sum(shares[1:], shares[0])[()]
        terms = [Terms((o,), share, "sum") for o, share in zip(operands, shares, strict=True)]
        said = Said("{count} cells at the same place, added up.", {"count": len(operands)})
        stages = [Stage(cell.op, value)]
        if over > 1:  # the sum comes first
            stages += limited(value * over, cell.array(0))[1]
        return Worked(stages, terms, said, formula)

    return Account(operands, work, "elements")


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number: how to compute it, its formula, and what it does to this number."""

    of: Callable[[Any, Given], Any]
    formula: Callable[[str, Given], str]
    said: Callable[[Any, Given], str]


CURVES: Mapping[str, Curve] = {
    "Relu": Curve(
        lambda x, given: np.maximum(x, 0),
        lambda x, given: m.call("max", m.number(0), x),
        lambda x, given: (
            "Relu lets it through, for it is positive."
            if x > 0
            else "Relu makes 0 of it, for it is not positive."
        ),
    ),
}


@declares("Relu")
def curve(cell: Cell) -> Account:
    """A function of the one cell at the same place."""
    known, given = CURVES[cell.op], cell.attributes
    operand = Operand(0, cell.same(0), "x")

    def work(values: Values) -> Worked:
        x = values(operand)
        value = known.of(x, given)
        terms = Terms((operand,), np.asarray(value), cell.op)
        formula = known.formula(m.name("x"), given)
        return Worked([Stage(cell.op, value)], [terms], Said(known.said(x, given)), formula)

    return Account((operand,), work, "elements", operand, lambda x: known.formula(x, given))
