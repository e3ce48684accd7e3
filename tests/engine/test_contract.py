"""Products and convolutions against loops that are too simple to be wrong."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tensorama.engine import contract
from tensorama.engine.contract import plain, whole

RANDOM = np.random.default_rng(0)


def values(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def conv_by_loops(
    x: np.ndarray, w: np.ndarray, strides: tuple, dilations: tuple, group: int
) -> np.ndarray:
    """Sum by sum, as the definition says."""
    kernel = w.shape[2:]
    out = [
        (d - (k - 1) * g - 1) // s + 1
        for d, k, g, s in zip(x.shape[2:], kernel, dilations, strides, strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[0], *out))
    per_group, each = w.shape[0] // group, w.shape[1]
    for n, m in itertools.product(range(x.shape[0]), range(w.shape[0])):
        first = m // per_group * each
        for place in np.ndindex(*out):
            for c, cell in itertools.product(range(each), np.ndindex(*kernel)):
                at = tuple(
                    i * s + k * g
                    for i, s, k, g in zip(place, strides, cell, dilations, strict=True)
                )
                y[(n, m, *place)] += float(x[(n, first + c, *at)]) * float(w[(m, c, *cell)])
    return y


@pytest.mark.parametrize(
    ("x", "w", "strides", "dilations", "group"),
    [
        ((2, 3, 6, 5), (4, 3, 3, 2), (1, 1), (1, 1), 1),
        ((1, 4, 6, 7), (6, 2, 3, 3), (2, 1), (1, 2), 2),
        ((1, 3, 5, 5), (6, 1, 3, 3), (1, 2), (1, 1), 3),
        ((2, 3, 4, 4), (5, 3, 1, 1), (1, 1), (1, 1), 1),
        ((1, 2, 9), (3, 2, 3), (2,), (2,), 1),
        ((1, 2, 4, 3, 4), (2, 2, 2, 2, 2), (1, 1, 2), (1, 1, 1), 1),
    ],
)
def test_a_convolution_is_what_its_definition_says(
    x: tuple, w: tuple, strides: tuple, dilations: tuple, group: int
) -> None:
    picture, kernels = values(*x), values(*w)
    wanted = conv_by_loops(picture, kernels, strides, dilations, group)
    came = contract.conv(picture, kernels, strides, dilations, group)
    assert came.dtype == np.float32
    np.testing.assert_allclose(came, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("a", "b"),
    [((3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((5, 1, 3, 4), (2, 4, 6)), ((4,), (4, 2))],
)
@pytest.mark.parametrize("in_page", [False, True])
def test_a_product_is_the_same_in_the_page(
    a: tuple, b: tuple, in_page: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "IN_PAGE", in_page)
    left, right = values(*a), values(*b)
    np.testing.assert_allclose(plain.matmul(left, right), left @ right, rtol=1e-5, atol=1e-6)


def test_integer_sums_are_exact_and_wrap_as_in_c() -> None:
    a = np.full((1, 70_000), -255, np.int32)
    came = whole(contract.matmul_integer_slices(a, -a.T))
    exact = 70_000 * -255 * 255
    assert came.dtype == np.int32
    assert came.item() == (exact + 2**31) % 2**32 - 2**31
    random = RANDOM.integers(-255, 256, (2, 20, 30)).astype(np.int32)
    np.testing.assert_array_equal(
        whole(contract.matmul_integer_slices(random[0], random[1].T)), random[0] @ random[1].T
    )


def test_half_floats_are_summed_in_single_precision() -> None:
    a = np.full((1, 4096), 0.1, np.float16)
    exact = float(a[0, 0]) ** 2 * 4096
    assert abs(float(contract.matmul(a, a.T).item()) - exact) < 0.02
