"""A window brought down to one number: the largest of it, its mean, its size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.ops.window import Window, window
from tensorama.engine.trace import Step
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.contraction import padded
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.explain.reductions import portions, won
from tensorama.phrases import Phrase, sentences


def placed(cell: Cell, spatial: Sequence[int]) -> Window:
    """Where a pool's window may stand."""
    given = cell.attributes
    return window(
        spatial, given["kernel_shape"], given["strides"], given.get("dilations"), given["pads"],
        given.get("auto_pad", "NOTSET"), int(given.get("ceil_mode", 0)),
    )  # fmt: skip


def seen(cell: Cell, beyond: float) -> Operand:
    """The window that a pool looks at, in the cell's own channel."""
    sizes = cell.shape(0)[2:]
    place = placed(cell, sizes)
    (n, channel, *out), offsets = cell.spread(*place.kernel)
    spatial = _positions(place, out, offsets)
    places, within = padded(spatial, sizes)
    always = np.asarray(True)
    return Operand(0, (n, channel, *places), "window", (always, always, *within), beyond)


def _positions(
    place: Window, out: Sequence[np.ndarray], offsets: Sequence[np.ndarray]
) -> list[np.ndarray]:
    return [
        o * stride - pad[0] + offset * gap
        for o, stride, pad, offset, gap in zip(
            out, place.strides, place.pads, offsets, place.dilations, strict=True
        )
    ]


@lru_cache
def _x(rank: int) -> str:
    return m.name("x", "ijkl"[:rank])


@declares("MaxPool")
def largest(cell: Cell) -> Account:
    """The largest cell of the window, and as the second output where that is."""
    dtype, shape = cell.array(0).dtype, cell.shape(0)
    operand = seen(cell, float(np.iinfo(dtype).min) if dtype.kind in "iu" else -np.inf)
    return _largest(cell, operand, 2, shape)


@declares("NhwcMaxPool", domain="com.microsoft")
def largest_channels_last(cell: Cell) -> Account:
    """The same for pictures whose channels come last."""
    shape = cell.shape(0)
    place = placed(cell, shape[1:-1])
    (n, *out, channel), offsets = cell.spread(*place.kernel)
    places, within = padded(_positions(place, out, offsets), shape[1:-1])
    always, lowest = np.asarray(True), float(np.iinfo(cell.array(0).dtype).min)
    operand = Operand(0, (n, *places, channel), "window", (always, *within, always), lowest)
    return _largest(cell, operand, 1, shape)


def _largest(cell: Cell, operand: Operand, first: int, shape: Sequence[int]) -> Account:
    rank = len(shape) - 2
    formula = m.row(m.op("arg max" if cell.output else "max"), _x(rank))

    def work(values: Values) -> Worked:
        cells = values(operand)
        there = np.broadcast_to(operand.there, cells.shape)
        kept = np.where(there, cells, -np.inf)
        winner = int(np.argmax(np.where(np.isnan(kept), np.inf, kept)))
        value = cells.flat[winner]
        share = np.zeros(cells.shape, np.float64 if cell.output == 0 else np.int64)
        count, beyond = int(there.sum()), int((~there).sum())
        place = [int(np.broadcast_to(i, cells.shape).flat[winner]) for i in operand.index]
        where = ", ".join(map(str, place[first : first + rank]))
        ties = int((cells[there] == value).sum())
        known = {
            "count": count, "place": where, "value": written(value), "beyond": beyond, "ties": ties
        }  # fmt: skip
        text = "Of the {count} cells in its window the one at ({place}) is largest."
        if count == 1:
            text = "Its window holds one cell only, the one at ({place})."
        elif ties == count:
            text = "All {count} cells of its window hold {value}; the first is taken."
        elif ties > 1:
            text = "Of {count} cells in its window {ties} are equally large; the first is taken."
        more = ["{beyond} more places lie beyond the edge."] if beyond else []
        stages = [Stage("largest", value)]
        if cell.output:
            value = _number(place, shape, int(cell.attributes["storage_order"]))
            stages.append(Stage("number of its cell", np.int64(value)))
            more = []
            text = (
                "Where the largest of {count} cells stands: at ({place}), with the value {value}."
            )
        share.flat[winner] = value
        terms = Terms((operand,), share, "window", cells)
        said = sentences(Said(sentence, known) for sentence in (text, *more))
        return Worked(stages, [terms], said, formula)

    return Account((operand,), work, "winner")


def _number(place: Sequence[int], shape: Sequence[int], columns: int) -> int:
    """The number of a cell, counted through the whole input, each picture by rows or by columns."""
    spatial = shape[2:]
    inner = np.ravel_multi_index(place[2:], spatial, order="F" if columns else "C")
    return (place[0] * shape[1] + place[1]) * int(np.prod(spatial)) + int(inner)


@declares("AveragePool")
def average(cell: Cell) -> Account:
    """The mean of the window; cells of the border count only with `count_include_pad`."""
    operand = seen(cell, 0.0)
    sizes = cell.shape(0)[2:]
    place = placed(cell, sizes)
    border = bool(cell.attributes.get("count_include_pad", 0))

    def counted() -> int:
        many = 1
        for o, step, gap, k, pads, size in zip(
            cell.at[2:],
            place.strides,
            place.dilations,
            place.kernel,
            place.pads,
            sizes,
            strict=True,
        ):
            places = int(o) * step - pads[0] + np.arange(k) * gap
            first, last = (-pads[0], size + pads[1]) if border else (0, size)
            many *= int(((places >= first) & (places < last)).sum())
        return many

    def work(values: Values) -> Worked:
        cells = values(operand)
        count = counted()
        return _averaged(cells, operand, count, int((~operand.there).sum()), len(sizes))

    return Account((operand,), work, "reduction")


def _averaged(cells: np.ndarray, operand: Operand, count: int, beyond: int, rank: int) -> Worked:
    total = cells.sum()
    value = np.float64(total) / count
    known = {
        "count": count, "low": written(cells.min()), "high": written(cells.max()), "beyond": beyond,
    }  # fmt: skip
    texts = ["The mean of {count} cells between {low} and {high}."]
    if beyond and count == cells.size - beyond:
        texts.append("{beyond} places lie beyond the edge and do not count.")
    elif beyond:
        texts.append("{beyond} places lie beyond the edge; some of them count, as 0.")
    said = sentences(Said(text, known) for text in texts)
    formula = m.fraction(m.total("i, j"[: 3 * rank - 2], _x(rank)), m.name("n"))
    stages = [Stage("sum", total), Stage("mean", value)]
    return Worked(stages, [Terms((operand,), cells / count, "window")], said, formula)


@declares("LpPool", "GlobalLpPool")
def size(cell: Cell) -> Account:
    """The p-norm of the window: (Σ |x|^p)^(1/p)"""
    operand = seen(cell, 0.0) if cell.op == "LpPool" else _everything(cell)
    p = int(cell.attributes["p"])
    rank = len(cell.shape(0)) - 2
    inner = m.total("i", m.power(m.row(m.op("|"), _x(rank), m.op("|")), m.number(p)))

    def work(values: Values) -> Worked:
        cells = values(operand)
        powers: Any = np.abs(cells) ** p
        value = powers.sum() ** (1 / p)
        text = "The size of {count} cells together: the {p}-norm."
        known = {"count": int(np.broadcast_to(operand.there, cells.shape).sum()), "p": p}
        said: Phrase = Said(text, known)
        if cells.size and powers.sum():
            part = written(100 * powers.max() / powers.sum())
            most = Said("The largest of them makes {part} % of it.", {"part": part})
            said = sentences((said, most))
        stages = [Stage("sum of powers", powers.sum()), Stage("root", value)]
        terms = Terms((operand,), portions(powers, value), "window")
        return Worked(stages, [terms], said, m.power(inner, m.fraction(m.number(1), m.number(p))))

    return Account((operand,), work, "reduction")


def _everything(cell: Cell) -> Operand:
    """The whole picture of the cell's channel."""
    (n, channel, *_), places = cell.spread(*cell.shape(0)[2:])
    return Operand(0, (n, channel, *places), "channel")


@declares("GlobalAveragePool")
def global_average(cell: Cell) -> Account:
    """The mean of the whole picture of a channel."""
    operand = _everything(cell)
    rank = len(cell.shape(0)) - 2

    def work(values: Values) -> Worked:
        cells = values(operand)
        made = _averaged(cells, operand, cells.size, 0, rank)
        positive = int((cells > 0).sum())
        text = "The mean of all {count} cells of its channel; {positive} of them are above 0."
        said = Said(text, {"count": cells.size, "positive": positive})
        return Worked(made.stages, made.terms, said, made.formula)

    return Account((operand,), work, "reduction")


@declares("GlobalMaxPool")
def global_largest(cell: Cell) -> Account:
    """The largest cell of the whole picture of a channel."""
    return won(cell, _everything(cell), True)


_sources: WeakKeyDictionary[Step, np.ndarray] = WeakKeyDictionary()


def _source_of(cell: Cell) -> np.ndarray:
    """For each cell of an unpooled picture the number of the cell that was put there, or -1."""
    if cell.step not in _sources:
        given, shape = cell.attributes, cell.shape(0)
        rank = len(shape) - 2
        steps, border = given["strides"] or [1] * rank, given["pads"] or [0] * (2 * rank)
        spatial = [
            (s - 1) * step + k - border[axis] - border[rank + axis]
            for axis, (s, step, k) in enumerate(
                zip(shape[2:], steps, given["kernel_shape"], strict=True)
            )
        ]
        pooled = np.full((*shape[:2], *spatial), -1, np.int64)
        where = cell.array(1).reshape(-1)
        pooled.reshape(-1)[where] = np.arange(where.size)
        whole = np.full(cell.result.shape, -1, np.int64)
        common = tuple(slice(min(a, b)) for a, b in zip(pooled.shape, whole.shape, strict=True))
        whole[common] = pooled[common]
        _sources[cell.step] = whole
    return _sources[cell.step]


@declares("MaxUnpool")
def unpooled(cell: Cell) -> Account:
    """A pooled value put back where it came from, or 0."""
    source = _source_of(cell)[cell.at]
    shape, there = cell.shape(0), source >= 0
    index = np.unravel_index(np.maximum(source, 0), shape)
    inside = (there,) * len(shape)
    x, at = Operand(0, index, "pooled", inside), Operand(1, index, "place", inside)

    def work(values: Values) -> Worked:
        value = values(x)
        if not there:
            said = Said("No window had its largest cell here, so 0 is put here.")
            return Worked([Stage("unpooled", value)], [Terms((), np.asarray(value))], said)
        said = Said("A window had its largest cell here: {x} is put back.", {"x": written(value)})
        terms = Terms((x, at), np.asarray(value), "copy")
        return Worked([Stage("unpooled", value)], [terms], said, m.name("x"))

    return Account((x, at), work, "movement")
