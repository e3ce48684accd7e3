"""Attention as onnxruntime's exporters write it (domain com.microsoft).

Masks come in many shapes there, caches as inputs and outputs; the computation is `attend`.
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.engine import contract
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.attend import (
    Attended,
    How,
    Record,
    attend,
    distance,
    join_heads,
    split_heads,
)
from tensorama.engine.ops.qlinear import matmul_integer_to_float
from tensorama.engine.ops.rotary import angles, rotate
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
MICROSOFT = "com.microsoft"


@op("Attention", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def attention_with_weights(
    x: Array,
    weights: Array,
    bias: Array | None = None,
    mask_index: Array | None = None,
    past: Array | None = None,
    attention_bias: Array | None = None,
    past_sequence_length: Array | None = None,
    *,
    do_rotary: int = 0,
    mask_filter_value: float = -10000.0,
    num_heads: int,
    past_present_share_buffer: int = 0,
    qkv_hidden_sizes: Sequence[int] | None = None,
    rotary_embedding_dim: int = 0,
    scale: float = 0.0,
    unidirectional: int = 0,
    record: Record,
) -> contract.Slices[tuple[Array, Array]]:
    """Self-attention together with the dense layer that makes queries, keys and values.

    x (N,S,D), weights (D,3·H·E), bias (3·H·E), past (2,N,H,P,E)
    → (N,S,H·E), present (2,N,H,P+S,E)
    mask_index (N) says how many keys count, (2N) also from where; (N,T), (N,S,T) or (N,1,S,T) say
    it for each. Hidden keys get mask_filter_value added to their score.
    """
    if do_rotary or past_present_share_buffer:
        raise OperatorError("do_rotary and past_present_share_buffer are not computed here")
    _complain_unless_dense(x, weights, bias)
    sizes = list(qkv_hidden_sizes or [weights.shape[1] // 3] * 3)
    if len(sizes) != 3 or sum(sizes) != weights.shape[1] or min(sizes) < 0:
        raise OperatorError(f"{weights.shape[1]} columns are not those of query, key and value")
    joined = yield from contract.matmul_slices(x, weights)
    joined = joined if bias is None else joined + bias
    parts = np.split(joined, np.cumsum(sizes)[:2], axis=2)
    q, k, v = (split_heads(part, num_heads, "weights") for part in parts)
    look = _Look(scale, mask_filter_value, bool(unidirectional), record)
    return (yield from look.at_itself(q, k, v, mask_index, past, attention_bias))


@op("QAttention", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def attention_with_quantized_weights(
    x: Array,
    weight: Array,
    bias: Array,
    input_scale: Array,
    weight_scale: Array,
    mask_index: Array | None = None,
    input_zero_point: Array | None = None,
    weight_zero_point: Array | None = None,
    past: Array | None = None,
    *,
    do_rotary: int = 0,
    mask_filter_value: float = -10000.0,
    num_heads: int,
    past_present_share_buffer: int = 0,
    scale: float = 0.0,
    unidirectional: int = 0,
    record: Record,
) -> contract.Slices[tuple[Array, Array]]:
    """Attention whose dense layer multiplies quantized inputs and weights. Shapes as there."""
    if do_rotary or past_present_share_buffer:
        raise OperatorError("do_rotary and past_present_share_buffer are not computed here")
    _complain_unless_dense(x, weight, bias)
    if weight.shape[1] % 3:
        raise OperatorError(f"{weight.shape[1]} columns are not those of query, key and value")
    joined = yield from matmul_integer_to_float.slices(  # type: ignore[attr-defined]
        x, weight, input_scale, weight_scale, input_zero_point, weight_zero_point, bias
    )
    q, k, v = (split_heads(part, num_heads, "weight") for part in np.split(joined, 3, axis=2))
    look = _Look(scale, mask_filter_value, bool(unidirectional), record)
    return (yield from look.at_itself(q, k, v, mask_index, past, None))


def _complain_unless_dense(x: Array, weights: Array, bias: Array | None) -> None:
    """x (N,S,D), weights (D,M), bias (M)"""
    if x.ndim != 3 or weights.ndim != 2:
        raise OperatorError(f"x must be (N,S,D), weights (D,M); {x.shape}, {weights.shape} came")
    if x.shape[2] != len(weights):
        raise OperatorError(f"x has {x.shape[2]} values at each place, weights {len(weights)} rows")
    if bias is not None and bias.shape != weights.shape[1:]:
        raise OperatorError(f"bias must have {weights.shape[1]} values, {bias.shape} came")


@dataclass(frozen=True, slots=True)
class _Look:
    """How queries look at keys, in onnxruntime's terms."""

    scale: float  # 0 for 1/√E
    hidden: float  # what is added to the score of a key that a mask hides
    unidirectional: bool
    record: Record

    def at_itself(
        self,
        q: Array,
        k: Array,
        v: Array,
        mask: Array | None,
        past: Array | None,
        bias: Array | None,
    ) -> contract.Slices[tuple[Array, Array]]:
        """Self-attention with keys and values in one cache: y (N,S,H·V), present (2,N,H,P+S,E)."""
        before = 0 if past is None else past.shape[3]
        if past is not None:
            k, v = np.concatenate((past[0], k), axis=2), np.concatenate((past[1], v), axis=2)
        done = yield from self.at(q, k, v, mask, bias, before)
        present = np.stack((k, v)) if k.shape == v.shape else np.zeros(0, q.dtype)
        return join_heads(done.y), present

    def at(
        self,
        q: Array,
        k: Array,
        v: Array,
        mask: Array | None,
        bias: Array | None,
        before: int,
    ) -> contract.Slices[Attended]:
        """Attention over keys of which `before` come ahead of the first query."""
        added = _mask_bias(mask, len(q), k.shape[2], self.hidden)
        in_order = distance(q.shape[2], k.shape[2], before) >= 0 if self.unidirectional else None
        how = How(
            scale=self.scale or 1 / math.sqrt(max(1, q.shape[3])),
            allowed=in_order,
            bias=_added(added, bias),
            side_by_side=True,
            by_place=True,
        )
        done = yield from attend(q, k, v, how)
        self.record("scores", done.scores)
        self.record("weights", done.weights)
        return done


def _added(a: Array | None, b: Array | None) -> Array | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _mask_bias(mask: Array | None, n: int, keys: int, hidden: float) -> Array | None:
    """What a mask of any of onnxruntime's shapes adds to the scores, to broadcast to (N,H,S,T)."""
    if mask is None:
        return None
    if mask.ndim == 1 and mask.size in (n, 2 * n, 3 * n + 2):
        place = np.arange(keys)
        seen = place < mask[:n, None, None, None]
        if mask.size == 2 * n:  # ends, then starts
            seen &= place >= mask[n:, None, None, None]
    elif mask.ndim == 2 and mask.shape == (n, keys):
        seen = mask[:, None, None, :] > 0
    elif mask.ndim == 3 and mask.shape[2] == keys:
        seen = mask[:, None] > 0
    elif mask.ndim == 4 and mask.shape[3] >= keys:
        seen = mask > 0
    else:
        raise OperatorError(f"a mask of shape {mask.shape} does not fit {n} rows and {keys} keys")
    return np.where(seen, np.float32(0), np.float32(hidden))


@op("MultiHeadAttention", since=1, domain=MICROSOFT, needs=("record",))
@replayable("query", "key", "value")
@contract.sliced
def multi_head_attention(
    query: Array,
    key: Array | None = None,
    value: Array | None = None,
    bias: Array | None = None,
    key_padding_mask: Array | None = None,
    attention_bias: Array | None = None,
    past_key: Array | None = None,
    past_value: Array | None = None,
    past_sequence_length: Array | None = None,
    cache_indirection: Array | None = None,
    *,
    mask_filter_value: float = -10000.0,
    num_heads: int,
    scale: float = 0.0,
    unidirectional: int = 0,
    record: Record,
) -> contract.Slices[tuple[Array, ...]]:
    """Attention of queries to keys and values, each given with its heads joined.

    query (N,S,H·E), key (N,L,H·E), value (N,L,H·V), past_key, past_value (N,H,P,·)
    → (N,S,H·V), present_key, present_value (N,H,P+L,·), scores (N,H,S,P+L)
    Queries, keys and values may also come in one tensor (N,S,H,3,E), keys and values in one
    (N,L,H,2,E), or as a cache (N,H,L,·). bias (H·E + H·E + H·V) is added to all three.
    """
    if past_sequence_length is not None or cache_indirection is not None:
        raise OperatorError("caches shared between steps and beams are for graphics cards only")
    q, k, v = heads_of(query, key, value, bias, num_heads)
    before = 0
    if past_key is not None and past_value is not None:
        before = past_key.shape[2]
        k, v = np.concatenate((past_key, k), axis=2), np.concatenate((past_value, v), axis=2)
    look = _Look(scale, mask_filter_value, bool(unidirectional), record)
    done = yield from look.at(q, k, v, key_padding_mask, attention_bias, before)
    return join_heads(done.y), k, v, done.scores


def heads_of(
    query: Array, key: Array | None, value: Array | None, bias: Array | None, heads: int
) -> tuple[Array, Array, Array]:
    """Queries (N,H,S,E), keys (N,H,L,E) and values (N,H,L,V) out of any of the accepted forms."""
    if query.ndim == 5:
        parts = [query[:, :, :, i].transpose(0, 2, 1, 3) for i in range(3)]
    elif key is not None and key.ndim == 5:
        parts = [key[:, :, :, i].transpose(0, 2, 1, 3) for i in range(2)]
        parts.insert(0, split_heads(query, heads, "query"))
    elif key is not None and value is not None:
        given = ((query, "query"), (key, "key"), (value, "value"))
        parts = [split_heads(x, heads, name) for x, name in given]
    else:
        raise OperatorError("key and value are missing, and query does not hold them")
    q, k, v = parts
    if bias is None:
        return q, k, v
    widths = [part.shape[1] * part.shape[3] for part in parts]
    if bias.shape != (sum(widths),):
        raise OperatorError(f"bias must have {sum(widths)} values, {bias.size} came")
    q, k, v = (
        part + piece.reshape(part.shape[1], 1, part.shape[3])
        for part, piece in zip(parts, np.split(bias, np.cumsum(widths)[:2]), strict=True)
    )
    return q, k, v


@op("DecoderMaskedMultiHeadAttention", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def decoder_masked_multi_head_attention(
    query: Array,
    key: Array | None = None,
    value: Array | None = None,
    mask_index: Array | None = None,
    attention_bias: Array | None = None,
    past_key: Array | None = None,
    past_value: Array | None = None,
    past_sequence_length: Array | None = None,
    beam_width: Array | None = None,
    cache_indirection: Array | None = None,
    bias: Array | None = None,
    *,
    mask_filter_value: float = -10000.0,
    num_heads: int,
    output_qk: int = 0,
    past_present_share_buffer: int = 0,
    scale: float = 0.0,
    record: Record,
) -> contract.Slices[tuple[Array, ...]]:
    """MultiHeadAttention of one new token to all before, as a decoder takes it step by step.

    query (N,1,H·E), key, value (N,1,·), or (N,H,L,·) of an encoder; past_key, past_value (N,H,P,·)
    → (N,1,H·V), present_key, present_value (N,H,P+1,·), scores (N,H,1,P+1)
    With past_present_share_buffer the past is a buffer, of which past_sequence_length count.
    """
    if cache_indirection is not None and cache_indirection.size:
        raise OperatorError("beams that share a cache (cache_indirection) are not computed here")
    if key is None and query.ndim == 3:
        query, key, value = np.split(query, 3, axis=2)
    q, k, v = heads_of(query, key, value, bias, num_heads)
    before = 0
    buffers = None
    if past_key is not None and past_value is not None and (key is None or key.ndim == 3):
        before = past_key.shape[2]
        if past_present_share_buffer:
            if past_sequence_length is None:
                raise OperatorError("past_present_share_buffer needs past_sequence_length")
            before, buffers = int(past_sequence_length.item()), (past_key, past_value)
            if not 0 <= before < past_key.shape[2]:
                raise OperatorError(f"{before} keys and one more do not fit into the buffers")
        k = np.concatenate((past_key[:, :, :before], k), axis=2)
        v = np.concatenate((past_value[:, :, :before], v), axis=2)
    look = _Look(scale, mask_filter_value, False, record)
    done = yield from look.at(q, k, v, mask_index, attention_bias, before)
    if buffers is not None:
        length = k.shape[2]
        k, v = (
            np.concatenate((new, old[:, :, length:]), axis=2)
            for new, old in zip((k, v), buffers, strict=True)
        )
    return join_heads(done.y), k, v, done.scores


@op("GroupQueryAttention", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def group_query_attention(
    query: Array,
    key: Array | None,
    value: Array | None,
    past_key: Array | None,
    past_value: Array | None,
    seqlens_k: Array,
    total_sequence_length: Array,
    cos_cache: Array | None = None,
    sin_cache: Array | None = None,
    position_ids: Array | None = None,
    attention_bias: Array | None = None,
    head_sink: Array | None = None,
    k_scale: Array | None = None,
    v_scale: Array | None = None,
    q_norm_weight: Array | None = None,
    k_norm_weight: Array | None = None,
    query_seqlens: Array | None = None,
    *,
    causal: int = 1,
    do_rotary: int = 0,
    k_norm_epsilon: float | None = None,
    k_quant_type: str = "NONE",
    kv_cache_bit_width: int | None = None,
    kv_num_heads: int,
    local_window_size: int = -1,
    num_heads: int,
    q_norm_epsilon: float | None = None,
    qk_norm_epsilon: float = 1e-6,
    qk_output: int = 0,
    rotary_interleaved: int = 0,
    scale: float = 0.0,
    sliding_window_cache: int = 0,
    smooth_softmax: int = 0,
    softcap: float = 0.0,
    v_quant_type: str = "NONE",
    record: Record,
) -> contract.Slices[tuple[Array, ...]]:
    """Causal attention in which groups of query heads share keys, with a cache of what was before.

    query (N,S,H·E), key, value (N,S,G·E), or all in query (N,S,(H+2G)·E); past (N,G,P,E)
    → (N,S,H·E), present_key, present_value (N,G,max(P,total),E), scores or weights
    seqlens_k (N): how many keys each row has in the end, less one; the new ones are the last S.
    cos_cache, sin_cache turn queries and keys by position (do_rotary). head_sink (H) takes a share
    of the weights, smooth_softmax the share of a score of 0. q_norm_weight, k_norm_weight (E) bring
    each head's queries and keys to a mean square of 1 first.
    """
    if k_scale is not None or v_scale is not None or {k_quant_type, v_quant_type} != {"NONE"}:
        raise OperatorError("caches of quantized keys and values are not computed here")
    if sliding_window_cache or query_seqlens is not None:
        raise OperatorError(
            "caches of the last window alone, and padded parts, are not computed here"
        )
    if key is None or value is None:
        width = query.shape[2] // (num_heads + 2 * kv_num_heads)
        ends = np.cumsum([num_heads * width, kv_num_heads * width])
        query, key, value = np.split(query, ends, axis=2)
    q = split_heads(query, num_heads, "query")
    k, v = split_heads(key, kv_num_heads, "key"), split_heads(value, kv_num_heads, "value")
    q = normed(q, q_norm_weight, q_norm_epsilon or qk_norm_epsilon)
    k = normed(k, k_norm_weight, k_norm_epsilon or qk_norm_epsilon)
    if total_sequence_length.size != 1:
        raise OperatorError(f"total_sequence_length has {total_sequence_length.size} values, not 1")
    if k.shape != v.shape or k.shape[0] != len(q) or k.shape[2:] != q.shape[2:]:
        raise OperatorError("query, key and value do not have the same rows, places and widths")
    new, total = q.shape[2], int(total_sequence_length.item())
    if not 0 < new <= total:
        raise OperatorError(f"{new} new places cannot be among {total} in total")
    ends = seqlens_k.reshape(-1) + 1
    if ends.size != len(q):
        raise OperatorError(f"seqlens_k has {ends.size} values, there are {len(q)} rows")
    starts = np.zeros_like(ends) if new == total else ends - new  # of the new keys, per row
    if starts.min(initial=0) < 0:
        raise OperatorError(f"{new} keys come, but a row is said to have {ends.min()} in the end")
    if do_rotary:
        if cos_cache is None or sin_cache is None:
            raise OperatorError("do_rotary needs cos_cache and sin_cache")
        places = starts[:, None] + np.arange(new) if position_ids is None else position_ids
        if places.shape != (len(q), new):
            raise OperatorError(f"position_ids must be {(len(q), new)}, {places.shape} came")
        cos, sin = angles(cos_cache, sin_cache, places)
        q, k = (
            rotate(x.transpose(0, 2, 1, 3), cos, sin, bool(rotary_interleaved)).transpose(
                0, 2, 1, 3
            )
            for x in (q, k)
        )
    k, v = cached(past_key, k, starts, total), cached(past_value, v, starts, total)
    before = distance(new, k.shape[2], starts)
    allowed = before >= 0 if causal else np.arange(k.shape[2]) < ends[:, None, None, None]
    if local_window_size >= 0:
        allowed = allowed & (before < local_window_size)
    if attention_bias is not None:
        lacking = k.shape[2] - attention_bias.shape[3]
        attention_bias = np.pad(attention_bias, [(0, 0)] * 3 + [(0, lacking)])
    sink = None
    if head_sink is not None or smooth_softmax:
        sink = np.zeros((1, num_heads, 1, 1), np.float32)
        sink = sink if head_sink is None else head_sink.reshape(1, -1, 1, 1).astype(np.float32)
    how = How(
        scale=scale or 1 / math.sqrt(q.shape[3]),
        allowed=allowed,
        bias=attention_bias,
        softcap=softcap,
        sink=sink,
        side_by_side=True,
    )
    done = yield from attend(q, k, v, how)
    record("scores", done.scores)
    record("weights", done.weights)
    shown = (done.weights if qk_output == 2 else done.scores)[..., :total]
    return join_heads(done.y), k, v, shown.astype(q.dtype)


def normed(x: Array, weight: Array | None, epsilon: float) -> Array:
    """Heads (N,H,S,E) whose mean square is 1, times a weight (E); as they are without one."""
    if weight is None:
        return x
    if weight.shape != x.shape[3:]:
        raise OperatorError(f"weights of a norm must be {x.shape[3:]}, {weight.shape} came")
    wide = x.astype(np.float32)
    mean = np.square(wide).mean(axis=3, keepdims=True)
    normed = wide / np.sqrt(mean + np.float32(epsilon)) * weight.astype(np.float32)
    return np.asarray(normed).astype(x.dtype)


def cached(past: Array | None, new: Array, starts: Array, total: int) -> Array:
    """Put each row's new keys or values behind its old ones: (N,G,max(P,total),E)"""
    n, groups, count, width = new.shape
    length = max(total, 0 if past is None else past.shape[2])
    present = np.zeros((n, groups, length, width), new.dtype)
    if past is not None:  # what a buffer holds behind a row's old keys is left behind
        old = np.arange(past.shape[2]) < starts[:, None]
        present[:, :, : past.shape[2]] = np.where(old[:, None, :, None], past, 0)
    places = starts[:, None] + np.arange(count)
    present.swapaxes(1, 2)[np.arange(n)[:, None], places] = new.swapaxes(1, 2)
    return present
