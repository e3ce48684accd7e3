"""Questions with a yes or no for each cell, and what is done bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.arithmetic import at_same_place
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.phrases import phrase

_QUESTIONS: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    "Equal": (lambda a, b: a == b, "=", "equal to"),
    "Greater": (lambda a, b: a > b, ">", "greater than"),
    "GreaterOrEqual": (lambda a, b: a >= b, "≥", "at least"),
    "Less": (lambda a, b: a < b, "<", "less than"),
    "LessOrEqual": (lambda a, b: a <= b, "≤", "at most"),
}


@declares("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
def compared(cell: Cell) -> Account:
    """Whether two cells at the same place stand in a relation."""
    asks, sign, words = _QUESTIONS[cell.op]
    a, b = at_same_place(cell)
    formula = m.row(m.name("a"), m.op(sign), m.name("b"))

    def work(values: Values) -> Worked:
        one, other = values(a), values(b)
        value = np.bool_(asks(one, other))
        text = "Yes: {a} is {words} {b}." if value else "No: {a} is not {words} {b}."
        said = Said(text, {"a": written(one), "b": written(other), "words": phrase(words)})
        terms = Terms((a, b), np.asarray(value), cell.op)
        return Worked([Stage(cell.op, value)], [terms], said, formula)

    return Account((a, b), work, "elements")


_WORDS = {
    ("And", 0): "No: neither holds.", ("And", 1): "No: only one of the two holds.",
    ("And", 2): "Yes: both hold.", ("Or", 0): "No: neither holds.",
    ("Or", 1): "Yes: one of the two holds.", ("Or", 2): "Yes: both hold.",
    ("Xor", 0): "No: neither holds, and exactly one should.",
    ("Xor", 1): "Yes: exactly one of the two holds.",
    ("Xor", 2): "No: both hold, and exactly one should.",
}  # fmt: skip
_JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "And": lambda a, b: a & b, "Or": lambda a, b: a | b, "Xor": lambda a, b: a ^ b,
}  # fmt: skip
_SIGNS = {"And": "∧", "Or": "∨", "Xor": "⊻"}


@declares("And", "Or", "Xor")
def joined(cell: Cell) -> Account:
    """Two answers joined into one."""
    a, b = at_same_place(cell)
    formula = m.row(m.name("a"), m.op(_SIGNS[cell.op]), m.name("b"))

    def work(values: Values) -> Worked:
        one, other = values(a), values(b)
        count = int(one) + int(other)
        value = _JOINS[cell.op](one, other)
        terms = Terms((a, b), np.asarray(value), cell.op)
        said = Said(_WORDS[cell.op, count])
        return Worked([Stage(cell.op, value)], [terms], said, formula)

    return Account((a, b), work, "elements")


@declares("Not")
def turned(cell: Cell) -> Account:
    """The other answer."""
    x = Operand(0, cell.same(0), "x")

    def work(values: Values) -> Worked:
        value = np.logical_not(values(x))
        said = Said("The opposite of {x}.", {"x": written(values(x))})
        return Worked([Stage("Not", value)], [Terms((x,), np.asarray(value))], said, "¬")

    return Account((x,), work, "elements", x, lambda text: m.row(m.op("¬"), text))


def _bits(value: int, width: int) -> str:
    return f"{value % (1 << width):0{width}b}"


_BITWISE: dict[str, tuple[Callable[[int, int], int], str, str]] = {
    "BitwiseAnd": (lambda a, b: a & b, "&", "The bits that are set in both, {a} and {b}: {y}."),
    "BitwiseOr": (lambda a, b: a | b, "|", "The bits that are set in {a} or {b}: {y}."),
    "BitwiseXor": (lambda a, b: a ^ b, "⊕", "The bits in which {a} and {b} differ: {y}."),
}


@declares("BitwiseAnd", "BitwiseOr", "BitwiseXor")
def bitwise(cell: Cell) -> Account:
    """Two whole numbers joined bit by bit."""
    compute, sign, text = _BITWISE[cell.op]
    a, b = at_same_place(cell)
    width = 8 * cell.array(0).dtype.itemsize
    formula = m.row(m.name("a"), m.op(sign), m.name("b"))

    def work(values: Values) -> Worked:
        one, other = int(values(a)), int(values(b))
        value = compute(one, other)
        words = {"a": one, "b": other, "y": value}
        said = Said(text, {name: _bits(number, width) for name, number in words.items()})
        terms = Terms((a, b), np.asarray(value), cell.op)
        return Worked([Stage(cell.op, value)], [terms], said, formula)

    return Account((a, b), work, "elements")


@declares("BitwiseNot")
def bits_turned(cell: Cell) -> Account:
    """Every bit of a whole number turned over."""
    x = Operand(0, cell.same(0), "x")
    width = 8 * cell.array(0).dtype.itemsize

    def work(values: Values) -> Worked:
        one = int(values(x))
        words = {"x": _bits(one, width), "y": _bits(~one, width)}
        said = Said("Every bit of {x} turned over: {y}.", words)
        terms = Terms((x,), np.asarray(~one), cell.op)
        return Worked([Stage(cell.op, ~one)], [terms], said, m.row(m.op("~"), m.name("x")))

    return Account((x,), work, "elements", x, lambda text: m.row(m.op("~"), text))


@declares("BitShift")
def shifted(cell: Cell) -> Account:
    """The bits of a whole number moved to the left or right; what falls off is lost."""
    x, y = at_same_place(cell)
    left = cell.attributes["direction"] == "LEFT"
    width = 8 * cell.array(0).dtype.itemsize
    formula = m.row(m.name("a"), m.op("≪" if left else "≫"), m.name("b"))

    def work(values: Values) -> Worked:
        bits, places = int(values(x)), int(values(y))
        value = (bits << places) % (1 << width) if left else bits >> places
        text = "The bits {a} moved {places} to the {side}: {b}."
        words = {
            "a": _bits(bits, width), "b": _bits(value, width), "places": places,
            "side": phrase("left") if left else phrase("right"),
        }  # fmt: skip
        terms = Terms((x, y), np.asarray(value), cell.op)
        return Worked([Stage(cell.op, value)], [terms], Said(text, words), formula)

    return Account((x, y), work, "elements")
