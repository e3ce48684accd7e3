"""Memory: how much there is, and what is said before it does not suffice."""

from __future__ import annotations

from pathlib import Path

import pytest

import tensorama as tr
from tensorama.engine import memory

LENET = Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx"


def test_without_a_page_the_system_decides() -> None:
    assert memory.available() is None
    memory.complain_unless_fitting(1 << 60, "Everything")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (31_000, "31 kB"),
        (999_999, "1.0 MB"),
        (52_430_000, "52.4 MB"),
        (2_100_000_000, "2.10 GB"),
        (4_321_000_000_000, "4321.00 GB"),
    ],
)
def test_amounts_as_a_person_reads_them(count: int, words: str) -> None:
    assert memory.in_words(count) == words


def test_a_file_that_does_not_fit_is_refused_before_it_is_read() -> None:
    with memory.limited(100_000), pytest.raises(tr.TooLargeError) as caught:
        tr.load(LENET)
    assert str(caught.value) == (
        f"The file lenet.onnx needs {memory.in_words(LENET.stat().st_size)} of memory; "
        "100 kB are free. Take a smaller model."
    )
    with memory.limited(10_000_000):
        assert tr.load(LENET).parameters > 40_000


def test_amounts_are_held_to_while_a_block_runs() -> None:
    with memory.limited(5):
        assert memory.available() == 5
    assert memory.available() is None
