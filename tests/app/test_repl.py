"""Python, line by line, as the console runs it; without a page."""

from __future__ import annotations

import asyncio
import sys

import numpy as np
import pytest

from tensorama import Trace
from tensorama.app.deeper.repl import Outcome, Repl, TooLongError, shown, watched


def over(**names: object) -> tuple[Repl, list[str]]:
    printed: list[str] = []
    return Repl(dict(names), printed.append, seconds=0.3), printed


def run(repl: Repl, source: str) -> Outcome:
    return asyncio.run(repl.run(source))


def test_the_last_expression_is_told(threes: Trace) -> None:
    repl, _ = over(trace=threes, np=np)
    assert run(repl, "1 + 1") == Outcome("2")
    assert run(repl, "_ * 3") == Outcome("6")
    assert run(repl, "x = 4") == Outcome("")
    assert run(repl, "y = x\ny ** 2") == Outcome("16")
    assert run(repl, "y ** 2;") == Outcome("")
    mean = float(np.asarray(threes["relu1"]).mean())
    assert float(run(repl, "float(trace['relu1'].mean())").value) == mean


def test_what_is_printed_is_handed_on_up_to_a_limit() -> None:
    repl, printed = over()
    run(repl, "for n in range(3):\n    print(n)")
    assert "".join(printed) == "0\n1\n2\n"
    printed.clear()
    run(repl, "print('a' * 50_000)")
    assert len("".join(printed)) < 13_000


def test_an_error_has_a_last_line_and_the_way_to_it() -> None:
    repl, _ = over()
    outcome = run(repl, "def f():\n    return 1 / 0\nf()")
    assert outcome.error == "ZeroDivisionError: division by zero"
    assert "return 1 / 0" in outcome.trace
    assert "repl.py" not in outcome.trace
    assert run(repl, "1 +").error.startswith("SyntaxError")
    assert run(repl, "exit()").error.startswith("SystemExit")


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "n = 0\nwhile True:\n    n += 1",
        "for n in iter(int, 1): pass",
        "sum(1 for _ in iter(int, 1))",
        "while True:\n    try:\n        f2()\n    except Exception: pass",
        "class A:\n    def __repr__(self):\n        while True: pass\nA()",
        "import asyncio\nawait asyncio.sleep(0)\nwhile True: pass",
    ],
)
def test_what_never_ends_is_stopped(source: str) -> None:
    repl, _ = over()
    assert run(repl, source).stopped
    assert sys.gettrace() is None
    assert run(repl, "1 + 1").value == "2"  # and the next line runs


def test_what_waits_may_take_its_time() -> None:
    repl, _ = over()
    assert run(repl, "import asyncio\nawait asyncio.sleep(0.5)\n7") == Outcome("7")


def test_what_is_short_is_not_stopped() -> None:
    with watched(10):
        assert sum(range(1000)) == 499500
    with pytest.raises(TooLongError), watched(0.0):
        sum(1 for _ in range(10))


@pytest.mark.parametrize(
    ("source", "unfinished"),
    [
        ("x", False),
        ("for n in range(3):", True),
        ("for n in range(3):\n    print(n)", True),
        ("for n in range(3):\n    print(n)\n", False),
        ("f(1,", True),
        ("1 +", False),  # wrong, which running it says
        ("def f(", True),
        ("while x:\n    try: y\n    except: z\n", False),
        ("while x:\n    try: y", True),
    ],
)
def test_a_text_is_whole_or_goes_on(source: str, unfinished: bool) -> None:
    assert over()[0].unfinished(source) is unfinished


def test_names_and_keys_are_completed(threes: Trace) -> None:
    repl, _ = over(trace=threes, np=np, trial=1)
    assert repl.complete("tr") == (["trace", "trial", "try"], 0)
    found, start = repl.complete("x = np.argma")
    assert (found, start) == (["np.argmax"], 4)
    assert repl.complete("trace['relu") == (["relu1", "relu2", "relu3", "relu4"], 7)
    assert repl.complete('abs(trace["logi') == (["logits"], 11)
    assert repl.complete("") == ([], 0)
    assert not [name for name in repl.complete("trace.")[0] if "._" in name]


def test_large_values_are_shortened() -> None:
    text = shown(np.arange(100_000, dtype=np.float32).reshape(1, 10, 100, 100))
    assert text.startswith("array (1, 10, 100, 100) float32, 0 … 1e+05, mean 5e+04\n")
    assert len(text) < 2_500
    assert len(shown([*range(5000)])) < 2_500
    assert shown(np.arange(3)) == "array([0, 1, 2])"
