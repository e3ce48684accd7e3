"""What numpy says when values do not fit together, in a learner's words.

Operators check what they can name; what is left fails inside numpy, whose messages speak of
operands and gufuncs. A message that stands in no line here is quoted as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_Words = Callable[[re.Match[str]], str]


def _shapes(match: re.Match[str]) -> str:
    shapes = re.findall(r"\([\d,]*\)", match.string)
    seen = [shape.replace(",)", ")") for shape in dict.fromkeys(shapes)]
    return f"{' and '.join(seen[:3])} do not fit together: sizes must be equal, or one of them 1"


_PATTERNS: tuple[tuple[str, _Words], ...] = (
    (
        r"operands could not be broadcast|could not broadcast input|indexing arrays could not",
        _shapes,
    ),
    (r"objects cannot be broadcast to a single shape", _shapes),
    (
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        lambda m: f"index {m[1]} lies outside of an axis of size {m[3]}",
    ),
    (
        r"along dimension (\d+), the array at index \d+ has size (\d+) and .* has size (\d+)",
        lambda m: f"what is joined differs in axis {m[1]}: {m[2]} and {m[3]}",
    ),
    (
        r"must have same number of dimensions, .* has (\d+) dimension.* has (\d+) dimension",
        lambda m: f"what is joined has {m[1]} and {m[2]} dimensions",
    ),
    (
        r"mismatch in its core dimension .*size (\d+) is different from (\d+)",
        lambda m: f"a product needs as many columns as rows: {m[2]} columns, {m[1]} rows",
    ),
    (
        r"cannot reshape array of size (\d+)",
        lambda m: f"{m[1]} values do not fit the wanted shape",
    ),
    (r"negative dimensions", lambda m: "a size cannot be negative"),
    (
        r"only convert an array of size 1|only 0-dimensional arrays|length-1 arrays",
        lambda m: "one number was expected, none or several came",
    ),
    (r"too many indices for array: array is (\d+)", lambda m: f"{m[1]} dimensions are too few"),
    (r"Unable to allocate (.*) for", lambda m: f"the memory does not suffice for {m[1]}"),
    (r"is too big|dimension exceeded", lambda m: "the result would be larger than anything can be"),
    (r"division by zero", lambda m: "a size of 0 makes the result impossible"),
    (r"cannot convert float (NaN|infinity)", lambda m: f"{m[1]} is no number to count with"),
)


def in_words(error: Exception) -> str:
    """Say in one short fact what went wrong inside numpy or Python."""
    message = " ".join(str(error).split()) or type(error).__name__
    for pattern, words in _PATTERNS:
        match = re.search(pattern, message)
        if match:
            return words(match)
    return f"these values do not fit the operator ({message})"
