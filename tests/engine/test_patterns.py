"""Regular expressions of RegexFullMatch: Python's answers, without the ways that never end."""

from __future__ import annotations

import itertools
import re

import pytest

import tensorama as tr
from tensorama.engine.ops import patterns

ENDLESS = [
    "(a+)+$", "(a*)*b", "(a|aa)+$", "(.*a){20}", "(a?){30}" + "a" * 30, "(x+x+)+y",
    ".*.*.*.*.*.*=", "((a{1,9}){1,9}){1,9}b", "(?:(?:a|ab)*c)*d", "(a|b|ab)*?c", "(a{2}|a{3})+b",
]  # fmt: skip
KINDS = [
    *ENDLESS, r"([a-z]+\.)+b{2,}", r"(\w|^)a\b.*", "(?i:A)+b", "^(a|b$)*$", "(a{2,3}){2}b?",
    "(?s:.)*[^b]", "(|a)+b", "a??b*?(a|b)*", "(?:a|(b))+", "(ab){2,}", "(a*){3}b",
]  # fmt: skip
TEXTS = ["".join(t) for n in range(6) for t in itertools.product("ab.", repeat=n)] + ["a\n", "\nA"]


@pytest.mark.parametrize("pattern", KINDS)
def test_places_tell_what_trying_tells(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [re.fullmatch(pattern, text) is not None for text in TEXTS]
    monkeypatch.setattr(patterns, "_WAYS", 0.5)
    follows = patterns.follower(pattern)
    assert [follows(text) for text in TEXTS] == wanted


@pytest.mark.parametrize("pattern", ENDLESS)
def test_nothing_takes_for_ever(pattern: str) -> None:
    """Hundreds of letters with more ways to fit than there is time for, and no fit at the end."""
    assert not patterns.follower(pattern)("a" * 300 + "!")


def test_a_long_text_that_fits_is_found() -> None:
    assert patterns.follower(r"([a-z0-9-]+\.)+[a-z]{2,}")("part." * 100 + "org")
    assert patterns.follower("(a+)+$")("a" * 300)
    assert patterns.follower(".*a.*")("b" * 100_000 + "a")


@pytest.mark.parametrize("pattern", [r"(a+)+\1b", "((?=a)a+)+b", "(?>(a+)+)b"])
def test_what_re2_lacks_is_refused_where_it_could_take_for_ever(pattern: str) -> None:
    follows = patterns.follower(pattern)
    with pytest.raises(tr.OperatorError, match="could take for ever"):
        follows("a" * 300 + "!")


@pytest.mark.parametrize("pattern", ["a|ab", "(ab|a)(ba)?", "a+?", r"\w+", "b*", "a(b|.)+a", "b+$"])
def test_the_first_place_is_found_and_the_longest_piece_there(pattern: str) -> None:
    find = patterns.finder(pattern)
    for text in TEXTS:
        pieces = [
            (begin, end)
            for begin in range(len(text) + 1)
            for end in range(len(text), begin - 1, -1)
            if re.compile(f"(?:{pattern})\\Z").match(text[:end], begin)
            and not (pattern.endswith("$") and end < len(text))
        ]
        assert find(text, 0) == (pieces[0] if pieces else None), text
