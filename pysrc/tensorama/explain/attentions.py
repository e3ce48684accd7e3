"""The operators of attention: where each has its queries, keys, values and masks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.explain.account import Account, Operand
from tensorama.explain.attention import held, known_look, mixture, score, weight
from tensorama.explain.cell import Cell, plain, widened
from tensorama.explain.declare import declares
from tensorama.explain.heads import Look, Piece, Row, Side, split
from tensorama.explain.heads import plain as piece_of
from tensorama.explain.inside import Given
from tensorama.onnxfile.types import to_type

MICROSOFT = "com.microsoft"
Array = np.ndarray
PARTS = ("scores", "weights")


def account_of(cell: Cell, look: Look, joined: bool, qk: str = "scores") -> Account:
    """Of a part, or of an output: y, keys, values, and what is shown of the scores."""
    if cell.part == "scores":
        return score(cell, look, cell.at)
    if cell.part == "weights":
        return weight(cell, look, *cell.at)
    if cell.output == 0 and joined:
        n, s, e = cell.at
        return mixture(cell, look, n, e // look.width, s, e % look.width)
    if cell.output == 0:
        n, h, s, e = cell.at
        return mixture(cell, look, n, h, s, e)
    if cell.output in (1, 2):
        return held(cell, (look.k, look.v)[cell.output - 1], *cell.at)
    if qk == "weights":
        return weight(cell, look, *cell.at)
    return score(cell, look, cell.at, qk)


def wide(value: Any) -> Array:
    """A recorded tensor as float64."""
    return np.asarray(widened(plain(value)), np.float64)


def table(heads: Array) -> Callable[[int, int], Array]:
    """Heads of all rows, as a side gives them."""
    return lambda n, g: heads[n, g]


@declares("Attention", parts=PARTS)
def attention(cell: Cell) -> Account:
    """Attention of the standard."""
    look = known_look(cell, _standard)
    mode = ("products", "capped", "scores", "weights")[
        int(cell.attributes.get("qk_matmul_output_mode", 0))
    ]
    return account_of(cell, look, len(cell.shape(0)) == 3, mode)


def _standard(cell: Cell) -> Look:
    given = cell.attributes
    joined = [len(cell.shape(p)) == 3 for p in range(3)]
    counts = [given.get("q_num_heads"), given.get("kv_num_heads"), given.get("kv_num_heads")]
    q, k, v = (split(wide(cell.inputs[p]), int(counts[p] or 0)) for p in range(3))
    past, offset = 0, np.zeros(len(q), np.int64)
    pieces: list[list[Piece]] = [[], []]
    if cell.has(4):
        past = cell.shape(4)[2]
        offset += past
        pieces = [
            [piece_of(p, "ngte", 0, 0, past, name)]
            for p, name in ((4, "past keys"), (5, "past values"))
        ]
        k, v = (np.concatenate((wide(cell.inputs[p]), x), 2) for p, x in ((4, k), (5, v)))
    elif cell.has(6):
        offset = cell.array(6).reshape(-1) - q.shape[2]
    for p, x, kept, name in ((1, k, pieces[0], "keys"), (2, v, pieces[1], "values")):
        axes = "ntj" if joined[p] else "ngte"
        kept.append(piece_of(p, axes, x.shape[3], past, x.shape[2], name))
    query = piece_of(0, "ntj" if joined[0] else "ngte", q.shape[3], 0, q.shape[2], "queries")
    mask = _Mask(cell, q.shape[:3], k.shape[2], offset)
    return Look(
        q.shape[1], k.shape[1], q.shape[2], k.shape[2], v.shape[3], q.shape[3],
        1 / math.sqrt(q.shape[3]) if given.get("scale") is None else float(given["scale"]),
        Side([query], table(q)), Side(pieces[0], table(k)), Side(pieces[1], table(v)),
        mask.allowed, mask.bias, (mask.operand,), float(given.get("softcap", 0)),
    )  # fmt: skip


class _Mask:
    """What the standard's masks say: a tensor, an order, a window, and how many keys count."""

    def __init__(self, cell: Cell, shape: tuple[int, ...], keys: int, offset: Array) -> None:
        self.cell, self.keys, self.offset = cell, keys, offset
        self.given: Array | None = None
        if cell.has(3):
            mask = cell.array(3)
            self.boolean = mask.dtype == np.bool_
            mask = mask if self.boolean else wide(mask)
            lacking = keys - mask.shape[-1]
            if lacking > 0 and mask.shape[-1] > 1:
                rim = [(0, 0)] * (mask.ndim - 1) + [(0, lacking)]
                mask = np.pad(mask, rim, constant_values=False if self.boolean else -np.inf)
            self.given = np.broadcast_to(mask, (*shape, keys))

    def allowed(self, n: int, h: int, s: int) -> Any:
        given, t = self.cell.attributes, np.arange(self.keys)
        before = s + int(self.offset[n]) - t
        seen = np.ones(self.keys, bool)
        if given.get("is_causal"):
            seen &= before >= 0
        if given.get("left_window_size", -1) >= 0:
            seen &= before <= given["left_window_size"]
        if given.get("right_window_size", -1) >= 0:
            seen &= before >= -given["right_window_size"]
        if self.cell.has(6):
            seen &= t < self.cell.array(6).reshape(-1)[n]
        if self.given is not None and self.boolean:
            seen &= self.given[n, h, s]
        return seen

    def bias(self, n: int, h: int, s: int) -> Any:
        return 0.0 if self.given is None or self.boolean else self.given[n, h, s]

    def operand(self, n: Any, h: Any, s: Any, t: Any) -> Operand | None:
        return masked(self.cell, 3, n, h, s, t) if self.given is not None else None


def masked(cell: Cell, position: int, n: Any, h: Any, s: Any, t: Any) -> Operand | None:
    """The mask's cell for a score, by numpy's broadcasting."""
    shape = cell.shape(position)
    if not shape:
        return None
    at = [
        np.zeros_like(part) if size == 1 else np.minimum(part, size - 1)
        for part, size in zip((n, h, s, t)[4 - len(shape) :], shape, strict=True)
    ]
    return Operand(position, tuple(map(np.asarray, at)), "mask")


@declares("FlexAttention", domain="ai.onnx.preview", parts=PARTS)
def flexible(cell: Cell) -> Account:
    """Attention whose scores and weights graphs of the model may change."""
    return account_of(cell, known_look(cell, _flexible), False)


def _flexible(cell: Cell) -> Look:
    given = cell.attributes
    q, k, v = (wide(cell.inputs[p]) for p in range(3))
    scale = 1 / math.sqrt(q.shape[3]) if given.get("scale") is None else float(given["scale"])
    sides = [
        Side([piece_of(p, "ngte", 0, 0, x.shape[2], name)], table(x))
        for p, x, name in ((0, q, "queries"), (1, k, "keys"), (2, v, "values"))
    ]
    plainly = Look(
        q.shape[1], k.shape[1], q.shape[2], k.shape[2], v.shape[3], q.shape[3], scale,
        sides[0], sides[1], sides[2],
    )  # fmt: skip
    scores = _changed(cell, "score_mod", plainly, lambda row: row.products)
    if scores is not None:
        plainly = replace(plainly, change_scores=scores, known={})
    weights = _changed(cell, "prob_mod", plainly, lambda row: row.weights)
    return plainly if weights is None else replace(plainly, change_weights=weights, known={})


def _changed(cell: Cell, name: str, look: Look, stage: Callable[[Row], Array]) -> Any:
    """What a graph of the model makes of scores or weights: (n, h, s) → (keys)."""
    graph = cell.attributes.get(name)
    if graph is None:
        return None
    n, h, s = (range(size) for size in (cell.shape(0)[0], look.heads, look.queries))
    before = np.array([[[stage(look.row(i, j, k)) for k in s] for j in h] for i in n])
    precision = int(cell.attributes.get("softmax_precision") or 1)
    given = to_type(before, 11 if cell.array(0).dtype == np.float64 else precision)
    assert cell.around is not None
    node = cell.around.node(cell.known_as(cell.step.label))
    (after,) = node.ran(graph, f"{node.own}/{name}", [Given("", given)]).results
    return lambda n, h, s: wide(after[n, h, s])
