"""Whether a whole text follows a regular expression, in a time that does not explode.

Python tries the ways in which an expression could fit one after the other, and `(a+)+b` has more
ways to fit forty letters than there is time for. ONNX means the expressions of RE2, and these can
be followed in another manner: from all places reached so far to all that are reached next. That is
slower for most texts, so it is done only where the ways could be too many.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Set
from re import _compiler, _parser  # type: ignore[attr-defined]  # only they know the parts
from typing import Any

from tensorama.errors import OperatorError

Step = Callable[[str, Set[int]], Set[int]]  # from places in a text to those behind a part
_WAYS = 1e6  # that Python may try: a part of a second
_LETTER = ("ANY", "AT", "IN", "LITERAL", "NOT_LITERAL")


def follower(pattern: str) -> Callable[[str], bool]:
    """What tells whether a whole text follows the pattern. Raises OperatorError."""
    try:
        matcher, parsed = re.compile(pattern), _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise OperatorError(f'the pattern "{pattern}" cannot be read: {error}') from error
    choices, steps = _choices(parsed), list[Step]()

    def follows(text: str) -> bool:
        if choices * math.log(len(text) + 2) <= math.log(_WAYS):
            return matcher.fullmatch(text) is not None
        if not steps:
            steps.append(_row(parsed, parsed.state.flags, pattern))
        return len(text) in steps[0](text, {0})

    return follows


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
