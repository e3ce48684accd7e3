"""The kernel's products and convolutions under wasmtime, against loops in numpy.

Plain SIMD to the last bit: every cell is summed over k in order. Relaxed SIMD within rounding.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from engine.kernel_host import host
from tensorama.engine.contract import simd
from tensorama.engine.contract.plain import conv as conv_by_numpy
from tensorama.engine.contract.slices import whole

RNG = np.random.default_rng(7)
VARIANTS = pytest.mark.parametrize("relaxed", [False, True], ids=["plain", "relaxed"])


def floats(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape, np.float32)


def in_order(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """a · b in float32, each cell summed over k in rising order, beginning with the bias."""
    y = np.zeros((len(a), b.shape[1]), np.float32)
    if bias is not None:
        y += bias[:, None]
    for k in range(a.shape[1]):
        y += a[:, k, None] * b[k]
    return y


def check(y: np.ndarray, wanted: np.ndarray, relaxed: bool) -> None:
    assert y.shape == wanted.shape
    assert y.dtype == wanted.dtype == np.float32
    if relaxed:
        np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-4)
    else:
        np.testing.assert_array_equal(y, wanted)


def gemm(relaxed: bool, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    kernel = host(relaxed)
    y = np.full((a.shape[0], b.shape[1]), np.nan, np.float32)
    kernel.call(
        "gemm", a, *a.strides, b, *b.strides, y, y.strides[0], *a.shape[:1], b.shape[1],
        a.shape[1], 0 if bias is None else bias, kernel.scratch,
    )  # fmt: skip
    return y


@VARIANTS
@pytest.mark.parametrize("m", range(1, 18))
def test_every_edge_of_a_product(m: int, relaxed: bool) -> None:
    for n, k in product(range(1, 18), (1, 2, 3, 4, 5, 7, 8, 13, 16, 17)):
        a, b, bias = floats(m, k), floats(k, n), floats(m)
        check(gemm(relaxed, a, b, bias), in_order(a, b, bias), relaxed)


@VARIANTS
@pytest.mark.parametrize(
    ("m", "n", "k"), [(7, 257, 3), (13, 300, 257), (6, 512, 256), (19, 9, 1030), (3, 8, 0)]
)
def test_products_of_several_blocks(m: int, n: int, k: int, relaxed: bool) -> None:
    a, b = floats(m, k), floats(k, n)
    check(gemm(relaxed, a, b, None), in_order(a, b), relaxed)


@VARIANTS
@pytest.mark.parametrize("turned", list(product([False, True], repeat=2)), ids=str)
def test_operands_may_be_turned_cut_or_repeated(turned: tuple[bool, bool], relaxed: bool) -> None:
    a = floats(11, 21) if not turned[0] else floats(21, 11).T
    b = floats(21, 19) if not turned[1] else floats(19, 21).T
    check(gemm(relaxed, a, b, None), in_order(a, b), relaxed)
    check(gemm(relaxed, a[1::2, ::3], b[::3, 2::2], None), in_order(a[1::2, ::3], b[::3, 2::2]),
          relaxed)  # fmt: skip
    check(gemm(relaxed, a[::-1], b[:, ::-1], None), in_order(a[::-1], b[:, ::-1]), relaxed)
    same = np.broadcast_to(floats(1, 21), (11, 21))
    check(gemm(relaxed, same, b, None), in_order(same, b), relaxed)


def dots_in_order(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Eight running sums, folded 8 → 4 → 2 → 1, then what is behind the last sixteen."""
    many = a.shape[1] // 16 * 16
    sums = np.zeros((len(a), 8), np.float32)
    for k in range(0, many, 8):
        sums += a[:, k : k + 8] * x[k : k + 8]
    four = sums[:, :4] + sums[:, 4:]
    rest = in_order(a[:, many:], x[many:, None])[:, 0]
    return ((four[:, 0] + four[:, 1]) + (four[:, 2] + four[:, 3])) + rest


@VARIANTS
@pytest.mark.parametrize("k", [*range(18), 33, 100])
def test_a_matrix_times_a_vector(k: int, relaxed: bool) -> None:
    for m in range(1, 10):
        a, x, y = floats(m, k), floats(k), np.full(m, np.nan, np.float32)
        host(relaxed).call("dots", a, k * 4, x, y, m, k)
        check(y, dots_in_order(a, x), relaxed)


@VARIANTS
@pytest.mark.parametrize("n", [*range(1, 18), 31, 32, 33, 77])
def test_a_vector_times_a_matrix(n: int, relaxed: bool) -> None:
    for k in (0, 1, 5, 40):
        x, b, y = floats(k), floats(k, n), np.full(n, np.nan, np.float32)
        host(relaxed).call("mix", x, b, n * 4, y, n, k)
        check(y, in_order(x[None], b)[0], relaxed)


def matmul(relaxed: bool, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return whole(simd.matmul(host(relaxed), a, b))


@VARIANTS
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((5,), (5,)), ((5,), (5, 3)), ((4, 5), (5,)), ((2, 4, 5), (5,)), ((5,), (2, 5, 3)),
        ((2, 4, 5), (5, 3)), ((2, 3, 4, 5), (3, 5, 6)), ((2, 1, 4, 5), (7, 5, 1)),
        ((0, 5), (5, 3)), ((4, 0), (0, 3)), ((2, 4, 5), (5, 0)), ((3, 1, 5), (3, 5, 4)),
        ((2, 1, 4, 5), (1, 3, 5, 2)), ((1, 0), (0, 1)),
    ],
    ids=str,
)  # fmt: skip
def test_shapes_are_those_of_numpy(a: tuple[int, ...], b: tuple[int, ...], relaxed: bool) -> None:
    left, right = floats(*a), floats(*b)
    wanted = np.matmul(left, right)
    y = matmul(relaxed, left, right)
    assert np.shape(y) == wanted.shape
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-5)


def conv_in_order(
    x: np.ndarray, w: np.ndarray, strides: Any, dilations: Any, group: int, pads: Any, bias: Any
) -> np.ndarray:
    """Begin with the bias; add channel by channel, kernel cell by kernel cell."""
    x = np.pad(x, ((0, 0), (0, 0), *pads))
    sizes = [
        (size - (k - 1) * d - 1) // s + 1
        for size, k, s, d in zip(x.shape[2:], w.shape[2:], strides, dilations, strict=True)
    ]
    per, depth = len(w) // group, w.shape[1]
    y = np.zeros((len(x), len(w), *sizes), np.float32)
    y += 0 if bias is None else bias[:, None, None]
    for m in range(len(w)):
        for c, ky, kx in np.ndindex(*w.shape[1:]):
            rows = slice(ky * dilations[0], None, strides[0])
            columns = slice(kx * dilations[1], None, strides[1])
            seen = x[:, (m // per) * depth + c, rows, columns][:, : sizes[0], : sizes[1]]
            y[:, m] += w[m, c, ky, kx] * seen
    return y


def check_conv(
    relaxed: bool, x: np.ndarray, w: np.ndarray, strides: Any = (1, 1), dilations: Any = (1, 1),
    group: int = 1, pads: Any = ((0, 0), (0, 0)), bias: np.ndarray | None = None,
) -> None:  # fmt: skip
    arguments = (x, w, strides, dilations, group, pads, bias)
    y = whole(simd.conv(host(relaxed), *arguments))
    wanted = conv_in_order(*arguments)
    check(y, wanted, relaxed)
    np.testing.assert_allclose(y, conv_by_numpy(*arguments), rtol=1e-4, atol=1e-4)


@VARIANTS
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 5)])
def test_convolutions_of_every_width(
    kernel: tuple[int, int], dilation: int, stride: int, relaxed: bool
) -> None:
    for width, pad in product(range(5, 18), (0, 1, 3)):
        reach = (kernel[1] - 1) * dilation + 1
        if reach > width + 2 * pad or kernel[0] * dilation > 7:
            continue
        check_conv(
            relaxed, floats(1, 3, 7, width), floats(4, 3, *kernel), (stride, stride),
            (dilation, dilation), pads=((pad, 0), (pad, pad)), bias=floats(4),
        )  # fmt: skip


@VARIANTS
@pytest.mark.parametrize(("group", "channels", "kernels"), [(2, 6, 8), (3, 3, 3), (4, 4, 12)])
def test_convolutions_in_groups(group: int, channels: int, kernels: int, relaxed: bool) -> None:
    for stride, pads in product((1, 2), (((1, 1), (1, 1)), ((0, 2), (2, 0)), ((4, 4), (4, 4)))):
        for width in range(3, 18):
            check_conv(
                relaxed, floats(2, channels, 6, width), floats(kernels, channels // group, 3, 3),
                (stride, stride), group=group, pads=pads, bias=floats(kernels),
            )  # fmt: skip


@VARIANTS
def test_convolutions_of_several_blocks(relaxed: bool) -> None:
    check_conv(relaxed, floats(1, 33, 20, 19), floats(7, 33, 3, 3), pads=((1, 1), (1, 1)))
    check_conv(relaxed, floats(2, 70, 18, 18), floats(13, 70, 1, 1), bias=floats(13))
    check_conv(relaxed, floats(1, 70, 18, 18), floats(13, 70, 1, 1), (2, 2))


@VARIANTS
def test_convolutions_of_cut_and_turned_arrays(relaxed: bool) -> None:
    x, w = floats(1, 12, 9, 11)[:, ::2, ::-1], floats(5, 3, 3, 6).transpose(0, 3, 1, 2)
    check_conv(relaxed, x, w, pads=((1, 1), (1, 1)), bias=floats(10)[::2])


@VARIANTS
def test_convolutions_of_nothing(relaxed: bool) -> None:
    for x, w in (((0, 3, 5, 5), (4, 3, 3, 3)), ((1, 3, 5, 5), (0, 3, 3, 3))):
        check_conv(relaxed, floats(*x), floats(*w))


@VARIANTS
def test_convolutions_along_a_line(relaxed: bool) -> None:
    x, w, bias = floats(2, 4, 23), floats(6, 2, 5), floats(6)
    y = whole(simd.conv(host(relaxed), x, w, (2,), (2,), 2, ((3, 1),), bias))
    wanted = conv_by_numpy(x, w, (2,), (2,), 2, ((3, 1),), bias)
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-5)


@VARIANTS
@pytest.mark.parametrize("how", ["largest", "total"])
def test_pools(how: str, relaxed: bool) -> None:
    for width, stride, pad in product(range(3, 18), (1, 2, 3), (0, 1)):
        x = floats(2, 3, 7, width)
        pads = ((pad, pad), (pad, 0))
        sizes = tuple(
            (s + a + b - 3) // stride + 1 for s, (a, b) in zip((7, width), pads, strict=True)
        )
        y = simd.pool(host(relaxed), how, x, (3, 3), (stride,) * 2, (1, 1), pads, sizes)
        outside = -np.inf if how == "largest" else 0
        bordered = np.pad(x, ((0, 0), (0, 0), *pads), constant_values=outside)
        wanted = np.full_like(y, outside)
        for ky, kx in np.ndindex(3, 3):
            seen = bordered[:, :, ky::stride, kx::stride][:, :, : sizes[0], : sizes[1]]
            wanted = np.maximum(wanted, seen) if how == "largest" else wanted + seen
        np.testing.assert_array_equal(y, wanted)


def test_a_pool_passes_nan_on() -> None:
    x = floats(1, 1, 6, 9)
    x[0, 0, 2, 4] = np.nan
    y = simd.pool(host(False), "largest", x, (2, 2), (1, 1), (1, 1), ((0, 0), (0, 0)), (5, 8))
    assert np.isnan(y).sum() == 4
