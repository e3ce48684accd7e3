"""A cell moved to a common scale by the mean and spread of the cells around it.

y = (x − mean) / √(variance + ε) · scale + shift is linear in all cells once the spread is known,
so that each has a share: the own cell its own, all of them a part of the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

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
from tensorama.explain.mathml import written
from tensorama.explain.reductions import portions
from tensorama.phrases import Phrase, counted, joined, phrase, word


@dataclass(frozen=True, slots=True)
class Row:
    """The cells whose mean and spread count: parts that are added, and where the own cell is.

    parts: operands on one grid. own: the place of the own cell on that grid, None where the cell
    is a statistic of the row. scale, shift: operands for the own cell, if there are any.
    """

    parts: Sequence[Operand]
    own: tuple[np.ndarray, ...] | None
    scale: Operand | None = None
    shift: Operand | None = None

    @property
    def operands(self) -> list[Operand]:
        """All that takes part."""
        return [*self.parts, *(o for o in (self.scale, self.shift) if o is not None)]


def _formula(centre: bool, scaled: bool, shifted: bool) -> str:
    x = m.name("x")
    square = m.power(m.name("σ" if centre else "r"), m.number(2))
    spread = m.root(m.row(square, m.op("+"), m.name("ε")))
    above = m.row(x, m.op("−"), m.name("μ")) if centre else x
    return m.row(
        m.fraction(above, spread),
        *([m.op("·"), m.name("γ")] if scaled else []),
        *([m.op("+"), m.name("β")] if shifted else []),
    )


def normalised(
    row: Row,
    epsilon: float,
    centre: bool = True,
    spread: Callable[[Any], Any] | None = None,
    before: Sequence[Stage] = (),
) -> Account:
    """The account of a cell brought to mean 0 (unless not `centre`) and spread 1 among its row."""
    assert row.own is not None

    def work(values: Values) -> Worked:
        cells = [np.asarray(values(part)) for part in row.parts]
        x = sum(cells[1:], cells[0])
        own = tuple(int(place) for place in row.own or ())
        mean = x.mean() if centre else np.float64(0)
        variance = np.square(x - mean).mean()
        deviation = spread(variance) if spread else np.sqrt(variance + epsilon)
        factor = values(row.scale) if row.scale else np.float64(1)
        y = (x[own] - mean) / deviation * factor
        stages = [Stage("sum at this place", x[own])] if len(cells) > 1 else []
        stages += [Stage("mean", mean), Stage("spread", deviation)] if centre else [
            Stage("root of the mean square", deviation)
        ]  # fmt: skip
        stages.append(Stage("normalised", (x[own] - mean) / deviation))
        if row.scale:
            stages.append(Stage("· scale", y))
        weights = np.full(x.shape, -1 / x.size if centre else 0.0)
        weights[own] += 1
        pull = weights * (factor / deviation)
        scale = (row.scale,) if row.scale else ()
        terms = [
            Terms((part, *scale), pull * cell, part.role, cell)
            for part, cell in zip(row.parts, cells, strict=True)
        ]
        if row.shift:
            shift = values(row.shift)
            y = y + shift
            stages.append(Stage("+ shift", y))
            terms.append(Terms((row.shift,), np.asarray(shift), "shift"))
        formula = _formula(centre, row.scale is not None, row.shift is not None)
        return Worked(stages, terms, _said(x, own, mean, deviation, centre), formula)

    return Account(row.operands, work, "normalisation")


def _said(x: np.ndarray, own: tuple[int, ...], mean: Any, deviation: Any, centre: bool) -> Said:
    value = x[own]
    known = {
        "count": x.size, "x": written(value), "mean": written(mean),
        "times": written(abs(value - mean) / deviation) if deviation else "0",
        "side": phrase("above") if value >= mean else phrase("below"),
        "larger": _many_are(int((x > value).sum())), "root": written(deviation),
    }  # fmt: skip
    if not centre:
        return Said("{x} measured in the size that {count} cells have on average, {root}.", known)
    return Said(
        "{x} lies {times} deviations {side} the mean {mean} of {count} cells; {larger} larger.",
        known,
    )


def _many_are(count: int) -> Phrase:
    return counted("one is", "{count} are", count=count) if count else phrase("none of them is")


def mean_of(row: Row) -> Account:
    """The account of the mean of a row."""

    def work(values: Values) -> Worked:
        cells = [np.asarray(values(part)) for part in row.parts]
        size = cells[0].size
        mean = sum(cell.sum() for cell in cells) / size
        terms = [Terms((p,), c / size, p.role) for p, c in zip(row.parts, cells, strict=True)]
        said = Said("The mean of {count} cells.", {"count": size})
        if size:
            known = {"count": size, "low": written(cells[0].min()), "high": written(cells[0].max())}
            said = Said("The mean of {count} cells between {low} and {high}.", known)
        formula = m.fraction(m.total("k", m.name("x", "k")), m.name("n"))
        return Worked([Stage("mean", mean)], terms, said, formula)

    return Account(row.parts, work, "reduction")


def spread_of(row: Row, of: Callable[[Any], Any], name: str, centre: bool = True) -> Account:
    """The account of a measure of how far a row spreads, computed of its variance."""

    def work(values: Values) -> Worked:
        cells = [np.asarray(values(part)) for part in row.parts]
        x = sum(cells[1:], cells[0])
        squares = np.square(x - x.mean() if centre else x)
        variance = squares.mean()
        value = of(variance)
        terms = [Terms(tuple(row.parts), portions(squares, value), "squares")]
        known = {"count": x.size, "root": written(np.sqrt(variance)), "name": word(name)}
        text = (
            "{count} cells lie {root} from their mean, in the sense of squares; this is the {name}."
            if centre
            else "{count} cells have the size {root} in the sense of squares; this is the {name}."
        )
        stages = [Stage("variance" if centre else "mean square", variance), Stage(name, value)]
        return Worked(stages, terms, Said(text, known), "")

    return Account(row.parts, work, "reduction")


def from_axis(cell: Cell, axis: int, inputs: Sequence[int] = (0,)) -> Row:
    """The row of a cell that reaches from an axis to the last; no scale, no shift."""
    shape = cell.shape(0)
    axis %= len(shape)
    at, rows = cell.spread(*shape[axis:])
    index = (*at[:axis], *rows)
    parts = [
        Operand(position, _broadcast(index, cell.shape(position)), role)
        for position, role in zip(inputs, ("x", "skip", "bias"), strict=False)
    ]
    return Row(parts, tuple(cell.at[axis:]))


def _broadcast(index: Index, shape: Sequence[int]) -> Index:
    """The cells of a tensor that meets others by numpy's broadcasting."""
    mine = index[len(index) - len(shape) :]
    return tuple(
        np.zeros_like(part) if size == 1 else part for part, size in zip(mine, shape, strict=True)
    )


_PARTS = ("mean", "inverse_deviation", "inverse_root_mean_square")


@declares("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization", parts=_PARTS)
def layer(cell: Cell) -> Account:
    """From an axis on; the second output is the mean, the last 1 / deviation."""
    given = cell.attributes
    epsilon, centre = float(given["epsilon"]), cell.op == "LayerNormalization"
    row = from_axis(cell, int(given["axis"]))
    if cell.part == "mean" or (cell.output == 1 and centre):
        return mean_of(row)
    if cell.part or cell.output:
        return inverse_spread(row, epsilon, centre)
    scale = Operand(1, cell.same(1), "scale")
    shift = Operand(2, cell.same(2), "shift") if cell.has(2) else None
    return normalised(Row(row.parts, row.own, scale, shift), epsilon, centre)


def inverse_spread(row: Row, epsilon: float, centre: bool = True) -> Account:
    """The account of what a row is multiplied by to have the spread 1."""
    name = "inverse deviation" if centre else "inverse root of the mean square"
    return spread_of(row, lambda variance: 1 / np.sqrt(variance + epsilon), name, centre)


@declares(
    "SkipLayerNormalization", "SkipSimplifiedLayerNormalization", domain="com.microsoft",
    parts=_PARTS,
)  # fmt: skip
def skipped(cell: Cell) -> Account:
    """The sum of two or three tensors, normalised; outputs: y, mean, 1 / deviation, the sum."""
    centre = cell.op == "SkipLayerNormalization"
    bias = 4 if centre else 3
    inputs = [0, 1, *([bias] if cell.has(bias) else [])]
    row = from_axis(cell, -1, inputs)
    if cell.part == "mean" or (cell.output == 1 and centre):
        return mean_of(row)
    if cell.output == 1:
        said = Said("This normalisation takes no mean away, so its mean is given as 0.")
        zero = np.asarray(0.0)
        return Account((), lambda values: Worked([Stage("mean", zero[()])], [], said), "constant")
    epsilon = float(cell.attributes["epsilon"])
    if cell.part or cell.output == 2:
        return inverse_spread(row, epsilon, centre)
    if cell.output == 3:
        return _sum_of(cell, inputs)
    scale = Operand(2, cell.same(2), "scale")
    shift = Operand(3, cell.same(3), "shift") if centre and cell.has(3) else None
    return normalised(Row(row.parts, row.own, scale, shift), epsilon, centre)


def _sum_of(cell: Cell, inputs: Sequence[int]) -> Account:
    operands = [
        Operand(p, cell.same(p), role)
        for p, role in zip(inputs, ("x", "skip", "bias"), strict=False)
    ]

    def work(values: Values) -> Worked:
        parts = [values(o) for o in operands]
        terms = [Terms((o,), np.asarray(v), o.role) for o, v in zip(operands, parts, strict=True)]
        shares = joined(", ", (
            numbered("{role} {value}", role=word(o.role), value=v)
            for o, v in zip(operands, parts, strict=True)
        ))  # fmt: skip
        said = Said("Added before they are normalised: {shares}.", {"shares": shares})
        return Worked(
            [Stage("sum", sum(parts))], terms, said, m.name("x") + m.op("+") + m.name("s")
        )

    return Account(operands, work, "elements")


@declares("InstanceNormalization", parts=_PARTS)
def instance(cell: Cell) -> Account:
    """Each channel of each picture by itself."""
    shape = cell.shape(0)
    at, rows = cell.spread(*shape[2:])
    part = Operand(0, (at[0], at[1], *rows), "x")
    epsilon = float(cell.attributes["epsilon"])
    if cell.part:
        return _statistic(cell, Row([part], None), epsilon)
    scale, shift = Operand(1, (cell.at[1],), "scale"), Operand(2, (cell.at[1],), "shift")
    return normalised(Row([part], tuple(cell.at[2:]), scale, shift), epsilon)


def _statistic(cell: Cell, row: Row, epsilon: float) -> Account:
    """The account of what an operator recorded of a row."""
    return mean_of(row) if cell.part == "mean" else inverse_spread(row, epsilon)


@declares("GroupNormalization", parts=_PARTS)
def group(cell: Cell) -> Account:
    """Groups of channels. Before opset 21 scale and shift were one per group."""
    given, shape = cell.attributes, cell.shape(0)
    each, epsilon = shape[1] // int(given["num_groups"]), float(given["epsilon"])
    at, (channel, *rows) = cell.spread(each, *shape[2:])
    first = at[1] * each if cell.part else at[1] // each * each
    part = Operand(0, (at[0], first + channel, *rows), "x")
    if cell.part:
        return _statistic(cell, Row([part], None), epsilon)
    which = (cell.at[1] // each,) if cell.opset < 21 else (cell.at[1],)
    own = (cell.at[1] % each, *cell.at[2:])
    return normalised(
        Row([part], own, Operand(1, which, "scale"), Operand(2, which, "shift")), epsilon
    )


@declares("MeanVarianceNormalization", parts=("mean", "deviation"))
def mean_variance(cell: Cell) -> Account:
    """Along some axes."""
    shape = cell.shape(0)
    axes = sorted(int(axis) % len(shape) for axis in cell.attributes["axes"])
    row = _over(cell, axes)
    if cell.part == "mean":
        return mean_of(row)
    if cell.part:
        return spread_of(row, np.sqrt, "deviation")
    return normalised(row, 0.0, spread=lambda variance: np.sqrt(variance) + 1e-9)


def _over(cell: Cell, axes: Sequence[int]) -> Row:
    shape = cell.shape(0)
    at, rows = cell.spread(*(shape[axis] for axis in axes))
    index = [*at]
    for axis, values in zip(axes, rows, strict=True):
        index[axis] = values
    return Row([Operand(0, tuple(index), "x")], tuple(cell.at[axis] for axis in axes))
