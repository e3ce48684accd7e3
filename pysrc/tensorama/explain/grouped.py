"""GroupQueryAttention: groups of query heads share keys; places are written in by turning pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.explain.account import Account, Operand
from tensorama.explain.attention import held as kept
from tensorama.explain.attention import known_look, mixture, score, weight
from tensorama.explain.attentions import MICROSOFT, PARTS, masked, wide
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.heads import Look, Piece, Side, plain, split
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import all_of

Array = np.ndarray


@declares("GroupQueryAttention", domain=MICROSOFT, parts=PARTS)
def grouped(cell: Cell) -> Account:
    """Each row of the batch has its own number of keys that came before."""
    rows, starts = [int(n) for n in np.unique(cell.at[0])], _starts(cell)
    if len(rows) == 1 or len(set(starts)) == 1:
        return _account(cell, starts[rows[0]])
    operands: list[Operand] = []
    for n in rows:  # of many cells: those of each row by itself
        operands += _account(_of_row(cell, n), starts[n]).operands
    return Account(operands, unworked, "attention")


def _of_row(cell: Cell, n: int) -> Cell:
    """The cells that belong to one row of the batch."""
    alike = len({part.shape for part in cell.at}) == 1
    chosen = cell.at[0] == n
    if alike:
        return cell.moved(tuple(part[chosen] for part in cell.at))
    return cell.moved((np.full_like(cell.at[0].reshape(-1)[:1], n).reshape(
        (1,) * cell.at[0].ndim), *cell.at[1:]))  # fmt: skip


def _account(cell: Cell, start: int) -> Account:
    look = known_look(cell, lambda cell: _look(cell, start), start)
    of = _plainly(cell, look)
    more = [*_turners(cell, start), *_norms(cell), *_beside(cell, look)]
    return replace(of, operands=[*of.operands, *more])


def _plainly(cell: Cell, look: Look) -> Account:
    if cell.part == "weights" or (cell.output == 3 and cell.attributes["qk_output"] == 2):
        return weight(cell, look, *cell.at)
    if cell.part == "scores" or cell.output == 3:
        return score(cell, look, cell.at)
    if cell.output:
        return kept(cell, (look.k, look.v)[cell.output - 1], *cell.at)
    row, s, e = cell.at
    return mixture(cell, look, row, e // look.width, s, e % look.width)


def _turners(cell: Cell, start: int) -> list[Operand]:
    """The rows of the tables by which the query and the keys that it can see were turned."""
    if not cell.attributes["do_rotary"] or cell.output == 2:
        return []
    scored = cell.part or cell.output == 3
    row, s, t = cell.at[0], cell.at[1], cell.at[2]
    if scored:
        s, t = cell.at[2], cell.at[3]
    half, new = cell.shape(7)[1], _new(cell)
    (many, along) = cell.spread(new, half)[1]

    def wide(part: np.ndarray) -> np.ndarray:
        return np.asarray(part).reshape((*np.shape(part), 1, 1))

    own = wide(s) == many
    if cell.output == 1:  # a key that is handed on was turned itself
        here = wide(t) == many + start
    elif cell.output == 3 or cell.part == "scores":
        here = own | (wide(t) == many + start)
    else:
        here = own | (many <= wide(s) if cell.attributes["causal"] else np.asarray(True))
    place = start + many
    asked = []
    if cell.has(9):
        place = cell.array(9).astype(np.int64)[wide(row), many]
        asked = [Operand(9, (wide(row), many), "place", (here, here))]
    tables = [Operand(p, (place, along), "turn", (here, here)) for p in (7, 8)]
    return [*asked, *tables]


def _norms(cell: Cell) -> list[Operand]:
    """The weights of the norms of queries and keys, and the score of a head that has no key."""
    made = [all_of(cell, p, "norm") for p in _NORMS.get(cell.output, ()) if cell.has(p)]
    if cell.has(11) and (cell.part == "weights" or cell.output == 0):
        width = cell.shape(0)[2] // int(cell.attributes["num_heads"])
        if not cell.has(1):
            heads = int(cell.attributes["num_heads"]) + 2 * int(cell.attributes["kv_num_heads"])
            width = cell.shape(0)[2] // heads
        head = cell.at[1] if cell.part else cell.at[2] // width
        made.append(Operand(11, (np.asarray(head),), "sink"))
    return made


def _beside(cell: Cell, look: Look) -> list[Operand]:
    """Of a key that is handed on: what it was turned together with, or normalised with."""
    turned, normalised = cell.attributes["do_rotary"], cell.has(15)
    if cell.output != 1 or not (turned or normalised):
        return []
    (n, g, t, e), (each,) = cell.spread(look.depth)
    piece = look.k.pieces[-1]
    here = (t >= piece.begin) & (t < piece.end)
    if not normalised:
        half = cell.shape(7)[1]
        other = np.where(e < half, e + half, e - half)
        if cell.attributes["rotary_interleaved"]:
            other = e ^ 1
        here = here & (e < 2 * half) & (each == other)
    place = np.clip(t, piece.begin, piece.end - 1)
    operands = piece.operands(n, g, place, each)
    return [replace(o, inside=(here,) * len(o.index)) for o in operands]


_NORMS = {
    0: (14, 15),
    1: (15,),
    3: (14, 15),
}  # by the output: which norms what it says goes through


def _new(cell: Cell) -> int:
    return int(cell.shape(0)[1])


def _starts(cell: Cell) -> list[int]:
    """How many keys each row had before."""
    ends = cell.array(5).reshape(-1).astype(np.int64) + 1
    if _new(cell) == cell.number(6):
        return [0] * len(ends)
    return [int(end) - _new(cell) for end in ends]


def _look(cell: Cell, start: int) -> Look:
    given = cell.attributes
    heads, groups = int(given["num_heads"]), int(given["kv_num_heads"])
    new, total = _new(cell), int(cell.number(6))
    raws, pieces = _given(cell, heads, groups, start)
    turning = _Turning(cell, start, new)
    q = turning.of(raws[0], 14, "q")
    keys = turning.of(raws[1], 15, "k")
    length = max(total, cell.shape(3)[2] if cell.has(3) else 0)
    filled = [_filled(cell, p, x, start, length) for p, x in ((3, keys), (4, raws[2]))]
    for which, (p, name) in enumerate(((3, "past keys"), (4, "past values"))):
        if start and cell.has(p):
            pieces[1 + which].insert(0, plain(p, "ngte", 0, 0, start, name))
    width = raws[2].shape[3]
    limits = _Limits(cell, start, length)
    sink = limits.sink

    def turned(row: int, h: int, s: int, key: Array) -> Array:
        return turning.back(raws[0][row, h, s], row, s, key)

    def rows(table: Array) -> Any:
        return lambda row, g: table[row, g]

    return Look(
        heads, groups, new, length, width, q.shape[3],
        float(given["scale"]) or 1 / math.sqrt(q.shape[3]),
        Side(pieces[0], rows(q), turned if given["do_rotary"] or cell.has(14) else None),
        Side(pieces[1], rows(filled[0])), Side(pieces[2], rows(filled[1])),
        limits.allowed, limits.bias, (limits.operand,), float(given["softcap"]), sink,
    )  # fmt: skip


def _given(
    cell: Cell, heads: int, groups: int, start: int
) -> tuple[list[Array], list[list[Piece]]]:
    """Queries, keys and values as they came (N,H,S,E), and the cells that they are."""
    new, names = _new(cell), ("queries", "keys", "values")
    if cell.has(1):
        raws = [split(wide(cell.inputs[p]), (heads, groups, groups)[p]) for p in range(3)]
        places = [(p, 0) for p in range(3)]
    else:
        x = wide(cell.inputs[0])
        width = x.shape[2] // (heads + 2 * groups)
        ends = [0, heads * width, (heads + groups) * width, x.shape[2]]
        raws = [split(x[..., ends[i] : ends[i + 1]], (heads, groups, groups)[i]) for i in range(3)]
        places = [(0, ends[i]) for i in range(3)]
    pieces = []
    for which, (p, first) in enumerate(places):
        begin = start if which else 0
        width = raws[which].shape[3]
        pieces.append([plain(p, "ntj", width, begin, begin + new, names[which], first)])
    return raws, pieces


def _filled(cell: Cell, past: int, new: Array, start: int, length: int) -> Array:
    """The cache after this step."""
    n, groups, count, width = new.shape
    table = np.zeros((n, groups, length, width))
    if cell.has(past):
        table[:, :, :start] = wide(cell.inputs[past])[:, :, :start]
    table[:, :, start : start + count] = new
    return table


@dataclass(frozen=True, slots=True)
class _Turning:
    """What happens to queries and keys first: a norm for each head, and the turn by the place."""

    cell: Cell
    start: int
    new: int

    def of(self, x: Array, norm: int, name: str) -> Array:
        """Normalised and turned."""
        x = x * self._norm(x, norm, name)
        if not self.cell.attributes["do_rotary"]:
            return x
        made = np.empty_like(x)
        for n, h, s in np.ndindex(*x.shape[:3]):
            made[n, h, s] = self._turn(n, s) @ x[n, h, s]
        return made

    def back(self, raw: Array, n: int, s: int, k: Array) -> Array:
        """By what each raw value of a query was multiplied on its way into its product with k."""
        factor = k
        if self.cell.attributes["do_rotary"]:
            factor = self._turn(n, s).T @ k
        return np.asarray(factor * self._norm(raw, 14, "q"))

    def _norm(self, x: Array, position: int, name: str) -> Any:
        if not self.cell.has(position):
            return 1.0
        given = self.cell.attributes
        epsilon = given[f"{name}_norm_epsilon"] or given["qk_norm_epsilon"]
        mean = np.square(x).mean(axis=-1, keepdims=True)
        return wide(self.cell.inputs[position]) / np.sqrt(mean + epsilon)

    def _turn(self, n: int, s: int) -> Array:
        """The matrix that turns the values at a place."""
        cell, given = self.cell, self.cell.attributes
        place = int(cell.array(9)[n, s]) if cell.has(9) else self.start + s
        cos, sin = (wide(cell.inputs[p])[place] for p in (7, 8))
        heads = int(given["num_heads"])
        width = cell.shape(0)[2] // (heads if cell.has(1) else heads + 2 * given["kv_num_heads"])
        return turn(cos, sin, width, bool(given["rotary_interleaved"]))


def turn(cos: Array, sin: Array, width: int, interleaved: bool) -> Array:
    """The matrix that turns pairs of values, as far as there are angles; the others stay."""
    matrix = np.eye(width)
    half = len(cos)
    for pair in range(half):
        a, b = (2 * pair, 2 * pair + 1) if interleaved else (pair, half + pair)
        matrix[a, a] = matrix[b, b] = cos[pair]
        matrix[a, b], matrix[b, a] = -sin[pair], sin[pair]
    return matrix


@dataclass(frozen=True, slots=True)
class _Limits:
    """Which keys count, for the queries of one row."""

    cell: Cell
    start: int
    length: int

    def allowed(self, n: int, h: int, s: int) -> Any:
        given, t = self.cell.attributes, np.arange(self.length)
        before = s + self.start - t
        end = int(self.cell.array(5).reshape(-1)[n]) + 1
        seen = before >= 0 if given["causal"] else t < end
        return seen & (before < given["local_window_size"]) if given[
            "local_window_size"] >= 0 else seen  # fmt: skip

    def bias(self, n: int, h: int, s: int) -> Any:
        if not self.cell.has(10):
            return 0.0
        bias = wide(self.cell.inputs[10])
        at = tuple(0 if size == 1 else i for size, i in zip(bias.shape[:3], (n, h, s), strict=True))
        row = bias[at]
        return np.pad(row, (0, self.length - len(row)))

    def operand(self, n: Any, h: Any, s: Any, t: Any) -> Operand | None:
        return masked(self.cell, 10, n, h, s, t) if self.cell.has(10) else None

    def sink(self, h: int) -> float | None:
        if self.cell.has(11):
            return float(wide(self.cell.inputs[11]).reshape(-1)[h])
        return 0.0 if self.cell.attributes["smooth_softmax"] else None
