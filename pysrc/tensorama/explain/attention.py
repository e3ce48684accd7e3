"""Attention: a query is compared with keys, the fits become weights, the weights mix values.

Scores and weights are recorded; a cell of the result is a mixture by the weights, a weight is a
share among scores, a score is a sum of products of a query and a key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.trace import Step
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Index, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.heads import Look, Piece, Side
from tensorama.explain.movement import unworked
from tensorama.phrases import phrase, word

_looks: WeakKeyDictionary[Step, dict[int, Look]] = WeakKeyDictionary()


def known_look(cell: Cell, make: Callable[[Cell], Look], start: int = 0) -> Look:
    """How the queries of a node look at its keys, from a start on; worked out once for each run."""
    known = _looks.setdefault(cell.step, {})
    if start not in known:
        known[start] = make(cell)
    return known[start]


def mixture(cell: Cell, look: Look, n: Any, h: Any, s: Any, e: Any) -> Account:
    """Σ weight · value over the keys."""
    weights, terms = cell.step.inner["weights"], []
    inner = cell.inner("weights")
    for piece in look.v.pieces:
        if piece.begin >= look.keys:  # a buffer that goes on behind what counts
            continue
        at, axes = _spread((n, h, s, e), (piece.begin, piece.end), piece.depth)
        t, d = axes[0], axes[1] if piece.depth else None
        seen = np.asarray(weights[at[0], at[1], at[2], t] != 0)
        operands = tuple(
            _where(operand, seen)
            for operand in piece.operands(at[0], look.group(at[1]), t, at[3], d)
        )
        weight = Operand(inner, (at[0], at[1], at[2], t), "weight")
        terms.append((piece, weight, operands))
    every = [o for _, weight, operands in terms for o in (weight, *operands)]
    if not cell.one:
        return Account(every, unworked, "attention")

    def work(values: Values) -> Worked:
        row = look.row(int(n), int(h), int(s))
        held = look.v.rows(int(n), int(look.group(h)))[: look.keys, int(e)]
        groups = []
        for piece, weight, operands in terms:
            share = _lined(row.weights[piece.begin : piece.end], piece.depth) * np.where(
                operands[0].there, piece.amount(*map(values, operands)), 0
            )
            name = piece.name or "values"
            groups.append(Terms((weight, *operands), np.asarray(share), name))
        value = np.float64((row.weights * np.where(row.weights != 0, held, 0)).sum())
        best = int(row.weights.argmax()) if row.weights.size else 0
        said = _mixture_said(row.weights, best, held, int(s), int(h))
        stages = [Stage("mixture", value)]
        if row.weights.size:
            stages.insert(0, Stage("its weight", row.weights[best]))
            stages.insert(0, Stage("best score", row.scores[best]))
        return Worked(stages, groups, said, _MIXTURE)

    return Account(every, work, "attention")


def _mixture_said(weights: np.ndarray, best: int, held: np.ndarray, s: int, h: int) -> Said:
    seen = int((weights != 0).sum())
    if not seen:
        return Said("Position {s} may look at no key at all: the result is 0.", {"s": s})
    return Said(
        "Position {s} of head {h} looks at {seen} of {count} positions, most at {best} "
        "({percent} %), whose value is {value}.",
        {
            "s": s,
            "h": h,
            "seen": seen,
            "count": weights.size,
            "best": best,
            "percent": m.percent(weights[best]),
            "value": m.written(held[best]),
        },
    )


_MIXTURE = m.total(
    "t",
    m.row(
        m.call("softmax", m.fraction(m.row(m.name("q"), m.op("·"), m.name("k", "t")),
                                     m.root(m.name("E")))),
        m.op("·"), m.name("v", "t"),
    ),
)  # fmt: skip


def weight(cell: Cell, look: Look, n: Any, h: Any, s: Any, t: Any) -> Account:
    """The share of one key among all scores of a query."""
    at, (along,) = _spread((n, h, s), (0, look.keys), 0)
    scores = cell.step.inner["scores"]
    seen = ~np.isneginf(np.asarray(scores[at[0], at[1], at[2], along]))
    inner = Operand(cell.inner("scores"), (*at, along), "scores", (seen,) * 4, -np.inf)
    if not cell.one:
        return Account([inner], unworked, "softmax")

    def work(values: Values) -> Worked:
        row, place = look.row(int(n), int(h), int(s)), int(t)
        share = row.weights[place]
        shares = np.zeros(row.weights.shape)
        shares[place] = share
        larger = int((row.scores > row.scores[place]).sum())
        hidden = bool(np.isneginf(row.scores[place]))
        text = "Position {s} may not look at position {t}: the mask hides it." if hidden else (
            "Of what position {s} looks at, position {t} gets {percent} %: {larger} others score "
            "higher." if larger
            else "Of what position {s} looks at, position {t} gets {percent} %: none scores higher."
        )  # fmt: skip
        said = Said(text, {"s": int(s), "t": place, "percent": m.percent(share), "larger": larger})
        terms = [Terms((inner,), shares, "row", row.weights)]
        power = m.power(m.name("e"), m.name("x", "t"))
        formula = m.fraction(power, m.total("k", m.power(m.name("e"), m.name("x", "k"))))
        stages = [Stage("score", row.scores[place]), Stage("share", share)]
        return Worked(stages, terms, said, formula)

    return Account([inner], work, "softmax")


def score(cell: Cell, look: Look, at: Index, stage: str = "scores") -> Account:
    """Σ query · key, scaled, and what a mask adds."""
    n, h, s, t = at
    groups = _query_groups(look, n, h, s, t)
    masks = [o for make in look.masks if (o := make(n, h, s, t)) is not None]
    every = [o for _, operands in groups for o in operands] + masks
    if not cell.one:
        return Account(every, unworked, "products")

    def work(values: Values) -> Worked:
        row, place = look.row(int(n), int(h), int(s)), int(t)
        key = look.k.rows(int(n), int(look.group(h)))[place]
        query = look.q.rows(int(n), int(h))[int(s)]
        factor = key if look.q.mixes is None else look.q.mixes(int(n), int(h), int(s), key)
        terms = _shares(look, groups, values, factor, query)
        stages = [Stage("query · key", row.products[place])]
        if look.softcap:
            stages.append(Stage("soft cap", row.capped[place]))
        bias = float(np.broadcast_to(look.bias(int(n), int(h), int(s)), row.scores.shape)[place])
        hidden = bool(np.isneginf(row.scores[place])) and stage == "scores"
        if stage == "scores":
            if bias:
                stages.append(Stage("+ mask", row.capped[place] + bias))
            if row.scores[place] != stages[-1].value:
                stages.append(Stage("hidden" if hidden else "changed", row.scores[place]))
            terms += [Terms((mask,), np.asarray(0.0), "mask", np.asarray(bias)) for mask in masks]
        said = Said(
            "Query {s} and key {t} fit with {product}, but the mask hides this key." if hidden
            else "Query {s} and key {t} fit with {product}; the mask adds {bias}."
            if bias and stage == "scores" else "Query {s} and key {t} fit with {product}.",
            {"s": int(s), "t": place, "product": m.written(row.products[place]),
             "bias": m.written(bias)},
        )  # fmt: skip
        formula = m.row(
            m.number(look.scale), m.op("·"),
            m.total("e", m.row(m.name("q", "e"), m.op("·"), m.name("k", "e"))),
            *([m.op("+"), m.name("mask")] if bias else []),
        )  # fmt: skip
        return Worked(stages, terms, said, formula, pair=(query, key))

    return Account(every, work, "products")


Groups = list[tuple[Piece, tuple[Operand, ...]]]


def _query_groups(look: Look, n: Any, h: Any, s: Any, t: Any) -> Groups:
    """What a query and a key are made of."""
    groups: Groups = []
    for piece in look.q.pieces:
        groups.append((piece, _value_operands(piece, look.depth, n, h, s)))
    for piece in look.k.pieces:
        if np.ndim(t) or piece.begin <= int(t) < piece.end:
            operands = _value_operands(piece, look.depth, n, look.group(h), t)
            if np.ndim(t):
                here = (t >= piece.begin) & (t < piece.end)
                here = here.reshape(here.shape + (1,) * (1 + bool(piece.depth)))
                operands = tuple(_where(o, here) for o in operands)
            groups.append((piece, operands))
    return groups


def _value_operands(piece: Piece, width: int, n: Any, g: Any, t: Any) -> tuple[Operand, ...]:
    at, axes = _spread((n, g, t), (0, width), piece.depth)
    place = np.clip(at[2], piece.begin, max(piece.begin, piece.end - 1))
    return piece.operands(at[0], at[1], place, axes[0], axes[1] if piece.depth else None)


def _shares(
    look: Look, groups: Groups, values: Values, factor: np.ndarray, query: np.ndarray
) -> list[Terms]:
    """Shares of the scaled product: all on the query's side, unless both sides are plain cells."""
    queries = groups[: len(look.q.pieces)]
    keys = groups[len(look.q.pieces) :]
    (first, left), *others = queries
    turned = look.q.mixes is not None
    simple = (
        not turned and not others and len(keys) == 1 and not first.depth and not keys[0][0].depth
    )
    if simple:
        share = look.scale * first.amount(*map(values, left)) * factor
        return [Terms((*left, *keys[0][1]), np.asarray(share), "products")]
    terms = []
    for piece, operands in queries:
        share = look.scale * piece.amount(*map(values, operands)) * _lined(factor, piece.depth)
        terms.append(
            Terms(
                operands,
                np.asarray(share),
                phrase("query {part}", part=word(piece.name)) if piece.name else "query",
            )
        )
    for piece, operands in keys:
        amount = look.scale * piece.amount(*map(values, operands)) * _lined(query, piece.depth)
        zeros = np.zeros(np.shape(amount))
        terms.append(
            Terms(
                operands,
                zeros,
                phrase("key {part}", part=word(piece.name)) if piece.name else "key",
                np.asarray(amount),
            )
        )
    return terms


def held(cell: Cell, side: Side, n: Any, g: Any, t: Any, e: Any) -> Account:
    """A cell of the keys or values that are handed on to the next step."""
    if cell.one and not any(piece.begin <= int(t) < piece.end for piece in side.pieces):
        said = Said("Nothing has been stored at this place yet.")
        return Account((), lambda _: Worked([Stage("empty", np.float64(0))], [], said), "movement")
    made = []
    for piece in side.pieces:
        if cell.one and not piece.begin <= int(t) < piece.end:
            continue
        at, axes = _spread((n, g, t, e), None, piece.depth)
        place = np.clip(at[2], piece.begin, max(piece.begin, piece.end - 1))
        operands = piece.operands(at[0], at[1], place, at[3], axes[0] if piece.depth else None)
        here = (at[2] >= piece.begin) & (at[2] < piece.end)
        made.append((piece, tuple(o if cell.one else _where(o, here) for o in operands)))
    every = [o for _, operands in made for o in operands]
    if not cell.one:
        return Account(every, unworked, "movement")

    def work(values: Values) -> Worked:
        value = np.float64(side.rows(int(n), int(g))[int(t)][int(e)])
        terms = [
            Terms(operands, np.asarray(piece.amount(*map(values, operands)), float), piece.name)
            for piece, operands in made
        ]
        total = sum(term.share.sum() for term in terms)
        if not np.isclose(total, value, rtol=1e-9):  # turned or normalised on the way
            terms = [
                Terms(t.operands, np.zeros(t.share.shape), t.name, t.share) for t in terms[1:]
            ] + [
                Terms(terms[0].operands, np.full(terms[0].share.shape, value / terms[0].share.size))
            ]
        kind = made[0][0].name or "value"
        said = Said(
            "Kept for the next step: place {t} of head {g} ({kind}).",
            {"t": int(t), "g": int(g), "kind": word(kind)},
        )
        return Worked([Stage("kept", value)], terms, said, m.name("x"))

    return Account(every, work, "movement")


def _where(operand: Operand, seen: np.ndarray) -> Operand:
    """An operand that counts only in some places."""
    inside = operand.inside or (np.asarray(True),) * len(operand.index)
    return Operand(operand.input, operand.index, operand.role, (inside[0] & seen, *inside[1:]))


def _lined(along: np.ndarray, depth: int) -> np.ndarray:
    """Values along the first axis of a grid that may have a second one."""
    return along[:, None] if depth else along


def _spread(
    at: tuple[Any, ...], span: tuple[int, int] | None, depth: int
) -> tuple[tuple[np.ndarray, ...], list[np.ndarray]]:
    """Index arrays, and new axes behind them: a span of places, and a depth."""
    axes = [] if span is None else [np.arange(*span)]
    axes += [np.arange(depth)] if depth else []
    many = len(axes)
    rank = max((np.ndim(part) for part in at), default=0)
    shaped = tuple(np.asarray(part).reshape(np.shape(part) + (1,) * many) for part in at)
    along = [
        axis.reshape((1,) * (rank + place) + (-1,) + (1,) * (many - place - 1))
        for place, axis in enumerate(axes)
    ]
    return shaped, along
