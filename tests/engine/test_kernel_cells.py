"""The kernel's work on single cells and rows under wasmtime, against numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.kernel_host import host
from tensorama.engine import kernel
from tensorama.engine.kernel import cells
from tensorama.engine.ops import activations

VARIANTS = pytest.mark.parametrize("relaxed", [False, True], ids=["plain", "relaxed"])
RNG = np.random.default_rng(11)
EDGES = np.array(
    [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 3e38, -3e38, 88.72, 88.8, -87.3, -87.4,
     -103.9, -104.1, 0.625, -0.625, 4, -4, 6, 17, -17], np.float32
)  # fmt: skip
X = np.concatenate([EDGES, RNG.standard_normal(1000).astype(np.float32) * 10])


def bent(relaxed: bool, name: str, x: np.ndarray, *parameters: float) -> np.ndarray:
    y = np.full_like(x, 777)
    host(relaxed).call(name, x, y, x.size, *parameters)
    return y


@VARIANTS
@pytest.mark.parametrize("count", range(10))
def test_every_length(count: int, relaxed: bool) -> None:
    x = X[-16:].copy()
    y = np.full(16, 777, np.float32)
    host(relaxed).call("relu", x, y, count)
    np.testing.assert_array_equal(y[:count], np.maximum(x[:count], 0))
    assert (y[count:] == 777).all()


@VARIANTS
def test_bends_of_straight_lines_are_exact(relaxed: bool) -> None:
    zero, tenth = np.float32(0), np.float32(0.1)
    np.testing.assert_array_equal(bent(relaxed, "relu", X), np.maximum(X, zero))
    np.testing.assert_array_equal(
        bent(relaxed, "clip", X, -1.0, 6.0), np.minimum(np.maximum(X, np.float32(-1)), 6)
    )
    np.testing.assert_array_equal(
        bent(relaxed, "leaky_relu", X, 0.1), np.where(X < 0, X * tenth, X)
    )


@VARIANTS
@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "erf", "gelu", "gelu_tanh", "silu"])
def test_bends_are_right_to_a_few_units_in_the_last_place(name: str, relaxed: bool) -> None:
    x = X.astype(np.float64)
    with np.errstate(all="ignore"):
        root = math.sqrt(2 / math.pi)
        sigmoid = 1 / (1 + np.exp(-x))
        wanted = {
            "exp": lambda: np.exp(x),
            "tanh": lambda: np.tanh(x),
            "sigmoid": lambda: sigmoid,
            "erf": lambda: np.vectorize(math.erf)(x),
            "gelu": lambda: x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
            "gelu_tanh": lambda: x / 2 * (1 + np.tanh(root * (x + 0.044715 * x**3))),
            "silu": lambda: x * sigmoid,
        }[name]()
        single = wanted.astype(np.float32)
        finite = np.isfinite(single)
        y = bent(relaxed, name, X, *([1.0] if name == "silu" else []))
        # What a bend multiplies x by is right to a few units of 1, not of its own size.
        scale = np.maximum(1, np.abs(x)) if name in ("gelu", "gelu_tanh", "silu") else 1
        np.testing.assert_allclose(
            (y / scale)[finite], (wanted / scale)[finite],
            rtol=4e-7, atol=2e-7 if name != "exp" else 1e-44,
        )  # fmt: skip
    if name in ("exp", "tanh", "sigmoid", "erf"):
        huge = np.isinf(single)
        np.testing.assert_array_equal(y[huge], single[huge])
        assert np.isnan(y[np.isnan(X)]).all()


@VARIANTS
def test_every_float16_becomes_the_float32_that_it_is(relaxed: bool) -> None:
    half = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    wanted = half.astype(np.float32)
    for count in (1 << 16, 7, 1, 0):
        y = np.zeros(count, np.float32)
        host(relaxed).call("widen", half[:count].copy(), y, count)
        np.testing.assert_array_equal(np.isnan(y), np.isnan(wanted[:count]))
        sure = ~np.isnan(y)
        np.testing.assert_array_equal(y.view(np.uint32)[sure], wanted[:count].view(np.uint32)[sure])


@VARIANTS
@pytest.mark.parametrize("size", range(1, 10))
def test_channels_are_scaled_and_shifted(size: int, relaxed: bool) -> None:
    x = RNG.standard_normal((2, 5, size)).astype(np.float32)
    factor, shift = RNG.standard_normal((2, 5)).astype(np.float32)
    with kernel.using(host(relaxed)):
        y = cells.scaled(x, factor, shift)
    assert y is not None
    wanted = x * factor[:, None] + shift[:, None]
    if relaxed:
        np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(y, wanted)


@VARIANTS
@pytest.mark.parametrize("size", [*range(1, 18), 1000])
def test_softmax(size: int, relaxed: bool) -> None:
    x = (RNG.standard_normal((3, size)) * 20).astype(np.float32)
    x[1, 0] = np.inf if size == 4 else -np.inf
    with np.errstate(all="ignore"), kernel.using(None):
        wanted = activations.softmax(x)
    with kernel.using(host(relaxed)):
        y = activations.softmax(x)
    np.testing.assert_allclose(y, wanted, rtol=2e-6, atol=1e-7)


def test_what_the_kernel_cannot_take_numpy_computes() -> None:
    with kernel.using(host(relaxed=False)):
        for x in (
            np.ones(100),
            np.ones(100, np.float16),
            np.ones(3, np.float32),
            np.ones((), "f4"),
        ):
            y = activations.relu(x)
            assert y.dtype == x.dtype
            assert y.shape == x.shape
        turned = RNG.standard_normal((9, 8)).astype(np.float32).T
        np.testing.assert_array_equal(activations.relu(turned), np.maximum(turned, 0))


def test_no_kernel_is_found_where_there_is_none(tmp_path) -> None:
    assert kernel.load(tmp_path) is None
    (tmp_path / "plain.wasm").write_bytes(b"no library")
    assert kernel.load(tmp_path) is None
