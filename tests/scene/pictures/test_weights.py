"""Pictures of weights: each cell is a recorded weight with its index."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from tensorama.scene.pictures.picture import EMPTY, LARGEST_EDGE, NAN
from tensorama.scene.pictures.weights import LARGEST_SHEET, Kernels, Reduced, weight_picture

CONVOLUTIONS = [(4, 3, 5, 5), (6, 1, 3, 3), (7, 1, 2, 4), (5, 2, 3), (2, 3, 2, 3, 4), (1, 1, 7, 7)]


def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 1, shape).astype(np.float32)


@pytest.mark.parametrize("shape", CONVOLUTIONS, ids=str)
def test_each_weight_of_a_kernel_has_its_cell(shape: tuple[int, ...]) -> None:
    picture, array = weight_picture("w", shape, of_convolution=True), weights(shape)
    assert isinstance(picture, Kernels)
    values = picture.values(array)
    assert values.shape == (1, picture.rows, picture.cols)
    seen = set()
    for cell in product([0], range(picture.rows), range(picture.cols)):
        index = picture.index(*cell)
        assert values[cell] == (EMPTY if index is None else array[index])
        if index is not None:
            assert picture.place(index) == cell
            seen.add(index)
    assert len(seen) == array.size


def test_kernels_stand_in_rows_of_outputs_and_columns_of_inputs() -> None:
    picture = weight_picture("w", (4, 3, 5, 5), of_convolution=True)
    assert (picture.rows, picture.cols) == (4 * 6 - 1, 3 * 6 - 1)
    assert picture.index(0, 6, 12) == (1, 2, 0, 0)
    assert picture.index(0, 5, 0) is None, "between two kernels"
    assert picture.index(0, 23, 0) is picture.index(1, 0, 0) is picture.index(0, -1, 0) is None


def test_kernels_of_one_channel_are_folded_into_a_grid() -> None:
    picture = weight_picture("w", (32, 1, 3, 3), of_convolution=True)
    assert 0.5 < picture.rows / picture.cols < 2


LARGE = [((5000, 30), False), ((30, 5000), False), ((3, 700, 2100), False), ((4097, 2049), False),
         ((1100, 1100, 3, 3), True), ((512, 3, 4, 5), False)]  # fmt: skip


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 12, 9, 9), (3, 1, 7, 2), (2, 2, 2, 3, 4)])
def test_weights_of_many_axes_are_maps_of_their_last_two(shape: tuple[int, ...]) -> None:
    picture, array = weight_picture("w", shape), weights(shape)
    values = picture.values(array)
    assert values.size == array.size, "all of them, not only those of the first item"
    assert picture.maps == np.prod([size for size in shape if size > 1][:-2])
    for index in np.ndindex(shape):
        place = picture.place(index)
        assert values[place] == array[index]
        assert picture.index(*place) == index


@pytest.mark.parametrize(("shape", "kernels"), LARGE, ids=str)
def test_of_large_weights_the_strongest_of_each_field_is_shown(
    shape: tuple[int, ...], kernels: bool
) -> None:
    picture, array = weight_picture("w", shape, kernels), weights(shape)
    assert isinstance(picture, Reduced)
    assert max(picture.rows, picture.cols) <= LARGEST_SHEET
    values = picture.values(array)
    random = np.random.default_rng(4)
    for row, col in random.integers(0, [picture.rows, picture.cols], (50, 2)).tolist():
        index = picture.strongest(array, row, col)
        assert values[0, row, col] == array[index]
        assert picture.place(index) == (0, row, col)
        first = picture.index(0, row, col)
        assert first
        assert picture.place(first) == (0, row, col)
    assert np.abs(values).max() == np.abs(array).max()
    assert picture.index(0, picture.rows, 0) is None


def test_a_field_of_a_convolution_holds_whole_kernels() -> None:
    picture = weight_picture("w", (1100, 1100, 3, 3), of_convolution=True)
    assert isinstance(picture, Reduced)
    assert picture.field == (2, 2 * 9)


def test_a_field_shows_the_largest_magnitude_with_its_sign() -> None:
    array = np.zeros((3000, 8), np.int8)
    array[0, 0], array[1, 0], array[2, 1] = 5, -128, 7
    picture = weight_picture("w", array.shape)
    assert isinstance(picture, Reduced)
    assert picture.field == (3, 1)
    assert picture.values(array)[0, 0, :2].tolist() == [-128, 7]
    assert picture.strongest(array, 0, 0) == (1, 0)


def test_what_is_no_number_is_marked_also_in_a_field() -> None:
    array = np.zeros((3000, 4), np.float32)
    array[1, 0] = math.nan
    assert weight_picture("w", array.shape).values(array)[0, 0, 0] == NAN


@pytest.mark.parametrize(
    ("shape", "kind"),
    [((), "scalar"), ((1,), "scalar"), ((64,), "vector"), ((25_088,), "vector"),
     ((10, 84), "sheet"), ((2, 64, 12), "maps"), ((1, 64, 12), "sheet"),
     ((64, 32, 1, 1), "sheet"), ((0, 4), "vector"),
     ((LARGEST_EDGE, LARGEST_EDGE), "sheet"), ((1, 4096), "vector")],
    ids=str,
)  # fmt: skip
def test_what_is_small_is_drawn_as_any_tensor(shape: tuple[int, ...], kind: str) -> None:
    picture = weight_picture("w", shape, of_convolution=len(shape) == 4)
    assert picture.kind == kind
    array = weights(shape)
    shown = picture.values(array)
    np.testing.assert_array_equal(np.sort(shown[shown < EMPTY]), np.sort(array.ravel()))
