"""Regular expressions that a person types, such that none of them can hold the page up.

Python tries the ways in which an expression could fit one after the other, and `(a+)+b` has more
ways to fit forty letters than there is time for. So the ways are counted before any is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from re import _parser  # type: ignore[attr-defined]  # the only one who knows what is repeated
from typing import Any

from tensorama.phrases import phrase

_STEPS = 2e7  # of matching one name, at most: a part of a second
_LONGEST = 2000  # of so many letters of a name no more are looked at


class Unfit(ValueError):
    """An expression that cannot be used; the message is a sentence for a person."""


def fitting(typed: str) -> Callable[[str], bool]:
    """What tells whether a name has a part that fits the expression; case does not matter.

    Of names that are too long for it only the beginning is looked at. Raises Unfit.
    """
    try:
        pattern = re.compile(typed, re.IGNORECASE)
        parsed = _parser.parse(typed, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        why = str(error).partition(" at position")[0]
        raise Unfit(phrase("Not a regular expression: {why}.", why=why)) from None
    letters = next((n for n in _lengths() if n * _ways(parsed, n) <= _STEPS), 0)
    if not letters:
        raise Unfit(phrase(
            "This expression could take for ever: repeat fewer of its parts, and none in another."
        ))  # fmt: skip
    return lambda name: pattern.search(name[:letters]) is not None


def _lengths() -> Iterable[int]:
    """Lengths of names to try, from the longest to one that still says something."""
    length = float(_LONGEST)
    while length >= 24:
        yield int(length)
        length /= 1.5


def _ways(parsed: Any, letters: int) -> float:
    """In how many ways a parsed expression could fit so many letters, at most."""
    ways = 1.0
    for op, argument in parsed:
        name = str(op)
        if name.endswith("REPEAT"):  # as often as it can, as rarely as it can, or all at once
            low, high, body = argument
            often = min(int(high), letters)
            inner = min(1000.0, _ways(body, letters))
            ways *= max(1, often - low + 1) * (inner ** min(often, 64))
        elif name == "BRANCH":
            ways *= sum(_ways(branch, letters) for branch in argument[1])
        else:
            for part in argument if isinstance(argument, tuple) else (argument,):
                if isinstance(part, _parser.SubPattern):
                    ways *= _ways(part, letters)
    return ways
