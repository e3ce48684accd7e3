"""Fewer pixels while something moves on a slow device, and never otherwise."""

from __future__ import annotations

import pytest

from tensorama.scene.drawing.pixels import Pixels


def moved(pixels: Pixels, waits: list[float], start: float = 0.0) -> list[float]:
    """The shares of frames that move, each of which waited so long after the one before."""
    shares, now = [], start
    for waited in waits:
        now += waited
        shares.append(pixels.share(now, waited, moves=True))
    return shares


def test_a_quick_device_draws_all_pixels() -> None:
    """Sixty frames a second, now and then a long one: nothing is left out."""
    pixels = Pixels()
    assert set(moved(pixels, [0.016, 0.017, 0.09, 0.016] * 50)) == {1.0}
    assert not pixels.fewer


def test_a_slow_device_draws_fewer_until_it_rests() -> None:
    """Slow frames one after the other become coarse; at rest all pixels come back."""
    pixels = Pixels()
    shares = moved(pixels, [0.06] * 10)
    assert shares[:2] == [1.0, 1.0]
    assert shares[-1] < 0.5
    assert sorted(shares, reverse=True) == shares
    assert pixels.fewer
    assert pixels.share(0.65, 0.02, moves=False) == shares[-1]  # a hand may go on
    assert pixels.share(0.9, 0.02, moves=False) == 1.0
    assert not pixels.fewer


def test_a_device_that_just_cannot_keep_up_draws_a_little_fewer() -> None:
    """Thirty frames a second instead of sixty: half of the pixels, which brings them in time."""
    shares = moved(Pixels(), [0.03] * 20)
    assert shares[-1] ** 2 == pytest.approx(0.5, abs=0.02)


def test_one_frame_after_a_rest_has_all_pixels() -> None:
    """What changes once, as a click does, is never coarse; what follows closely is, at once."""
    pixels = Pixels()
    moved(pixels, [0.06] * 10)
    assert pixels.share(5.0, 0.3, moves=True) == 1.0
    assert pixels.share(5.06, 0.06, moves=True) < 1.0


@pytest.mark.parametrize("waited", [0.2, 1.0])
def test_a_frame_that_takes_very_long_is_enough(waited: float) -> None:
    pixels = Pixels()
    first, second = moved(pixels, [0.016, waited])
    assert first == 1.0
    assert second < 1.0


def test_a_device_may_become_quicker() -> None:
    """After a minute it is tried again with more, step by step."""
    pixels = Pixels()
    shares = [moved(pixels, [0.06] * 10)[-1]]
    shares += [moved(pixels, [0.016] * 3, start=minute)[-1] for minute in (100.0, 200.0, 300.0)]
    assert shares == sorted(set(shares))
    assert shares[-1] == 1.0
