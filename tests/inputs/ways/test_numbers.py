"""Any tensor of numbers is filled by a rule, typed, or read from a file."""

from __future__ import annotations

import io

import numpy as np
import pytest

from inputs.models import declaring, tensor
from tensorama.errors import FeedError
from tensorama.inputs.ways import Numbers, ways_of
from tensorama.inputs.ways.arrays import arrays_in

SHAPE = np.zeros((2, 3), np.float32)


@pytest.fixture
def way() -> Numbers:
    (found,) = ways_of(declaring(tensor("x", (2, 3))))
    assert isinstance(found, Numbers)
    return found


def made(way: Numbers, *gift: object, like: np.ndarray = SHAPE, **files: np.ndarray) -> object:
    array = way.make(("numbers", *gift), like, files)
    return None if array is None else array.tolist()


def test_rules_fill_it(way: Numbers) -> None:
    assert made(way, "zeros") == [[0] * 3] * 2
    assert made(way, "ones") == [[1] * 3] * 2
    assert made(way, "gradient") == [pytest.approx([0, 0.2, 0.4]), pytest.approx([0.6, 0.8, 1])]
    assert made(way, "gradient", like=SHAPE.astype("i8")) == [[0, 1, 2], [3, 4, 5]]
    assert made(way, "random", 1) == made(way, "random", 1) != made(way, "random", 2)


def test_typed_numbers_stand_in_their_places(way: Numbers) -> None:
    assert made(way, "typed", (1, 2, 3.5, 4, 5, 6)) == [[1, 2, 3.5], [4, 5, 6]]


@pytest.mark.parametrize(
    "gift",
    [(), ("made",), ("typed", (1, 2)), ("typed", "abcdef"), ("typed", tuple("abcdef")),
     ("file", "gone"), (3,)],
)  # fmt: skip
def test_what_a_gift_does_not_say_is_made_up(way: Numbers, gift: tuple[object, ...]) -> None:
    assert made(way, *gift) is None


def test_a_file_of_another_shape_is_refused(way: Numbers) -> None:
    assert made(way, "file", "a", a=np.arange(6).reshape(1, 2, 3)) == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(FeedError) as caught:
        made(way, "file", "a", a=np.arange(6).reshape(3, 2))
    said = "“x” takes 2 × 3 numbers; the file has 3 × 2. Give one of that shape."
    assert str(caught.value) == said


def written(save: object, *arrays: object, **named: object) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)  # type: ignore[operator]
    return file.getvalue()


def test_files_of_four_kinds_are_read() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(arrays_in("a.npy", written(np.save, array))[""], array)
    both = arrays_in("a.npz", written(np.savez, x=array, y=array[0]))
    assert {name: found.shape for name, found in both.items()} == {"x": (2, 3), "y": (3,)}
    assert np.array_equal(arrays_in("A.CSV", b"0,1,2\n3,4,5\n")[""], array)
    assert np.array_equal(arrays_in("a.json", b"[[0, 1, 2], [3, 4, 5]]")[""], array)
    assert np.array_equal(arrays_in("a.csv", b"width,height,depth\n0,1,2\n3,4,5\n")[""], array)
    named = arrays_in("a.npz", written(np.savez, x=array, called=np.array(["a"]), none=array[:0]))
    assert [*named] == ["x"]
    assert arrays_in("a.json", b'{"x": [1, 2]}')["x"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.npy", b"\x93NUMPY"), ("a.npy", b""), ("a.npz", b"PK"), ("a.csv", b"a,b"),
     ("a.json", b"[[1], [2, 3]]"), ("a.json", b"{"), ("a.json", b'["a"]'),
     ("a.npy", written(np.save, np.array([{}], object), allow_pickle=True)), ("a.csv", b"\xff")],
)  # fmt: skip
def test_a_file_that_holds_something_else_gets_a_sentence(name: str, data: bytes) -> None:
    with pytest.raises(FeedError, match=r"^a\.\w+ (could not be read as numbers|holds no numbers)"):
        arrays_in(name, data)
