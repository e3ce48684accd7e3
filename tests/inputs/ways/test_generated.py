"""A choice and noise become tensors; every digit that is asked for is drawn and read as that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from tensorama.engine.contract import whole
from tensorama.inputs.ways import Noise, OneOf, feeds_slices, ways_of
from tensorama.outputs import decode
from tensorama.outputs.readings import painted


@pytest.fixture(scope="module")
def acgan() -> tr.Model:
    return tr.load(Path(__file__).parents[3] / "models" / "acgan" / "acgan.onnx")


def test_it_takes_a_choice_and_noise(acgan: tr.Model) -> None:
    choice, noise = ways_of(acgan)
    assert isinstance(choice, OneOf)
    assert choice.labels == tuple("0123456789")
    assert isinstance(noise, Noise)
    assert noise.size == 32


def test_every_digit_that_is_asked_for_is_drawn(acgan: tr.Model) -> None:
    for digit in range(10):
        gifts = {"label": ("one of", digit), "noise": ("noise", 3)}
        trace = acgan.run(whole(feeds_slices(acgan, gifts)))
        assert trace["label"].tolist() == [[float(n == digit) for n in range(10)]]
        answer, picture = decode(trace), painted(trace)
        assert answer is not None
        assert answer.best.label == str(digit)
        assert picture is not None
        assert picture.pixels.shape == (28, 28, 3)
        assert np.array_equal(picture.pixels[..., 0], np.round(255 * trace["picture"][0, 0]))


def test_a_number_of_the_noise_that_was_changed_stands_in_its_place(acgan: tr.Model) -> None:
    plain = whole(feeds_slices(acgan, {"noise": ("noise", 5)}))["noise"]
    gift = ("noise", 5, ((3, 2.5), (400, 1.0), "no pair"))
    changed = whole(feeds_slices(acgan, {"noise": gift}))["noise"]
    assert changed[0, 3] == 2.5
    assert np.flatnonzero(plain != changed).tolist() == [3]
    other = whole(feeds_slices(acgan, {"noise": ("noise", 6)}))["noise"]
    assert not np.array_equal(plain, other)


@pytest.mark.parametrize(
    "gift", [("one of", 10), ("one of", -1), ("one of", "3"), ("noise", 3), ()]
)
def test_a_choice_that_there_is_not_is_the_first(acgan: tr.Model, gift: tuple[object, ...]) -> None:
    assert whole(feeds_slices(acgan, {"label": gift}))["label"][0, 0] == 1
