"""Whether and where a text follows a regular expression, in a time that does not explode.

Python tries the ways in which an expression could fit one after the other, and `(a+)+b` has more
ways to fit forty letters than there is time for. ONNX means the expressions of RE2, and these can
be followed in another manner: from all places reached so far to all that are reached next. That is
slower for most texts, so it is done only where the ways could be too many.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Set
from functools import lru_cache
from re import _compiler, _parser  # type: ignore[attr-defined]  # only they know the parts
from typing import Any

from tensorama.errors import OperatorError

# places in a text: where what was found begins, and where it ends
Finder = Callable[[str, int], "tuple[int, int] | None"]
Step = Callable[[str, Set[int]], Set[int]]  # from places in a text to those behind a part
_WAYS = 1e6  # that Python may try: a part of a second
_LONG = 20_000  # letters, from which on one search of Python's could take longer than that
_CLASSES = {  # RE2 knows them by name, Python does not
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\\x00-\\x7f", "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~",
    "punct": "!-/:-@\\[-`{-~", "space": "\\t\\n\\v\\f\\r ", "upper": "A-Z", "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_LETTER = ("ANY", "AT", "IN", "LITERAL", "NOT_LITERAL")


def follower(pattern: str) -> Callable[[str], bool]:
    """What tells whether a whole text follows the pattern. Raises OperatorError."""
    matcher, parsed = _read(pattern)
    choices, steps = _choices(parsed), list[Step]()

    def follows(text: str) -> bool:
        if choices * math.log(len(text) + 2) <= math.log(_WAYS):
            return matcher.fullmatch(text) is not None
        if not steps:
            steps.append(_row(parsed, parsed.state.flags, pattern))
        return len(text) in steps[0](text, {0})

    return follows


def finder(pattern: str) -> Finder:
    """What finds the first place, from a given one on, at which a text follows the pattern, and the
    longest piece there that does. Raises OperatorError."""
    matcher, parsed = _read(pattern)
    simple, steps = _longest_first(parsed), list[Step]()

    def find(text: str, start: int) -> tuple[int, int] | None:
        if simple and len(text) - start < _LONG:
            found = matcher.search(text, start)
            return found.span() if found else None
        if not steps:
            steps.append(_row(parsed, parsed.state.flags, pattern))
        for begin in range(start, len(text) + 1):
            ends = steps[0](text, {begin})
            if ends:
                return begin, max(ends)
        return None

    return find


def _longest_first(parsed: Any) -> bool:
    """Whether Python, which tries one way after the other, is done soon and finds the longest."""
    names = {str(op) for op, _ in parsed}
    return _choices(parsed) <= 1 and names <= {*_LETTER, "MAX_REPEAT"}


@lru_cache(maxsize=64)
def _read(pattern: str) -> tuple[re.Pattern[str], Any]:
    """The pattern as Python knows it, compiled and in its parts; letters are those of ASCII."""
    known = re.sub(r"\[:(\w+):\]", lambda named: _CLASSES.get(named[1], named[0]), pattern)
    try:
        with warnings.catch_warnings(action="ignore"):  # a [ in a set may mean more some day
            return re.compile(known, re.ASCII), _parser.parse(known, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise OperatorError(f'the pattern "{pattern}" cannot be read: {error}') from error


def _choices(parsed: Any) -> float:
    """How many parts in a row can fit in several ways; endless, if one is in a repeated part."""
    total = 0.0
    for op, argument in parsed:
        name = str(op)
        if name.endswith("REPEAT"):
            low, high, body = argument
            inner = _choices(body)
            total += (inner and inner * high) if low == high else (math.inf if inner else 1)
        elif name == "BRANCH":
            total += 1 + max(map(_choices, argument[1]))
        else:
            for part in argument if isinstance(argument, tuple) else (argument,):
                if isinstance(part, _parser.SubPattern):
                    total += _choices(part)
    return total


def _row(parsed: Any, flags: int, pattern: str) -> Step:
    """One part after the other."""
    steps = [_part(op, argument, flags, pattern) for op, argument in parsed]

    def follow(text: str, places: Set[int]) -> Set[int]:
        for step in steps:
            places = step(text, places)
        return places

    return follow


def _part(op: Any, argument: Any, flags: int, pattern: str) -> Step:
    name = str(op)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = argument
        return _repeated(_row(body, flags, pattern), int(low), int(high))
    if name == "BRANCH":
        branches = [_row(branch, flags, pattern) for branch in argument[1]]
        return lambda text, places: set().union(*(b(text, places) for b in branches))
    if name == "SUBPATTERN":
        _, added, dropped, body = argument
        return _row(body, (flags | added) & ~dropped, pattern)
    if name not in _LETTER:  # looks ahead or back: RE2 has no such thing
        raise OperatorError(f'the pattern "{pattern}" could take for ever')
    state = _parser.State()
    state.flags, state.str = flags, ""
    letter = _compiler.compile(_parser.SubPattern(state, [(op, argument)]), flags)
    return lambda text, places: {m.end() for at in places if (m := letter.match(text, at))}


def _repeated(step: Step, low: int, high: int) -> Step:
    def follow(text: str, places: Set[int]) -> Set[int]:
        for _ in range(low):
            before, places = places, step(text, places)
            if places == before:  # nowhere, or nothing was taken: so it stays
                break
        reached, fresh, count = set(places), places, low
        while fresh and count < high:
            fresh = step(text, fresh) - reached
            reached |= fresh
            count += 1
        return reached

    return follow
