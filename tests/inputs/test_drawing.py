"""A drawing becomes a picture as MNIST's were made: longer side 20 pixels, mass in the middle."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tensorama.inputs import Drawing, Strokes, on_pad, rasterize, sample_digit

MNIST = Drawing("input", (28, 28))
DIGITS = [pytest.param(sample_digit(digit), id=str(digit)) for digit in range(10)]
BAR: Strokes = [[(0.5, 0.1), (0.5, 0.9)]]


def centre_of_mass(picture: np.ndarray) -> np.ndarray:
    """x and y in pixels, with 0 at the left and upper edge."""
    ink = picture[0, 0].astype(float)
    rows, cols = np.indices(ink.shape) + 0.5
    return np.array([(cols * ink).sum(), (rows * ink).sum()]) / ink.sum()


def extent(picture: np.ndarray, threshold: float = 0.5) -> tuple[int, int]:
    """Width and height of the ink."""
    rows, cols = np.nonzero(picture[0, 0] > threshold)
    return int(np.ptp(cols)) + 1, int(np.ptp(rows)) + 1


def moved(strokes: Strokes, scale: float = 1.0, x: float = 0.0, y: float = 0.0) -> Strokes:
    return [[(px * scale + x, py * scale + y) for px, py in stroke] for stroke in strokes]


@pytest.mark.parametrize("strokes", DIGITS)
def test_a_drawing_is_one_picture_of_float32_between_ground_and_ink(strokes: Strokes) -> None:
    picture = rasterize(strokes, MNIST)
    assert picture.shape == (1, 1, 28, 28)
    assert picture.dtype == np.float32
    assert picture.min() == 0
    assert picture.max() == 1


@pytest.mark.parametrize("strokes", DIGITS)
def test_the_centre_of_mass_is_in_the_middle(strokes: Strokes) -> None:
    np.testing.assert_allclose(centre_of_mass(rasterize(strokes, MNIST)), [14, 14], atol=0.1)


@pytest.mark.parametrize("strokes", DIGITS)
def test_the_longer_side_is_the_box_with_the_pen_in_it(strokes: Strokes) -> None:
    assert max(extent(rasterize(strokes, MNIST))) in (20, 21)


@pytest.mark.parametrize("turned", [False, True])
def test_a_bar_is_as_long_as_the_box_and_as_wide_as_the_pen(turned: bool) -> None:
    strokes = [[(y, x) if turned else (x, y) for x, y in stroke] for stroke in BAR]
    short, long = sorted(extent(rasterize(strokes, MNIST)))
    assert long in (20, 21)
    assert short in (2, 3)


@pytest.mark.parametrize(("x", "y"), [(0.3, -0.2), (-5, 7), (1e6, -1e6)])
def test_where_it_is_drawn_does_not_matter(x: float, y: float) -> None:
    digit = sample_digit(3)
    np.testing.assert_allclose(
        rasterize(moved(digit, 1, x, y), MNIST), rasterize(digit, MNIST), atol=1e-5
    )


@pytest.mark.parametrize("scale", [0.2, 3, 280, 1e9, 1e100, 1e300])
def test_how_large_it_is_drawn_does_not_matter(scale: float) -> None:
    digit = sample_digit(5)
    np.testing.assert_allclose(
        rasterize(moved(digit, scale), MNIST), rasterize(digit, MNIST), atol=1e-5
    )


def test_the_order_and_direction_of_strokes_does_not_matter() -> None:
    digit = sample_digit(4)
    backwards = [list(reversed(stroke)) for stroke in reversed(digit)]
    np.testing.assert_allclose(rasterize(backwards, MNIST), rasterize(digit, MNIST), atol=1e-6)


def test_more_points_on_the_same_line_do_not_matter() -> None:
    fine = [[(0.5, 0.1 + 0.8 * i / 50) for i in range(51)]]
    np.testing.assert_allclose(rasterize(fine, MNIST), rasterize(BAR, MNIST), atol=1e-5)


def test_a_point_that_is_told_twice_does_not_matter() -> None:
    twice = [[(0.5, 0.1), (0.5, 0.1), (0.5, 0.9), (0.5, 0.9)]]
    np.testing.assert_allclose(rasterize(twice, MNIST), rasterize(BAR, MNIST), atol=1e-6)


@pytest.mark.parametrize("strokes", [[], [[]], [[], []]])
@pytest.mark.parametrize("ground", [0.0, -1.0, 255.0])
def test_without_a_stroke_there_is_only_ground(strokes: Strokes, ground: float) -> None:
    picture = rasterize(strokes, Drawing("input", (28, 28), ground=ground))
    assert picture.shape == (1, 1, 28, 28)
    assert (picture == ground).all()


@pytest.mark.parametrize("at", [(0.5, 0.5), (0.02, 0.9), (-3, 40)])
def test_a_dot_stays_a_dot_in_the_middle(at: tuple[float, float]) -> None:
    picture = rasterize([[at]], MNIST)
    assert max(extent(picture)) <= 4
    np.testing.assert_allclose(centre_of_mass(picture), [14, 14], atol=0.05)


def test_a_tiny_drawing_is_not_blown_up() -> None:
    assert max(extent(rasterize(moved(BAR, 0.05), MNIST))) < 12


def test_empty_strokes_beside_others_do_not_matter() -> None:
    np.testing.assert_array_equal(rasterize([[], *BAR, []], MNIST), rasterize(BAR, MNIST))


def test_strokes_may_be_tuples_of_whole_numbers() -> None:
    np.testing.assert_array_equal(
        rasterize((((5, 1), (5, 9)),), MNIST), rasterize([[(5.0, 1.0), (5.0, 9.0)]], MNIST)
    )


def test_ink_and_ground_have_the_values_that_the_model_wants() -> None:
    plain = rasterize(sample_digit(2), MNIST)
    dark_on_light = rasterize(sample_digit(2), Drawing("input", (28, 28), ink=-1, ground=1))
    np.testing.assert_allclose(dark_on_light, 1 - 2 * plain, atol=1e-6)


@pytest.mark.parametrize(("size", "box"), [((28, 28), 20), ((64, 64), 48), ((32, 100), 24)])
def test_size_and_box_are_the_models(size: tuple[int, int], box: float) -> None:
    picture = rasterize(sample_digit(8), Drawing("input", size, box=box))
    assert picture.shape == (1, 1, *size)
    assert max(extent(picture)) == pytest.approx(box, abs=1.1)
    np.testing.assert_allclose(centre_of_mass(picture), [size[1] / 2, size[0] / 2], atol=0.1)


def test_the_pen_grows_with_the_box() -> None:
    small, large = (
        min(extent(rasterize(BAR, Drawing("input", (n, n), box=n * 0.7)))) for n in (28, 112)
    )
    assert large == pytest.approx(4 * small, abs=2)


@pytest.mark.parametrize("digit", range(10))
def test_a_sample_digit_lies_on_the_pad(digit: int) -> None:
    strokes = sample_digit(digit)
    points = np.concatenate([np.array(stroke) for stroke in strokes])
    assert points.min() > 0
    assert points.max() < 1
    assert all(len(stroke) > 1 for stroke in strokes)
    assert not math.isclose(*np.ptp(points, axis=0), rel_tol=0.05)


@pytest.mark.parametrize("digit", [10, 99])
def test_there_are_ten_sample_digits(digit: int) -> None:
    with pytest.raises(IndexError):
        sample_digit(digit)


SCENE = Drawing("picture", (96, 96), box=28, scene=True)


def test_a_scene_stays_where_it_was_drawn() -> None:
    """A short bar at the upper left of the pad is ink there and nowhere else."""
    picture = rasterize([[(0.1, 0.1), (0.1, 0.3)]], SCENE)[0, 0]
    rows, columns = np.nonzero(picture)
    assert picture.shape == (96, 96)
    assert picture.max() == 1
    assert (rows.min(), rows.max()) == (7, 30)
    assert (columns.min(), columns.max()) == (7, 11)


def test_of_a_sample_digit_a_scene_has_three() -> None:
    """Three digits of which none touches another; a drawing of one's own stays what it is."""
    digit = sample_digit(7)
    assert on_pad(digit, 7, MNIST) == digit
    assert on_pad(digit, 7, None) == digit
    assert on_pad(digit, None, SCENE) == digit
    strokes = on_pad(digit, 7, SCENE)
    ink = rasterize(strokes, SCENE)[0, 0] > 0
    assert len(strokes) == sum(len(sample_digit(n)) for n in (7, 0, 4))
    assert all(0 < x < 1 and 0 < y < 1 for line in strokes for x, y in line)
    assert ink[:50, :48].any()
    assert ink[:50, 54:].any()
    assert ink[54:].any()
    assert not ink[:50, 48:54].any()
