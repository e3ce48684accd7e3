"""What numpy says when values do not fit together, in a learner's words.

Operators check what they can name; what is left fails inside numpy, whose messages speak of
operands and gufuncs. A message that stands in no line here is quoted as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tensorama.engine.memory import available
from tensorama.engine.memory import in_words as amount

QUOTED = "these values do not fit the operator"  # before a message that is quoted
_Words = Callable[[re.Match[str]], str]


def _shapes(match: re.Match[str]) -> str:
    given = match.string.partition("and requested shape")[0]  # the rest is what numpy made up
    shapes = re.findall(r"\([\d, ]*\)", given)
    seen = [re.sub(r" |,(?=\))", "", shape) for shape in dict.fromkeys(shapes)]
    return f"{' and '.join(seen[:3])} do not fit together: sizes must be equal, or one of them 1"


_PATTERNS: tuple[tuple[str, _Words], ...] = (
    (
        r"operands could not be broadcast|could not broadcast input|indexing arrays could not"
        r"|non-broadcastable output operand",
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
    (
        r"axis (-?\d+) is out of bounds for array of dimension (\d+)",
        lambda m: f"axis {m[1]} is out of range for {m[2]} dimension{'' if m[2] == '1' else 's'}",
    ),
    (
        r"Size of label '(\w)' for operand \d+ \((\d+)\) does not match .*\((\d+)\)",
        lambda m: f'the axes called "{m[1]}" have different sizes: {m[3]} and {m[2]}',
    ),
    (
        r"array split does not result in an equal division",
        lambda m: "what is split has no equal parts",
    ),
    (
        r"zero-size array to reduction operation",
        lambda m: "of no values there is no largest or smallest",
    ),
    (r"number of FFT data points", lambda m: "a size of 0 makes the result impossible"),
    (r"too many indices for array: array is (\d+)", lambda m: f"{m[1]} dimensions are too few"),
    (
        r"too (?:big|large)|dimension exceeded",
        lambda m: "the result would be larger than anything can be",
    ),
    (r"division (or modulo )?by zero", lambda m: "a size of 0 makes the result impossible"),
    (r"values to unpack", lambda m: "more or fewer values came than belong together"),
    (r"zip\(\) argument", lambda m: "lists that belong together differ in length"),
    (r"take from an empty axes", lambda m: "nothing can be taken from an axis of size 0"),
    (r"duplicate value in 'axis'", lambda m: "an axis is named twice"),
    (r"only specify one unknown dimension", lambda m: "the values do not fit the wanted shape"),
    (r"(tuple|list) index out of range", lambda m: "fewer dimensions or values came than needed"),
    (r"(?i)einstein sum|not a valid symbol", lambda m: "the equation does not fit the inputs"),
    (r"must have the same number of dim", lambda m: "indices of another number of dimensions came"),
    (r"shape mismatch: value array", _shapes),
    (r"'(list|tuple)' object has no", lambda m: "a sequence came where a tensor was expected"),
    (r"'dict' object has no", lambda m: "a map came where a tensor was expected"),
    (r"'NoneType' object", lambda m: "an input that is needed is not there"),
    (r"x not in (tuple|list)", lambda m: "a number is referred to that is not there"),
    (
        r"non-iterable|not iterable|not subscriptable|has no len|0-d array|"
        r"invalid index to scalar|unhashable type|unsupported operand",
        lambda m: "an input has more or fewer dimensions or values than were expected",
    ),
    (r"cannot convert float (NaN|infinity)", lambda m: f"{m[1]} is no number to count with"),
)


def _too_large(message: str) -> str:
    """How much was wanted, and where it is known, how much there is."""
    wanted = re.search(r"Unable to allocate (.*) for", message)
    free = available()
    there = "" if free is None else f"; {amount(free)} are free"
    return f"the memory does not suffice{f' for {wanted[1]}' if wanted else ''}{there}"


def in_words(error: Exception) -> str:
    """Say in one short fact what went wrong inside numpy or Python."""
    if isinstance(error, KeyError):
        return f"{error} is referred to, but is not there"
    if isinstance(error, MemoryError):
        return _too_large(str(error))
    message = " ".join(str(error).split()) or type(error).__name__
    for pattern, words in _PATTERNS:
        match = re.search(pattern, message)
        if match:
            return words(match)
    return f"{QUOTED} ({message})"
