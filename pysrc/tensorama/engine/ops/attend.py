"""How attention is computed: scores, softmax, weighted mean. Its operators are in `attention`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tensorama.engine import contract
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import BFLOAT16, element_type, to_type, unmarked

Record = Callable[[str, np.ndarray], None]
Change = Callable[[np.ndarray], np.ndarray]
FLOAT, FLOAT16, DOUBLE = 1, 10, 11


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
    softmax_precision: int | None = None,
    sink: np.ndarray | None = None,
    change_scores: Change | None = None,
    change_weights: Change | None = None,
) -> Attended:
    """Weigh the values v by how well their keys k fit each query q.

    q (N,H,S,E), k (N,G,T,E), v (N,G,T,V) → y (N,H,S,V);  H/G query heads share a key head
    y = softmax(scale·q·kᵀ + bias)·v, over the keys that are `allowed` (broadcast to (N,H,S,T)).
    A query that is allowed no key gets zeros. `sink` (1,H,1,1) is a score that takes its share of
    the weights without having a value. `change_scores` and `change_weights` may put others in
    their place. 16-bit values are computed in float32 and rounded wherever a step of the
    specification ends; the softmax rounds to `softmax_precision`, an element type.
    """
    heads, shared = q.shape[1], k.shape[1]
    if shared == 0 or heads % shared:
        raise OperatorError(f"{heads} query heads cannot share {shared} key heads evenly")
    if not len(q) == len(k) == len(v):
        raise OperatorError(f"there are {len(q)}, {len(k)} and {len(v)} rows of Q, K and V")
    if q.shape[3] != k.shape[3]:
        raise OperatorError(f"queries have {q.shape[3]} values per head, keys {k.shape[3]}")
    if k.shape[2] != v.shape[2]:
        raise OperatorError(f"there are {k.shape[2]} keys but {v.shape[2]} values")
    number = element_type(q)
    wide = np.dtype(np.float64 if q.dtype == np.float64 else np.float32)
    q, k, v = (unmarked(x).astype(wide, copy=False) for x in (q, k, v))
    rounded = _rounding(number)
    root = rounded(np.array(math.sqrt(scale), wide))
    products = capped = rounded(_shared_matmul(rounded(q * root), rounded(k * root).swapaxes(2, 3)))
    if softcap:
        capped = rounded(softcap * rounded(np.tanh(rounded(products / wide.type(softcap)))))
    scores = capped if bias is None else rounded(capped + unmarked(bias).astype(wide))
    if allowed is not None:
        scores = np.where(allowed, scores, wide.type(-np.inf))
    if change_scores is not None:
        scores = change_scores(scores)
    weights = softmax_rows(scores, sink, softmax_precision or number).astype(wide, copy=False)
    hidden = _rows_without_keys(allowed, bias)
    if hidden is not None:
        weights = np.where(hidden, wide.type(0), weights)
    if change_weights is not None:
        weights = change_weights(weights)
    weights = rounded(weights)
    y = to_type(_shared_matmul(weights, v), number)
    return Attended(y, products, capped, scores, weights)


def softmax_rows(scores: np.ndarray, sink: np.ndarray | None = None, number: int = 0) -> np.ndarray:
    """Turn each row of scores into weights that sum to 1; a row of -inf gives zeros.

    number: the element type whose precision is meant, 0 for that of the scores.
    """
    rounded = _rounding(number)
    scores = rounded(scores.astype(np.float64) if number == DOUBLE else scores)
    top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    if sink is not None:
        top = np.maximum(top, sink)
    e = rounded(np.exp(rounded(scores - np.where(np.isneginf(top), 0, top).astype(scores.dtype))))
    total = _sum_of_rows(e, number)
    if sink is not None:
        total = total + np.exp(sink - top)
    return rounded(e / np.where(total == 0, 1, total).astype(scores.dtype))


def _sum_of_rows(e: np.ndarray, number: int) -> np.ndarray:
    """Add up each row: (…,T) → (…,1), in the precision of an element type.

    bfloat16 sums are rounded at every addition, as ONNX's own test values are made; eight at a
    time and then in pairs, so that a long row does not get stuck at 256.
    """
    rounded = _rounding(number)
    if number != BFLOAT16:
        return rounded(e.sum(axis=-1, keepdims=True))
    blocks = _in_groups(e, 8)
    total = blocks[..., 0]
    for k in range(1, 8):
        total = rounded(total + blocks[..., k])
    while total.shape[-1] > 1:
        pairs = _in_groups(total, 2)
        total = rounded(pairs[..., 0] + pairs[..., 1])
    return total


def _in_groups(x: np.ndarray, size: int) -> np.ndarray:
    """(…,T) → (…,⌈T/size⌉,size), filled up with zeros"""
    groups = max(1, -(-x.shape[-1] // size))
    lacking = groups * size - x.shape[-1]
    padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, lacking)])
    return padded.reshape(*x.shape[:-1], groups, size)


def _rounding(number: int) -> Change:
    """How values are rounded to an element type but kept in their own: only 16-bit ones need it."""
    if number not in (FLOAT16, BFLOAT16):
        return lambda x: x
    return lambda x: unmarked(to_type(x, number)).astype(x.dtype)


def _shared_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply (N,H,S,A) by (N,G,A,B) → (N,H,S,B); H/G heads of a share one of b, uncopied."""
    n, heads, rows, _ = a.shape
    folded = a.reshape(n, b.shape[1], heads // b.shape[1] * rows, a.shape[3])
    return contract.matmul(folded, b).reshape(n, heads, rows, b.shape[3])


def _rows_without_keys(allowed: np.ndarray | None, bias: np.ndarray | None) -> np.ndarray | None:
    """Which queries see no key at all, by mask and bias together; None when each sees one."""
    if allowed is None and bias is None:
        return None
    seen = True if allowed is None else allowed
    if bias is not None:
        seen = seen & ~np.isneginf(bias)
    hidden = ~np.any(seen, axis=-1, keepdims=True)
    return np.asarray(hidden) if hidden.any() else None


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


def distance(queries: int, keys: int, offset: int | np.ndarray) -> np.ndarray:
    """How far each key lies before each query: (S,T), or (N,1,S,T) with one offset per N."""
    position = np.arange(queries)[:, None] + np.reshape(offset, (*np.shape(offset), *[1] * 3))
    apart = position - np.arange(keys)
    return apart if np.ndim(offset) else apart[0]
