"""A photo of a drawing becomes what the pad would have made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tensorama as tr
from tensorama.engine.contract import whole
from tensorama.inputs import input_kind, sample_digit
from tensorama.inputs.drawing import _ink
from tensorama.inputs.kinds import Drawing
from tensorama.inputs.ways import Photo, feeds_slices, taken, ways_of
from tensorama.inputs.ways.photo import inked

MODELS = Path(__file__).parents[3] / "models"
# pens of two pixels and of fourteen, chalk on a board, a small digit in a corner, a grainy photo,
# one of MNIST's own pictures
PHOTOS: dict[str, dict[str, Any]] = {
    "ordinary": {}, "fine": {"pen": 2}, "broad": {"pen": 14}, "chalk": {"dark": False},
    "small": {"scale": 0.2, "pen": 3}, "corner": {"scale": 0.8, "pen": 25, "left": 0.05},
    "grainy": {"noise": 0.06},
    "tiny": {"high": 28, "wide": 28, "pen": 1.3, "scale": 0.7, "dark": False, "noise": 0},
}  # fmt: skip


def photo(
    digit: int, high: int = 480, wide: int = 640, pen: float = 5, scale: float = 0.5,
    left: float = 0.2, dark: bool = True, noise: float = 0.02,
) -> np.ndarray:  # fmt: skip
    """A digit drawn on paper or a board, lit from the left."""
    corner = np.array([wide * left, high * 0.15])
    lines = [np.array(stroke) * high * scale + corner for stroke in sample_digit(digit)]
    ink = _ink([[*map(tuple, line)] for line in lines], high, wide, pen)  # type: ignore[misc]
    rows, columns = np.mgrid[0:high, 0:wide] / [[[high]], [[wide]]]
    paper = 0.85 - 0.35 * columns - 0.1 * rows
    grey = paper * (1 - 0.8 * ink) if dark else 0.1 + 0.2 * columns + 0.6 * ink
    grey = grey + np.random.default_rng(digit).normal(0, noise, grey.shape)
    return np.repeat((np.clip(grey, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def lenet() -> tr.Model:
    return tr.load(MODELS / "lenet" / "lenet.onnx")


@pytest.mark.parametrize("name", PHOTOS)
def test_every_digit_on_a_photo_is_read(lenet: tr.Model, name: str) -> None:
    read = []
    for digit in range(10):
        given = {"input": ("photo", "1 my photo.jpg")}
        pictures = {"1 my photo.jpg": photo(digit, **PHOTOS[name])}
        feeds = whole(feeds_slices(lenet, given, pictures=pictures))
        read.append(int(lenet.run(feeds)["probabilities"].argmax()))
    assert read == [*range(10)]


def test_the_ink_lies_where_the_pad_would_lay_it(lenet: tr.Model) -> None:
    drawing = input_kind(lenet)
    assert drawing
    ink = inked(photo(0), drawing)
    assert (ink.shape, ink.min(), ink.max()) == ((28, 28), 0, 1)
    rows, columns = np.nonzero(ink > 0.2)
    tall = max(np.ptp(rows), np.ptp(columns)) + 1
    assert drawing.box - 2 <= tall <= drawing.box + 2
    middle = np.average(np.mgrid[0:28, 0:28].reshape(2, -1) + 0.5, axis=1, weights=ink.ravel())
    np.testing.assert_allclose(middle, 14, atol=0.6)


def test_a_scene_stays_where_it_is() -> None:
    scene = Drawing("x", (96, 96), box=28, scene=True)
    ink = inked(photo(1, high=480, wide=480, scale=0.3, left=0.6), scene)
    rows, columns = np.nonzero(ink > 0.5)
    assert 14 <= rows.min() < rows.max() <= 50
    assert 55 <= columns.min() < columns.max() <= 90


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_sheet_has_no_ink(lenet: tr.Model, grey: int) -> None:
    drawing = input_kind(lenet)
    assert drawing
    assert not inked(np.full((30, 50, 3), grey, np.uint8), drawing).any()
    assert not inked(np.full((1, 1, 3), grey, np.uint8), drawing).any()


def test_numbers_out_of_a_file_are_taken_as_they_are(lenet: tr.Model) -> None:
    (way,) = ways_of(lenet)
    assert isinstance(way, Photo)
    array = np.random.default_rng(0).random((28, 28), np.float32)
    like = {"input": np.zeros((1, 1, 28, 28), np.float32)}
    _, kind, value = taken(lenet, like, {"": array})["input"]
    assert kind == "numbers"
    feeds = whole(
        feeds_slices(lenet, {"input": ("numbers", "file", "1 a.npy")}, pictures={"1 a.npy": value})
    )
    np.testing.assert_array_equal(feeds["input"][0, 0], array)


def test_pixels_out_of_a_file_are_a_photo(lenet: tr.Model) -> None:
    like = {"input": np.zeros((1, 1, 28, 28), np.float32)}
    _, kind, value = taken(lenet, like, {"": photo(3)[..., 0]})["input"]
    assert (kind, value.shape) == ("photo", (480, 640, 3))
