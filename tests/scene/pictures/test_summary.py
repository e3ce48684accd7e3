"""The face of a closed layer shows recorded numbers, those that speak loudest."""

from __future__ import annotations

import numpy as np

from tensorama.scene import picture_of
from tensorama.scene.pictures.picture import NAN
from tensorama.scene.pictures.summary import loudest, summary

VALUES = np.random.default_rng(0).normal(size=(6, 5, 4)).astype(np.float32)


def test_each_cell_is_the_value_of_largest_magnitude_with_its_sign() -> None:
    face = summary(VALUES)
    assert face.shape == (5, 4)
    for (row, col), value in np.ndenumerate(face):
        assert abs(value) == np.abs(VALUES[:, row, col]).max()
        assert value in VALUES[:, row, col]


def test_the_loudest_map_is_where_the_value_comes_from() -> None:
    chart = loudest(VALUES)
    rows, cols = np.indices(chart.shape)
    np.testing.assert_array_equal(VALUES[chart, rows, cols], summary(VALUES))


def test_of_equally_loud_maps_the_positive_one_is_shown_and_named() -> None:
    assert loudest(np.array([[[-1.0]], [[1.0]]])).tolist() == [[1]]
    assert summary(np.array([[[-1.0]], [[1.0]]])).tolist() == [[1]]


def test_one_map_is_its_own_face() -> None:
    np.testing.assert_array_equal(summary(VALUES[:1]), VALUES[0])


def test_a_nan_is_not_hidden() -> None:
    array = np.ones((1, 3, 2, 2), np.float32)
    array[0, 1, 0, 0] = np.nan
    array[0, 2] = np.inf
    assert summary(picture_of("t", array.shape).values(array))[0, 0] == NAN
