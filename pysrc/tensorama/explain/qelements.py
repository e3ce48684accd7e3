"""Operators that read stored integers as real numbers, compute with these, and store the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.engine.ops.window import window
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.indices import alone, channels_first, windowed
from tensorama.explain.quantised import MICROSOFT, UINT8, stored, written
from tensorama.explain.squashes import sigmoid
from tensorama.onnxfile.types import element_type

Single = np.float32


def real(cell: Cell, x: Operand, scale: int, values: Values) -> Any:
    """Stored integers as real numbers, in float32; the zero point stands behind the scale."""
    step = Single(cell.number(scale))
    zero = cell.number(scale + 1, 0) if len(cell.inputs) > scale + 1 else 0
    steps = values(x) - zero
    return (np.asarray(steps).astype(Single) if np.ndim(steps) else Single(steps)) * step


def kept(
    cell: Cell,
    operands: Sequence[Operand],
    scale: int,
    compute: Callable[[Values], tuple[list[Stage], list[Terms], str, dict[str, str]]],
    formula: str,
    body: str = "steps",
) -> Account:
    """What is computed of real numbers, stored in the steps of the result.

    scale: where the result's scale stands. compute: the stages up to the real number, the shares,
    and a sentence that says how it came about.
    """
    parameters = [
        alone(cell, p, "zero point" if cell.array(p).dtype.kind in "iu" else "scale")
        for p in range(len(cell.inputs))
        if cell.has(p) and cell.array(p).size == 1 and p not in {o.input for o in operands}
    ]

    def work(values: Values) -> Worked:
        stages, terms, text, numbers = compute(values)
        value = stages[-1].value
        kind = element_type(cell.inputs[scale + 1]) if cell.has(scale + 1) else UINT8
        ratio = Single(value) / Single(cell.number(scale))
        stages.append(Stage("/ scale", np.float64(ratio)))
        stages += stored(ratio, cell.number(scale + 1, 0), kind)
        numbers |= written(real=value, stored=stages[-1].value)
        said = Said("{what}, stored as {stored}.", {"what": Said(text, numbers), **numbers})
        return Worked(stages, terms, said, formula)

    return Account([*operands, *parameters], work, body)


@declares("QLinearAdd", "QLinearMul", domain=MICROSOFT)
def combined(cell: Cell) -> Account:
    """Two cells at the same place, added or multiplied."""
    a, b = Operand(0, cell.same(0), "a"), Operand(3, cell.same(3), "b")
    plus = cell.op == "QLinearAdd"

    def compute(values: Values) -> Any:
        x, y = real(cell, a, 1, values), real(cell, b, 4, values)
        value = x + y if plus else x * y
        name = "sum" if plus else "product"
        if plus:
            terms = [Terms((a,), np.asarray(x, float), "sum"),
                     Terms((b,), np.asarray(value - x, float), "sum")]  # fmt: skip
        else:
            terms = [Terms((a, b), np.asarray(value, float), "product")]
        text = "{a} plus {b} is {real}" if plus else "{a} times {b} is {real}"
        return [Stage(name, np.float64(value))], terms, text, written(a=x, b=y)

    sign = m.op("+" if plus else "·")
    return kept(cell, (a, b), 6, compute, m.row(m.name("a"), sign, m.name("b")))


@declares("QLinearSigmoid", "QLinearLeakyRelu", domain=MICROSOFT)
def bent(cell: Cell) -> Account:
    """One cell, bent."""
    x = Operand(0, cell.at, "x")
    alpha = Single(cell.attributes.get("alpha", 0))

    def compute(values: Values) -> Any:
        given = real(cell, x, 1, values)
        if cell.op == "QLinearSigmoid":
            value = Single(sigmoid(np.float64(given)))
            text = "{x} lies at {real} between 0 and 1"
        else:
            value = given if given >= 0 else given * alpha
            text = (
                "{x} is not negative and passes" if given >= 0
                else "{x} is negative: of it {alpha} times as much is left, {real}"
            )  # fmt: skip
        stages = [Stage("x", np.float64(given)), Stage("bent", np.float64(value))]
        terms = [Terms((x,), np.asarray(value, float), "bent")]
        return stages, terms, text, written(x=given, alpha=alpha)

    name = "sigmoid" if cell.op == "QLinearSigmoid" else "LeakyRelu"
    return kept(cell, (x,), 3, compute, m.call(name, m.name("x")))


@declares("QLinearSoftmax", domain=MICROSOFT)
def shared(cell: Cell) -> Account:
    """A share among the cells of a row."""
    shape, axis = cell.shape(0), int(cell.attributes["axis"]) % len(cell.shape(0))
    axes = [axis] if cell.attributes["opset"] >= 13 else [*range(axis, len(shape))]
    at, rows = cell.spread(*(shape[a] for a in axes))
    index = [*at]
    for a, row in zip(axes, rows, strict=True):
        index[a] = row
    every = Operand(0, tuple(index), "row")

    def compute(values: Values) -> Any:
        row = np.asarray(real(cell, every, 1, values), np.float64)
        powers = np.exp(row - row.max())
        own = tuple(int(cell.at[a]) for a in axes)
        share = powers[own] / powers.sum()
        shares = np.zeros(row.shape)
        shares[own] = share
        stages = [Stage("e^(x − max)", powers[own]), Stage("sum of the row", powers.sum()),
                  Stage("share", share)]  # fmt: skip
        terms = [Terms((every,), shares, "row", powers / powers.sum())]
        text = "Among {count} that compete it gets {percent} %, which is {real}"
        return stages, terms, text, {"count": row.size, "percent": m.percent(share)}

    power = m.power(m.name("e"), m.name("x", "i"))
    formula = m.fraction(power, m.total("k", m.power(m.name("e"), m.name("x", "k"))))
    return kept(cell, (every,), 3, compute, formula, "softmax")


@declares("QLinearWhere", domain=MICROSOFT)
def chosen(cell: Cell) -> Account:
    """A cell of x or of y, as the condition says."""
    asked = Operand(0, cell.same(0), "condition")
    x, y = Operand(1, cell.same(1), "x"), Operand(4, cell.same(4), "y")

    def compute(values: Values) -> Any:
        source, scale = (x, 2) if values(asked) else (y, 5)
        value = np.float64(real(cell, source, scale, values))
        text = "The condition holds, so {real} of x is taken" if values(asked) else (
            "The condition does not hold, so {real} of y is taken"
        )  # fmt: skip
        terms = [Terms((source, asked), np.asarray(value), "chosen")]
        return [Stage("chosen", value)], terms, text, {}

    return kept(cell, (asked, x, y), 7, compute, m.name("x"), "movement")


@declares("QLinearConcat", domain=MICROSOFT)
def joined(cell: Cell) -> Account:
    """A cell of one of the inputs, in the steps of the result."""
    axis = int(cell.attributes["axis"]) % len(cell.at)
    positions = range(2, len(cell.inputs), 3)
    ends = np.cumsum([cell.shape(p)[axis] for p in positions])
    which = np.searchsorted(ends, cell.at[axis], side="right")
    operands = []
    for number in np.unique(which).tolist():
        mine = which == number
        begin = ends[number] - cell.shape(positions[number])[axis]
        index = [*cell.at]
        index[axis] = np.where(mine, index[axis] - begin, 0)
        inside = None if cell.one else (mine,) * len(index)
        operands.append(Operand(positions[number], tuple(index), "source", inside))

    def compute(values: Values) -> Any:
        source = operands[0]
        value = np.float64(real(cell, source, int(source.input) + 1, values))
        text = "{real}, from input {number} of the {count} that were joined"
        numbers = {"number": str(int(which) + 1), "count": str(len(positions))}
        terms = [Terms((source,), np.asarray(value), "copy")]
        return [Stage("copy", value)], terms, text, numbers

    return kept(cell, operands, 0, compute, m.name("x"), "movement")


@declares("QLinearReduceMean", domain=MICROSOFT)
def mean(cell: Cell) -> Account:
    """The mean along axes."""
    shape, given = cell.shape(0), cell.attributes
    axes = sorted({a % len(shape) for a in given["axes"]} or range(len(shape)))
    at, rows = cell.spread(*(shape[a] for a in axes))
    rest = iter(at)
    index = []
    for axis in range(len(shape)):
        if axis in axes:
            index.append(rows[axes.index(axis)])
            if given["keepdims"]:
                next(rest)
        else:
            index.append(next(rest))
    return _averaged(cell, Operand(0, tuple(index), "row"), None)


@declares("QLinearGlobalAveragePool", domain=MICROSOFT)
def global_mean(cell: Cell) -> Account:
    """The mean of a channel."""
    last, shape = bool(cell.attributes["channels_last"]), cell.shape(0)
    at, places = cell.spread(*(shape[1:-1] if last else shape[2:]))
    channel = at[-1] if last else at[1]
    index = (at[0], *places, channel) if last else (at[0], channel, *places)
    return _averaged(cell, Operand(0, index, "channel"), None)


@declares("QLinearAveragePool", domain=MICROSOFT)
def window_mean(cell: Cell) -> Account:
    """The mean of a window."""
    given = cell.attributes
    seen, *_ = windowed(cell, 0, given["kernel_shape"], 0, bool(given["channels_last"]))
    count = _counted(cell) if given["count_include_pad"] else None
    return _averaged(cell, seen, count)


def _counted(cell: Cell) -> int | None:
    """How many places of the window count: those of the border, too, but none behind it."""
    if not cell.one:
        return None
    given = cell.attributes
    last = bool(given["channels_last"])
    sizes, out = (
        channels_first(tuple(map(np.asarray, shape)), last)[2:]
        for shape in (cell.shape(0), cell.at)
    )
    kernel = given["kernel_shape"]
    place = window(
        [int(size) for size in sizes], kernel, given["strides"], None, given["pads"],
        given["auto_pad"], int(given["ceil_mode"]),
    )  # fmt: skip
    counts = [
        min(k, int(size) + sum(pad) - int(o) * stride)
        for k, size, o, pad, stride in zip(
            kernel, sizes, out, place.pads, place.strides, strict=True
        )
    ]
    return int(np.prod(counts))


def _averaged(cell: Cell, seen: Operand, count: int | None) -> Account:
    def compute(values: Values) -> Any:
        cells = np.asarray(real(cell, seen, 1, values), np.float64)
        there = np.broadcast_to(seen.there, cells.shape)
        number = int(there.sum()) if count is None else count
        shares = np.where(there, cells, 0) / number
        stages = [Stage("sum", shares.sum() * number), Stage("mean", shares.sum())]
        text = "The mean of {count} cells is {real}"
        return stages, [Terms((seen,), shares, "window")], text, {"count": str(number)}

    formula = m.fraction(m.total("k", m.name("x", "k")), m.name("n"))
    return kept(cell, (seen,), 3, compute, formula)
