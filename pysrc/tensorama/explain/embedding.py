"""Words, positions and segments looked up in tables, added and normalised: how BERT begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import (
    Account,
    Index,
    Operand,
    Said,
    Stage,
    Terms,
    Values,
    Worked,
    numbered,
)
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.normalisation import Row, inverse_spread, mean_of, normalised
from tensorama.phrases import joined, sentences, word

_MICROSOFT = "com.microsoft"
_PARTS = ("mean", "inverse_deviation")
_ROLES = ("word", "position", "segment")


@declares("EmbedLayerNormalization", domain=_MICROSOFT, parts=_PARTS)
def embedded(cell: Cell) -> Account:
    """The rows of a word, a position and a segment, added; outputs: y, how many count, the sum."""
    return _embedded(cell, 8, {})


@declares("QEmbedLayerNormalization", domain=_MICROSOFT, parts=_PARTS)
def embedded_of_bytes(cell: Cell) -> Account:
    """The same of tables of bytes, each with its scale and zero point."""
    return _embedded(cell, None, {2: (8, 13), 3: (9, 14), 4: (10, 15), 5: (11, 16), 6: (12, 17)})


def _embedded(cell: Cell, positions: int | None, scales: dict[int, tuple[int, int]]) -> Account:
    if cell.output == 1 and not cell.part:
        return _counted(cell)
    at, (along,) = cell.spread(cell.shape(2)[1])
    parts, asked = _tables(cell, at, along, positions)
    row = Row(parts, (cell.at[2],))
    epsilon = float(cell.attributes["epsilon"])
    if cell.part:
        made = mean_of(row) if cell.part == "mean" else inverse_spread(row, epsilon)
    elif cell.output == 2:
        made = _added(_tables(cell, cell.at, cell.at[2], positions)[0])
    else:
        scale = Operand(5, (cell.at[2],), "scale")
        made = normalised(Row(parts, row.own, scale, Operand(6, (cell.at[2],), "shift")), epsilon)

    def real(values: Values) -> Values:
        """What stands for a number that was stored as a byte."""

        def valued(operand: Operand) -> np.ndarray:
            value = values(operand)
            if operand.input not in scales:
                return value
            scale, zero = (cell.array(p).reshape(-1)[0] for p in scales[operand.input])
            return (value - np.int64(zero)) * np.float64(scale)

        return valued

    def work(values: Values) -> Worked:
        worked = made.work(real(values))
        tokens = int(values(asked[0]))
        known = {"token": tokens, "position": int(cell.at[1])}
        said = sentences((Said("Token {token} at position {position}.", known), worked.said))
        return Worked(worked.stages, worked.terms, said, worked.formula)

    return Account((*made.operands, *asked), work, made.body)


def _tables(
    cell: Cell, at: Index, along: np.ndarray, positions: int | None
) -> tuple[list[Operand], list[Operand]]:
    """A cell of a row of each table, and the cells that say which rows."""
    n, s = at[0], at[1]
    places = n * 0 + s
    asked = [Operand(0, (cell.at[0], cell.at[1]), "token")]
    if positions is not None and cell.has(positions):
        given = cell.array(positions)
        row = n if given.shape[0] > 1 else np.zeros_like(n)
        places = given[(row, s)]
        first = cell.at[0] if given.shape[0] > 1 else np.zeros_like(cell.at[0])
        asked.append(Operand(positions, (first, cell.at[1]), "position"))
    rows = [cell.array(0)[(n, s)], places]
    if cell.has(1) and cell.has(4):
        rows.append(cell.array(1)[(n, s)])
        asked.append(Operand(1, (cell.at[0], cell.at[1]), "segment"))
    parts = [
        Operand(2 + number, (np.asarray(row, np.int64), along), _ROLES[number])
        for number, row in enumerate(rows)
    ]
    return parts, asked


def _added(parts: Sequence[Operand]) -> Account:
    def work(values: Values) -> Worked:
        shares = [values(part) for part in parts]
        terms = [Terms((o,), np.asarray(v), o.role) for o, v in zip(parts, shares, strict=True)]
        said = joined(", ", (numbered("{role} {value}", role=word(o.role), value=v)
                             for o, v in zip(parts, shares, strict=True)))  # fmt: skip
        formula = m.op("+").join(m.name(o.role[0]) for o in parts)
        return Worked([Stage("sum", sum(shares))], terms, Said("{all}.", {"all": said}), formula)

    return Account(parts, work, "elements")


def _counted(cell: Cell) -> Account:
    """How many tokens of a text count: the mask added up."""
    if not cell.has(7):
        said = Said("There is no mask, so nothing was counted: 0.")
        zero = np.int64(0)
        return Account(
            (), lambda values: Worked([Stage("count", zero)], [Terms((), np.asarray(zero))], said)
        )
    at, (along,) = cell.spread(cell.shape(7)[1])
    mask = Operand(7, (at[0], along), "mask")

    def work(values: Values) -> Worked:
        ones = np.asarray(values(mask))
        said = Said("{count} of {all} tokens count.", {"count": int(ones.sum()), "all": ones.size})
        return Worked([Stage("count", ones.sum())], [Terms((mask,), ones, "mask")], said)

    return Account((mask,), work, "reduction")
