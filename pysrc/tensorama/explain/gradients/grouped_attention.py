"""Attention of language models: query heads share keys, and a cache holds what was before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.ops.attend import join_heads, split_heads
from tensorama.engine.ops.fused_attention import cached, normed
from tensorama.engine.ops.rotary import angles, rotate
from tensorama.explain.gradients.attentions import looked_back
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.norms import standardized, through_statistics
from tensorama.explain.gradients.rule import UNKNOWN, Gradients, differentiates

Array = np.ndarray


@differentiates("GroupQueryAttention", domain="com.microsoft", outputs=3)
@sliced
def group_query_attention(at: Backward) -> Slices[Gradients]:
    """To queries, keys and values through norm and turning, and to the cache."""
    given, heads, shared = at.attributes, at.attributes["num_heads"], at.attributes["kv_num_heads"]
    query, key, value = at.inputs[:3]
    packed = key is None or value is None
    if packed:
        width = query.shape[2] // (heads + 2 * shared)
        query, key, value = np.split(query, [heads * width, (heads + shared) * width], axis=2)
    split = [
        split_heads(x, count, "query")
        for x, count in ((query, heads), (key, shared), (value, shared))
    ]
    epsilon = given["qk_norm_epsilon"]
    norms = [
        (at.input(14), given["q_norm_epsilon"] or epsilon),
        (at.input(15), given["k_norm_epsilon"] or epsilon),
    ]
    total, ends = int(at.inputs[6].reshape(-1)[0]), at.inputs[5].reshape(-1) + 1
    new = query.shape[1]
    starts = np.zeros_like(ends) if new == total else ends - new
    q, k = (normed(x, *norm) for x, norm in zip(split[:2], norms, strict=True))
    turn = None
    if given["do_rotary"]:
        places = at.input(9)
        places = starts[:, None] + np.arange(new) if places is None else places
        turn = angles(at.inputs[7], at.inputs[8], places)
        q, k = (_turned(x, turn[0], turn[1], given) for x in (q, k))
    keys, values = (cached(at.input(i), x, starts, total) for i, x in ((3, k), (4, split[2])))
    scale = given["scale"] or 1 / math.sqrt(q.shape[3])
    dy = split_heads(at.dy, heads, "Y")
    back = yield from looked_back(at, q, keys, values, dy, scale, given["softcap"])
    gradients: list[Array | None] = [None] * len(at.inputs)
    by_new = [back.q]
    for place, found in ((3, back.k), (4, back.v)):
        kept = at.dys[place - 2] if len(at.dys) > place - 2 else None
        whole = found if kept is None else found + kept
        spots = starts[:, None] + np.arange(new)
        by_new.append(whole.swapaxes(1, 2)[np.arange(len(whole))[:, None], spots].swapaxes(1, 2))
        past = at.input(place)
        if past is not None:
            old = np.arange(past.shape[2]) < starts[:, None]
            gradients[place] = whole[:, :, : past.shape[2]] * old[:, None, :, None]
    for number, (x, (weight, small)) in enumerate(zip(split[:2], norms, strict=True)):
        if turn is not None:
            by_new[number] = _turned(by_new[number], turn[0], -turn[1], given)
        if weight is not None:
            change = by_new[number]
            normal, inverse = standardized(x, (3,), small, centre=False)
            by_new[number] = through_statistics(change * weight, normal, inverse, (3,), False)
            gradients[14 + number] = summed_to(weight.shape, change * normal)
    rows = [join_heads(part) for part in by_new]
    gradients[:3] = [np.concatenate(rows, axis=2), None, None] if packed else rows
    if at.wants(10):
        bias = at.inputs[10]
        gradients[10] = summed_to(bias.shape, back.scores[..., : bias.shape[3]])
    for place in (7, 8, 11):
        if at.wants(place):
            gradients[place] = UNKNOWN
    return gradients


def _turned(x: Array, cos: Array, sin: Array, given: Any) -> Array:
    """Heads (N,H,S,E) turned by position."""
    turned = rotate(x.transpose(0, 2, 1, 3), cos, sin, bool(given["rotary_interleaved"]))
    return turned.transpose(0, 2, 1, 3)
