"""A cell that competes with others of its row: softmax and what is like it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.explain.reductions import best
from tensorama.phrases import Phrase, phrase, sentences

_POWER = m.power(m.name("e"), m.name("x", "i"))
_SHARE = m.fraction(_POWER, m.total("k", m.power(m.name("e"), m.name("x", "k"))))


def row_of(cell: Cell) -> tuple[Operand, tuple[int, ...]]:
    """The cells that compete with one another, and which axes they lie along.

    Before opset 13 all axes from `axis` on were one row.
    """
    shape = cell.shape(0)
    rank, given = len(shape), int(cell.attributes["axis"])
    axis = given if given == rank else given % rank
    axes = (axis,) if cell.opset >= 13 else tuple(range(axis, rank))
    at, rows = cell.spread(*(shape[a] for a in axes))
    index = [*at]
    for a, row in zip(axes, rows, strict=True):
        index[a] = row
    return Operand(0, tuple(index), "row"), axes


@declares("Softmax", "LogSoftmax")
def softmax(cell: Cell) -> Account:
    """e to the power of the cell, as a share of the same of all cells of its row."""
    every, axes = row_of(cell)
    logged = cell.op == "LogSoftmax"

    def work(values: Values) -> Worked:
        row = np.asarray(values(every))
        own = tuple(int(cell.at[a]) for a in axes)
        top = row.max()
        powers = np.exp(row - top)
        share = powers[own] / powers.sum()
        stages = [
            Stage("e^(x − max)", powers[own]),
            Stage("sum of the row", powers.sum()),
            Stage("share", share),
        ]
        value = share
        if logged:
            value = row[own] - top - np.log(powers.sum())
            stages.append(Stage("log", value))
        shares = np.zeros(row.shape)
        shares[own] = value
        terms = Terms((every,), shares, "row", powers / powers.sum())
        formula = m.call("ln", _SHARE) if logged else _SHARE
        return Worked(stages, [terms], _said(row, own, share, logged), formula)

    return Account((every,), work, "softmax")


def _said(row: np.ndarray, own: tuple[int, ...], share: Any, logged: bool) -> Phrase:
    larger = int((row > row[own]).sum())
    known = {
        "count": row.size, "larger": larger, "percent": written(100 * share),
        "ahead": written(np.exp(row[own] - np.delete(row.reshape(-1), row.argmax()).max()))
        if row.size > 1 else "", "x": written(row[own]),
    }  # fmt: skip
    said = Said(_pattern(row, own, share, larger), known)
    if not logged:
        return said
    return sentences((said, phrase("Here is the logarithm of that share.")))


def _pattern(row: np.ndarray, own: tuple[int, ...], share: Any, larger: int) -> str:
    if row.size == 1:
        return "Nothing competes with it, so it gets the whole."
    if not share and row[own] < -1e4:
        return "Its score {x} says that it does not count: it gets nothing."
    if not larger and (row == row[own]).sum() == 1:
        return (
            "Of {count} that compete for one whole it is the largest: it gets {percent} %, "
            "{ahead} times as much as the next."
        )
    if not larger:
        return "Of {count} that compete none is larger: it gets {percent} %."
    if larger == 1:
        return "Of {count} that compete for one whole {larger} is larger; it gets {percent} %."
    return "Of {count} that compete for one whole {larger} are larger; it gets {percent} %."


@declares("Hardmax")
def hardmax(cell: Cell) -> Account:
    """1 for the largest of its row, 0 for all others."""
    every, axes = row_of(cell)
    formula = m.row(m.op("["), m.name("i"), m.op("="), m.op("arg max"), m.name("x", "k"), m.op("]"))

    def work(values: Values) -> Worked:
        row = np.asarray(values(every))
        own = int(np.ravel_multi_index(tuple(int(cell.at[a]) for a in axes), row.shape))
        winner = best(row, True)
        value = np.float64(own == winner)
        shares = np.zeros(row.shape)
        shares.reshape(-1)[own] = value
        flat = row.reshape(-1)
        known = {
            "count": row.size, "x": written(flat[own]), "best": written(flat[winner]),
            "larger": int((flat > flat[own]).sum()),
        }  # fmt: skip
        text = "Of {count} {x} is the largest, and the largest gets all."
        if own != winner and known["larger"]:
            text = "The largest, {best}, gets all; {larger} of {count} are above {x}."
        elif own != winner:
            text = "Another one before it is as large, {best}, and that gets all."
        terms = Terms((every,), shares, "row", row)
        return Worked([Stage("Hardmax", value)], [terms], Said(text, known), formula)

    return Account((every,), work, "softmax")
