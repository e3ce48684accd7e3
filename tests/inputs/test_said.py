"""What was fed is said as it is: only noise is called noise."""

from __future__ import annotations

import numpy as np
import pytest

from tensorama.inputs import in_words

NOISE = np.array([[0.5, -1.25]], np.float32)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (NOISE, "seeded noise"),
        (NOISE.astype(np.complex64), "seeded noise"),
        (np.float32([0.25]), "seeded noise"),
        (np.ones((1, 4), np.int64), "ones"),
        (np.ones((1, 4), np.float32), "ones"),
        (np.array([True, True]), "ones"),
        (np.zeros((2, 1, 8), np.float32), "zeros"),
        (np.array([16000]), "the number 16,000"),
        (np.array([[3, 29_999, 7]]), "seeded whole numbers from 3 to 29,999"),
        (np.array([[0, 1, 2], [0, 1, 2]]), "numbers that count up"),
        (np.empty((0, 3), np.float32), "nothing"),
        (None, "nothing"),
        (np.array(["text"], object), "what was made up"),
        ([NOISE, NOISE], "what was made up"),
        ({"key": 1.0}, "what was made up"),
    ],
)
def test_every_kind(value: object, said: str) -> None:
    assert in_words({"x": value}) == f"Fed with {said}: x."


def test_what_is_alike_stands_together() -> None:
    ones = np.ones((1, 3), np.int64)
    assert in_words({"a": NOISE, "mask": ones, "b": NOISE}) == (
        "Fed with seeded noise: a, b; ones: mask."
    )
    assert in_words({}) == "Fed with nothing: the network has no inputs."
