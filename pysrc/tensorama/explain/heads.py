"""What queries, keys and values are made of in each operator of attention, and which keys count.

A query head h looks at keys of the group that it shares. Along the keys lie pieces: what a cache
held, and what is new; a piece is a tensor's cells, or the products of a dense layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorama.explain.account import Operand

Array = np.ndarray
Operands = Callable[..., tuple[Operand, ...]]  # (n, g, t, e, d): index arrays; d only with depth
Amount = Callable[..., Any]  # of the operands' values: what they make together


def multiplied(*values: Any) -> Any:
    """What operands make that are multiplied."""
    product = values[0]
    for value in values[1:]:
        product = product * value
    return product


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of places along the keys (or queries), and the cells that its values are made of.

    depth: 0 if each value is a cell; else it is a sum of so many products of cells.
    """

    begin: int
    end: int
    operands: Operands
    depth: int = 0
    amount: Amount = multiplied
    name: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """Queries, keys or values: the pieces, and all of them as numbers: (n, g) → (places, width).

    mixes: for queries that were turned or normalised, (n, h, s, k) → by what each raw value was
    multiplied on its way into the product with the key k. Without it that is k itself.
    """

    pieces: Sequence[Piece]
    rows: Callable[[int, int], Array]
    mixes: Callable[[int, int, int, Array], Array] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How an operator's queries look at its keys.

    allowed, bias: (n, h, s) → for each key whether it counts, and what is added to its score.
    masks: operands (n, h, s, t) that say so. sink: (h) → a score without a value, or None.
    change_…: (n, h, s) → what a graph of the model puts in the place of scores or weights.
    """

    heads: int
    groups: int
    queries: int
    keys: int
    width: int  # of a value
    depth: int  # of a query and a key
    scale: float
    q: Side
    k: Side
    v: Side
    allowed: Callable[[int, int, int], Any] = lambda n, h, s: True
    bias: Callable[[int, int, int], Any] = lambda n, h, s: 0.0
    masks: Sequence[Callable[..., Operand | None]] = ()
    softcap: float = 0.0
    sink: Callable[[int], float | None] = lambda h: None
    change_scores: Callable[[int, int, int], Array] | None = None
    change_weights: Callable[[int, int, int], Array] | None = None
    known: dict[tuple[int, int, int], Row] = field(default_factory=dict)

    def group(self, h: Any) -> Any:
        """The key head that a query head uses."""
        return h // (self.heads // self.groups)

    def row(self, n: int, h: int, s: int) -> Row:
        """All that one query makes of the keys."""
        if (n, h, s) not in self.known:
            self.known[n, h, s] = self._worked(n, h, s)
        return self.known[n, h, s]

    def _worked(self, n: int, h: int, s: int) -> Row:
        query = self.q.rows(n, h)[s]
        products = self.scale * (self.k.rows(n, self.group(h))[: self.keys] @ query)
        capped = products
        if self.softcap:
            capped = self.softcap * np.tanh(products / self.softcap)
        bias = np.broadcast_to(np.asarray(self.bias(n, h, s), np.float64), products.shape)
        allowed = np.broadcast_to(np.asarray(self.allowed(n, h, s), bool), products.shape)
        scores = np.where(allowed, capped + bias, -np.inf)
        if self.change_scores is not None:
            scores = self.change_scores(n, h, s)
        sink = self.sink(h)
        top = max(scores.max(initial=-np.inf), -np.inf if sink is None else sink)
        powers = np.exp(scores - (0 if np.isneginf(top) else top))
        total = powers.sum()
        if sink is not None:
            total += math.exp(sink - top)
        weights = powers / (total or 1)
        if not (allowed & ~np.isneginf(bias)).any():
            weights = np.zeros_like(weights)
        if self.change_weights is not None:
            weights = self.change_weights(n, h, s)
        return Row(products, capped, scores, weights)


@dataclass(frozen=True, slots=True)
class Row:
    """What one query makes of the keys, from the products to the weights: each (keys)."""

    products: Array
    capped: Array
    scores: Array
    weights: Array


def plain(position: int, axes: str, width: int, begin: int, end: int, role: str, first: int = 0,
          at: int = 0, start: int = 0) -> Piece:  # fmt: skip
    """A piece of one tensor. axes: how its axes go, of n, g (heads), t (places), e (values);
    "j" is heads and values joined, a digit a fixed place.

    first: where the joined values begin; at: which of several in one tensor; start: at which of
    the tensor's own places the piece begins.
    """

    def operands(n: Any, g: Any, t: Any, e: Any, d: Any = None) -> tuple[Operand, ...]:
        known = {"n": n, "g": g, "t": t - begin + start, "e": e, "j": first + g * width + e,
                 "0": np.asarray(at)}  # fmt: skip
        return (Operand(position, tuple(known[axis] for axis in axes), role),)

    return Piece(begin, end, operands, name=role)


def split(x: Array, heads: int) -> Array:
    """(N,S,H·E) → (N,H,S,E); what has four axes stays."""
    if x.ndim == 4:
        return x
    n, s, joined = x.shape
    return x.reshape(n, s, heads, joined // max(1, heads)).transpose(0, 2, 1, 3)
