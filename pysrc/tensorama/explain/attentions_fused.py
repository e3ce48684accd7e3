"""Attention as onnxruntime's exporters write it: heads joined, packed or in a cache."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.explain.account import Account, Operand
from tensorama.explain.attention import held, known_look
from tensorama.explain.attentions import MICROSOFT, PARTS, account_of, masked, table, wide
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.heads import Look, Piece, Side, split
from tensorama.explain.heads import plain as piece_of
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import all_of
from tensorama.phrases import phrase, word

Array = np.ndarray


def _bias_split(cell: Cell, position: int, widths: list[int], which: int) -> Array:
    ends = np.cumsum([0, *widths])
    return wide(cell.inputs[position])[ends[which] : ends[which + 1]]


@declares("MultiHeadAttention", "DecoderMaskedMultiHeadAttention", domain=MICROSOFT, parts=PARTS)
def many_heads(cell: Cell) -> Account:
    """Attention of onnxruntime, with heads joined, packed, or in a cache."""
    return account_of(cell, known_look(cell, _many_heads), True)


def _many_heads(cell: Cell) -> Look:
    given, decoder = cell.attributes, cell.op.startswith("Decoder")
    heads = int(given["num_heads"])
    sides = _sides(cell, heads, decoder)
    q, k, v = (rows for rows, _ in sides)
    pieces = [made for _, made in sides]
    bias = 10 if decoder else 3
    if cell.has(bias):
        widths = [x.shape[1] * x.shape[3] for x in (q, k, v)]
        parts = [_bias_split(cell, bias, widths, w).reshape(x.shape[1], 1, -1)
                 for w, x in enumerate((q, k, v))]  # fmt: skip
        starts = np.cumsum([0, *widths])
        for which, (x, made) in enumerate(zip((q, k, v), pieces, strict=True)):
            made.append(piece_of(bias, "j", x.shape[3], 0, x.shape[2], "bias", int(starts[which])))
        q, k, v = q + parts[0], k + parts[1], v + parts[2]
    before = 0
    places = (5, 6) if decoder else (6, 7)
    cached = cell.has(places[0]) and not (decoder and cell.has(1) and len(cell.shape(1)) == 4)
    rest: list[Array] = []
    if cached:
        before = cell.shape(places[0])[2]
        if decoder and given["past_present_share_buffer"]:
            before = cell.number(7)
        past = [wide(cell.inputs[p]) for p in places]
        rest = [x[:, :, before + k.shape[2] :] for x in past]
        names = ("past keys", "past values")
        for which, (p, x) in enumerate(zip(places, past, strict=True)):
            made = [_moved(piece, before) for piece in pieces[1 + which]]
            pieces[1 + which] = [piece_of(p, "ngte", 0, 0, before, names[which]), *made]
            new = np.concatenate((x[:, :, :before], (k, v)[which]), axis=2)
            k, v = (new, v) if not which else (k, new)
    mask = 3 if decoder else 4
    hide = Hidden(cell, mask, 4 if decoder else 5, len(q), k.shape[2], before)
    keys = k.shape[2]
    if rest and rest[0].shape[2]:  # a buffer that goes on behind what counts
        k, v = (np.concatenate(pair, axis=2) for pair in ((k, rest[0]), (v, rest[1])))
        end = k.shape[2]
        for which, p in enumerate(places):
            pieces[1 + which].append(piece_of(p, "ngte", 0, keys, end, "buffer", start=keys))
    return Look(
        heads, k.shape[1], q.shape[2], keys, v.shape[3], q.shape[3],
        float(given["scale"]) or 1 / math.sqrt(max(1, q.shape[3])),
        Side(pieces[0], table(q)), _behind(pieces[1], k), _behind(pieces[2], v),
        hide.allowed, hide.bias, hide.operands,
    )  # fmt: skip


def _behind(pieces: list[Piece], rows: Array) -> Side:
    return Side(pieces, table(rows))


def _moved(piece: Piece, by: int) -> Piece:
    """The same piece, further along the keys."""

    def operands(n: Any, g: Any, t: Any, e: Any, d: Any = None) -> tuple[Operand, ...]:
        return piece.operands(n, g, t - by, e, d)

    return Piece(piece.begin + by, piece.end + by, operands, piece.depth, piece.amount, piece.name)


def _sides(cell: Cell, heads: int, decoder: bool) -> list[tuple[Array, list[Piece]]]:
    """Queries, keys and values (N,H,S,E) out of any form, and the cells that they are."""
    names = ("queries", "keys", "values")
    shape = cell.shape(0)
    if len(shape) == 5:  # (N,S,H,3,E)
        x = wide(cell.inputs[0])
        return [
            (x[:, :, :, i].transpose(0, 2, 1, 3),
             [piece_of(0, "ntg0e", 0, 0, shape[1], name, at=i)])
            for i, name in enumerate(names)
        ]  # fmt: skip
    if decoder and not cell.has(1):  # (N,1,3·H·E)
        third = shape[2] // 3
        parts = np.split(wide(cell.inputs[0]), 3, axis=2)
        return [
            (split(part, heads),
             [piece_of(0, "ntj", third // heads, 0, shape[1], name, i * third)])
            for i, (part, name) in enumerate(zip(parts, names, strict=True))
        ]  # fmt: skip
    q = split(wide(cell.inputs[0]), heads)
    made = [(q, [piece_of(0, "ntj", q.shape[3], 0, shape[1], "queries")])]
    if len(cell.shape(1)) == 5:  # (N,L,H,2,E)
        x = wide(cell.inputs[1])
        return made + [
            (x[:, :, :, i].transpose(0, 2, 1, 3),
             [piece_of(1, "ntg0e", 0, 0, x.shape[1], names[1 + i], at=i)])
            for i in range(2)
        ]  # fmt: skip
    for p, name in ((1, "keys"), (2, "values")):
        x = split(wide(cell.inputs[p]), heads)
        axes = "ngte" if len(cell.shape(p)) == 4 else "ntj"
        made.append((x, [piece_of(p, axes, x.shape[3], 0, x.shape[2], name)]))
    return made


class Hidden:
    """What onnxruntime's masks of any shape say: hidden keys get a very small number added."""

    def __init__(
        self, cell: Cell, mask: int, bias: int | None, n: int, keys: int, before: int
    ) -> None:
        self.cell, self.mask, self.added, self.n, self.keys = cell, mask, bias, n, keys
        self.before = before
        self.low = float(cell.attributes["mask_filter_value"])

    def allowed(self, n: int, h: int, s: int) -> Any:
        if not self.cell.attributes.get("unidirectional"):
            return True
        return np.arange(self.keys) <= s + self.before

    def bias(self, n: int, h: int, s: int) -> Any:
        total: Any = np.zeros(self.keys)
        if self.cell.has(self.mask):
            total = np.where(self._seen(n, h, s), 0.0, self.low)
        if self.added is not None and self.cell.has(self.added):
            bias = wide(self.cell.inputs[self.added])
            shape = bias.shape
            at = tuple(0 if size == 1 else i for size, i in zip(shape[:3], (n, h, s), strict=True))
            total = total + bias[at]
        return total

    def _seen(self, n: int, h: int, s: int) -> Array:
        mask, t = self.cell.array(self.mask), np.arange(self.keys)
        if mask.ndim == 1:
            seen = t < mask[n]
            return np.asarray(seen & (t >= mask[self.n + n]) if mask.size == 2 * self.n else seen)
        if mask.ndim == 2:
            return np.asarray(mask[n] > 0)
        if mask.ndim == 3:
            return np.asarray(mask[n, 0 if mask.shape[1] == 1 else s] > 0)
        row = mask[n, 0 if mask.shape[1] == 1 else h]
        return np.asarray(row[0 if len(row) == 1 else s][: self.keys] > 0)

    @property
    def operands(self) -> list[Callable[..., Operand | None]]:
        """The cells of masks that belong to a score."""

        def of_mask(n: Any, h: Any, s: Any, t: Any) -> Operand | None:
            if not self.cell.has(self.mask):
                return None
            mask = self.cell.shape(self.mask)
            index = {1: (n,), 2: (n, t), 3: (n, s, t), 4: (n, h, s, t)}[len(mask)]
            at = [
                np.zeros_like(part) if size == 1 else part
                for part, size in zip(map(np.asarray, index), mask, strict=True)
            ]
            return Operand(self.mask, tuple(at), "mask")

        def of_bias(n: Any, h: Any, s: Any, t: Any) -> Operand | None:
            if self.added is None or not self.cell.has(self.added):
                return None
            return masked(self.cell, self.added, n, h, s, t)

        return [of_mask, of_bias]


@declares("Attention", "QAttention", domain=MICROSOFT, parts=PARTS)
def dense(cell: Cell) -> Account:
    """Attention together with the dense layer that makes queries, keys and values."""
    of = _of_dense(cell, known_look(cell, _dense))
    if cell.op == "Attention":
        return of
    names = {
        3: "scale",
        4: "scale",
        6: "zero point",
        7: "zero point",
    }  # one for all, where it is so
    alone = [p for p in names if cell.has(p) and cell.array(p).size == 1]
    return replace(of, operands=[*of.operands, *(all_of(cell, p, names[p]) for p in alone)])


def _of_dense(cell: Cell, look: Look) -> Account:
    if cell.part or cell.output == 0:
        return account_of(cell, look, True)
    which, *at = cell.at
    if not cell.one:
        sides = (held(cell, side, *at).operands for side in (look.k, look.v))
        return Account([o for side in sides for o in side], unworked, "movement")
    return held(cell, (look.k, look.v)[int(which)], *at)


def _dense(cell: Cell) -> Look:
    given, quantized = cell.attributes, cell.op == "QAttention"
    heads, places = int(given["num_heads"]), cell.shape(0)[1]
    stored, factor = (wide(cell.inputs[p]) for p in (0, 1))
    step: Any = 1.0
    zeros = (0.0, np.zeros(1))
    if quantized:
        zeros = (float(cell.number(6, 0)), wide(cell.inputs[7]) if cell.has(7) else np.zeros(1))
        step = float(cell.number(3)) * wide(cell.inputs[4])
        stored, factor = stored - zeros[0], (factor - zeros[1].reshape(-1)) * step
    sizes = list(given.get("qkv_hidden_sizes") or [factor.shape[1] // 3] * 3)
    joined = stored @ factor + (wide(cell.inputs[2]) if cell.has(2) else 0)
    starts = np.cumsum([0, *sizes])
    rows = [split(joined[..., starts[i] : starts[i + 1]], heads) for i in range(3)]
    past = 8 if quantized else 4
    before = cell.shape(past)[3] if cell.has(past) else 0
    names = ("query", "key", "value")
    pieces: list[list[Piece]] = []
    for which, (x, name) in enumerate(zip(rows, names, strict=True)):
        moved = before if which else 0
        made = _DensePieces(cell, int(starts[which]), x.shape[3], step, zeros)
        pieces.append(made.pieces(moved, places, name))
        if which and before:
            rows[which] = np.concatenate((wide(cell.inputs[past])[which - 1], x), axis=2)
            old = piece_of(
                past, "0ngte", 0, 0, before, phrase("past {part}", part=word(name)), at=which - 1
            )
            pieces[which].insert(0, old)
    q, k, v = rows
    hide = Hidden(cell, 5 if quantized else 3, None if quantized else 5, len(q), k.shape[2], before)
    return Look(
        heads, heads, places, k.shape[2], v.shape[3], q.shape[3],
        float(given["scale"]) or 1 / math.sqrt(max(1, q.shape[3])),
        Side(pieces[0], table(q)), Side(pieces[1], table(k)), Side(pieces[2], table(v)),
        hide.allowed, hide.bias, hide.operands,
    )  # fmt: skip


class _DensePieces:
    """Values that a dense layer makes of the input: products of a row and a column, and a bias."""

    def __init__(self, cell: Cell, first: int, width: int, step: Any, zeros: Any) -> None:
        self.cell, self.first, self.width, self.step, self.zeros = cell, first, width, step, zeros

    def pieces(self, before: int, places: int, name: str) -> list[Piece]:
        """Along places that come behind those before."""
        depth = self.cell.shape(0)[2]
        quantized = self.cell.op == "QAttention"

        def operands(n: Any, g: Any, t: Any, e: Any, d: Any = None) -> tuple[Operand, ...]:
            column = self.first + g * self.width + e
            made = [Operand(0, (n, t - before, d), "input"), Operand(1, (d, column), "weights")]
            if quantized and np.size(self.step) > 1:
                made.append(Operand(4, (column,), "scale"))
            if quantized and np.size(self.zeros[1]) > 1:
                made.append(Operand(7, (column,), "zero point"))
            return tuple(made)

        def amount(x: Any, w: Any, *more: Any) -> Any:
            if not quantized:
                return x * w
            rest = [*more]
            scale = rest.pop(0) * self.cell.number(3) if np.size(self.step) > 1 else self.step
            zero = rest.pop(0) if rest else self.zeros[1].reshape(-1)[0]
            return (x - self.zeros[0]) * (w - zero) * np.reshape(scale, np.shape(scale) or ())

        made = [Piece(before, before + places, operands, depth, amount, name)]
        if self.cell.has(2):
            bias = piece_of(2, "j", self.width, before, before + places, "bias", self.first)
            made.append(bias)
        return made
