"""Colour means value: the ends are the palette's, zero is the ground's, and it runs evenly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tensorama.scene.pictures.colour import (
    DARK,
    LIGHT,
    STEPS,
    THEMES,
    Theme,
    colour_of,
    hues,
    palette,
    ramp,
    rgb,
)

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def lightness(colours: np.ndarray) -> np.ndarray:
    """OKLab's L of sRGB 0..1. https://bottosson.github.io/posts/oklab/"""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    lms = linear @ np.array([
        [0.4122214708, 0.2119034982, 0.0883024619],
        [0.5363325363, 0.6806995451, 0.2817188376],
        [0.0514459929, 0.1073969566, 0.6299787005],
    ])  # fmt: skip
    return np.cbrt(lms) @ [0.2104542553, 0.7936177850, -0.0040720468]


@BOTH
def test_the_ends_and_the_middle_are_the_palettes(theme: Theme) -> None:
    colours = ramp(theme)
    assert colours.shape == (2 * STEPS + 1, 3)
    assert colours.dtype == np.uint8
    for entry, colour in ((0, theme.down[-1]), (STEPS, theme.zero), (-1, theme.up[-1])):
        np.testing.assert_array_equal(colours[entry], rgb(colour) * 255)


@BOTH
def test_the_corners_between_are_the_palettes_too(theme: Theme) -> None:
    colours = ramp(theme).astype(float)
    for side, corners in ((1, theme.up), (-1, theme.down)):
        for place, colour in enumerate(corners, 1):
            entry = colours[STEPS + side * round(place * STEPS / 3)]
            np.testing.assert_allclose(entry, rgb(colour) * 255, atol=2)


@BOTH
def test_lightness_runs_one_way_from_zero_to_either_end(theme: Theme) -> None:
    light = lightness(ramp(theme) / 255)
    way = 1 if theme is DARK else -1
    for side in (light[STEPS:], light[STEPS::-1]):
        steps = np.diff(side) * way
        assert steps.min() > -0.004, "no step back beyond the rounding of 8 bits"
        assert side[::16].tolist() == sorted(side[::16], reverse=way < 0)


@BOTH
def test_equal_steps_of_value_are_like_steps_of_lightness(theme: Theme) -> None:
    light = lightness(ramp(theme) / 255)
    for third in range(3):
        for way in (1, -1):
            at = STEPS + way * np.linspace(third * STEPS / 3 + 2, (third + 1) * STEPS / 3 - 2, 5)
            steps = np.abs(np.diff(light[at.astype(int)]))
            assert steps.max() < 1.5 * steps.min() + 0.01


@BOTH
def test_warm_is_up_and_cool_is_down(theme: Theme) -> None:
    colours = ramp(theme).astype(int)
    half = STEPS // 2
    assert colours[STEPS + half, 0] > colours[STEPS + half, 2]
    assert colours[STEPS - half, 0] < colours[STEPS - half, 2]


@BOTH
@pytest.mark.parametrize("part", [0.1, 0.3, 0.6, 0.9])
def test_up_and_down_differ_for_those_who_do_not_see_red_or_green(
    theme: Theme, part: float
) -> None:
    up, down = (ramp(theme)[STEPS + round(way * part * STEPS)] / 255 for way in (1, -1))
    yellowness = [colour[:2].mean() - colour[2] for colour in (up, down)]
    assert yellowness[0] - yellowness[1] > 0.1


@BOTH
def test_a_value_has_the_colour_of_its_share_of_the_scale(theme: Theme) -> None:
    assert colour_of(0, 5, theme) == theme.zero
    assert colour_of(5, 5, theme) == theme.up[-1]
    assert colour_of(-5, 5, theme) == theme.down[-1]
    assert rgb(colour_of(2.5, 5, theme)) == pytest.approx(ramp(theme)[STEPS + 128] / 255)


@BOTH
def test_beyond_the_scale_is_its_end(theme: Theme) -> None:
    assert colour_of(7, 5, theme) == colour_of(math.inf, 5, theme) == theme.up[-1]
    assert colour_of(-7, 5, theme) == theme.down[-1]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_what_is_masked_is_no_strong_value(theme: Theme) -> None:
    assert colour_of(-math.inf, 5, theme) == theme.ground


@BOTH
def test_without_a_scale_everything_is_zero(theme: Theme) -> None:
    assert colour_of(3, 0, theme) == theme.zero


@BOTH
def test_nan_has_the_odd_colour_that_no_value_has(theme: Theme) -> None:
    assert colour_of(math.nan, 5, theme) == theme.odd
    distance = np.abs(ramp(theme) - rgb(theme.odd) * 255).sum(axis=1).min()
    assert distance > 60


def test_the_themes_have_names() -> None:
    assert THEMES == {"dark": DARK, "light": LIGHT}


@BOTH
def test_names_are_equally_light_and_go_once_around_the_hues(theme: Theme) -> None:
    colours = hues(theme) / 255
    light = lightness(colours)
    assert np.ptp(light) < 0.02
    np.testing.assert_array_equal(colours[0], colours[-1])
    quarters = colours[:: STEPS // 2][:4]
    for one in range(4):
        for other in range(one):
            assert np.abs(quarters[one] - quarters[other]).max() > 0.15
    assert palette(theme).shape == (2, 2 * STEPS + 1, 3)
