"""Rotary position embedding: a pair of values, turned by an angle that grows with the position."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.quantised import MICROSOFT, written

Array = np.ndarray


def _heads(cell: Cell, half: int) -> tuple[Any, Any, Any, int]:
    """The row, the place, the value within its head, and how many values a head has."""
    given, shape = cell.attributes, cell.shape(0)
    if len(shape) == 4:
        n, _, s, e = cell.at
        return n, s, e, shape[3]
    heads = int(given["num_heads"]) or shape[2] // (int(given["rotary_embedding_dim"]) or 2 * half)
    n, s, joined = cell.at
    width = shape[2] // heads
    return n, s, joined % width, width


def _turned(cell: Cell, cos: Any, sin: Any, half: int, e: Array, scale: float = 1.0) -> Account:
    """a·cos − b·sin for the first of a pair, a·sin + b·cos for the second; others stay.

    cos, sin: make an operand for the number of a pair.
    """
    interleaved = bool(cell.attributes["interleaved"])
    moved = e < 2 * half
    if interleaved:
        first, pair = e % 2 == 0, e // 2
        other = np.where(first, e + 1, e - 1)
    else:
        first, pair = e < half, e % max(1, half)
        other = np.where(first, e + half, e - half)
    by = np.where(moved, other - e, 0)
    own = Operand(0, cell.at, "own")
    partner = Operand(0, (*cell.at[:-1], cell.at[-1] + by), "its partner")
    pair = np.where(moved, np.clip(pair, 0, max(0, half - 1)), 0)
    angles = [cos(pair), sin(pair)]

    def work(values: Values) -> Worked:
        x = values(own)
        if not moved:
            said = Said("This value lies behind those that are turned: it stays {x}.",
                        written(x=x * scale))  # fmt: skip
            share = np.asarray(x * scale)
            return Worked([Stage("stays", np.float64(share))], [Terms((own,), share, "stays")],
                          said, m.name("x"))  # fmt: skip
        c, s, y = values(angles[0]), values(angles[1]), values(partner)
        straight, across = x * c * scale, (-y if first else y) * s * scale
        value = np.float64(straight + across)
        said = Said(
            "{x} and its partner {y} are turned by {angle}° at this place: {value}.",
            written(x=x, y=y, angle=np.degrees(np.arctan2(s, c)), value=value),
        )
        terms = [
            Terms((own, angles[0]), np.asarray(straight), "straight"),
            Terms((partner, angles[1]), np.asarray(across), "across"),
        ]
        formula = m.row(
            m.name("a"), m.op("·"), m.call("cos", m.name("θ")), m.op("−" if first else "+"),
            m.name("b"), m.op("·"), m.call("sin", m.name("θ")),
        )  # fmt: skip
        return Worked([Stage("turned", value)], terms, said, formula)

    return Account([own, partner, *angles], work, "pair")


@declares("RotaryEmbedding")
def rotary(cell: Cell) -> Account:
    """Angles from tables, by the positions; or given for each place."""
    if cell.has(3):
        half = cell.shape(1)[1]
        n, s, e, width = _heads(cell, half)
        half = (int(cell.attributes["rotary_embedding_dim"]) or width) // 2
        place = cell.array(3)[n, s]
        tables = [lambda pair, p=p: Operand(p, (place + 0 * pair, pair), "angle") for p in (1, 2)]
    else:
        n, s, e, width = _heads(cell, cell.shape(1)[2])
        half = (int(cell.attributes["rotary_embedding_dim"]) or width) // 2
        row = n if cell.shape(1)[0] > 1 else n * 0
        tables = [lambda pair, p=p: Operand(p, (row, s, pair), "angle") for p in (1, 2)]
    return _turned(cell, tables[0], tables[1], half, e)


@declares("RotaryEmbedding", domain=MICROSOFT)
def rotary_microsoft(cell: Cell) -> Account:
    """Angles from tables, by the positions or the first of them."""
    half = cell.shape(2)[1]
    n, s, e, _ = _heads(cell, half)
    ids = cell.array(1)
    if ids.size == 1 and ids.ndim <= 1:
        place = ids.reshape(-1)[0] + s
    else:
        place = ids[n if len(ids) > 1 else n * 0, s]
    tables = [lambda pair, p=p: Operand(p, (place + 0 * pair, pair), "angle") for p in (2, 3)]
    return _turned(cell, tables[0], tables[1], half, e, float(cell.attributes["scale"]))


@declares("MRotaryEmbedding", domain=MICROSOFT)
def rotary_of_three(cell: Cell) -> Account:
    """Time, height and width each turn some of the pairs."""
    given, half = cell.attributes, cell.shape(2)[1]
    n, s, e, _ = _heads(cell, half)
    sections, pairs = [int(size) for size in given["mrope_section"]], np.arange(half)
    stream = np.repeat(np.arange(3), sections)
    if given["mrope_layout"]:
        stream = np.zeros(half, np.int64)
        for which in (1, 2):
            stream[(pairs % 3 == which) & (pairs < 3 * sections[which])] = which
    ids = cell.array(1)

    def table(position: int) -> Any:
        return lambda pair: Operand(position, (ids[stream[pair], n, s], pair), "angle")

    return _turned(cell, table(2), table(3), half, e, float(given["scale"]))
