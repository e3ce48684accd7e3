"""The kernel's products of bytes and its scaling of them under wasmtime: exactly as in numpy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from engine.kernel_host import Host
from tensorama.engine import contract, kernel
from tensorama.engine.contract.slices import whole
from tensorama.engine.kernel import quantized
from tensorama.engine.kernel.quantized import flip_of
from tensorama.engine.ops import convolution, linear, qlinear, quantization

RNG = np.random.default_rng(8)
TYPES = pytest.mark.parametrize("types", list(product([np.uint8, np.int8], repeat=2)), ids=str)
Array = np.ndarray


def numbers(dtype: type, *shape: int) -> Array:
    limits = np.iinfo(dtype)
    return RNG.integers(limits.min, limits.max + 1, shape).astype(dtype)


def centred(x: Array, zero: Array | None) -> Array:
    return x.astype(np.int64) - (0 if zero is None else zero.astype(np.int64))


def matmul(a: Array, b: Array, a_zero: Array | None, b_zero: Array | None) -> Array:
    return whole(contract.matmul_integer_slices(a, b, a_zero, b_zero))


@TYPES
@pytest.mark.parametrize("m", [*range(1, 8), 13])
def test_every_edge_of_a_product(m: int, types: tuple[type, type], player: Host) -> None:
    one, other = types
    for n, k in product((1, 2, 7, 8, 9, 17), (1, 2, 3, 7, 8, 9, 16, 31)):
        a, b = numbers(one, m, k), numbers(other, k, n)
        for a_zero, b_zero in (
            (None, None), (numbers(one, 1), numbers(other, 1)),
            (numbers(one, m, 1), numbers(other, n)), (None, numbers(other, n)[::-1]),
        ):  # fmt: skip
            y = matmul(a, b, a_zero, b_zero)
            assert y.dtype == np.int32
            np.testing.assert_array_equal(y, centred(a, a_zero) @ centred(b, b_zero))
    assert set(player.calls) == {"int_gemm"}


@TYPES
def test_products_of_several_blocks(types: tuple[type, type], player: Host) -> None:
    one, other = types
    for m, n, k in ((7, 257, 3), (13, 300, 257), (2, 9, 1030), (6, 512, 256)):
        a, b, zero = numbers(one, m, k), numbers(other, k, n), numbers(other, n)
        np.testing.assert_array_equal(matmul(a, b, None, zero), centred(a, None) @ centred(b, zero))
    assert "int_gemm" in player.calls


@TYPES
def test_operands_may_be_turned_cut_or_repeated(types: tuple[type, type], player: Host) -> None:
    a, b = numbers(types[0], 21, 11).T, numbers(types[1], 19, 21).T
    same = np.broadcast_to(numbers(types[0], 1, 21), (11, 21))
    for left, right in ((a, b), (a[::-1], b[:, ::-1]), (a[1::2, ::3], b[::3, 2::2]), (same, b)):
        y = matmul(left, right, None, None)
        np.testing.assert_array_equal(y, centred(left, None) @ centred(right, None))
    assert set(player.calls) == {"int_gemm"}


def test_shapes_are_those_of_numpy(player: Host) -> None:
    for left, right in (
        ((5,), (5,)), ((5,), (5, 3)), ((4, 5), (5,)), ((2, 4, 5), (5, 3)),
        ((2, 1, 4, 5), (7, 5, 1)), ((0, 5), (5, 3)), ((4, 0), (0, 3)),
        ((2, 4, 5), (5, 0)), ((2, 3, 4, 5), (3, 5, 6)),
    ):  # fmt: skip
        a, b = numbers(np.uint8, *left), numbers(np.int8, *right)
        y = matmul(a, b, np.zeros(1, np.uint8), None)
        wanted = np.matmul(centred(a, None), centred(b, None))
        assert y.shape == wanted.shape
        np.testing.assert_array_equal(y, wanted)
    rows = numbers(np.uint8, 2, 4, 1)
    a, b = numbers(np.uint8, 2, 4, 5), numbers(np.int8, 5, 3)
    np.testing.assert_array_equal(matmul(a, b, rows, None), centred(a, rows) @ centred(b, None))
    assert "int_gemm" in player.calls


def test_sums_wrap_around(player: Host) -> None:
    k = 70_000
    a, b = np.full((1, k), 255, np.uint8), np.full((k, 1), 255, np.uint8)
    assert matmul(a, b, None, None)[0, 0] == 255 * 255 * k - (1 << 32)
    assert player.calls == ["int_gemm"]


@TYPES
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5)], ids=str)
def test_convolutions_of_every_width(
    shape: tuple[int, int], stride: int, types: tuple[type, type], player: Host
) -> None:
    one, other = types
    for width, pad, dilation in product(range(9, 27), (0, 1, 3), (1, 2)):
        if width % 3 != pad % 3:
            continue
        x, w = numbers(one, 2, 3, 9, width), numbers(other, 5, 3, *shape)
        zeros: tuple[Any, Any] = (numbers(one, 1), numbers(other, 5)) if width % 2 else (None,) * 2
        pads = (pad, 0, pad, pad)
        how = {"strides": (stride,) * 2, "dilations": (dilation,) * 2, "pads": pads}
        check_conv(x, w, *zeros, **how)
    assert set(player.calls) == {"int_conv"}


def check_conv(x: Array, w: Array, x_zero: Any, w_zero: Any, **how: Any) -> None:
    y = convolution.conv_integer(x, w, x_zero, w_zero, **how)
    kernels = None if w_zero is None else w_zero.reshape(-1, 1, 1, 1)
    wide = (centred(a, z).astype(np.float64) for a, z in ((x, x_zero), (w, kernels)))
    with kernel.using(None):
        wanted = convolution.conv(*wide, **how)
    assert y.dtype == np.int32
    np.testing.assert_array_equal(y, wanted)


def test_convolutions_in_groups_and_of_several_blocks(player: Host) -> None:
    def bytes_(*shape: int) -> Array:
        return numbers(np.uint8, *shape)

    check_conv(bytes_(2, 6, 8, 9), bytes_(8, 3, 3, 3), None, bytes_(8), group=2, pads=(1,) * 4)
    check_conv(bytes_(1, 33, 20, 19), bytes_(7, 33, 3, 3), bytes_(1), None, pads=(1,) * 4)
    check_conv(bytes_(1, 70, 18, 18)[:, ::-1], bytes_(70, 70, 1, 1), None, bytes_(1))
    assert set(player.calls) == {"int_conv"}
    player.calls.clear()
    check_conv(bytes_(1, 4, 8, 9), bytes_(4, 1, 3, 3), bytes_(1), bytes_(4), group=4)  # as floats
    check_conv(bytes_(1, 4, 8, 9), bytes_(4, 4, 3, 3), bytes_(1), bytes_(4), pads=(-1, 0, 0, 0))
    assert "int_conv" not in player.calls


SHAPES = [((3, 4, 5), ()), ((3, 4, 5), (1,)), ((3, 4, 5), (4, 1)), ((3, 7), (7,)), ((3, 7), (3, 1)),
          ((2, 3, 7), (3, 7)), ((2, 3, 9), (2, 1, 1)), ((1,), ()), ((33,), (33,))]  # fmt: skip


def scales(shape: tuple[int, ...]) -> Array:
    return RNG.uniform(0.01, 0.3, shape).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
@pytest.mark.parametrize(("shape", "beside"), SHAPES, ids=str)
def test_scaling_to_bytes_and_back(
    shape: tuple[int, ...], beside: tuple[int, ...], dtype: type, player: Host
) -> None:
    limits, kind = np.iinfo(dtype), np.dtype(dtype)
    x = (RNG.standard_normal(shape) * 20).astype(np.float32)
    for zero in (None, numbers(dtype, *beside)):
        scale, factor = scales(beside), scales(beside) / np.float32(8)
        factor = np.asarray(factor)
        stored = quantized.quantized(x, scale, zero, kind)
        shift = np.float32(0) if zero is None else zero.astype(np.float32)
        wanted = np.clip(np.rint(x / scale) + shift, limits.min, limits.max).astype(dtype)
        assert stored is not None
        assert stored.dtype == kind
        np.testing.assert_array_equal(stored, wanted)
        real = quantized.dequantized(stored, scale, zero)
        np.testing.assert_array_equal(real, centred(stored, zero).astype(np.float32) * scale)
        if zero is not None and zero.size > 1:
            zero = zero.reshape(-1)[:1]
        sums = RNG.integers(-30_000, 30_000, shape).astype(np.int32)
        for bias in (None, RNG.integers(-9999, 9999, beside).astype(np.int32)):
            y = quantized.requantized(sums, bias, factor, zero, kind)
            moved = (sums + (0 if bias is None else bias)).astype(np.float32) * factor
            shift = np.float32(0) if zero is None else zero.astype(np.float32)
            np.testing.assert_array_equal(
                y, np.clip(np.rint(moved) + shift, limits.min, limits.max).astype(dtype)
            )
    assert set(player.calls) == {"quantize", "dequantize", "requantize"}


def test_large_products_are_scaled_in_pieces(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LARGE": 64, "PIECE": 64, "_SMALLEST": 64}.items():
        monkeypatch.setattr(f"tensorama.engine.contract.pieces.{name}", value)
    a, b = numbers(np.int8, 11, 40), numbers(np.int8, 40, 9)
    single = scales(()), np.array(3, np.int8)
    per = scales((9,)), numbers(np.int8, 9)
    for of_b in (single, per):
        arguments = (a, *single, b, *of_b, np.array(40, np.float32), single[1])
        came = qlinear.qlinear_matmul(*arguments)
        with kernel.using(None):
            wanted = qlinear.qlinear_matmul(*arguments)
        np.testing.assert_array_equal(came, wanted)
    assert player.calls.count("requantize") > 2


@pytest.mark.parametrize("n", [1, 3, 4, 5, 40])
def test_scales_that_fit_just_these_numbers(n: int, player: Host) -> None:
    for low, high in ((-3, 2), (1, 2), (-9, -8), (0, 0)):
        x = RNG.uniform(low, high, n).astype(np.float32)
        came = quantization.dynamic_quantize_linear(x)
        with kernel.using(None):
            wanted = quantization.dynamic_quantize_linear(x)
        for one, other in zip(came, wanted, strict=True):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            np.testing.assert_array_equal(one, other)
    assert "dynamic_quantize" in player.calls


def test_what_is_no_number_is_stored_as_the_lowest(player: Host) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30], np.float32)
    stored = quantized.quantized(x, np.float32([0.1]), None, np.dtype(np.uint8))
    assert stored is not None
    assert stored.tolist() == [0, 255, 0, 255, 0]
    y, scale, zero = quantization.dynamic_quantize_linear(x[[0, 3]])
    assert (scale, zero) == (1, 0)  # as numpy takes the smallest of what has NaN in it
    assert y.tolist() == [0, 255]
    assert player.calls == ["quantize", "dynamic_quantize"]


def test_whole_numbers_become_floats(player: Host) -> None:
    for n in range(1, 10):
        x = RNG.integers(-(1 << 31), 1 << 31, n).astype(np.int32)
        np.testing.assert_array_equal(quantized.floats(x), x.astype(np.float32))
        wide = RNG.integers(-(1 << 63), 1 << 62, n) >> RNG.integers(0, 63, n)
        np.testing.assert_array_equal(quantized.floats(wide), wide.astype(np.float32))
    assert set(player.calls) == {"floats", "floats_of_wide"}


def test_other_types_are_left_to_numpy(player: Host) -> None:
    assert flip_of(np.zeros(1, np.int16)) is None
    assert flip_of(np.zeros(1, np.uint8), np.zeros(1, np.int8)) is None
    assert flip_of(np.zeros(1, np.int8), None) == 128
    x = np.ones((2, 3), np.uint8)
    assert quantized.dequantized(x, np.ones((), np.float64), None) is None
    assert quantized.dequantized(x, scales((3,)), np.zeros((), np.uint8)) is None
    assert linear.matmul_integer(x.astype(np.int16), x.astype(np.int16).T).tolist() == [[3, 3]] * 2
    assert set(player.calls) == {"dots"}  # int16 goes as floats
    with kernel.using(None):
        assert quantized.floats(np.ones(40, np.int32)) is None


def test_convolutions_of_quantized_pictures(player: Host) -> None:
    x, w = numbers(np.uint8, 1, 4, 9, 9), numbers(np.int8, 6, 4, 3, 3)
    zeros = numbers(np.uint8, 1), np.zeros(6, np.int8), numbers(np.uint8, 1)
    bias = RNG.integers(-9999, 9999, 6).astype(np.int32)
    for b, per in product((None, bias), ((), (6,))):
        arguments = (
            x,
            scales(()),
            zeros[0],
            w,
            scales(per),
            zeros[1],
            scales(()) * 400,
            zeros[2],
            b,
        )
        y = qlinear.qlinear_conv(*arguments, pads=(1,) * 4)
        with kernel.using(None):
            wanted = qlinear.qlinear_conv(*arguments, pads=(1,) * 4)
        assert y.dtype == wanted.dtype == np.uint8
        np.testing.assert_array_equal(y, wanted)
    assert "int_conv" in player.calls
