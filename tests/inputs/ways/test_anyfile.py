"""Any file becomes its first and last bytes, as Magika's makers make them."""

from __future__ import annotations

import numpy as np
import pytest

from inputs.models import declaring, tensor
from tensorama.inputs.ways import AnyFile, ways_of
from tensorama.inputs.ways.anyfile import SAMPLES, Ends

NOTE = '{"kind": "file", "first": 4, "last": 4, "padding": 256, "block": 8, "least": 2}'


@pytest.fixture
def way() -> AnyFile:
    (found,) = ways_of(declaring(tensor("bytes", ("n", 8), 6), metadata={"input": NOTE}))
    assert isinstance(found, AnyFile)
    return found


def made(way: AnyFile, data: bytes) -> list[int]:
    files = {"f": Ends(data[:8], data[-8:], len(data))}
    return list(way.make(("file", "f"), np.zeros((1, 8), np.int32), files)[0])


def test_both_ends_are_stripped_and_padded(way: AnyFile) -> None:
    assert made(way, b"0123456789") == [*b"01236789"]
    assert made(way, b" \n ab \n") == [*b"ab \n", *b"\n ab"]
    assert made(way, b"ab") == [*b"ab", 256, 256, 256, 256, *b"ab"]
    assert made(way, b"   ") == [256] * 8
    assert made(way, b"\0\xff  " + b"-" * 9 + b"\t") == [0, 255, 32, 32, *b"----"]


def test_a_sample_stands_for_what_is_not_here(way: AnyFile) -> None:
    first = next(iter(SAMPLES.values()))
    assert way.source(()) == next(iter(SAMPLES))
    assert way.ends((), {}) == Ends(first[:8], first[-8:], len(first))
    assert way.ends(("file", "gone"), {}).size == len(first)
    assert way.ends(("file", "page.html"), {}).head == b"<!DOCTYP"


@pytest.mark.parametrize(
    "note",
    ['{"kind": "file"}', '{"kind": "file", "first": 4, "last": 5}', '{"kind": "file", "first": -4}',
     '{"kind": "file", "first": "4", "last": 4}', '{"kind": "file", "first": 4, "last": 4.0}'],
)  # fmt: skip
def test_notes_that_do_not_fit_make_no_file_of_it(note: str) -> None:
    (found,) = ways_of(declaring(tensor("bytes", ("n", 8), 6), metadata={"input": note}))
    assert not isinstance(found, AnyFile)
