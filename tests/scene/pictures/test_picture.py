"""How a tensor lies on maps: every number has its cell, and every cell its number."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from tensorama.scene import picture_of
from tensorama.scene.pictures.picture import COLUMN, EMPTY, LARGEST, NAN, places_among_colours
from tensorama.scene.pictures.reading import Reading

# shape → kind, maps, rows, cols
DRAWN = {
    (): ("scalar", 1, 1, 1),
    (1,): ("scalar", 1, 1, 1),
    (1, 1, 1, 1): ("scalar", 1, 1, 1),
    (7,): ("vector", 1, 7, 1),
    (16,): ("vector", 1, 16, 1),
    (1, 10): ("vector", 1, 10, 1),
    (10, 1): ("vector", 1, 10, 1),
    (1, 6, 1, 1): ("vector", 1, 6, 1),
    (3, 6, 1, 1): ("vector", 1, 6, 1),
    (1, 120): ("vector", 1, 15, 8),
    (5, 8): ("sheet", 1, 5, 8),
    (1, 5, 8): ("sheet", 1, 5, 8),
    (1, 1, 28, 28): ("sheet", 1, 28, 28),
    (4, 5, 8): ("maps", 4, 5, 8),
    (1, 6, 5, 8): ("maps", 6, 5, 8),
    (3, 6, 5, 8): ("maps", 6, 5, 8),
    (1, 8, 1, 40): ("maps", 8, 1, 40),
    (1, 2, 3, 4, 5): ("maps", 6, 4, 5),
    (2, 2, 3, 4, 5): ("maps", 6, 4, 5),
    (1, 2, 2, 3, 4, 5): ("maps", 12, 4, 5),
}  # fmt: skip


@pytest.mark.parametrize(("shape", "drawn"), DRAWN.items(), ids=str)
def test_a_shape_is_drawn_as_maps_of_rows_and_columns(
    shape: tuple[int, ...], drawn: tuple[str, int, int, int]
) -> None:
    picture = picture_of("t", shape)
    assert (picture.kind, picture.maps, picture.rows, picture.cols) == drawn


SHAPES = [
    shape
    for rank in range(7)
    for shape in product((1, 2, 3), repeat=rank)
    if rank < 6 or shape in {(1, 2, 3, 1, 2, 3), (2, 1, 1, 3, 2, 1), (2, 2, 2, 2, 2, 2)}
]


@pytest.mark.parametrize("rank", range(7))
def test_place_and_index_are_inverses(rank: int) -> None:
    for shape in (shape for shape in SHAPES if len(shape) == rank):
        picture = picture_of("t", shape)
        cells = product(range(picture.maps), range(picture.rows), range(picture.cols))
        indices = {cell: picture.index(*cell) for cell in cells}
        real = {cell: index for cell, index in indices.items() if index is not None}
        assert len(set(real.values())) == len(real) == picture.maps * picture.cells, shape
        assert all(picture.place(index) == cell for cell, index in real.items()), shape


@pytest.mark.parametrize("rank", range(7))
def test_each_cell_shows_the_number_at_its_index(rank: int) -> None:
    for shape in (shape for shape in SHAPES if len(shape) == rank):
        picture = picture_of("t", shape)
        array = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
        for cell, value in np.ndenumerate(picture.values(array)):
            index = picture.index(*cell)
            assert value == (EMPTY if index is None else array[index]), (shape, cell)


@pytest.mark.parametrize("rank", range(7))
def test_all_of_the_first_item_is_drawn(rank: int) -> None:
    for shape in (shape for shape in SHAPES if len(shape) == rank):
        item = shape[1:] if rank >= 4 else shape
        picture = picture_of("t", shape)
        assert picture.maps * picture.cells == math.prod(item), shape


@pytest.mark.parametrize("axes", [(), (0, 1, 3, 2), (0, 3, 1, 2)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_a_cell_through_all_maps_has_what_the_whole_picture_has(axes, dtype) -> None:
    array = np.random.default_rng(4).normal(0, 2, (2, 6, 5, 4)).astype(dtype)
    if dtype == np.float32:
        array[0, 1, 2, 3] = np.nan
    picture = picture_of("t", array.shape, Reading(axes=axes))
    values = picture.values(array)
    for row, col in product(range(picture.rows), range(picture.cols)):
        through = picture.through(array, row, col)
        np.testing.assert_array_equal(through, values[:, row : row + 1, col : col + 1])


@pytest.mark.parametrize("count", [1, 15, 16, 17, 84, 120, 400, 1000, 4096, 25_088])
def test_a_vector_is_folded_into_columns_without_an_empty_one(count: int) -> None:
    picture = picture_of("t", (1, count))
    assert picture.rows * (picture.cols - 1) < count <= picture.rows * picture.cols
    assert picture.cols == 1 or picture.rows >= 0.62 * COLUMN
    last = picture.values(np.zeros((1, count)))[0, :, -1]
    assert np.count_nonzero(last == EMPTY) == picture.rows * picture.cols - count


@pytest.mark.parametrize("count", [24, 84, 120, 400, 512, 1000, 2048, 4096, 10_000, 25_088])
def test_a_number_of_cells_that_makes_a_full_grid_makes_one(count: int) -> None:
    picture = picture_of("t", (1, count))
    assert picture.rows * picture.cols == count, "no notch"
    assert 1.1 < picture.rows / picture.cols < 7


@pytest.mark.parametrize("count", [97, 1009, 30_011])
def test_a_prime_number_of_cells_is_no_long_strip(count: int) -> None:
    picture = picture_of("t", (1, count))
    assert picture.cols > 1
    assert picture.rows / picture.cols < 7


def test_a_vector_is_read_down_its_columns() -> None:
    values = picture_of("t", (1, 40)).values(np.arange(40.0))
    assert values[0, :, 0].tolist() == list(range(values.shape[1]))


@pytest.mark.parametrize(
    "shape",
    [(0,), (1, 0), (0, 5), (5, 0), (0, 3, 4), (0, 3, 8, 8), (1, 0, 8, 8), (1, 3, 0, 8),
     (1, 3, 8, 0), (0, 1, 1, 1), (0, 1, 1, 5), (2, 0, 2, 2, 2), (1, 1, 1, 1, 1, 0)],
    ids=str,
)  # fmt: skip
def test_a_tensor_without_numbers_is_one_empty_cell(shape: tuple[int, ...]) -> None:
    picture = picture_of("t", shape)
    assert picture.values(np.zeros(shape, np.float32)).tolist() == [[[EMPTY]]]
    assert picture.index(0, 0, 0) is None
    assert picture.shape == shape


@pytest.mark.parametrize(
    "cell", [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (6, 0, 0), (0, 5, 0), (0, 0, 8)]
)
def test_outside_of_the_maps_is_no_index(cell: tuple[int, int, int]) -> None:
    assert picture_of("t", (1, 6, 5, 8)).index(*cell) is None


def test_a_number_of_a_later_item_lies_behind_the_last_map() -> None:
    picture = picture_of("t", (2, 6, 5, 8))
    assert picture.place((1, 0, 0, 0)) == (6, 0, 0)
    assert picture.index(6, 0, 0) is None


def shown(values: object, dtype: object = None) -> list[float]:
    array = np.array(values, dtype=dtype)
    return picture_of("t", array.shape).values(array).ravel().tolist()


def test_nan_is_marked() -> None:
    assert shown([1.0, math.nan, -2.0]) == [1, NAN, -2]


def test_infinities_are_beyond_what_sets_a_scale_and_no_mark() -> None:
    up, down, one = shown([math.inf, -math.inf, 1.0])
    assert LARGEST < up < NAN
    assert down == -up
    assert one == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_largest_floats_do_not_pass_for_marks(dtype: str) -> None:
    limits = np.finfo(dtype)
    up, down = shown([limits.max, limits.min], dtype)
    assert LARGEST < up < NAN
    assert down == -up


@pytest.mark.parametrize("value", [1.5e38, 2e38, 3e38])
def test_a_float_as_large_as_a_mark_does_not_pass_for_it(value: float) -> None:
    assert LARGEST < shown([value], "float32")[0] < 1.5e38


@pytest.mark.parametrize(
    ("values", "dtype", "numbers"),
    [
        ([True, False], "bool", [1, 0]),
        ([2**40, -3], "int64", [2.0**40, -3]),
        ([2**64 - 1, 0], "uint64", [2.0**64, 0]),
        ([0.5, -65504], "float16", [0.5, -65504]),
        ([3 + 4j, -1j], "complex64", [5, 1]),
        ([math.nan, 1j], "complex128", [NAN, 1]),
    ],
)
def test_any_type_becomes_numbers_to_colour(
    values: list[object], dtype: str, numbers: list[float]
) -> None:
    assert shown(values, dtype) == numbers


def test_a_text_has_a_place_among_the_hues_and_the_same_text_the_same() -> None:
    first, other, again = shown(np.array(["word", "日本", "word"], object))
    assert 0 <= first < 1
    assert 0 <= other < 1
    assert first == again != other
    assert shown(np.array("word", object)) == [first]
    assert shown(np.array(["word"], "str")) == [first]


def test_ids_that_follow_one_another_lie_far_apart_among_the_hues() -> None:
    places = places_among_colours(np.arange(50_000))
    assert ((places >= 0) & (places <= 1)).all()
    apart = np.abs(np.diff(places))
    assert np.minimum(apart, 1 - apart).min() > 0.3


def test_a_picture_with_its_axes_in_another_order_shows_each_number_at_its_index() -> None:
    shape = (5, 2, 3, 4)  # steps, directions, batch, units
    picture = picture_of("t", shape, Reading(axes=(2, 1, 0, 3), called="direction"))
    assert (picture.maps, picture.rows, picture.cols) == (2, 5, 4)
    assert [picture.name(0), picture.name(1)] == ["forward", "backward"]
    array = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    for cell, value in np.ndenumerate(picture.values(array)):
        index = picture.index(*cell)
        assert index
        assert index[2] == 0, "the first item of the batch"
        assert value == array[index]
        assert picture.place(index) == cell


def test_the_slices_of_a_volume_are_named() -> None:
    picture = picture_of("t", (1, 3, 4, 5, 6), Reading(volume=True))
    assert (picture.maps, picture.depth) == (12, 4)
    assert picture.name(0) == "channel 1, slice 1"
    assert picture.name(11) == "channel 3, slice 4"
    assert picture.index(6, 2, 3) == (0, 1, 2, 2, 3)
    assert picture_of("t", (1, 1, 4, 5, 6), Reading(volume=True)).name(3) == "slice 4"
    assert picture_of("t", (1, 3, 4, 5, 6)).depth == 1, "five axes alone are no volume"


def test_steps_of_a_batch_of_one_are_a_sheet() -> None:
    picture = picture_of("t", (9, 1, 16))
    assert (picture.kind, picture.rows, picture.cols) == ("sheet", 9, 16)
    assert picture.index(0, 3, 5) == (3, 0, 5)


def test_values_are_float32_in_one_piece_and_the_tensor_stays_as_it_was() -> None:
    array = np.array([math.inf, math.nan] * 20, np.float32)
    array.flags.writeable = False
    values = picture_of("t", array.shape).values(array)
    assert values.dtype == np.float32
    assert values.flags.c_contiguous


def test_a_tensor_in_any_order_of_memory_is_drawn_by_index() -> None:
    array = np.arange(60.0).reshape(5, 4, 3).T
    np.testing.assert_array_equal(picture_of("t", (3, 4, 5)).values(array), array)
