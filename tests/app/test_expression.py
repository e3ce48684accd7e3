"""Regular expressions that a person types: what they find, and which are refused."""

from __future__ import annotations

import pytest

from tensorama.app.expression import Unfit, fitting

TOO_LONG = "This expression could take for ever: repeat fewer of its parts, and none in another."


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (r"^conv\d+$", "conv12"), ("RELU", "/layer1/relu_7"), (r"layer\d+\.\d", "layer3.1"),
        (r"^/layer1/.*/conv\d?$", "/layer1/layer1.0/conv2"), ("(add|pool)$", "pool"),
        ("(?:conv|bn)[12]", "bn2"), (r"(\d|x)+$", "64x112x112"), ("(?=.*relu).*conv", "conv relu"),
        ("^(?!aux)", "main"), (r"(\w)\1", "pool"), ("a{2,5}", "aaa"), ("", "any"), ("a*?b", "b"),
    ],
)  # fmt: skip
def test_what_people_type_finds_what_they_mean(typed: str, name: str) -> None:
    assert fitting(typed)(name)


def test_what_does_not_fit_is_not_found() -> None:
    assert not fitting(r"^conv\d+$")("conv12x")
    assert not fitting("^(?!aux)")("aux1")


@pytest.mark.parametrize(
    "typed",
    [
        "(a+)+$", "(a*)*b", "(a|aa)+$", "(.*a){20}", "(a?){30}" + "a" * 30, "a?" * 40 + "a" * 40,
        "(x+x+)+y", ".*.*.*.*.*.*=", "((a{1,9}){1,9}){1,9}b", "(?:(?:a|ab)*c)*d",
    ],
)  # fmt: skip
def test_what_could_take_for_ever_is_refused(typed: str) -> None:
    with pytest.raises(Unfit) as refused:
        fitting(typed)
    assert str(refused.value) == TOO_LONG


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("(", "Not a regular expression: missing ), unterminated subpattern."),
        ("[z-a]", "Not a regular expression: bad character range z-a."),
        ("*", "Not a regular expression: nothing to repeat."),
    ],
)
def test_what_is_no_expression_is_said(typed: str, said: str) -> None:
    with pytest.raises(Unfit) as refused:
        fitting(typed)
    assert str(refused.value) == said


def test_the_hardest_that_is_taken_ends_on_the_longest_name() -> None:
    """Two free parts and a name that does not fit at all: every way is tried, and it ends."""
    assert not fitting("a.*a.*b$")("a" * 10_000)
    assert fitting("^a.*z")("a" + "b" * 100 + "z" + "c" * 10_000)
