"""Pictures in another size and shares of a whole by the kernel under wasmtime."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from engine.kernel_host import Host, host
from engine.test_kernel_products import in_order
from tensorama.engine import kernel
from tensorama.engine.contract import slices
from tensorama.engine.ops import convolution
from tensorama.engine.ops.activations import log_softmax, softmax
from tensorama.engine.ops.convolution import conv_transpose
from tensorama.engine.ops.resize import resize

RNG = np.random.default_rng(12)
Array = np.ndarray


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape, np.float32)


def plainly(operator: Any, *arguments: Any, **how: Any) -> Array:
    with kernel.using(None):
        return np.asarray(operator(*arguments, **how))


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize(
    "how",
    [
        {}, {"coordinate_transformation_mode": "align_corners"}, {"antialias": 1},
        {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
        {"exclude_outside": 1, "cubic_coeff_a": -0.5},
    ],
    ids=str,
)  # fmt: skip
def test_resizing_gives_the_bits_of_numpy(mode: str, how: dict[str, Any], player: Host) -> None:
    if mode == "nearest" and "antialias" in how:
        pytest.skip("the nearest cell is taken without a filter")
    for scales in ((1, 1, 2, 2), (1, 1, 0.6, 1.7), (1, 1, 1, 3), (1, 2, 1.5, 0.5)):
        x = floats(2, 3, 7, 9)
        arguments = (x, None, np.float32(scales))
        y = resize(*arguments, mode=mode, **how)
        wanted = plainly(resize, *arguments, mode=mode, **how)
        assert y.dtype == np.float32
        if player is host(True):
            np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(y, wanted)
    assert set(player.calls) == {"taps"}
    turned = x.transpose(0, 1, 3, 2)
    wanted = plainly(resize, turned, None, arguments[2])
    np.testing.assert_allclose(resize(turned, None, arguments[2]), wanted)


def test_what_is_not_resized_by_the_kernel(player: Host) -> None:
    x, scales = floats(1, 1, 4, 4), np.float32([1, 1, 2, 2])
    region = np.float32([0, 0, 0.1, 0.2, 1, 1, 0.7, 1.1])
    crop = {"coordinate_transformation_mode": "tf_crop_and_resize", "mode": "linear"}
    np.testing.assert_array_equal(
        resize(x, region, scales, **crop), plainly(resize, x, region, scales, **crop)
    )
    assert resize(x.astype(np.uint8), None, scales).dtype == np.uint8
    assert resize(x, None, np.ones(4, np.float32)) is x
    assert resize(x[:0], None, scales).shape == (0, 1, 8, 8)
    assert player.calls == []


def painted(x: Array, w: Array, b: Array | None, how: dict[str, Any], group: int) -> Array:
    """Begin with the bias; add kernel cell by kernel cell what is summed over the channels."""
    n, (depth, each), (kh, kw) = len(x), (w.shape[0] // group, w.shape[1]), w.shape[2:]
    (sh, sw), (dh, dw), pads = how["strides"], how["dilations"], how["pads"]
    extra = how["output_padding"]
    full = [(size - 1) * s + (k - 1) * d + 1 + more
            for size, s, k, d, more in zip(x.shape[2:], (sh, sw), (kh, kw), (dh, dw), extra,
                                           strict=True)]  # fmt: skip
    y = np.zeros((n, group * each, *full), np.float32)
    y += 0 if b is None else b[:, None, None]
    for of, m, ky, kx in np.ndindex(n, group * each, kh, kw):
        g = m // each
        channels = slice(g * depth, (g + 1) * depth)
        sums = in_order(w[channels, m % each, ky, kx][None], x[of, channels].reshape(depth, -1))
        rows = slice(ky * dh, ky * dh + (x.shape[2] - 1) * sh + 1, sh)
        columns = slice(kx * dw, kx * dw + (x.shape[3] - 1) * sw + 1, sw)
        y[of, m, rows, columns] += sums.reshape(x.shape[2:])
    return y[:, :, pads[0] : full[0] - pads[2], pads[1] : full[1] - pads[3]]


@pytest.mark.parametrize("short", [convolution.SHORT, 0], ids=["short", "long"])
@pytest.mark.parametrize("kernel_shape", [(2, 2), (3, 1), (4, 5)], ids=str)
def test_painting_kernels(
    kernel_shape: tuple[int, int], short: int, player: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convolution, "SHORT", short)
    monkeypatch.setattr(convolution, "PIECE", 4 * 63 * 20 * 2)
    for stride, dilation, group, pad in product((1, 2, 3), (1, 2), (1, 2), (0, 1)):
        x, w, b = floats(2, 8, 7, 9), floats(8, 5, *kernel_shape), floats(5 * group)
        how = {"strides": (stride, stride), "dilations": (dilation, 1), "pads": (pad, 0, 0, pad),
               "output_padding": (stride - 1, 0)}  # fmt: skip
        y = conv_transpose(x, w, b if pad else None, group=group, **how)
        wanted = painted(x, w, b if pad else None, how, group)
        numpys = plainly(conv_transpose, x, w, b if pad else None, group=group, **how)
        np.testing.assert_allclose(y, numpys, rtol=1e-4, atol=1e-5)
        if player is host(False) and min(kernel_shape) > 1:  # one row goes by `dots`
            np.testing.assert_array_equal(y, wanted)
    assert "paint" in player.calls


def test_painting_pauses_between_kernels(player: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", 1e-6)
    monkeypatch.setattr(convolution, "PIECE", 4 * 63 * 4)
    work = conv_transpose.slices(floats(1, 3, 7, 9), floats(3, 12, 2, 2))  # type: ignore[attr-defined]
    assert len(list(work)) >= 12
    assert player.calls.count("paint") == 12


def test_painting_along_a_line_and_beyond_the_edge(player: Host) -> None:
    x, w, b = floats(2, 4, 23), floats(4, 3, 5), floats(3)
    for pads in ((2, 1), (0, 0), (-2, -1), (40, 0)):
        how = {"strides": (2,), "pads": pads}
        wanted = plainly(conv_transpose, x, w, b, **how)
        np.testing.assert_allclose(conv_transpose(x, w, b, **how), wanted, rtol=1e-4, atol=1e-5)
    assert player.calls.count("paint") == 8
    volume = floats(1, 2, 3, 3, 3), floats(2, 2, 2, 2, 2)
    assert conv_transpose(*volume).shape == (1, 2, 4, 4, 4)
    assert player.calls.count("paint") == 8


SHAPES = [((5,), 0), ((3, 4), 0), ((3, 7), 1), ((2, 3, 5, 5), 1), ((2, 9, 3), -2), ((1, 1), 0)]


@pytest.mark.parametrize(("shape", "axis"), SHAPES, ids=str)
def test_shares_along_any_axis(shape: tuple[int, ...], axis: int, player: Host) -> None:
    x = floats(*shape) * 20
    for operator in (softmax, log_softmax):
        y, wanted = operator(x, axis=axis), plainly(operator, x.astype(np.float64), axis=axis)
        np.testing.assert_allclose(y, wanted, rtol=2e-6, atol=2e-6)
        assert y.dtype == np.float32
    assert len(player.calls) == 2


def test_shares_of_what_is_no_number(player: Host) -> None:
    x = np.float32([[0, np.nan, 1], [0, -np.inf, 1], [-np.inf] * 3, [0, np.inf, 1]])
    with np.errstate(all="ignore"):
        for y, wanted in (
            (softmax(x.T, axis=0).T, plainly(softmax, x)),
            (log_softmax(x), plainly(log_softmax, x)),
        ):  # fmt: skip
            np.testing.assert_array_equal(np.isnan(y), np.isnan(wanted))
            np.testing.assert_allclose(y, wanted, rtol=1e-6)
    assert set(player.calls) == {"copy", "softmax_across", "log_softmax"}


def test_logarithms_of_sums(player: Host) -> None:
    """A row of n equal numbers has −log n, which a sum gives exactly."""
    for n in (*range(1, 70), 1000, 4097):
        y = log_softmax(np.zeros((2, n), np.float32))
        np.testing.assert_allclose(y, -np.log(n), rtol=1.5e-7)
    assert "log_softmax" in player.calls
