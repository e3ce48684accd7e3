"""Attention: every position looks at the others and takes a weighted mean of what they hold.

`attend` has the computation; `fused_attention` the operators that onnxruntime's exporters write.
Scores (what goes into the softmax) and weights (what comes out of it) are recorded, both
(N,H,S,T): for each picture and head, S queries look at T keys.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensorama.engine import contract
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.attend import (
    DOUBLE,
    FLOAT,
    Change,
    How,
    Record,
    attend,
    distance,
    join_heads,
    split_heads,
)
from tensorama.engine.registry import op
from tensorama.engine.scope import Scope
from tensorama.errors import OperatorError
from tensorama.onnxfile import Graph
from tensorama.onnxfile.types import element_type, marked, to_type, unmarked


@op("Attention", since=25, needs=("outputs", "record"), own_types=True)
@replayable("q", "k", "v")
@contract.sliced
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
    outputs: int,
    record: Record,
) -> contract.Slices[tuple[np.ndarray, ...]]:
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
        k, v = _joined(past_key, k), _joined(past_value, v)
    elif nonpad_kv_seqlen is not None:
        offset = nonpad_kv_seqlen.reshape(-1) - q.shape[2]
    limits = _Limits(bool(is_causal), left_window_size, right_window_size, nonpad_kv_seqlen)
    allowed = limits.allowed(q.shape[2], k.shape[2], offset)
    by_place, bias = attn_mask is None and nonpad_kv_seqlen is None, None
    if attn_mask is not None:
        attn_mask = _padded_mask(attn_mask, k.shape[2])
        if attn_mask.dtype == np.bool_:
            allowed = attn_mask if allowed is None else allowed & attn_mask
        else:
            bias = attn_mask
    if not 0 <= qk_matmul_output_mode < 4:
        raise OperatorError(f"qk_matmul_output_mode is {qk_matmul_output_mode}; 0 to 3 are known")
    how = How(
        scale=1 / math.sqrt(q.shape[3]) if scale is None else scale,
        allowed=allowed,
        bias=bias,
        softcap=softcap,
        softmax_precision=softmax_precision,
        side_by_side=joined,
        by_place=by_place,
    )
    done = yield from attend(q, k, v, how, products=outputs > 3 and qk_matmul_output_mode < 2)
    record("scores", done.scores)
    record("weights", done.weights)
    y = join_heads(done.y) if joined else done.y
    stage = (done.products, done.capped, done.scores, done.weights)[qk_matmul_output_mode]
    return (y, k, v) if stage is None else (y, k, v, to_type(stage, element_type(q)))


@op("Attention", since=24, needs=("outputs", "record"), own_types=True)
@replayable("q", "k", "v")
@contract.sliced
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
    outputs: int,
    record: Record,
) -> contract.Slices[tuple[np.ndarray, ...]]:
    """Attention of opset 24: without sliding windows."""
    return (yield from attention.slices(  # type: ignore[attr-defined]
        q, k, v, attn_mask, past_key, past_value, nonpad_kv_seqlen,
        is_causal=is_causal, kv_num_heads=kv_num_heads, q_num_heads=q_num_heads,
        qk_matmul_output_mode=qk_matmul_output_mode, scale=scale, softcap=softcap,
        softmax_precision=softmax_precision, outputs=outputs, record=record,
    ))  # fmt: skip


@op("Attention", since=23, needs=("outputs", "record"), own_types=True)
@replayable("q", "k", "v")
@contract.sliced
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
    outputs: int,
    record: Record,
) -> contract.Slices[tuple[np.ndarray, ...]]:
    """Attention of opset 23: every key counts, there is no nonpad_kv_seqlen."""
    return (yield from attention.slices(  # type: ignore[attr-defined]
        q, k, v, attn_mask, past_key, past_value,
        is_causal=is_causal, kv_num_heads=kv_num_heads, q_num_heads=q_num_heads,
        qk_matmul_output_mode=qk_matmul_output_mode, scale=scale, softcap=softcap,
        softmax_precision=softmax_precision, outputs=outputs, record=record,
    ))  # fmt: skip


@op("FlexAttention", since=1, domain="ai.onnx.preview", needs=("record", "scope"))
@contract.sliced
def flex_attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    *,
    prob_mod: Graph | None = None,
    scale: float | None = None,
    score_mod: Graph | None = None,
    softmax_precision: int | None = None,
    record: Record,
    scope: Scope,
) -> contract.Slices[np.ndarray]:
    """Attention whose scores and weights may each be changed by a graph of the model.

    q (N,H,S,E), k (N,G,T,E), v (N,G,T,V) → (N,H,S,V); the graphs map (N,H,S,T) to (N,H,S,T)
    """

    def changed_by(graph: Graph | None) -> Change | None:
        if graph is None:
            return None
        return lambda x: contract.whole(scope.run(graph, (to_type(x, precision),)))[0]

    precision = softmax_precision or (DOUBLE if q.dtype == np.float64 else FLOAT)
    how = How(
        scale=1 / math.sqrt(q.shape[3]) if scale is None else scale,
        softmax_precision=precision,
        change_scores=changed_by(score_mod),
        change_weights=changed_by(prob_mod),
    )
    done = yield from attend(q, k, v, how)
    record("scores", done.scores)
    record("weights", done.weights)
    return done.y


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


def _joined(past: np.ndarray, new: np.ndarray) -> np.ndarray:
    """What is kept of the keys or values, and what is new, one after the other."""
    return marked(np.concatenate((unmarked(past), unmarked(new)), axis=2), element_type(new))


def _padded_mask(mask: np.ndarray, keys: int) -> np.ndarray:
    """Widen a mask that is shorter than the keys: those beyond it are not seen."""
    lacking = keys - mask.shape[-1]
    if lacking <= 0 or mask.shape[-1] == 1:
        return mask
    hidden = False if mask.dtype == np.bool_ else -np.inf
    return np.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, lacking)], constant_values=hidden)
