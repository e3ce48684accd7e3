"""A picture becomes what a network was trained on: cut, resized, in its order, by its scale."""

from __future__ import annotations

import numpy as np
import pytest

from inputs.models import Shape, declaring, tensor
from tensorama.inputs.ways import Picture, ways_of
from tensorama.inputs.ways.preparing import SCALES, cut, scaled, window
from tensorama.inputs.ways.sample import sample_picture

RED = np.zeros((40, 80, 3), np.uint8)
RED[:, 20:60, 0] = 255  # red in the middle, black at both sides


def way(shape: Shape, elem_type: int = 1, name: str = "image", **notes: str) -> Picture:
    (found,) = ways_of(declaring(tensor(name, shape, elem_type), metadata=notes))
    assert isinstance(found, Picture)
    return found


def made(of: Picture, shape: tuple[int, ...], *preparing: str, kind: str = "f4") -> np.ndarray:
    return of.make(("picture", "red", *preparing), np.zeros(shape, kind), {"red": RED})


def test_what_is_beside_is_cut_off() -> None:
    picture = made(way((1, 3, 20, 20)), (1, 3, 20, 20))
    assert picture.dtype == np.float32
    assert (picture[0, 0] == 1).all()
    assert (picture[0, 1:] == 0).all()


def test_all_of_it_stands_between_grey() -> None:
    picture = made(way((1, 3, 20, 20)), (1, 3, 20, 20), "fit")
    assert (picture[0, :, :5] == 0.5).all()
    assert picture[0, 0, 10].tolist() == pytest.approx(
        [0] * 4 + [0, *[1] * 10, 0] + [0] * 4, abs=0.3
    )
    assert picture[0, 1, 10].max() == 0


def test_a_stretched_one_has_all_of_it() -> None:
    picture = made(way((1, 3, 20, 20)), (1, 3, 20, 20), "stretch")
    assert picture[0, 0].mean() == pytest.approx(0.5, abs=0.02)


def test_channels_last_in_the_order_of_opencv_as_bytes() -> None:
    last = way((1, 32, 32, 3), elem_type=2)
    assert last.last
    assert last.first.scale == "bytes"
    picture = made(last, (1, 32, 32, 3), "crop", "", "BGR", kind="u1")
    assert picture.dtype == np.uint8
    assert picture[0, 16, 16].tolist() == [0, 0, 255]


def test_one_channel_is_how_bright_it_is() -> None:
    assert made(way((1, 1, 32, 32)), (1, 1, 32, 32))[0, 0, 16, 16] == pytest.approx(0.299)


def test_a_file_says_its_own_range_mean_and_deviation() -> None:
    note = '{"kind": "picture", "range": [0, 255], "mean": [100, 50, 25], "deviation": [2, 5, 5]}'
    own = way((1, 3, 32, 32), input=note)
    assert own.first.scale == "file"
    assert not own.guessed
    assert made(own, (1, 3, 32, 32))[0, :, 16, 16].tolist() == pytest.approx([77.5, -10, -5])


def test_scales_are_what_networks_were_trained_by() -> None:
    white = np.ones((1, 1, 3))
    of = {name: scaled(white, 3, "RGB", scale)[:, 0, 0].tolist() for name, scale in SCALES.items()}
    assert of["unit"] == [1, 1, 1]
    assert of["signed"] == [1, 1, 1]
    assert of["bytes"] == [255, 255, 255]
    assert of["imagenet"] == pytest.approx([2.2489, 2.4286, 2.64], abs=1e-3)
    assert of["caffe"] == pytest.approx([131.325, 138.72, 151.47])


@pytest.mark.parametrize(
    ("name", "shape"),
    [("x", (1, 3, 8, 8)), ("x", (1, 7, 32, 32)), ("mask", (1, 1, 32, 32)), ("x", (1, 3, 32))],
)
def test_what_is_no_picture_is_not_given_one(name: str, shape: Shape) -> None:
    assert not any(isinstance(way, Picture) for way in ways_of(declaring(tensor(name, shape))))


def test_open_edges_take_a_picture_too() -> None:
    assert way(("N", 3, "height", "width")).channels == 3


def test_a_gift_that_says_something_else_is_prepared_as_first() -> None:
    of = way((1, 3, 32, 32))
    assert of.preparing(("picture", "red", "hard", "file", 3)) == of.first
    assert np.array_equal(of.pixels(("picture", "gone"), {}), sample_picture())


def test_resizing_keeps_the_mean_and_leaves_the_same_size_as_it_is() -> None:
    picture = sample_picture()
    same = cut(picture, *picture.shape[:2], "stretch")
    assert np.abs(same - picture / 255).max() < 1e-9
    for size in (224, 100, 31, 400):
        smaller = cut(picture, size, size, "stretch")
        assert smaller.mean(axis=(0, 1)) == pytest.approx(picture.mean(axis=(0, 1)) / 255, abs=0.01)


def test_the_window_has_the_wanted_shape_and_lies_in_the_middle() -> None:
    assert window(40, 80, 20, 20) == (0, 20, 40, 40)
    assert window(80, 40, 20, 40) == (30, 0, 20, 40)


def test_the_sample_is_a_picture_in_many_colours() -> None:
    picture = sample_picture()
    assert picture.shape == (256, 256, 3)
    assert picture.std(axis=(0, 1)).min() > 30
    reddest = picture.astype(int)[..., 0] - picture.astype(int)[..., 2]
    assert reddest.max() > 90
    assert reddest.min() < -90


@pytest.mark.parametrize("size", [(5, 9), (20, 40), (31, 33), (40, 80), (97, 211)])
def test_each_pixel_is_a_tent_over_those_it_covers(size: tuple[int, int]) -> None:
    """As the product with all tents, most of which is zero, would give it."""
    high, wide = size
    picture = np.random.default_rng(5).integers(0, 256, (40, 80, 3), np.uint8)

    def tents(before: int, after: int) -> np.ndarray:
        scale = before / after
        middle = (np.arange(after)[:, None] + 0.5) * scale - 0.5
        tent = np.maximum(0, 1 - np.abs(np.arange(before) - middle) / max(scale, 1.0))
        return np.asarray(tent / tent.sum(axis=1, keepdims=True))

    by = [max(1, before // (2 * after)) for before, after in zip((40, 80), size, strict=True)]
    tiles = (picture / 255).reshape(40 // by[0], by[0], 80 // by[1], by[1], 3).mean(axis=(1, 3))
    rows, columns = (tents(n, to) for n, to in zip(tiles.shape[:2], size, strict=True))
    wanted = np.einsum("ah,hwc,bw->abc", rows, tiles, columns)
    np.testing.assert_allclose(cut(picture, high, wide, "stretch"), wanted, atol=1e-12)
