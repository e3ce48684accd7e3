"""Formulas as MathML, which every browser of today draws by itself.

Each function gives markup. What comes from a file goes through `name` or `number`, which escape it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

_HOLE = "\0"  # where a formula goes that is put into another
_LETTER = re.compile(r"<mi>([a-z])</mi>(?!<mo>\(</mo>)")  # a variable, not the name of a function
_FREE = "bcdghmpqrstuvwa"  # letters for things, in the order in which they are given
_TOKEN = re.compile(r"<(/?)(?:mfrac|msqrt|msup|msub|msubsup)>|<mo>([^<]*)</mo>")
_TIGHT = re.compile(  # what a sum cannot stand beside without brackets
    rf"(?<=<mo>[·−]</mo>){_HOLE}|(?<=<msup><mrow>){_HOLE}|{_HOLE}(?=<mo>[·/]</mo>)"
)
_MOST_DIGITS = 7  # significant ones of a 32-bit float: what follows is how it was rounded
_GREEK = {"epsilon": "ε", "alpha": "α", "beta": "β", "gamma": "γ", "mu": "μ", "sigma": "σ"}


def name(text: str, below: str = "", above: str = "") -> str:
    """A variable, with what stands below and above on its right: x, x_i, x²."""
    base = f"<mi>{escape(_GREEK.get(text, text))}</mi>"
    low, high = (row(*map(_letter, _signs(part))) for part in (below, above))
    if below and above:
        return f"<msubsup>{base}{low}{high}</msubsup>"
    if below:
        return f"<msub>{base}{low}</msub>"
    return f"<msup>{base}{high}</msup>" if above else base


def _signs(index: str) -> Sequence[str]:
    """The letters of an index one by one, so that they are slanted as variables; words whole."""
    return [index] if index in ("min", "max") or len(index) > 4 else index


def _letter(sign: str) -> str:
    if sign.isdigit():
        return f"<mn>{sign}</mn>"
    return f"<mi>{escape(sign)}</mi>" if sign.isalpha() else op(sign)


def number(value: Any) -> str:
    """A number with four significant digits, whole numbers as they are, text in quotes."""
    return f"<mn>{escape(written(value))}</mn>"


def written(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, str | bytes):
        return f'"{value if isinstance(value, str) else value.decode("utf-8", "replace")}"'
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bool | int):
        return str(plain).replace("-", "−")
    if isinstance(plain, complex):
        return f"{plain:.4g}".replace("-", "−")
    if plain == 0:
        return "0"  # −0 is none that people know
    text = rounded(float(plain), 4).replace("inf", "∞").replace("nan", "NaN")
    if 1e4 <= abs(plain) < 1e7:  # 15,550 rather than 1.555e+04
        text = f"{float(text):,.0f}"
    return text.replace("-", "−")


def rounded(value: float, digits: int) -> str:
    """A number with so many significant digits, and with more where it would seem whole and is not:
    0.99998 is no 1, of which other things are true."""
    text = f"{value:.{digits}g}"
    if not abs(value) < 10 ** (digits - 1) or "e" in text or not float(text).is_integer():
        return text
    finer = (f"{value:.{more}g}" for more in range(digits + 1, _MOST_DIGITS + 1))
    return next((one for one in finer if not float(one).is_integer()), text)


def percent(share: Any) -> str:
    """A share as a person reads it, without the sign."""
    return rounded(100 * float(share), 3)


def op(sign: str) -> str:
    """A sign between two things, or a bracket."""
    return f"<mo>{escape(sign)}</mo>"


def row(*parts: str) -> str:
    """Parts side by side, as one thing."""
    return f"<mrow>{''.join(parts)}</mrow>"


def fraction(above: str, below: str) -> str:
    """One thing over another."""
    return f"<mfrac>{row(above)}{row(below)}</mfrac>"


def root(part: str) -> str:
    """A square root."""
    return f"<msqrt>{part}</msqrt>"


def power(base: str, exponent: str) -> str:
    """A thing to the power of another."""
    return f"<msup>{row(base)}{row(exponent)}</msup>"


def call(function: str, *arguments: str) -> str:
    """A function of arguments: max(0, x)."""
    inside = op(",").join(arguments)
    return row(f"<mi>{escape(function)}</mi>", op("("), inside, op(")"))


def total(over: str, of: str, sign: str = "∑") -> str:
    """A sum (or product, or the largest) of something over an index."""
    return row(f"<munder>{op(sign)}<mi>{escape(over)}</mi></munder>", of)


def equals(left: str, *right: str) -> str:
    """One thing is another."""
    return row(left, *(part for side in right for part in (op("="), side)))


def within(wraps: Callable[[str], str], inner: str) -> str:
    """A formula put into another: letters that mean something else there are other ones here."""
    outer = wraps(_HOLE)
    known, new = set(_LETTER.findall(inner)), set(_LETTER.findall(outer)) - {"e"}
    letters = (letter for letter in _FREE if letter not in known | new)
    for letter in sorted(known & new):
        outer = re.sub(
            rf"<mi>{letter}</mi>(?!<mo>\(</mo>)", f"<mi>{next(letters, letter)}</mi>", outer
        )
    if _is_sum(inner):
        outer = _TIGHT.sub(row(op("("), _HOLE, op(")")), outer)
    return outer.replace(_HOLE, inner)


def _is_sum(formula: str) -> bool:
    """Whether it is a sum that nothing holds together yet."""
    depth = 0
    for token in _TOKEN.finditer(formula):
        closes, sign = token.groups()
        if sign is None:
            depth += -1 if closes else 1
        elif sign in ("(", ")"):
            depth += 1 if sign == "(" else -1
        elif not depth and sign in ("+", "−", "∑"):
            return True
    return False


def framed(formula: str) -> str:
    """The element that a page can show."""
    return f'<math display="block">{formula}</math>' if formula else ""
