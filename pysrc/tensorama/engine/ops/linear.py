"""Matrix products and what is built from them alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine import contract
from tensorama.engine.kernel import cells
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("MatMul", since=1)
@replayable("a", "b")
@contract.sliced
def matmul(a: Array, b: Array) -> contract.Slices[Array]:
    """Multiply matrices, for each position of the leading axes.

    a (…,M,K), b (…,K,N) → (…,M,N).  y[m,n] = Σ_k a[m,k]·b[k,n]
    """
    _complain_unless_matching(a, b)
    return np.asarray((yield from contract.matmul_slices(a, b)), dtype=a.dtype)


def _complain_unless_matching(a: Array, b: Array) -> None:
    if not a.ndim or not b.ndim:
        raise OperatorError("a single number cannot be multiplied as a matrix")
    rows = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != rows:
        raise OperatorError(f"A has {a.shape[-1]} columns, B has {rows} rows")
    contract.complain_unless_matching(a, b)


@op("Gemm", since=7)
@replayable("a", "b", "c")
@contract.sliced
def gemm(
    a: Array,
    b: Array,
    c: Array | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> contract.Slices[Array]:
    """A dense layer: alpha·A·B + beta·C

    a (M,K), b (K,N), each transposed if asked for, c broadcast to (M,N) → (M,N)
    """
    a, b = (a.T if transA else a), (b.T if transB else b)
    if a.ndim != 2 or b.ndim != 2:
        raise OperatorError("A and B must be matrices")
    _complain_unless_matching(a, b)
    y = yield from contract.matmul_slices(a, b)
    if alpha != 1:
        y = (y * alpha).astype(a.dtype)
    if c is None or beta == 0:
        return y
    c = c if beta == 1 else (c * beta).astype(a.dtype)
    return y if cells.folded_in("add", y, c) else np.asarray(y + c, dtype=a.dtype)


@op("FusedMatMul", since=1, domain="com.microsoft")
@contract.sliced
def fused_matmul(
    a: Array,
    b: Array,
    *,
    alpha: float = 1.0,
    transA: int = 0,
    transB: int = 0,
    transBatchA: int = 0,
    transBatchB: int = 0,
) -> contract.Slices[Array]:
    """MatMul that turns its operands and scales the result: alpha·A·B

    transBatch moves the first axis to the place before the last: (M,…,K) is read as (…,M,K).
    """
    a, b = _turned(a, transA, transBatchA), _turned(b, transB, transBatchB)
    _complain_unless_matching(a, b)
    y = np.asarray((yield from contract.matmul_slices(a, b)), dtype=a.dtype)
    return y if alpha == 1 else (y * alpha).astype(a.dtype)


def _turned(x: Array, swap: int, batch: int) -> Array:
    if x.ndim < 2:
        return x
    if batch:
        x = np.moveaxis(x, 0, -2)
    return np.swapaxes(x, -1, -2) if swap else x


@op("Einsum", since=12)
@contract.sliced
def einsum(*inputs: Array, equation: str) -> contract.Slices[Array]:
    """Sums of products written as an equation: "ij,jk->ik" is a matrix product."""
    y = yield from contract.einsum_slices(equation, inputs)
    return np.asarray(y, dtype=inputs[0].dtype)


@op("MatMulInteger", since=10)
@replayable("a", "b", "a_zero_point", "b_zero_point")
@contract.sliced
def matmul_integer(
    a: Array, b: Array, a_zero_point: Array | None = None, b_zero_point: Array | None = None
) -> contract.Slices[Array]:
    """Multiply matrices of 8-bit integers into int32, after taking off the zero points.

    a_zero_point: one, or one per row (M); b_zero_point: one, or one per column (N).
    """
    _complain_unless_matching(a, b)
    _complain_unless_fitting("A", a_zero_point, "rows", a.shape[-2] if a.ndim > 1 else 1)
    _complain_unless_fitting("B", b_zero_point, "columns", b.shape[-1] if b.ndim > 1 else 1)
    rows = None if a_zero_point is None else _per_row(a_zero_point)
    return (yield from contract.matmul_integer_slices(a, b, rows, b_zero_point))


def _complain_unless_fitting(name: str, zero: Array | None, of: str, count: int) -> None:
    """Zero points: one for all or, in one dimension, one for each row or column."""
    if zero is not None and (zero.size == 0 or (zero.ndim == 1 and zero.size not in (1, count))):
        raise OperatorError(f"{name} has {zero.size} zero points and {count} {of}")


def _per_row(zero_point: Array) -> Array:
    return zero_point[:, None] if zero_point.ndim == 1 and zero_point.size > 1 else zero_point


@op("Det", since=11)
def determinant(x: Array) -> Array:
    """The determinant of square matrices: x (…,M,M) → (…)"""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise OperatorError("square matrices were expected")
    return np.asarray(np.linalg.det(x), dtype=x.dtype)


@op("Inverse", since=1, domain="com.microsoft")
def inverse(x: Array) -> Array:
    """The inverse of square matrices: x (…,M,M) → (…,M,M)"""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise OperatorError("square matrices were expected")
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    try:
        return np.asarray(np.linalg.inv(wide), dtype=x.dtype)
    except np.linalg.LinAlgError:
        raise OperatorError("a matrix that has no inverse came") from None


@op("MatMulInteger16", since=1, domain="com.microsoft")
@contract.sliced
def matmul_integer_16(a: Array, b: Array) -> contract.Slices[Array]:
    """Multiply matrices of 16-bit integers into 32 bits."""
    _complain_unless_matching(a, b)
    wide = np.float64  # holds every sum exactly
    sums = yield from contract.matmul_slices(a.astype(wide), b.astype(wide))
    kind = np.uint32 if a.dtype.kind == b.dtype.kind == "u" else np.int32
    return np.asarray(sums.astype(np.int64).astype(kind))


def zero_points(points: Sequence[Array | None]) -> tuple[int, ...]:
    """Zero points as plain integers; a missing one is 0."""
    return tuple(0 if point is None else int(point.reshape(-1)[0]) for point in points)
