"""Nothing but sentences comes out of a room, whatever a file leads to inside of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tensorama as tr
from tensorama.boundary import told


def failing(error: Exception) -> None:
    raise error


@told("Testing")
def at_once(error: Exception) -> None:
    failing(error)


@told("Testing")
def in_slices(error: Exception) -> Iterator[None]:
    yield
    failing(error)


@pytest.mark.parametrize("work", [at_once, lambda error: list(in_slices(error))])
def test_whatever_is_raised_becomes_a_sentence(work) -> None:
    with pytest.raises(tr.UnforeseenError) as caught:
        work(IndexError("out of range"))
    assert str(caught.value) == (
        "Testing met something that nobody foresaw (IndexError: out of range; in other people's "
        "code). Please report it together with the file."
    )
    assert isinstance(caught.value.__cause__, IndexError)


def test_the_sentence_names_the_line() -> None:
    @told("Reading")
    def read() -> None:
        tr.onnxfile.types.decoded(b"", 1000, 1)  # type: ignore[attr-defined]

    with pytest.raises(tr.UnforeseenError, match=r"\(KeyError: 1000; types\.py:\d+\)"):
        read()


def test_memory_that_does_not_suffice_is_no_fault() -> None:
    with pytest.raises(tr.TooLargeError, match=r"^Testing needs more memory than there is\.$"):
        at_once(MemoryError())


def test_sentences_pass_as_they_are() -> None:
    with pytest.raises(tr.GraphError, match=r"^as it is$"):
        at_once(tr.GraphError("as it is"))
