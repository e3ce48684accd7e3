"""Normalisation by learned statistics or by neighbours: batch norm, local response, norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.explain.normalisation import Row, mean_of, normalised, spread_of
from tensorama.phrases import phrase


@declares("BatchNormalization")
def batch(cell: Cell) -> Account:
    """By the statistics measured in training; while training by those of the batch itself."""
    if cell.output == 0 and not _trains(cell):
        return _at_rest(cell)
    return _in_training(cell)


def _trains(cell: Cell) -> bool:
    if cell.opset >= 14:
        return bool(cell.attributes["training_mode"])
    if cell.attributes.get("is_test"):
        return False
    return sum(map(bool, cell.call.node.outputs)) > 1 or len(cell.call.node.outputs) > 1


def _statistic(cell: Cell, position: int, role: str) -> Operand:
    """One number of a vector for each channel (or of a tensor for each cell, in opset 7)."""
    shape = cell.shape(position)
    if len(shape) == 1:
        return Operand(position, (cell.at[1] if len(cell.at) > 1 else cell.at[0],), role)
    return Operand(position, cell.at[len(cell.at) - len(shape) :], role)


def _at_rest(cell: Cell) -> Account:
    x = Operand(0, cell.same(0), "x")
    roles = ("scale", "shift", "mean", "variance")
    scale, shift, mean, variance = (_statistic(cell, p + 1, role) for p, role in enumerate(roles))
    if len(cell.at) < 2:  # one channel
        zero = (np.zeros_like(cell.at[0]),)
        if cell.shape(1)[0] == 1:
            scale, shift, mean, variance = (
                Operand(p + 1, zero, role) for p, role in enumerate(roles)
            )
    epsilon = float(cell.attributes["epsilon"])

    def wraps(text: str) -> str:
        below = m.root(m.row(m.power(m.name("σ"), m.number(2)), m.op("+"), m.number(epsilon)))
        inner = m.fraction(m.row(text, m.op("−"), m.name("μ")), below)
        return m.row(inner, m.op("·"), m.name("γ"), m.op("+"), m.name("β"))

    def work(values: Values) -> Worked:
        value, middle, spread = values(x), values(mean), np.sqrt(values(variance) + epsilon)
        factor = values(scale) / spread
        y = (value - middle) * factor + values(shift)
        stages = [
            Stage("− mean", value - middle),
            Stage("/ deviation", (value - middle) / spread),
            Stage("· scale", (value - middle) * factor),
            Stage("+ shift", y),
        ]
        terms = [
            Terms((x, scale, variance), np.asarray(value * factor), "x"),
            Terms((mean, scale, variance), np.asarray(-middle * factor), "mean"),
            Terms((shift,), np.asarray(values(shift)), "shift"),
        ]
        known = {
            "x": written(value), "mean": written(middle), "spread": written(spread),
            "times": written(abs(value - middle) / spread),
            "side": phrase("above") if value >= middle else phrase("below"), "y": written(y),
        }  # fmt: skip
        text = (
            "{x} lies {times} deviations {side} the mean {mean} that its channel had in training;"
            " scaled and shifted that is {y}."
        )
        return Worked(stages, terms, Said(text, known), wraps(m.name("x")))

    return Account((x, scale, shift, mean, variance), work, "normalisation", x, wraps)


def _in_training(cell: Cell) -> Account:
    shape, given = cell.shape(0), cell.attributes
    statistic = cell.output > 0
    axes = [axis for axis in range(len(shape)) if axis != 1]
    at, rows = cell.spread(*(shape[axis] for axis in axes))
    channel = at[0] if statistic else at[1]
    index = (*rows[:1], channel, *rows[1:])
    part = Operand(0, index, "x")
    if not statistic:
        own = tuple(cell.at[axis] for axis in axes)
        scale, shift = _statistic(cell, 1, "scale"), _statistic(cell, 2, "shift")
        return normalised(Row([part], own, scale, shift), float(given["epsilon"]))
    row = Row([part], None)
    means = cell.output in (1, 3)
    fresh = mean_of(row) if means else spread_of(row, lambda variance: variance, "variance")
    if cell.output > 2:
        return fresh
    old = Operand(3 if means else 4, (cell.at[0],), "so far")
    keep = float(given["momentum"])

    def work(values: Values) -> Worked:
        made = fresh.work(values)
        before = values(old)
        value = before * keep + made.value * (1 - keep)
        terms = [Terms((old,), np.asarray(before * keep), "so far")]
        terms += [Terms(t.operands, t.share * (1 - keep), t.name) for t in made.terms]
        known = {
            "keep": written(100 * keep), "old": written(before), "new": written(made.value),
            "what": phrase("mean") if means else phrase("variance"),
        }  # fmt: skip
        text = "{keep} % of the {what} so far, {old}, the rest of this batch's own, {new}."
        return Worked([*made.stages, Stage("running", value)], terms, Said(text, known))

    return Account((old, part), work, "normalisation")


@declares("LRN")
def local_response(cell: Cell) -> Account:
    """A cell dampened by the squares of those in the channels beside it."""
    given, shape = cell.attributes, cell.shape(0)
    size = int(given["size"])
    alpha, beta, bias = (float(given[name]) for name in ("alpha", "beta", "bias"))
    before, after = min((size - 1) // 2, shape[1]), min(size // 2, shape[1])
    at, (step,) = cell.spread(np.arange(-before, after + 1))
    channel = at[1] + step
    inside = (channel >= 0) & (channel < shape[1])
    index = (at[0], np.clip(channel, 0, shape[1] - 1), *at[2:])
    always = np.asarray(True)
    within = (always, inside, *(always for _ in shape[2:]))
    row = Operand(0, index, "channels beside", within)
    below = m.power(m.row(m.name("k"), m.op("+"), m.name("α"), m.total("c", "x²")), m.name("β"))

    def work(values: Values) -> Worked:
        x = np.asarray(values(row))
        total = bias + alpha / size * np.square(x).sum()
        value = x[before] / total**beta
        share = np.zeros(x.shape)
        share[before] = value
        known = {
            "x": written(x[before]), "factor": written(total**beta),
            "count": int(np.broadcast_to(row.there, x.shape).sum()) - 1,
        }  # fmt: skip
        said = Said("{x} divided by {factor}, for the {count} channels beside it dampen it.", known)
        stages = [Stage("crowd", total), Stage("divided by", total**beta), Stage("dampened", value)]
        return Worked(stages, [Terms((row,), share, "x", np.square(x))], said,
                      m.fraction(m.name("x"), below))  # fmt: skip

    return Account((row,), work, "normalisation")


@declares("LpNormalization")
def norm(cell: Cell) -> Account:
    """A cell as a part of the length of its row."""
    given, shape = cell.attributes, cell.shape(0)
    axis, p = int(given["axis"]) % len(shape), int(given["p"])
    at, (along,) = cell.spread(shape[axis])
    row = Operand(0, (*at[:axis], along, *at[axis + 1 :]), "row")
    length = m.root(m.total("k", m.power(m.name("x", "k"), m.number(2))))
    if p == 1:
        length = m.total("k", m.row(m.op("|"), m.name("x", "k"), m.op("|")))

    def work(values: Values) -> Worked:
        x = np.asarray(values(row))
        own = int(cell.at[axis])
        sizes: Any = np.abs(x) if p == 1 else np.square(x)
        whole = sizes.sum() if p == 1 else np.sqrt(sizes.sum())
        value = x[own] / whole if whole else np.float64(0)
        share = np.zeros(x.shape)
        share[own] = value
        known = {"x": written(x[own]), "count": x.size, "length": written(whole)}
        text = "{x} divided by the length {length} that its {count} cells have together."
        if not whole:
            text = "All {count} cells of its row are 0: nothing to divide by, so it stays 0."
        stages = [Stage("length", whole), Stage("part of it", value)]
        formula = m.fraction(m.name("x"), length)
        return Worked(stages, [Terms((row,), share, "x", sizes)], Said(text, known), formula)

    return Account((row,), work, "normalisation")
