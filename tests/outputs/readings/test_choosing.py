"""Temperature and top k change by which shares the next character is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.outputs.readings import chosen, drawn

SHARES = np.array([0.1, 0.6, 0.25, 0.05])


def test_at_one_all_are_drawn_by_their_own_shares() -> None:
    assert chosen(SHARES, 1, 0) == pytest.approx(SHARES)


def test_at_zero_only_the_likeliest_is() -> None:
    assert chosen(SHARES, 0, 0).tolist() == [0, 1, 0, 0]


def test_heat_evens_them_out_and_cold_sharpens_them() -> None:
    assert chosen(SHARES, 2, 0) == pytest.approx(np.sqrt(SHARES) / np.sqrt(SHARES).sum())
    assert chosen(SHARES, 0.5, 0) == pytest.approx(SHARES**2 / (SHARES**2).sum())


def test_of_the_likeliest_two_the_others_have_none() -> None:
    assert chosen(SHARES, 1, 2) == pytest.approx(np.array([0, 0.6, 0.25, 0]) / 0.85)


def test_a_share_of_nothing_stays_nothing_in_any_heat() -> None:
    assert chosen(np.array([1.0, 0.0]), 2, 0)[1] < 1e-100


def test_a_place_and_a_seed_always_draw_the_same_and_many_places_draw_by_the_shares() -> None:
    numbers = [drawn(SHARES, 7, place) for place in range(4000)]
    assert numbers[:50] == [drawn(SHARES, 7, place) for place in range(50)]
    assert np.bincount(numbers, minlength=4) / 4000 == pytest.approx(SHARES, abs=0.03)
    assert numbers[:50] != [drawn(SHARES, 8, place) for place in range(50)]
