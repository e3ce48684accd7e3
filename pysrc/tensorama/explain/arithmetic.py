"""A cell from the cells at the same place of several tensors: sums, products, powers, extremes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked, nothing
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.holding import limited
from tensorama.explain.mathml import written
from tensorama.phrases import joined, phrase


def at_same_place(cell: Cell) -> list[Operand]:
    """The cells of all inputs at the cell's place."""
    return [Operand(p, cell.same(p), "abcdefgh"[p % 8]) for p in range(len(cell.inputs))]


def changed_by_fixed(cell: Cell, operands: Sequence[Operand]) -> Operand | None:
    """The one operand that is not a weight, if all others are."""
    moving = [o for o in operands if not cell.fixed(o)]
    return moving[0] if len(moving) == 1 and len(operands) > 1 else None


@declares("Add", "Sub", "Sum", "Mean")
def added(cell: Cell) -> Account:
    """Cells at the same place, added."""
    operands = at_same_place(cell)
    over = len(operands) if cell.op == "Mean" else 1
    changes = changed_by_fixed(cell, operands)
    sign = "−" if cell.op == "Sub" else "+"

    def formula(mine: str = "") -> str:
        names = [mine if mine and o is changes else m.name(o.role) for o in operands]
        plus = m.op(sign).join(names)
        return m.fraction(plus, m.number(over)) if over > 1 else m.row(plus)

    def work(values: Values) -> Worked:
        shares = [values(o) for o in operands]
        if cell.op == "Sub":
            shares[1] = -shares[1]
        if over > 1:
            shares = [share / over for share in shares]
        value = sum(shares[1:], shares[0])
        terms = [
            Terms((o,), np.asarray(share), "sum") for o, share in zip(operands, shares, strict=True)
        ]
        stages = [Stage(cell.op, value)]
        if over > 1:  # the sum comes first
            stages += limited(value * over, cell.array(0))[1]
        return Worked(stages, terms, _sum_said(cell, shares, value), formula())

    return Account(operands, work, "elements", changes, formula)


def _sum_said(cell: Cell, shares: Sequence[Any], value: Any) -> Said:
    if cell.op == "Sub":
        given = {"a": written(shares[0]), "b": written(-shares[1]), "y": written(value)}
        return Said("From {a} {b} is taken away: {y} is left.", given)
    largest = max(range(len(shares)), key=lambda n: abs(shares[n]))
    name = "abcdefgh"[largest % 8]
    known = {
        "count": len(shares), "name": name, "share": written(shares[largest]),
        "parts": joined(" and ", map(written, shares)), "y": written(value),
    }  # fmt: skip
    if len(shares) == 1:
        return Said("There is one summand only: {y}.", known)
    if len(shares) > 2 or cell.op == "Mean":
        return Said("Of {count} shares that of {name} is the largest: {share}.", known)
    if shares[0] and shares[1] and (shares[0] > 0) != (shares[1] > 0):
        return Said("{parts} pull in opposite directions; {name} is stronger.", known)
    if not (shares[0] and shares[1]):
        return Said("One of the two is 0, so nothing is added: {y} stays.", known)
    return Said("{parts} pull in the same direction: together {y}.", known)


@declares("Max", "Min")
def extreme(cell: Cell) -> Account:
    """The largest, or smallest, of the cells at the same place."""
    operands = at_same_place(cell)
    better = max if cell.op == "Max" else min
    formula = m.call(cell.op.lower(), *(m.name(o.role) for o in operands))

    def work(values: Values) -> Worked:
        cells = [values(o) for o in operands]
        odd = [n for n, value in enumerate(cells) if value != value]
        winner = odd[0] if odd else better(range(len(cells)), key=lambda n: cells[n])
        value = cells[winner]
        terms = [
            Terms(
                (o,), np.asarray(value if n == winner else nothing(value)), o.role, np.asarray(own)
            )
            for n, (o, own) in enumerate(zip(operands, cells, strict=True))
        ]
        said = Said(
            "Of {all} {name} is {word}.",
            {
                "all": ", ".join(map(written, cells[:4])) + (" …" if len(cells) > 4 else ""),
                "name": written(value),
                "word": phrase("the largest") if cell.op == "Max" else phrase("the smallest"),
            },
        )
        return Worked([Stage(cell.op, value)], terms, said, formula)

    return Account(operands, work, "winner")


def _quotient(a: Any, b: Any, cell: Cell) -> Any:
    if isinstance(a, float | np.floating):
        return np.float64(a) / b
    towards_zero = abs(int(a)) // abs(int(b))
    return towards_zero if (a < 0) == (b < 0) else -towards_zero


def _remainder(a: Any, b: Any, cell: Cell) -> Any:
    whole = not isinstance(a, float | np.floating)
    if cell.attributes["fmod"]:
        return int(math.copysign(abs(int(a)) % abs(int(b)), a)) if whole else np.fmod(a, b)
    return int(a) % int(b) if whole else np.mod(a, b)


def _power(a: Any, b: Any, cell: Cell) -> Any:
    whole = not any(isinstance(part, float | np.floating) for part in (a, b))
    if whole and b >= 0:  # what no integer holds wraps around, so its last 64 bits are enough
        return int(a) ** int(b) if b < 64 else pow(int(a), int(b), 1 << 64)
    value = np.float64(a) ** np.float64(b)
    return value if cell.array(0).dtype.kind == "f" or not np.isfinite(value) else math.trunc(value)


def _product(a: Any, b: Any, cell: Cell) -> Any:
    return a * b if isinstance(a, float | np.floating) else int(a) * int(b)


_SMALL = 0.001  # a factor of which nobody speaks in per cent
Pair = tuple[Callable[[Any, Any, Cell], Any], str, str]
_PAIRS: dict[str, Pair] = {
    "Mul": (_product, "·", "{a} times {b}."),
    "Div": (_quotient, "/", "{b} fits {y} times into {a}."),
    "Mod": (_remainder, "mod", "What is left of {a} after taking away {b} as often as it fits."),
    "Pow": (_power, "^", "{a} to the power {b}."),
}


@declares("Mul", "Div", "Mod", "Pow")
def combined(cell: Cell) -> Account:
    """Two cells at the same place make one."""
    compute, sign, text = _PAIRS[cell.op]
    operands = at_same_place(cell)
    changes = changed_by_fixed(cell, operands)

    def formula(mine: str = "") -> str:
        a, b = (mine if mine and o is changes else m.name(o.role) for o in operands)
        if sign == "/":
            return m.fraction(a, b)
        return m.power(a, b) if sign == "^" else m.row(a, m.op(sign), b)

    def work(values: Values) -> Worked:
        a, b = (values(o) for o in operands)
        value = compute(a, b, cell)
        terms = Terms(tuple(operands), np.asarray(value), cell.op)
        return Worked(
            [Stage(cell.op, value)], [terms], _pair_said(cell, text, a, b, value), formula()
        )

    return Account(operands, work, "elements", changes, formula)


def _pair_said(cell: Cell, text: str, a: Any, b: Any, value: Any) -> Said:
    words = {"a": written(a), "b": written(b), "y": written(value)}
    if cell.op == "Mul":
        if a == 0 or b == 0:
            text = "One factor is 0, so nothing is left of the other."
        elif a == 1 or b == 1:
            text = "One factor is 1, so {y} stays as it is."
        elif isinstance(a, float | np.floating):
            return _scaled_said(cell, a, b, value)
    if cell.op == "Div":
        text = "{a} is divided by {b}, which leaves {y}." if b else "{a} is divided by {b}."
    if cell.op == "Div" and not isinstance(a, float | np.floating):
        text = "{b} fits {y} times into {a}; the rest is dropped."
    if cell.op == "Pow":
        known = {2: "{a} times itself.", 0.5: "The square root of {a}.", 1: "{a} stays as it is."}
        known |= {0: "Anything to the power 0 is 1.", -1: "1 divided by {a}."}
        text = known.get(float(b), text)
    return Said(text, words)


def _scaled_said(cell: Cell, a: Any, b: Any, value: Any) -> Said:
    """What a factor does to the other: the weight of the two, or the smaller, is the factor."""
    first, second = at_same_place(cell)
    parts = [0 <= value <= 1 for value in (a, b)]  # what may be a gate, or a share
    smaller = parts[0] if parts[0] != parts[1] else abs(a) < abs(b)
    if cell.fixed(first) or (not cell.fixed(second) and smaller):
        a, b = b, a
    known = {
        "x": written(a), "y": written(value), "factor": written(abs(b)),
        "part": written(np.float64(100 * abs(b))),
    }  # fmt: skip
    size = "{part} % of {x} is left" if abs(b) < 1 else "{x} is made {factor} times as large"
    if abs(b) < _SMALL:
        size = "{x} times {factor}"
    if abs(b) == 1:
        size = "{x} keeps its size"
    text = "{size}, with the opposite sign: {y}." if b < 0 else "{size}: {y}."
    return Said(text, {"size": Said(size, known), **known})


@declares("MulInteger", domain="com.microsoft")
def integers_multiplied(cell: Cell) -> Account:
    """The product of two 8-bit numbers, each first moved by its zero point."""
    a, b = Operand(0, cell.same(0), "a"), Operand(2, cell.same(2), "b")
    zeros = [Operand(p, cell.same(p), "zero point") if cell.has(p) else None for p in (1, 3)]

    def work(values: Values) -> Worked:
        moved = [
            int(values(o)) - (int(values(zero)) if zero else 0)
            for o, zero in zip((a, b), zeros, strict=True)
        ]
        value = moved[0] * moved[1]
        said = Said(
            "Seen from their zero points: {a} times {b}.", dict(zip("ab", moved, strict=True))
        )
        terms = Terms((a, b), np.asarray(value), "product")
        return Worked(
            [Stage("product", value)], [terms], said, m.row(m.name("a"), m.op("·"), m.name("b"))
        )

    return Account((a, b, *(o for o in zeros if o)), work, "elements")
