"""Work in pieces: every operator gives the same bits, whether its inputs are cut up or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.bundle import difference
from engine.cases import Case, all_cases
from engine.cases import case as make_case
from engine.reference import feeds_of, model_of
from engine.test_kernel_slices import counted
from tensorama import engine
from tensorama.engine import contract
from tensorama.engine.contract import exact, pieces, plain, slices
from tensorama.engine.contract.slices import Pace, whole
from tensorama.engine.ops import (
    attend,
    convolution,
    few_bits,
    generation,
    indexing,
    pooling,
    random,
    recurrence,
    resize,
)

CASES = all_cases()
# what BLAS multiplies is added up in another order when there are other numbers of rows
PRODUCTS = ("Attention", "Conv", "Deform", "Einsum", "Fused", "Gemm", "MatMul", "QAttention",
            "MultiHead", "GroupQuery", "Causal", "LSTM", "GRU", "RNN", "MoE",
            "QMoE", "CDist")  # fmt: skip


@pytest.fixture
def tiny_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything beyond a few numbers is cut, and each piece is followed by a pause."""
    monkeypatch.setattr(pieces, "LARGE", 6)
    monkeypatch.setattr(pieces, "PIECE", 24)
    monkeypatch.setattr(pieces, "_SMALLEST", 8)
    monkeypatch.setattr(slices, "SLICE_SECONDS", 1e-9)
    monkeypatch.setattr(attend, "_BLOCK", 24)
    monkeypatch.setattr(plain, "_COLUMNS", 24)
    monkeypatch.setattr(exact, "_PART", 24)
    for module in (generation, indexing, pooling, random, resize):
        monkeypatch.setattr(module, "LARGE", 6)
    monkeypatch.setattr(pooling, "_AT_ONCE", 6)
    for module in (convolution, few_bits, recurrence):
        monkeypatch.setattr(module, "PIECE", 24)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray) and one.dtype.kind != "O":
        return one.dtype == other.dtype and one.shape == other.shape and _bits(one) == _bits(other)
    return bool(np.all(np.asarray(one == other)))


def _bits(array: np.ndarray) -> bytes:
    return array.tobytes()


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_pieces_change_no_bit(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    model, feeds = tr.load(model_of(case).SerializeToString()), feeds_of(case)
    cut_up = list(engine.steps(model, feeds))
    monkeypatch.undo()
    for ours, theirs in zip(cut_up, engine.steps(model, feeds), strict=True):
        for kind in ("outputs", "inner"):
            one, other = getattr(ours, kind), getattr(theirs, kind)
            assert one.keys() == other.keys()
            for name in one:
                if case.op.startswith(PRODUCTS):
                    assert not difference(one[name], other[name], 1e-5, 1e-6), name
                else:
                    assert same(one[name], other[name]), name


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize("in_page", [False, True])
@pytest.mark.parametrize("group", [1, 2, 4])
def test_products_and_convolutions_pause_without_the_kernel_too(
    in_page: bool, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "IN_PAGE", in_page)
    monkeypatch.setattr(plain, "_products", Pace(1))
    monkeypatch.setattr(plain, "_sums", Pace(1))
    random = np.random.default_rng(0)
    x = random.integers(-4, 4, (2, 4, 9, 7)).astype(np.float32)
    w = random.integers(-4, 4, (8, 4 // group, 3, 2)).astype(np.float32)
    arguments = (x, w, (2, 1), (1, 2), group, ((1, 2), (0, 1)), np.arange(8, dtype=np.float32))
    pauses, y = counted(contract.conv_slices(*arguments))
    assert pauses >= 8
    pauses, product = counted(contract.matmul_slices(x[0, 0], x[0, 1].T))
    assert (pauses > 4) == in_page
    monkeypatch.undo()
    np.testing.assert_array_equal(y, contract.conv(*arguments))
    np.testing.assert_array_equal(product, x[0, 0] @ x[0, 1].T)


@pytest.mark.parametrize("limit", [24, 1 << 22])
def test_integer_sums_are_exact_however_they_are_cut(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "_PART", limit)
    random = np.random.default_rng(1)
    a = random.integers(0, 256, (2, 5, 700), np.uint8)
    b = random.integers(-128, 128, (700, 6), np.int8)
    rows, columns = random.integers(0, 256, (2, 5, 1), np.uint8), random.integers(0, 9, 6, np.int8)
    y = whole(contract.matmul_integer_slices(a, b, rows, columns))
    wanted = (a.astype(int) - rows) @ (b.astype(int) - columns)
    np.testing.assert_array_equal(y, wanted)
    assert y.dtype == np.int32


@pytest.mark.parametrize(("picture", "kernel"), [(130, 9), (100, 50)])
def test_a_kernel_as_large_as_a_picture_pauses_within_its_channel(
    monkeypatch: pytest.MonkeyPatch, picture: int, kernel: int
) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", 1e-9)
    monkeypatch.setattr(plain, "_sums", Pace(1))
    x = np.ones((1, 1, picture, picture), np.float32)
    w = np.ones((1, 1, kernel, kernel), np.float32)
    case = make_case("Conv", x, w)
    model = tr.load(model_of(case).SerializeToString())
    pauses = [step for step in engine.steps_with_pauses(model, feeds_of(case)) if step is None]
    assert len(pauses) >= w.size, "one for each cell of the kernel"
