"""Three ways to compute a product agree: BLAS, einsum (a page without the kernel), the kernel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine.kernel_host import host
from tensorama.engine import contract, kernel
from tensorama.engine.contract import plain

RNG = np.random.default_rng(5)
SHAPES = [
    ((3, 4), (4, 5)),
    ((2, 3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((4,), (4, 5)),
    ((4,), (4,)),
]


@pytest.fixture(params=["blas", "einsum", "kernel"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(plain, "IN_PAGE", request.param == "einsum")
    with kernel.using(host(relaxed=False) if request.param == "kernel" else None):
        yield request.param


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize(("a", "b"), SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_products_of_every_type(a: tuple[int, ...], b: tuple[int, ...], dtype: type) -> None:
    left, right = (RNG.integers(-8, 8, shape).astype(dtype) for shape in (a, b))
    y = contract.matmul(left, right)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, left.astype(np.float64) @ right.astype(np.float64))


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("group", [1, 2, 4])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_convolutions_of_every_rank(rank: int, group: int, dtype: type) -> None:
    x = RNG.integers(-4, 4, (2, 4, *[6] * rank)).astype(dtype)
    w = RNG.integers(-4, 4, (8, 4 // group, *[3] * rank)).astype(dtype)
    bias = RNG.integers(-4, 4, 8).astype(dtype)
    for pads in (((1, 2),) * rank, ((-1, 0),) * rank, ()):
        arguments = ((2,) * rank, (1,) * rank, group, pads, bias)
        y = contract.conv(x, w, *arguments)
        wide = plain.conv(*(a.astype(np.float64) for a in (x, w)), *arguments)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, wide)


def test_the_kernel_is_asked_where_it_is(path: str) -> None:
    ready = host(relaxed=False)
    ready.calls.clear()
    contract.matmul(np.ones((9, 9), np.float32), np.ones((9, 9), np.float32))
    assert ready.calls == (["gemm"] if path == "kernel" else [])
