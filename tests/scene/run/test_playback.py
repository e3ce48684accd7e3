"""When blocks light up: in order, by their measured time, and quick ones are seen too."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.scene.run.playback import REST, RISE, flare, lit, schedule, travel

TIMES = [
    [1.0],
    [0.0, 0.0, 0.0],
    [1e-5, 3e-2, 1e-6, 0.5],
    np.random.default_rng(0).exponential(1e-3, 200),
]


@pytest.mark.parametrize("took", TIMES, ids=len)
def test_blocks_light_up_in_order_and_the_last_at_the_end(took: list[float]) -> None:
    at = schedule(took, 2.5)
    assert at[-1] == pytest.approx(2.5)
    assert at[0] > 0
    assert (np.diff(at) > 0).all()


def test_a_block_that_took_longer_has_a_longer_share() -> None:
    shares = np.diff(schedule([1, 1, 2, 4], 1), prepend=0)
    np.testing.assert_allclose(shares, [1 / 8, 1 / 8, 2 / 8, 4 / 8])


def test_the_quickest_block_has_a_third_of_an_even_share_before_stretching() -> None:
    shares = np.diff(schedule([0, 0, 9], 1), prepend=0)
    np.testing.assert_allclose(shares, [1 / 11, 1 / 11, 9 / 11])


def test_nothing_to_show_has_no_times() -> None:
    assert len(schedule([], 1)) == 0


def test_a_block_is_dark_before_its_time_and_lit_soon_after() -> None:
    at = np.array([1.0])
    assert lit(0.99, at) == 0
    assert lit(1 + RISE / 2, at) == pytest.approx(0.5)
    assert lit(1 + RISE, at) == lit(99, at) == 1


def test_lighting_up_is_steady() -> None:
    way = [float(lit(now, np.array([1.0]))[0]) for now in np.linspace(0.9, 1.4, 100)]
    assert way == sorted(way)


def test_the_flare_of_a_block_comes_with_its_time_and_goes() -> None:
    at = np.array([1.0])
    assert flare(0.99, at) == 0
    way = [float(flare(now, at)[0]) for now in np.linspace(1, 3, 400)]
    assert 0.7 < max(way) <= 1
    assert flare(1 + REST, at) < 0.01
    peak = way.index(max(way))
    assert way[:peak] == sorted(way[:peak])
    assert way[peak:] == sorted(way[peak:], reverse=True)


def test_long_ago_or_never_neither_flares_nor_overflows() -> None:
    at = np.array([-1e9, 1e9, -np.inf, np.inf])
    with np.errstate(all="raise"):
        assert flare(5.0, at).round(9).tolist() == [0, 0, 0, 0]
        assert lit(5.0, at).tolist() == [1, 0, 1, 0]


def test_a_run_travels_along_a_link_between_the_times_of_its_ends() -> None:
    starts, ends = np.array([1.0, 1.0]), np.array([2.0, 1.0])
    assert travel(0.5, starts, ends).tolist() == [0, 0]
    assert travel(1.5, starts, ends).tolist() == [0.5, 1]
    assert travel(9, starts, ends).tolist() == [1, 1]
