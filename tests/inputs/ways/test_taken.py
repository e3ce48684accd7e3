"""Arrays out of a file go to the inputs that they fit: as they are, as pixels, as samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inputs.models import Shape, declaring, tensor
from tensorama.engine.contract import whole
from tensorama.errors import FeedError
from tensorama.inputs.ways import feeds_slices, taken
from tensorama.inputs.ways.way import shaped

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (40, 60, 3)).astype(np.uint8)


def given(array: np.ndarray, shape: Shape, name: str = "image", elem_type: int = 1) -> Any:
    """What kind of gift an array is for an input of this shape, and what the input then gets."""
    model = declaring(tensor(name, shape, elem_type))
    like = whole(feeds_slices(model, {}))
    ((_, kind, value),) = taken(model, like, {"": array}).values()
    gift = (kind, "file", "it") if kind == "numbers" else (kind, "it")
    return kind, whole(feeds_slices(model, {name: gift}, pictures={"it": value}))[name]


def refused(array: np.ndarray, shape: Shape, name: str = "image", elem_type: int = 1) -> str:
    with pytest.raises(FeedError) as caught:
        given(array, shape, name, elem_type)
    return str(caught.value)


def test_a_tensor_of_the_shape_of_a_picture_is_what_the_network_gets() -> None:
    array = RANDOM.standard_normal((1, 3, 32, 32))
    for came in (array, array[0]):
        kind, fed = given(came, (1, 3, 32, 32))
        assert kind == "numbers"
        assert np.array_equal(fed, array.astype(np.float32))


def test_channels_at_the_other_end_are_moved() -> None:
    array = RANDOM.standard_normal((24, 32, 3))
    kind, fed = given(array, (1, 3, 24, 32))
    assert kind == "numbers"
    assert np.array_equal(fed[0], array.astype(np.float32).transpose(2, 0, 1))
    _, fed = given(array.transpose(2, 0, 1), (1, 24, 32, 3))
    assert np.array_equal(fed[0], array.astype(np.float32))


def test_what_the_file_leaves_open_is_as_large_as_the_array() -> None:
    array = RANDOM.standard_normal((5, 3, 48, 64)).astype(np.float32)
    kind, fed = given(array, ("N", 3, "H", "W"))
    assert (kind, fed.shape) == ("numbers", array.shape)
    kind, fed = given(array[:, 0], ("N", 1, 48, 64))
    assert np.array_equal(fed, array[:, :1])
    kind, fed = given(array[0, 0], ("N", "K"), "table")
    assert np.array_equal(fed, array[0, 0])


@pytest.mark.parametrize(
    "pixels", [PIXELS, PIXELS.transpose(2, 0, 1), PIXELS[None], PIXELS.astype(float),
               np.dstack([PIXELS, PIXELS[..., :1]])],
)  # fmt: skip
def test_pixels_are_a_picture_that_is_prepared(pixels: np.ndarray) -> None:
    kind, fed = given(pixels, (1, 3, 20, 30))
    assert kind == "picture"
    means = PIXELS.reshape(20, 2, 30, 2, 3).mean(axis=(1, 3)) / 255
    assert fed[0].mean() == pytest.approx(means.mean(), abs=0.01)
    assert fed.max() <= 1


def test_a_grey_picture_is_one_too() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    kind, fed = given(grey, (1, 1, 16, 16))
    assert kind == "picture"
    assert fed[0, 0].tolist() == pytest.approx(grey.reshape(16, 16) / 255, abs=1e-6)
    kind, fed = given(grey[None, None], (1, 1, 16, 16))
    assert (kind, fed.max()) == ("numbers", 255)


def test_samples_are_a_sound() -> None:
    shape = (1, "samples")
    row = (np.sin(np.arange(4000) / 9)).astype(np.float32)
    kind, fed = given(row, shape, "audio")
    assert kind == "sound"
    assert np.array_equal(fed[0, :4000], row)
    for same in (row[:, None], np.round(row * 32767).astype(np.int16), row * 32767.0,
                 np.round(row * 127 + 128).astype(np.uint8)):  # fmt: skip
        kind, heard = given(same, shape, "audio")
        assert kind == "sound"
        assert heard[0, :4000] == pytest.approx(row, abs=0.02)
    left = np.stack([row, 0 * row])
    assert given(left.T, shape, "audio")[1][0, :4000] == pytest.approx(row / 2)


def test_a_batch_of_sounds_is_fed_as_it_is() -> None:
    rows = RANDOM.standard_normal((3, 512)).astype(np.float32)
    kind, fed = given(rows, ("N", 512), "audio")
    assert kind == "numbers"
    assert np.array_equal(fed, rows)


def test_what_cannot_fit_is_said_in_a_sentence() -> None:
    assert refused(np.zeros((5, 7)), (1, 3, 224, 224)) == (
        "“image” takes 1 × 3 × 224 × 224 numbers, or pixels: height × width, or height × width × "
        "3, whole numbers from 0 to 255. The file has 5 × 7."
    )
    assert refused(np.full((1, 3, 32, 32), 0.5), (1, 3, 32, 32), elem_type=2) == (
        "“image” takes whole numbers; the file has fractions."
    )
    assert refused(np.full((1, 3, 32, 32), 300), (1, 3, 32, 32), elem_type=2) == (
        "“image” takes whole numbers from 0 to 255; the file has others."
    )
    assert refused(np.zeros((4, 5, 6)), (1, "samples"), "audio") == (
        "“audio” takes a sound: its samples in one row, or in two for left and right. The file has "
        "4 × 5 × 6."
    )
    assert refused(np.zeros((2, 3)), ("N", 4), "x") == (
        "“x” takes N × 4 numbers; the file has 2 × 3. Give one of that shape."
    )


def test_arrays_go_to_the_inputs_that_they_are_called_like_or_fit() -> None:
    model = declaring(tensor("image", (1, 3, 32, 32)), tensor("x", (2, 3)))
    like = whole(feeds_slices(model, {}))
    table = np.zeros((2, 3))
    assert {k: v[0] for k, v in taken(model, like, {"other": table}).items()} == {"x": "other"}
    both = taken(model, like, {"image": np.zeros((3, 32, 32)), "x": table, "y": table})
    assert {name: kind for name, (_, kind, _) in both.items()} == {
        "image": "numbers", "x": "numbers",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "came", "found"),
    [
        ((1, 3, 4), (3, 4), (1, 3, 4)), (("N", 1, 4), (7, 4), (7, 1, 4)), ((4,), (1, 4, 1), (4,)),
        (("N", "T"), (6,), (1, 6)), ((2, 2), (4,), None), ((), (1, 1), ()), ((), (2,), None),
        (("N", 0), (0,), (1, 0)),
    ],
)  # fmt: skip
def test_axes_of_one_come_and_go(wanted: Shape, came: tuple[int, ...], found: object) -> None:
    assert shaped(wanted, came) == found


def test_many_axes_of_one_are_told_at_once() -> None:
    assert shaped((5, *(1,) * 60), (3, *(1,) * 60)) is None
    assert shaped((None,) * 30, (1,) * 60) == (1,) * 30
