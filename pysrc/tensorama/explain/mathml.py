"""Formulas as MathML, which every browser of today draws by itself.

Each function gives markup. What comes from a file goes through `name` or `number`, which escape it.
"""

from __future__ import annotations

from html import escape
from typing import Any

_GREEK = {"epsilon": "ε", "alpha": "α", "beta": "β", "gamma": "γ", "mu": "μ", "sigma": "σ"}


def name(text: str, below: str = "", above: str = "") -> str:
    """A variable, with what stands below and above on its right: x, x_i, x²."""
    base = f"<mi>{escape(_GREEK.get(text, text))}</mi>"
    low, high = (f"<mrow><mi>{escape(part)}</mi></mrow>" for part in (below, above))
    if below and above:
        return f"<msubsup>{base}{low}{high}</msubsup>"
    if below:
        return f"<msub>{base}{low}</msub>"
    return f"<msup>{base}{high}</msup>" if above else base


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
    text = f"{float(plain):.4g}".replace("inf", "∞").replace("nan", "NaN")
    return text.replace("-", "−")


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


def framed(formula: str) -> str:
    """The element that a page can show."""
    return f'<math display="block">{formula}</math>' if formula else ""
