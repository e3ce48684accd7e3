"""Many cells brought down to one along axes: sums, means, norms, extremes, running sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.holding import held
from tensorama.explain.mathml import written
from tensorama.phrases import phrase, sentences


def along(cell: Cell, axes: Sequence[int], keepdims: bool, input: int = 0) -> Operand:
    """The cells of an input along some axes, which the output lacks or has with length 1."""
    shape = cell.shape(input)
    at, rows = cell.spread(*(shape[axis] for axis in axes))
    left = iter(range(len(at)))
    index = []
    for axis in range(len(shape)):
        place = next(left) if keepdims or axis not in axes else None
        if axis in axes:
            index.append(rows[axes.index(axis)])
        elif place is not None:
            index.append(at[place])
    return Operand(input, tuple(index), "row")


def portions(weights: np.ndarray, total: Any) -> np.ndarray:
    """A total dealt out by weights; in equal parts where these cannot tell."""
    wide = np.asarray(weights, np.float64)
    whole = wide.sum()
    if not wide.size or not np.isfinite(whole) or not whole or not np.isfinite(total):
        return np.full(wide.shape, np.float64(total) / max(1, wide.size))
    return wide * (np.float64(total) / whole)


def _axes(cell: Cell) -> list[int]:
    """Which axes are reduced: an attribute, an input, or all."""
    given, rank = cell.attributes, len(cell.shape(0))
    axes = given.get("axes")
    if "axes" not in given and cell.has(1):
        axes = cell.array(1).reshape(-1).tolist()
    if axes is None or not len(axes):
        return [] if given.get("noop_with_empty_axes") else [*range(rank)]
    return sorted({int(axis) % rank for axis in axes})


def _sum(x: np.ndarray, cell: Cell) -> tuple[np.ndarray, list[Stage]]:
    return x, [Stage("sum", x.sum())]


def _mean(x: np.ndarray, cell: Cell) -> tuple[np.ndarray, list[Stage]]:
    total = x.sum()
    if x.dtype.kind == "f":
        return x / x.size, [Stage("sum", total), Stage("mean", total / x.size)]
    kept, wraps, _ = held(total, cell.array(0).dtype.type(0))
    mean = int(kept) / x.size
    return portions(x, mean), [Stage("sum", total), *wraps, Stage("mean", mean)]


def _product(x: np.ndarray, cell: Cell) -> tuple[np.ndarray, list[Stage]]:
    exact = x if x.dtype.kind == "f" else x.astype(object)
    value = exact.prod() if x.size else 1
    # none of it would be left without any one of them: all have the same share
    return np.full(x.shape, np.float64(value) / max(1, x.size)), [Stage("product", value)]


def _norm(x: np.ndarray, cell: Cell) -> tuple[np.ndarray, list[Stage]]:
    squares = x.astype(np.float64) ** 2
    value = np.sqrt(squares.sum())
    return portions(squares, value), [Stage("sum of squares", squares.sum()), Stage("root", value)]


def _log_sum(x: np.ndarray, cell: Cell) -> tuple[np.ndarray, list[Stage]]:
    total = np.float64(x.sum())
    value = np.log(total)
    return portions(x, value), [Stage("sum", total), Stage("logarithm", value)]


def _log_sum_exp(x: np.ndarray, cell: Cell) -> tuple[np.ndarray, list[Stage]]:
    wide = x.astype(np.float64)
    top = wide.max() if x.size and np.isfinite(wide.max()) else 0.0
    powers = np.exp(wide - top)
    value = np.log(powers.sum()) + top
    return portions(powers, value), [
        Stage("largest", np.float64(top)),
        Stage("sum of e^(x − largest)", powers.sum()),
        Stage("logarithm", value),
    ]


def _of_sum(what: str) -> str:
    return m.total("k", what)


Reduction = Callable[[np.ndarray, Cell], tuple[np.ndarray, list[Stage]]]
_X = m.name("x", "k")
_SQUARES = m.total("k", m.power(_X, m.number(2)))
_REDUCTIONS: dict[str, tuple[Reduction, str, str]] = {
    "ReduceSum": (_sum, _of_sum(_X), "added up"),
    "ReduceMean": (_mean, m.fraction(_of_sum(_X), m.name("n")), "averaged"),
    "ReduceL1": (
        lambda x, cell: _sum(abs(x), cell),
        _of_sum(m.row(m.op("|"), _X, m.op("|"))),
        "added up without their signs",
    ),
    "ReduceL2": (_norm, m.root(_SQUARES), "squared, added up, and the root taken"),
    "ReduceSumSquare": (lambda x, cell: _sum(x * x, cell), _SQUARES, "squared and added up"),
    "ReduceProd": (_product, m.total("k", _X, "∏"), "multiplied"),
    "ReduceLogSum": (_log_sum, m.call("ln", _of_sum(_X)), "added up, and the logarithm taken"),
    "ReduceLogSumExp": (
        _log_sum_exp,
        m.call("ln", _of_sum(m.power(m.name("e"), _X))),
        "brought together as a smooth maximum",
    ),
}


@declares(
    "ReduceSum", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceProd",
    "ReduceLogSum", "ReduceLogSumExp",
)  # fmt: skip
def reduced(cell: Cell) -> Account:
    """All cells along some axes, added, averaged, multiplied."""
    return _reduced(cell, cell.op, _axes(cell))


@declares("ReduceSumInteger", domain="com.microsoft")
def integers_added(cell: Cell) -> Account:
    """Integers added up along axes."""
    return _reduced(cell, "ReduceSum", _axes(cell))


def _reduced(cell: Cell, name: str, axes: Sequence[int]) -> Account:
    compute, formula, words = _REDUCTIONS[name]
    operand = along(cell, axes, bool(cell.attributes["keepdims"]) or not axes)

    def work(values: Values) -> Worked:
        x = np.asarray(values(operand))
        share, stages = compute(x, cell)
        said = _said(x, np.asarray(share), words)
        if not x.size:
            return Worked(stages, [Terms((), np.asarray(stages[-1].value))], said, formula)
        return Worked(stages, [Terms((operand,), np.asarray(share), words)], said, formula)

    return Account((operand,), work, "reduction")


def _said(x: np.ndarray, share: np.ndarray, words: str) -> Said:
    if not x.size:
        return Said("There is nothing along these axes, so this is what nothing gives.")
    if x.size == 1:
        return Said("There is one cell only: {x}.", {"x": written(x.reshape(-1)[0])})
    sizes = np.abs(share.astype(np.float64)).reshape(-1)
    first, whole = int(np.argmax(sizes)), sizes.sum()
    known = {
        "count": x.size, "words": phrase(words), "largest": written(x.reshape(-1)[first]),
        "part": written(np.float64(100 * sizes[first] / whole)) if whole else "0",
    }  # fmt: skip
    if not whole and words != "multiplied":
        return Said("All {count} cells are 0.", known)
    if words == "multiplied":
        known |= {"low": written(x.min()), "high": written(x.max())}
        zeros = int((x == 0).sum())
        text = "{count} cells {words}; one that is 0 makes all of it 0." if zeros else (
            "{count} cells {words}, from {low} to {high}."
        )  # fmt: skip
        return Said(text, known)
    return Said(
        "{count} cells {words}; the one that counts most is {largest}, {part} % of it all.", known
    )


@declares("ReduceMax", "ReduceMin")
def extreme(cell: Cell) -> Account:
    """The largest, or smallest, of all cells along some axes."""
    axes = _axes(cell)
    operand = along(cell, axes, bool(cell.attributes["keepdims"]) or not axes)
    return won(cell, operand, cell.op == "ReduceMax")


def won(cell: Cell, operand: Operand, largest: bool) -> Account:
    """The account of a largest or smallest cell among some."""
    word = "largest" if largest else "smallest"
    formula = m.row(m.op("max" if largest else "min"), _X)

    def work(values: Values) -> Worked:
        x = np.asarray(values(operand))
        if not x.size:
            value = cell.result[cell.at]
            said = Said("There is nothing to choose from: this is the type's own limit.")
            return Worked([Stage(word, value)], [Terms((), np.asarray(value))], said, formula)
        winner = best(x, largest)
        value = x.reshape(-1)[winner]
        share = np.zeros(x.shape, x.dtype if x.dtype.kind != "b" else np.int64)
        share.reshape(-1)[winner] = value
        terms = Terms((operand,), share, word, x if x.dtype.kind in "iuf" else None)
        return Worked([Stage(word, value)], [terms], champion(x, winner, word), formula)

    return Account((operand,), work, "winner")


def champion(x: np.ndarray, winner: int, word: str) -> Said:
    """Which of several was best, and by how much."""
    flat = x.reshape(-1)
    known = {"count": x.size, "value": written(flat[winner]), "word": phrase(word), "place": winner}
    if x.size == 1:
        return Said("There is one cell only: {value}.", known)
    if flat.dtype.kind == "f" and np.isfinite(flat[winner]):
        rest = np.delete(flat, winner)
        second = rest.max() if word == "largest" else rest.min()
        known["ahead"] = written(abs(np.float64(flat[winner]) - second))
        if second == flat[winner]:
            return Said(
                "Of {count} cells {value} is the {word}; it is there more than once.", known
            )
        return Said("Of {count} cells {value} is the {word}, {ahead} ahead of the next.", known)
    return Said("Of {count} cells {value} is the {word}.", known)


def best(x: np.ndarray, largest: bool, last: bool = False) -> int:
    """Where the largest or smallest is; NaN wins; of equal ones the first, or the last."""
    flat = x.reshape(-1)
    if flat.dtype.kind == "f" and np.isnan(flat).any():
        places = np.flatnonzero(np.isnan(flat))
    else:
        places = np.flatnonzero(flat == (flat.max() if largest else flat.min()))
    return int(places[-1 if last else 0])


@declares("ArgMax", "ArgMin")
def place_of_best(cell: Cell) -> Account:
    """Where the largest, or smallest, cell along an axis is."""
    given = cell.attributes
    axis = int(given["axis"]) % len(cell.shape(0))
    operand = along(cell, [axis], bool(given["keepdims"]))
    largest, last = cell.op == "ArgMax", bool(given.get("select_last_index", 0))
    word = "largest" if largest else "smallest"
    formula = m.row(m.op("arg max" if largest else "arg min"), _X)

    def work(values: Values) -> Worked:
        x = np.asarray(values(operand))
        winner = best(x, largest, last)
        share = np.zeros(x.shape, np.int64)
        share[winner] = winner
        said = champion(x, winner, word)
        number = Said("It is number {place}, counted from 0.", {"place": winner})
        terms = Terms((operand,), share, word, np.eye(1, x.size, winner)[0])
        stages = [Stage(word, x[winner]), Stage("its number", winner)]
        return Worked(stages, [terms], sentences((said, number)), formula)

    return Account((operand,), work, "winner")


@declares("CumSum", "CumProd")
def running(cell: Cell) -> Account:
    """All cells up to this one along an axis, added up or multiplied."""
    given, shape = cell.attributes, cell.shape(0)
    axis = int(cell.number(1)) % len(shape)
    at, (row,) = cell.spread(shape[axis])
    own = at[axis]
    if given["reverse"]:
        inside = row > own if given["exclusive"] else row >= own
    else:
        inside = row < own if given["exclusive"] else row <= own
    index = (*at[:axis], row, *at[axis + 1 :])
    always = np.asarray(True)
    within = tuple(inside if a == axis else always for a in range(len(shape)))
    adds = cell.op == "CumSum"
    operand = Operand(0, index, "so far", within, 0.0 if adds else 1.0)
    sign = "∑" if adds else "∏"
    formula = m.total("k ≤ i" if not given["reverse"] else "k ≥ i", _X, sign)

    def work(values: Values) -> Worked:
        x = np.asarray(values(operand))
        there = np.broadcast_to(operand.there, x.shape)
        count = int(there.sum())
        exact = x if x.dtype.kind == "f" else x.astype(object)
        value = exact.sum() if adds else exact.prod()
        share = x if adds else np.where(there, np.float64(value) / max(1, count), 0.0)
        text = "The first {count} cells along the axis {words}."
        if given["reverse"]:
            text = "The last {count} cells along the axis {words}."
        if not count:
            text = "Nothing stands before it, so the count begins with {value}."
            share = np.where(there, share, 0)
        words = "added up" if adds else "multiplied"
        said = Said(text, {"count": count, "words": phrase(words), "value": written(value)})
        terms = [Terms((operand,), np.asarray(share), words)]
        if not count and not adds:
            terms.append(Terms((), np.asarray(value)))
        return Worked([Stage(words, value)], terms, said, formula)

    return Account((operand,), work, "reduction")
