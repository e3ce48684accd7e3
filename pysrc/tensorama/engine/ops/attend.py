"""How attention is computed: scores, softmax, weighted mean. Its operators are in `attention`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from time import perf_counter

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract import simd
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import Kernel, active
from tensorama.engine.kernel.cells import combined, softmax
from tensorama.engine.kernel.recorder import lasting
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import BFLOAT16, element_type, to_type, unmarked

Record = Callable[[str, np.ndarray], None]
Change = Callable[[np.ndarray], np.ndarray]
FLOAT, FLOAT16, DOUBLE = 1, 10, 11
_BLOCK = 1 << 20  # bytes of scores that are computed together
_scores, _heads = Pace(1e8), Pace(1e4)  # per second


@dataclass(frozen=True, slots=True)
class Attended:
    """What `attend` computes, from the first product to the result."""

    y: np.ndarray  # (N,H,S,V)
    products: np.ndarray | None  # scaled q·k, (N,H,S,T); None unless they were asked for
    capped: np.ndarray | None  # the same after the soft cap, likewise
    scores: np.ndarray  # the same with mask and bias: what goes into the softmax
    weights: np.ndarray  # what comes out of it: each row sums to 1


@dataclass(frozen=True, slots=True)
class How:
    """How `attend` weighs; arrays are for all rows, heads, queries and keys, or broadcast to them.

    scale: of the products. `allowed`: which keys count; a query that is allowed no key gets zeros.
    `bias` is added to the scores, after the soft cap. `sink` (1,H,1,1) is a score that takes its
    share of the weights without having a value. The softmax rounds to `softmax_precision`, an
    element type. `change_scores` and `change_weights` may put others in their place.
    """

    scale: float
    allowed: np.ndarray | None = None
    bias: np.ndarray | None = None
    softcap: float = 0.0
    softmax_precision: int | None = None
    sink: np.ndarray | None = None
    change_scores: Change | None = None
    change_weights: Change | None = None
    side_by_side: bool = False  # y lies in memory as (N,S,H,V), where the kernel computes it
    by_place: bool = False  # `allowed` follows from shapes and attributes alone

    @property
    def simple(self) -> bool:
        """Whether nothing but scale, bias and mask happens to the scores."""
        special = self.softcap or self.sink is not None or self.change_scores is not None
        return not special and self.change_weights is None


def attend(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, how: How, products: bool = False
) -> contract.Slices[Attended]:
    """Weigh the values v by how well their keys k fit each query q.

    q (N,H,S,E), k (N,G,T,E), v (N,G,T,V) → y (N,H,S,V);  H/G query heads share a key head
    y = softmax(scale·q·kᵀ + bias)·v.  16-bit values are computed in float32 and rounded wherever
    a step of the specification ends. `products`: give the first products as well. Some heads are
    computed at a time, so that nothing is needed beside the result for all of them.
    """
    heads, shared = q.shape[1], k.shape[1]
    if shared == 0 or heads % shared:
        raise OperatorError(f"{heads} query heads cannot share {shared} key heads evenly")
    if not len(q) == len(k) == len(v):
        raise OperatorError(f"there are {len(q)}, {len(k)} and {len(v)} rows of Q, K and V")
    if q.shape[3] != k.shape[3]:
        raise OperatorError(f"queries have {q.shape[3]} values per head, keys {k.shape[3]}")
    if v.shape[1] != shared:
        raise OperatorError(f"there are {shared} heads of keys but {v.shape[1]} of values")
    if k.shape[2] != v.shape[2]:
        raise OperatorError(f"there are {k.shape[2]} keys but {v.shape[2]} values")
    shape = (*q.shape[:3], k.shape[2])
    for name, array in (("mask", how.allowed), ("bias", how.bias), ("sink", how.sink)):
        if array is not None and not _widens(array.shape, shape):
            sizes = (" × ".join(map(str, s)) for s in (array.shape, shape))
            raise OperatorError("a {} of {} does not fit scores of {}".format(name, *sizes))
    kernel = active()
    known = how.simple and not products and how.softmax_precision in (None, FLOAT)
    floats = all(element_type(x) == FLOAT and x.size for x in (q, k, v))
    if kernel is not None and known and floats:
        return (yield from _attend_by_kernel(kernel, q, k, v, how))
    kinds = ("y", "products", "capped", "scores", "weights")
    rooms: dict[str, np.ndarray] = {}
    blocks = _blocks(shape, shared, how)
    if len(blocks) == 1:
        return (yield from _attend_block(q, k, v, how, products))
    for n, g in blocks:
        h = slice(g.start * (heads // shared), g.stop * (heads // shared))
        own = replace(
            how,
            allowed=_part(how.allowed, n, h),
            bias=_part(how.bias, n, h),
            sink=_part(how.sink, n, h),
        )
        done = yield from _attend_block(q[n, h], k[n, g], v[n, g], own, products)
        for kind in kinds:
            part = getattr(done, kind)
            if part is not None:
                if kind not in rooms:
                    rooms[kind] = np.empty((*shape[:3], part.shape[3]), part.dtype)
                rooms[kind][n, h] = part
        yield
    return Attended(*[rooms.get(kind) for kind in kinds])  # type: ignore[arg-type]


def _widens(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether one shape can be broadcast to another without changing that."""
    tail = large[len(large) - len(small) :]
    return len(small) <= len(large) and all(s in (1, n) for s, n in zip(small, tail, strict=True))


def _attend_by_kernel(
    kernel: Kernel, q: np.ndarray, k: np.ndarray, v: np.ndarray, how: How
) -> contract.Slices[Attended]:
    """`attend` for float32 without anything special: every result straight where it belongs."""
    shape, width, each = (*q.shape[:3], k.shape[2]), v.shape[3], q.shape[1] // k.shape[1]
    scores, weights = (np.empty(shape, np.float32) for _ in range(2))
    n, heads, queries, _ = shape
    y = np.empty((n, queries, heads, width) if how.side_by_side else (*q.shape[:3], width), q.dtype)
    shown = y.transpose(0, 2, 1, 3) if how.side_by_side else y
    for row, g in _blocks(shape, k.shape[1], how):
        started, h = perf_counter(), slice(g.start * each, g.stop * each)
        own = replace(how, allowed=_part(how.allowed, row, h), bias=_part(how.bias, row, h))
        places = list(product(range(row.start, row.stop), range(h.start, h.stop)))
        for at in places:
            keys = k[at[0], at[1] // each]
            yield from simd.product_into(kernel, q[at], keys.T, scores[at])
        yield from _weigh(kernel, scores[row, h], weights[row, h], own)
        for at in places:
            values = v[at[0], at[1] // each]
            yield from simd.product_into(kernel, weights[at], values, shown[at])
        if _heads.learn(len(places), perf_counter() - started):
            yield
    return Attended(shown, None, None, scores, weights)


def _weigh(
    kernel: Kernel, scores: np.ndarray, weights: np.ndarray, how: How
) -> contract.Slices[None]:
    """Products become scores, in place; and weights what their softmax is."""
    started, keys = perf_counter(), scores.shape[-1]
    combined("mul", scores, lasting(np.float32(how.scale)))
    if how.bias is not None:
        combined("add", scores, how.bias.astype(np.float32, copy=False))
    if how.allowed is not None:
        yield from _hide(scores, how.allowed, how.by_place)
    rows, results, some = scores.reshape(-1, keys), weights.reshape(-1, keys), _BLOCK // keys + 1
    for first in range(0, len(rows), some):
        part, result = rows[first : first + some], results[first : first + some]
        kernel.call("softmax", part, result, len(part), keys)
        if _scores.learn(part.size, perf_counter() - started):
            yield
        started = perf_counter()
    hidden = _rows_without_keys(how.allowed, how.bias)
    if hidden is not None:
        weights[np.broadcast_to(hidden, (*weights.shape[:3], 1))[..., 0]] = 0


def _hide(scores: np.ndarray, allowed: np.ndarray, by_place: bool) -> contract.Slices[None]:
    """Put −∞ where a key does not count, by the kernel; of much only a part at a time."""
    if scores.size <= _BLOCK // 4:
        counts = allowed.astype(np.float32)
        combined("shown", scores, lasting(counts) if by_place else counts)
        return
    allowed = np.broadcast_to(allowed, scores.shape)
    some = max(1, _BLOCK // 4 // scores.shape[3])
    for *head, first in np.ndindex(*scores.shape[:2], -(-scores.shape[2] // some)):
        part = (*head, slice(first * some, (first + 1) * some))
        combined("shown", scores[part], allowed[part].astype(np.float32))
        yield


def _blocks(shape: tuple[int, ...], shared: int, how: How) -> list[tuple[slice, slice]]:
    """Which rows and key heads are computed together: few enough scores, or all there are."""
    n, heads, queries, keys = shape
    scores = 4 * queries * keys * (heads // shared)  # bytes that belong to one key head
    some = max(1, _BLOCK // max(1, scores))
    if how.change_scores or how.change_weights or n * shared <= some:
        return [(slice(0, n), slice(0, shared))]
    rows = max(1, some // shared)
    return [
        (slice(row, min(n, row + rows)), slice(g, min(shared, g + some)))
        for row in range(0, n, rows)
        for g in range(0, shared, some)
    ]


def _part(array: np.ndarray | None, n: slice, h: slice) -> np.ndarray | None:
    """What belongs to some rows and heads in an array that is broadcast to (N,H,S,T)."""
    if array is None or array.ndim < 3:
        return array
    array = array.reshape((1,) * (4 - array.ndim) + array.shape)
    return array[n if array.shape[0] > 1 else slice(None), h if array.shape[1] > 1 else slice(None)]


def _attend_block(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, how: How, with_products: bool
) -> contract.Slices[Attended]:
    """`attend` for some heads."""
    number = element_type(q)
    wide = np.dtype(np.float64 if q.dtype == np.float64 else np.float32)
    q, k, v = (unmarked(x).astype(wide, copy=False) for x in (q, k, v))
    rounded = _rounding(number)
    root = rounded(np.array(math.sqrt(how.scale), wide))
    products = yield from _shared_matmul(rounded(q * root), rounded(k * root).swapaxes(2, 3))
    products = capped = rounded(products)
    if how.softcap:
        capped = rounded(how.softcap * rounded(np.tanh(rounded(products / wide.type(how.softcap)))))
    scores = capped if how.bias is None else rounded(capped + unmarked(how.bias).astype(wide))
    if how.allowed is not None:
        scores = np.where(how.allowed, scores, wide.type(-np.inf))
    if how.change_scores is not None:
        scores = how.change_scores(scores)
    weights = softmax_rows(scores, how.sink, how.softmax_precision or number)
    weights = weights.astype(wide, copy=False)
    hidden = _rows_without_keys(how.allowed, how.bias)
    if hidden is not None:
        weights = np.where(hidden, wide.type(0), weights)
    if how.change_weights is not None:
        weights = how.change_weights(weights)
    weights = rounded(weights)
    y = to_type((yield from _shared_matmul(weights, v)), number)
    if not with_products:
        return Attended(y, None, None, scores, weights)
    return Attended(y, products, capped, scores, weights)


def softmax_rows(scores: np.ndarray, sink: np.ndarray | None = None, number: int = 0) -> np.ndarray:
    """Turn each row of scores into weights that sum to 1; a row of -inf gives zeros.

    number: the element type whose precision is meant, 0 for that of the scores.
    """
    if sink is None and number in (0, FLOAT):
        quick = softmax(scores)
        if quick is not None and not np.isnan(quick[..., 0]).any():  # no row of -inf
            return quick
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


def _shared_matmul(a: np.ndarray, b: np.ndarray) -> contract.Slices[np.ndarray]:
    """Multiply (N,H,S,A) by (N,G,A,B) → (N,H,S,B); H/G heads of a share one of b, uncopied."""
    n, heads, rows, _ = a.shape
    folded = a.reshape(n, b.shape[1], heads // b.shape[1] * rows, a.shape[3])
    y = yield from contract.matmul_slices(folded, b)
    return y.reshape(n, heads, rows, b.shape[3])


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
