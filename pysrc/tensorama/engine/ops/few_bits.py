"""Weights stored in 2, 4 or 8 bits each, a scale for each block: how large language models ship.

Products take them apart some rows at a time, so that they are never there as a whole.
"""

from __future__ import annotations

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract.pieces import PIECE
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
# The 16 numbers that four bits stand for: equally likely ones of a normal distribution (NF4,
# https://arxiv.org/abs/2305.14314), and those of a sign, two bits of exponent and one of mantissa.
_NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
)  # fmt: skip
_FP4 = (0.0, 0.0052083333, 0.66666667, 1.0, 0.33333333, 0.5, 0.16666667, 0.25)
_KINDS = {0: (*_FP4, *(-value for value in _FP4)), 1: _NF4}


@op("MatMulNBits", since=1, domain=MICROSOFT)
@contract.sliced
def matmul_few_bits(
    a: Array,
    b: Array,
    scales: Array,
    zero_points: Array | None = None,
    g_idx: Array | None = None,
    bias: Array | None = None,
    *,
    K: int,
    N: int,
    bits: int = 4,
    block_size: int,
    accuracy_level: int = 0,
    weight_prepacked: int = 0,
) -> contract.Slices[Array]:
    """Multiply by weights of 2, 4 or 8 bits, stored in blocks that have a scale each.

    a (…,K), b (N, blocks, block_size·bits/8) → (…,N).  w = (stored − zero point)·scale
    Without zero_points the middle of the range is zero. g_idx (K) says to which block each column
    belongs, where they are not in order. An empty b is a layer left out: all zeros. accuracy_level
    allows for rounding a to 8 bits, which is not done here.
    """
    if K < 1 or N < 1 or block_size < 1:
        raise OperatorError(f"K {K}, N {N} and block_size {block_size} must be positive")
    if not a.ndim or a.shape[-1] != K:
        raise OperatorError(f"A must have K = {K} values in each row, its shape is {a.shape}")
    if weight_prepacked:
        raise OperatorError(
            "these weights were arranged for one kind of graphics card; export without "
            "weight_prepacked"
        )
    if not b.size:
        y = np.zeros((*a.shape[:-1], N), a.dtype)
        return y if bias is None else y + bias
    weights, groups = stored_weights(b, scales, zero_points, g_idx, K, N, bits, block_size)
    y = yield from weights.times(a.astype(np.float32), groups)
    return (y if bias is None else y + bias).astype(a.dtype, copy=False)


def stored_weights(
    b: Array,
    scales: Array,
    zero_points: Array | None,
    g_idx: Array | None,
    k: int,
    n: int,
    bits: int,
    block_size: int,
) -> tuple[FewBits, Array | None]:
    """The weights of MatMulNBits, and to which block each column belongs if not in order."""
    blocks = -(-k // block_size)
    if g_idx is not None and g_idx.size < k:
        raise OperatorError(f"g_idx must tell the block of each of the {k} columns")
    groups = None if g_idx is None else g_idx.reshape(-1)[:k]
    if groups is not None and not 0 <= groups.min() <= groups.max() < blocks:
        raise OperatorError(f"g_idx goes up to {groups.max()}, there are {blocks} blocks")
    weights = FewBits(
        _fitting("B", b, n, blocks * block_size * bits // 8).reshape(n, -1),
        _fitting("scales", scales, n, blocks).reshape(n, blocks),
        zero_points, bits, block_size, k,
    )  # fmt: skip
    return weights, groups


def _fitting(name: str, values: Array, rows: int, each: int) -> Array:
    if values.size != rows * each:
        raise OperatorError(f"{name} must hold {rows} × {each} values, {values.size} came")
    return values


class FewBits:
    """Rows of weights (N,K) of few bits, with scales and zero points for each block of them."""

    def __init__(
        self, packed: Array, scales: Array, zero_points: Array | None, bits: int, block: int, k: int
    ) -> None:
        """packed (N, bytes) the low bits first, scales (N,blocks); zero_points real (N,blocks), or
        packed likewise."""
        self.packed, self.scales, self.bits, self.block, self.k = packed, scales, bits, block, k
        n, blocks = scales.shape
        self.shifts: Array | None = None
        if zero_points is not None and zero_points.dtype.kind == "f":
            self.shifts = _fitting("zero_points", zero_points, n, blocks).reshape(n, blocks)
        elif zero_points is not None:
            each = -(-blocks * bits // 8)
            stored = _fitting("zero_points", zero_points, n, each).reshape(n, each)
            self.shifts = unpacked(stored, bits)[:, :blocks]

    def rows(self, some: slice, groups: Array | None = None) -> Array:
        """Some rows as real numbers: (n,K); `groups` (K): the block of each column."""
        stored = unpacked(self.packed[some], self.bits).astype(np.float32)
        scales = self.scales[some].astype(np.float32)
        shifts: Array = np.full((1, scales.shape[1]), 1 << (self.bits - 1), np.float32)
        if self.shifts is not None:
            shifts = self.shifts[some].astype(np.float32)
        if groups is not None:
            return (stored[:, : self.k] - shifts[:, groups]) * scales[:, groups]
        stored = stored.reshape(len(stored), scales.shape[1], -1)[..., : self.block]
        stored -= shifts[..., None]
        stored *= scales[..., None]
        return stored.reshape(len(stored), -1)[:, : self.k]

    def times(self, a: Array, groups: Array | None = None) -> contract.Slices[Array]:
        """a (…,K) → (…,N)"""
        count = len(self.packed)
        y = np.empty((*a.shape[:-1], count), np.float32)
        each = max(1, PIECE // self.k)  # rows that are taken apart at once
        for first in range(0, count, each):
            some = slice(first, min(count, first + each))
            y[..., some] = yield from contract.matmul_slices(a, self.rows(some, groups).T)
        return y


def unpacked(packed: Array, bits: int) -> Array:
    """(…,B) bytes → (…,B·8/bits) values, the lowest bits first."""
    if bits not in (2, 4, 8):
        raise OperatorError(f"weights of {bits} bits are not known here")
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    values = (packed[..., None] >> shifts) & np.uint8((1 << bits) - 1)
    return values.reshape(*packed.shape[:-1], packed.shape[-1] * len(shifts))


@op("MatMulBnb4", since=1, domain=MICROSOFT)
@contract.sliced
def matmul_by_table(
    a: Array,
    b: Array,
    absmax: Array,
    *,
    K: int,
    N: int,
    block_size: int,
    quant_type: int,
    training_mode: int = 0,
    transB: int = 1,
) -> contract.Slices[Array]:
    """Multiply by weights of which four bits each say one of 16 numbers, times their block's scale.

    a (…,K), b the bytes of (N,K), the high bits first, absmax one for each block_size of them
    → (…,N).  Without transB a (…,N) → (…,K).
    """
    if quant_type not in _KINDS:
        raise OperatorError(f"quant_type is {quant_type}; it can be 0 (FP4) or 1 (NF4)")
    if K < 1 or N < 1 or block_size < 1:
        raise OperatorError(f"K {K}, N {N} and block_size {block_size} must be positive")
    _fitting("B", b, 1, -(-N * K // 2))
    _fitting("absmax", absmax, 1, -(-N * K // block_size))
    wanted = K if transB else N
    if not a.ndim or a.shape[-1] != wanted:
        raise OperatorError(f"A must have {wanted} values in each row, its shape is {a.shape}")
    table, flat = np.array(_KINDS[quant_type], np.float32), b.reshape(-1)
    wide, scales = a.astype(np.float32), absmax.reshape(-1).astype(np.float32)
    y = np.zeros((*a.shape[:-1], N if transB else K), np.float32)
    rows = max(2, PIECE // K // 2 * 2)  # even, so that each begins with a whole byte
    for first in range(0, N, rows):
        last = min(N, first + rows)
        some = flat[first * K // 2 : -(-last * K // 2)]
        codes = np.stack((some >> 4, some & 15), axis=-1).reshape(-1)[: (last - first) * K]
        places = np.arange(first * K, last * K) // block_size
        real = (table[codes] * scales[places]).reshape(-1, K)
        if transB:
            y[..., first:last] = yield from contract.matmul_slices(wide, real.T)
        else:
            y += yield from contract.matmul_slices(wide[..., first:last], real)
    return y.astype(a.dtype, copy=False)
