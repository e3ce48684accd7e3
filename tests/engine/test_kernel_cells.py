"""The kernel's work on single cells and rows under wasmtime, against numpy."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from engine.kernel_host import host
from tensorama.engine import kernel
from tensorama.engine.kernel import cells, rows
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
    with kernel.using(None), np.errstate(all="ignore"):
        for name, function in (("hard_sigmoid", activations.hard_sigmoid),
                               ("hard_swish", activations.hard_swish)):  # fmt: skip
            parameters = (0.25, 0.5) if name == "hard_sigmoid" else ()
            wanted = function(X, **dict(zip(("alpha", "beta"), parameters, strict=False)))
            np.testing.assert_array_equal(bent(relaxed, name, X, *parameters), wanted)


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
def test_bends_that_are_exact(relaxed: bool) -> None:
    with np.errstate(all="ignore"):
        for name, function in {
            "sqrt": np.sqrt, "abs": np.abs, "neg": np.negative, "floor": np.floor, "ceil": np.ceil,
            "nearest": np.rint, "reciprocal": np.reciprocal,
        }.items():  # fmt: skip
            np.testing.assert_array_equal(bent(relaxed, name, X), function(X), name)


@VARIANTS
def test_what_lies_in_another_order_is_put_in_order(relaxed: bool) -> None:
    x = RNG.standard_normal((5, 6, 7)).astype(np.float32)
    with kernel.using(host(relaxed)):
        for turned in (x.transpose(2, 0, 1), x[:, ::2, ::-1], x[..., 3]):
            y = activations.relu(turned)
            assert y.flags.c_contiguous
            np.testing.assert_array_equal(y, np.maximum(turned, 0))
    assert host(relaxed).calls[-2:] == ["copy", "relu"]


@VARIANTS
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, np.bool_, np.float64])
def test_rows_are_picked(dtype: type, relaxed: bool) -> None:
    x = RNG.integers(0, 2, (3, 5, 4)).astype(dtype)
    with kernel.using(host(relaxed)):
        for axis, indices in product(
            range(3), ([[0, 2], [-1, 1]], [1], np.arange(6, dtype=np.int32)[::2] % 3)
        ):
            y = rows.picked(x, np.asarray(indices), axis)
            assert y is not None
            np.testing.assert_array_equal(y, np.take(x, indices, axis=axis))
            assert y.dtype == x.dtype
        assert rows.picked(x, np.zeros(0, np.int64), 0) is None
        assert rows.picked(x.T, np.zeros(1, np.int64), 0) is None
        assert rows.picked(np.array(["a"], object), np.zeros(1, np.int64), 0) is None


@VARIANTS
def test_elu_loses_no_digits_near_zero(relaxed: bool) -> None:
    x = np.concatenate([X[X < 60], -np.logspace(-38, 1.9, 400).astype(np.float32)])
    wide = x.astype(np.float64)
    wanted = np.where(wide < 0, 0.5 * np.expm1(np.minimum(wide, 0)), wide)
    np.testing.assert_allclose(bent(relaxed, "elu", x, 0.5), wanted, rtol=3e-7, atol=1e-45)


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


@VARIANTS
@pytest.mark.parametrize("size", [*range(1, 10), 1000])
@pytest.mark.parametrize("vectors", [0, 1, 2])
def test_rows_are_normalized(size: int, vectors: int, relaxed: bool) -> None:
    x = (RNG.standard_normal((2, 3, size)) * 3 + 100).astype(np.float32)
    given = RNG.standard_normal((2, size)).astype(np.float32)[:vectors]
    with kernel.using(host(relaxed)):
        came = cells.normalized(x, 2, 1e-5, *given)
        rooted = cells.normalized(x, 2, 1e-5, centre=False)
    assert came is not None
    assert rooted is not None
    mean = x.mean(2, np.float64, keepdims=True)
    spread = 1 / np.sqrt(((x - mean) ** 2).mean(2, keepdims=True) + 1e-5)
    y = (x - mean.astype(np.float32)) * spread
    for vector, combine in zip(given, (np.multiply, np.add), strict=False):
        y = combine(y, vector)
    np.testing.assert_allclose(came[1], mean, rtol=1e-7)
    np.testing.assert_allclose(came[2], spread, rtol=1e-5)
    np.testing.assert_allclose(came[0], y, rtol=1e-4, atol=1e-5)
    root = 1 / np.sqrt((x.astype(np.float64) ** 2).mean(2, keepdims=True) + 1e-5)
    np.testing.assert_allclose(rooted[2], root, rtol=1e-6)
    np.testing.assert_allclose(rooted[0], x * root, rtol=1e-6)
    assert not rooted[1].any()


@VARIANTS
@pytest.mark.parametrize("size", [*range(1, 10), 5000])
def test_means_of_rows(size: int, relaxed: bool) -> None:
    x = (RNG.standard_normal((2, 3, size)) + 50).astype(np.float32)
    with kernel.using(host(relaxed)):
        for axes, keep in (((2,), True), ((1, 2), False), ((2, 1), True), ((0, 1, 2), False)):
            came = cells.averaged(x, axes, keep)
            assert came is not None
            wanted = x.mean(axes, np.float64, keepdims=keep)
            assert came.shape == wanted.shape
            np.testing.assert_allclose(came, wanted, rtol=1e-7)
        assert cells.averaged(x, (0, 1), keep=True) is None


@VARIANTS
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div"])
@pytest.mark.parametrize(
    ("a", "b"),
    [((7,), (7,)), ((9, 1), (1, 6)), ((2, 3, 5), ()), ((1,), (4, 9)), ((2, 3, 4, 5), (3, 1, 1)),
     ((4, 1, 8), (4, 7, 8)), ((2, 1, 3, 1), (1, 5, 1, 9)), ((6, 5), (5,)), ((1, 1), (1,))],
    ids=str,
)  # fmt: skip
def test_two_arrays_are_made_one(
    name: str, a: tuple[int, ...], b: tuple[int, ...], relaxed: bool
) -> None:
    x, y = (RNG.standard_normal(shape).astype(np.float32) + 3 for shape in (a, b))
    combine = getattr(np, {"div": "divide", "mul": "multiply", "sub": "subtract"}.get(name, name))
    with kernel.using(host(relaxed)):
        for one, other in ((x, y), (y, x), (x.T.copy().T, y), (x, y[::-1] if y.ndim else y)):
            came = cells.paired(name, one, other)
            wanted = combine(one, other)
            assert came is not None
            assert came.shape == wanted.shape
            np.testing.assert_array_equal(came, wanted)


@VARIANTS
def test_copies_keep_every_cell(relaxed: bool) -> None:
    x = RNG.standard_normal((2, 3, 5, 9)).astype(np.float32)
    with kernel.using(host(relaxed)):
        for perm in ((0, 1, 2, 3), (3, 2, 1, 0), (0, 2, 1, 3), (1, 3, 0, 2)):
            turned = x.transpose(perm)
            came = cells.straightened(turned)
            assert came is not None
            assert came.flags.c_contiguous
            np.testing.assert_array_equal(came, turned)
        for axis in range(4):
            parts = [x, x[::-1], x.transpose(0, 1, 2, 3)]
            np.testing.assert_array_equal(cells.joined(parts, axis), np.concatenate(parts, axis))
        assert cells.joined([x, x.astype(np.float64)], 0) is None
        assert cells.straightened(x[:0]) is None
    assert cells.straightened(x.T) is None


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
