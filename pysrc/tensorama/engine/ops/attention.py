"""Attention: every position looks at the others and takes a weighted mean of what they hold.

`attend` is the one computation behind all of these operators; `fused_attention` has the forms that
onnxruntime's exporters write. Scores (what goes into the softmax) and weights (what comes out of
it) are recorded, both (N,H,S,T): for each picture and head, S queries look at T keys.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tensorama.engine import contract
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.tensors import DTYPES

Record = Callable[[str, np.ndarray], None]


@dataclass(frozen=True, slots=True)
class Attended:
    """What `attend` computes, from the first product to the result."""

    y: np.ndarray  # (N,H,S,V)
    products: np.ndarray  # scaled q·k, (N,H,S,T)
    capped: np.ndarray  # the same after the soft cap
    scores: np.ndarray  # the same with mask and bias: what goes into the softmax
    weights: np.ndarray  # what comes out of it: each row sums to 1


def attend(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    *,
    scale: float,
    allowed: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    softcap: float = 0.0,
    softmax_dtype: np.dtype | None = None,
    sink: np.ndarray | None = None,
) -> Attended:
    """Weigh the values v by how well their keys k fit each query q.

    q (N,H,S,E), k (N,G,T,E), v (N,G,T,V) → y (N,H,S,V);  H/G query heads share a key head
    y = softmax(scale·q·kᵀ + bias)·v, over the keys that are `allowed` (broadcast to (N,H,S,T)).
    A query that is allowed no key gets zeros. `sink` (1,H,1,1) is a score that takes its share of
    the weights without having a value.
    """
    heads, shared = q.shape[1], k.shape[1]
    if shared == 0 or heads % shared:
        raise OperatorError(f"{heads} query heads cannot share {shared} key heads evenly")
    if q.shape[3] != k.shape[3]:
        raise OperatorError(f"queries have {q.shape[3]} values per head, keys {k.shape[3]}")
    if k.shape[2] != v.shape[2]:
        raise OperatorError(f"there are {k.shape[2]} keys but {v.shape[2]} values")
    # 16-bit values are computed in float32, and rounded wherever the specification's steps end
    dtype = np.dtype(np.float64 if q.dtype == np.float64 else np.float32)
    narrow = q.dtype if q.dtype.itemsize < 4 else dtype

    def rounded(x: np.ndarray) -> np.ndarray:
        return x.astype(narrow, copy=False).astype(dtype, copy=False)

    root = rounded(np.array(math.sqrt(scale)))
    scaled_q, scaled_k = rounded(q.astype(dtype) * root), rounded(k.astype(dtype) * root)
    products = capped = rounded(_shared_matmul(scaled_q, scaled_k.swapaxes(2, 3)))
    if softcap:
        cap = dtype.type(softcap)
        capped = rounded(cap * rounded(np.tanh(rounded(products / cap))))
    scores = capped if bias is None else rounded(capped + bias.astype(dtype))
    if allowed is not None:
        scores = np.where(allowed, scores, dtype.type(-np.inf))
    precise = scores.astype(narrow if softmax_dtype is None else softmax_dtype, copy=False)
    weights = rounded(softmax_rows(precise, sink))
    hidden = _rows_without_keys(allowed, bias)
    if hidden is not None:
        weights = np.where(hidden, dtype.type(0), weights)
    y = _shared_matmul(weights, v.astype(dtype)).astype(q.dtype)
    return Attended(y, products, capped, scores, weights)


def softmax_rows(scores: np.ndarray, sink: np.ndarray | None = None) -> np.ndarray:
    """Turn each row of scores into weights that sum to 1; a row of -inf gives zeros."""
    top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    if sink is not None:
        top = np.maximum(top, sink)
    e = np.exp(scores - np.where(np.isneginf(top), 0, top).astype(scores.dtype))
    total = e.sum(axis=-1, keepdims=True)
    if sink is not None:
        total = total + np.exp(sink - top)
    return e / np.where(total == 0, 1, total).astype(scores.dtype)


def _shared_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply (N,H,S,A) by (N,G,A,B) → (N,H,S,B); H/G heads of a share one of b, uncopied."""
    n, heads, rows, _ = a.shape
    folded = a.reshape(n, b.shape[1], heads // b.shape[1] * rows, a.shape[3])
    return contract.matmul(folded, b).reshape(n, heads, rows, b.shape[3])


def _rows_without_keys(allowed: np.ndarray | None, bias: np.ndarray | None) -> np.ndarray | None:
    """Which queries see no key at all, by mask and bias together; None when that cannot be."""
    if allowed is None and bias is None:
        return None
    seen = True if allowed is None else allowed
    if bias is not None:
        seen = seen & ~np.isneginf(bias)
    return np.asarray(~np.any(seen, axis=-1, keepdims=True))


def split_heads(x: np.ndarray, heads: int | None, name: str) -> np.ndarray:
    """Take heads apart: (N,S,H·E) → (N,H,S,E); what has 4 dimensions stays as it is."""
    if x.ndim == 4:
        return x
    if x.ndim != 3:
        raise OperatorError(f"{name} has {x.ndim} dimensions, 3 or 4 were expected")
    if not heads:
        raise OperatorError(f"{name} has 3 dimensions, so the number of heads must be given")
    if x.shape[2] % heads:
        raise OperatorError(f"{x.shape[2]} values per position do not split into {heads} heads")
    return x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] // heads).transpose(0, 2, 1, 3)


def join_heads(y: np.ndarray) -> np.ndarray:
    """Put heads side by side: (N,H,S,V) → (N,S,H·V)."""
    return y.transpose(0, 2, 1, 3).reshape(y.shape[0], y.shape[2], y.shape[1] * y.shape[3])


def causal(queries: int, keys: int, offset: int | np.ndarray) -> np.ndarray:
    """Which keys lie at or before each query. offset: keys before the first query, or one per N.

    → (S,T), or (N,1,S,T) when offset has one entry per picture
    """
    return distance(queries, keys, offset) >= 0


def distance(queries: int, keys: int, offset: int | np.ndarray) -> np.ndarray:
    """How far each key lies before each query: (S,T), or (N,1,S,T) with one offset per N."""
    position = np.arange(queries)[:, None] + np.reshape(offset, (*np.shape(offset), *[1] * 3))
    apart = position - np.arange(keys)
    return apart if np.ndim(offset) else apart[0]


@op("Attention", since=25, needs=("record",))
def attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    attn_mask: np.ndarray | None = None,
    past_key: np.ndarray | None = None,
    past_value: np.ndarray | None = None,
    nonpad_kv_seqlen: np.ndarray | None = None,
    *,
    is_causal: int = 0,
    kv_num_heads: int | None = None,
    left_window_size: int = -1,
    q_num_heads: int | None = None,
    qk_matmul_output_mode: int = 0,
    right_window_size: int = -1,
    scale: float | None = None,
    softcap: float = 0.0,
    softmax_precision: int | None = None,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Let every query position take a weighted mean of the values, weighed by its fit to the keys.

    q (N,H,S,E), k (N,G,T,E), v (N,G,T,V), or with heads joined (N,S,H·E) …
    → y like q, present_key, present_value (N,G,P+T,·), products or weights (N,H,S,P+T)
    y = softmax(softcap·tanh(scale·q·kᵀ/softcap) + mask)·v;  scale is 1/√E if not given
    past_key, past_value (N,G,P,·) come before k and v. nonpad_kv_seqlen (N,): how many keys count.
    https://onnx.ai/onnx/operators/onnx__Attention.html
    """
    joined = q.ndim == 3
    q, k, v = (
        split_heads(x, heads, name)
        for x, heads, name in (
            (q, q_num_heads, "Q"), (k, kv_num_heads, "K"), (v, kv_num_heads, "V"),
        )
    )  # fmt: skip
    if (past_key is None) != (past_value is None):
        raise OperatorError("past_key and past_value belong together; one of them is missing")
    offset: int | np.ndarray = 0
    if past_key is not None and past_value is not None:
        offset = past_key.shape[2]
        k, v = np.concatenate((past_key, k), axis=2), np.concatenate((past_value, v), axis=2)
    elif nonpad_kv_seqlen is not None:
        offset = nonpad_kv_seqlen.reshape(-1) - q.shape[2]
    limits = _Limits(bool(is_causal), left_window_size, right_window_size, nonpad_kv_seqlen)
    allowed = limits.allowed(q.shape[2], k.shape[2], offset)
    bias = None
    if attn_mask is not None:
        attn_mask = _padded_mask(attn_mask, k.shape[2])
        if attn_mask.dtype == np.bool_:
            allowed = attn_mask if allowed is None else allowed & attn_mask
        else:
            bias = attn_mask
    done = attend(
        q, k, v,
        scale=1 / math.sqrt(q.shape[3]) if scale is None else scale,
        allowed=allowed,
        bias=bias,
        softcap=softcap,
        softmax_dtype=None if softmax_precision is None else DTYPES.get(softmax_precision),
    )  # fmt: skip
    record("scores", done.scores)
    record("weights", done.weights)
    stages = (done.products, done.capped, done.scores, done.weights)
    if not 0 <= qk_matmul_output_mode < len(stages):
        raise OperatorError(f"qk_matmul_output_mode is {qk_matmul_output_mode}; 0 to 3 are known")
    y = join_heads(done.y) if joined else done.y
    return y, k, v, stages[qk_matmul_output_mode].astype(q.dtype, copy=False)


@op("Attention", since=24, needs=("record",))
def attention_24(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    attn_mask: np.ndarray | None = None,
    past_key: np.ndarray | None = None,
    past_value: np.ndarray | None = None,
    nonpad_kv_seqlen: np.ndarray | None = None,
    *,
    is_causal: int = 0,
    kv_num_heads: int | None = None,
    q_num_heads: int | None = None,
    qk_matmul_output_mode: int = 0,
    scale: float | None = None,
    softcap: float = 0.0,
    softmax_precision: int | None = None,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Attention of opset 24: without sliding windows."""
    return attention(
        q, k, v, attn_mask, past_key, past_value, nonpad_kv_seqlen,
        is_causal=is_causal, kv_num_heads=kv_num_heads, q_num_heads=q_num_heads,
        qk_matmul_output_mode=qk_matmul_output_mode, scale=scale, softcap=softcap,
        softmax_precision=softmax_precision, record=record,
    )  # fmt: skip


@op("Attention", since=23, needs=("record",))
def attention_23(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    attn_mask: np.ndarray | None = None,
    past_key: np.ndarray | None = None,
    past_value: np.ndarray | None = None,
    *,
    is_causal: int = 0,
    kv_num_heads: int | None = None,
    q_num_heads: int | None = None,
    qk_matmul_output_mode: int = 0,
    scale: float | None = None,
    softcap: float = 0.0,
    softmax_precision: int | None = None,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Attention of opset 23: every key counts, there is no nonpad_kv_seqlen."""
    return attention(
        q, k, v, attn_mask, past_key, past_value,
        is_causal=is_causal, kv_num_heads=kv_num_heads, q_num_heads=q_num_heads,
        qk_matmul_output_mode=qk_matmul_output_mode, scale=scale, softcap=softcap,
        softmax_precision=softmax_precision, record=record,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Limits:
    """Which keys a query may see by position alone; a window of -1 has no end on that side."""

    causal: bool
    left: int
    right: int
    counting: np.ndarray | None  # (N,) how many keys count

    def allowed(self, queries: int, keys: int, offset: int | np.ndarray) -> np.ndarray | None:
        """(S,T) or (N,1,S,T), None when every query may see every key."""
        before = distance(queries, keys, offset)
        limits = []
        if self.causal:
            limits.append(before >= 0)
        if self.left >= 0:
            limits.append(before <= self.left)
        if self.right >= 0:
            limits.append(before >= -self.right)
        if self.counting is not None:
            limits.append(np.arange(keys) < self.counting.reshape(-1, 1, 1, 1))
        if not limits:
            return None
        result = limits[0]
        for limit in limits[1:]:
            result = result & limit
        return result


def _padded_mask(mask: np.ndarray, keys: int) -> np.ndarray:
    """Widen a mask that is shorter than the keys: those beyond it are not seen."""
    lacking = keys - mask.shape[-1]
    if lacking <= 0 or mask.shape[-1] == 1:
        return mask
    hidden = False if mask.dtype == np.bool_ else -np.inf
    return np.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, lacking)], constant_values=hidden)
