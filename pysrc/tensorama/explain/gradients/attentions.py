"""Attention: through the weights to queries and keys, past them to the values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensorama.engine.contract import Slices, matmul_slices, sliced
from tensorama.engine.ops.attend import join_heads, split_heads
from tensorama.engine.ops.fused_attention import heads_of
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Looked:
    """Gradients of queries (N,H,S,E), keys (N,G,T,E), values (N,G,T,V) and of the scores."""

    q: Array
    k: Array
    v: Array
    scores: Array  # (N,H,S,T), after mask and soft cap


def looked_back(
    at: Backward, q: Array, k: Array, v: Array, dy: Array, scale: float, softcap: float = 0.0
) -> Slices[Looked]:
    """The way back through what `engine.ops.attend` computes, by the weights that it recorded."""
    weights = at.step.inner["weights"].astype(dy.dtype, copy=False)
    shared = q.shape[1] // k.shape[1]
    keys, values = (np.repeat(x, shared, axis=1) if shared > 1 else x for x in (k, v))
    by_values = yield from matmul_slices(weights.swapaxes(2, 3), dy)
    by_weights = yield from matmul_slices(dy, values.swapaxes(2, 3))
    weighed = weights * by_weights
    scores = weighed - weights * weighed.sum(axis=3, keepdims=True)
    products = scores
    if softcap:
        plain = yield from matmul_slices(q, keys.swapaxes(2, 3))
        capped = np.tanh(plain * dy.dtype.type(scale / softcap))
        products = scores * (1 - capped * capped)
    products = products * dy.dtype.type(scale)
    by_q = yield from matmul_slices(products, keys)
    by_keys = yield from matmul_slices(products.swapaxes(2, 3), q)
    return Looked(by_q, _together(by_keys, shared), _together(by_values, shared), scores)


def _together(x: Array, shared: int) -> Array:
    """The heads that share one of keys and values add up."""
    if shared == 1:
        return x
    total: Array = x.reshape(x.shape[0], -1, shared, *x.shape[2:]).sum(axis=2)
    return total


@differentiates("Attention", outputs=3)
@sliced
def attention(at: Backward) -> Slices[Gradients]:
    """To Q, K and V, to a mask of floats, and to what was kept from before."""
    given = at.attributes
    heads = given["q_num_heads"], given["kv_num_heads"], given["kv_num_heads"]
    q, k, v = (split_heads(at.inputs[i], heads[i], "QKV"[i]) for i in range(3))
    pasts = at.input(4), at.input(5)
    if pasts[0] is not None and pasts[1] is not None:
        k, v = np.concatenate((pasts[0], k), axis=2), np.concatenate((pasts[1], v), axis=2)
    scale = 1 / math.sqrt(q.shape[3]) if given["scale"] is None else given["scale"]
    dy = split_heads(at.dy, q.shape[1], "Y")
    back = yield from looked_back(at, q, k, v, dy, scale, given["softcap"])
    gradients: list[Array | None] = [_joined_as(at.inputs[0], back.q)]
    before: list[Array | None] = []
    for place, found in ((1, back.k), (2, back.v)):
        kept = at.dys[place] if len(at.dys) > place else None
        total = found if kept is None else found + kept
        first = 0 if pasts[0] is None else pasts[0].shape[2]
        gradients.append(_joined_as(at.inputs[place], total[:, :, first:]))
        before.append(total[:, :, :first])
    if at.wants(3):
        mask = at.inputs[3]
        gradients.append(summed_to(mask.shape, back.scores[..., : mask.shape[-1]]))
    return [*gradients, *[None] * (4 - len(gradients)), *before][: len(at.inputs)]


def _joined_as(x: Array, found: Array) -> Array:
    """A gradient with its heads joined, if those of x were."""
    return join_heads(found) if x.ndim == 3 else found


@differentiates("Attention", domain="com.microsoft", outputs=2)
@sliced
def attention_with_weights(at: Backward) -> Slices[Gradients]:
    """Through attention to queries, keys and values, and from there to the dense layer."""
    x, w, b = at.inputs[0], at.inputs[1], at.input(2)
    given = at.attributes
    sizes = list(given["qkv_hidden_sizes"] or [w.shape[1] // 3] * 3)
    joined = yield from matmul_slices(x, w)
    joined = joined if b is None else joined + b
    made = np.split(joined, np.cumsum(sizes)[:2], axis=2)
    q, k, v = (split_heads(part, given["num_heads"], "weights") for part in made)
    past, present = at.input(4), at.dys[1] if len(at.dys) > 1 else None
    first = 0 if past is None else past.shape[3]
    if past is not None:
        k, v = np.concatenate((past[0], k), axis=2), np.concatenate((past[1], v), axis=2)
    scale = given["scale"] or 1 / math.sqrt(max(1, q.shape[3]))
    dy = split_heads(at.dy, given["num_heads"], "Y")
    back = yield from looked_back(at, q, k, v, dy, scale)
    by_k, by_v = (back.k, back.v) if present is None else (back.k + present[0], back.v + present[1])
    parts = [back.q, by_k[:, :, first:], by_v[:, :, first:]]
    found = np.concatenate([join_heads(part) for part in parts], axis=2)
    by_x = yield from matmul_slices(found, w.T)
    rows = found.reshape(-1, found.shape[2])
    by_w = yield from matmul_slices(x.reshape(-1, x.shape[2]).T, rows)
    bias = at.input(5)
    by_bias = summed_to(bias.shape, back.scores) if at.wants(5) else None
    by_b = rows.sum(axis=0) if at.wants(2) else None
    by_past = None if past is None else np.stack((by_k[:, :, :first], by_v[:, :, :first]))
    return [by_x, by_w, by_b, None, by_past, by_bias][: len(at.inputs)]


@differentiates("MultiHeadAttention", domain="com.microsoft", outputs=3)
@sliced
def multi_head_attention(at: Backward) -> Slices[Gradients]:
    """To queries, keys and values in the form in which they came, and to their bias."""
    query, key, value, bias = (at.input(i) for i in range(4))
    given, heads = at.attributes, at.attributes["num_heads"]
    q, k, v = heads_of(query, key, value, bias, heads)
    pasts = at.input(6), at.input(7)
    first = 0 if pasts[0] is None else pasts[0].shape[2]
    if pasts[0] is not None and pasts[1] is not None:
        k, v = np.concatenate((pasts[0], k), axis=2), np.concatenate((pasts[1], v), axis=2)
    scale = given["scale"] or 1 / math.sqrt(max(1, q.shape[3]))
    back = yield from looked_back(at, q, k, v, split_heads(at.dy, heads, "Y"), scale)
    kept = [*at.dys, None, None]
    by_k, by_v = (
        found if more is None else found + more
        for found, more in ((back.k, kept[1]), (back.v, kept[2]))
    )
    parts = [back.q, by_k[:, :, first:], by_v[:, :, first:]]
    gradients: list[Array | None] = [None] * len(at.inputs)
    if query.ndim == 5:
        gradients[0] = np.stack([part.transpose(0, 2, 1, 3) for part in parts], axis=3)
    elif key.ndim == 5:
        gradients[0] = join_heads(parts[0])
        gradients[1] = np.stack([part.transpose(0, 2, 1, 3) for part in parts[1:]], axis=3)
    else:
        gradients[:3] = [
            _joined_as(x, part) for x, part in zip((query, key, value), parts, strict=True)
        ]
    if bias is not None:
        gradients[3] = np.concatenate([part.sum(axis=(0, 2)).reshape(-1) for part in parts])
    if at.wants(5):
        gradients[5] = summed_to(at.inputs[5].shape, back.scores)
    if pasts[0] is not None:
        gradients[6:8] = by_k[:, :, :first], by_v[:, :, :first]
    return gradients
