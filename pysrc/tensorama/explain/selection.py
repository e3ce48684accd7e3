"""Cells that were chosen among others: the best ones, boxes that stay, places that are not zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.indices import alone
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import MICROSOFT, all_of, written
from tensorama.phrases import counted, word


@declares("TopK")
def best(cell: Cell) -> Account:
    """The cell that comes at this place when the row is sorted; or where it stood."""
    given, shape = cell.attributes, cell.shape(0)
    axis = int(given["axis"]) % len(shape)
    at, (along,) = cell.spread(shape[axis])
    row = Operand(0, (*at[:axis], along, *at[axis + 1 :]), "row")
    asked = [alone(cell, 1, "how many")] if cell.has(1) else []
    largest = bool(given.get("largest", 1))

    def work(values: Values) -> Worked:
        cells = np.asarray(values(row))
        places = range(cells.size)
        # of equal ones the first comes first; NaN counts as the largest of all
        order = sorted(places, key=lambda i: (_rank(cells[i], largest), i))
        rank = int(cell.at[axis])
        place = order[rank]
        name = "largest" if largest else "smallest"
        shares = np.zeros(cells.shape, cells.dtype)
        value: Any = cells[place] if cell.output == 0 else place
        shares[place] = value
        said = Said(
            "{value} stood at place {place} of its row; of the {count} there it is number {rank}, "
            "the {name} first.",
            {
                "name": word(name),
                "rank": rank + 1,
                "count": cells.size,
                "place": place,
                **written(value=cells[place]),
            },
        )
        terms = [Terms((row,), shares, "row", np.abs(cells.astype(float)))]
        stages = [Stage("chosen", cells[place])]
        if cell.output:
            stages.append(Stage("place", place))
        return Worked(stages, terms, said, m.call(f"{rank + 1}. {name}", m.name("x")))

    return Account([row, *asked], work, "winner")


def _rank(value: Any, largest: bool) -> tuple[bool, float]:
    if np.isnan(value):
        return (not largest, 0.0)
    return (largest, -value if largest else value) if largest else (False, value)


@declares("NonMaxSuppression")
def kept(cell: Cell) -> Account:
    """A box that stays: picture, class, number of the box."""
    boxes, scores = all_of(cell, 0, "boxes"), all_of(cell, 1, "scores")
    asked = [alone(cell, p, name) for p, name in
             ((2, "how many"), (3, "overlap"), (4, "lowest score")) if cell.has(p)]  # fmt: skip
    if not cell.one:
        return Account([boxes, scores, *asked], unworked, "winner")
    chosen = _chosen(cell)
    n, c, b = chosen[int(cell.at[0])]
    value = (n, c, b)[int(cell.at[1])]
    corners = cell.array(0)[n, b]
    box = Operand(0, (np.full(4, n), np.full(4, b), np.arange(4)), "box")
    score = Operand(1, tuple(map(np.asarray, (n, c, b))), "score")

    def work(values: Values) -> Worked:
        rank = sum(1 for other in chosen[: int(cell.at[0])] if other[:2] == (n, c))
        said = Said(
            "Box {box} stays for class {label} in picture {picture}: with {score} it is number "
            "{rank} of those that overlap none that is better.",
            {"box": b, "label": c, "picture": n, "rank": rank + 1,
             **written(score=values(score))},
        )  # fmt: skip
        terms = [
            Terms((score,), np.asarray(value), "score", np.asarray(float(values(score)))),
            Terms((box,), np.zeros(4), "box", np.abs(corners.astype(float))),
        ]
        name = ("picture", "class", "box")[int(cell.at[1])]
        stages = [Stage("score", values(score)), Stage(name, value)]
        formula = m.row(m.op("argmax"), m.name("score", "b"))
        return Worked(stages, terms, said, formula)

    return Account([score, box, boxes, scores, *asked], work, "winner")


def _chosen(cell: Cell) -> list[tuple[int, int, int]]:
    """All boxes that stay, in their order."""
    boxes, scores = cell.array(0).astype(np.float64), cell.array(1)
    most = cell.number(2, 0)
    overlap, lowest = cell.number(3, 0.0), cell.number(4, -np.inf)
    chosen = []
    for n, c in np.ndindex(*scores.shape[:2]):
        taken: list[int] = []
        order = np.argsort(-scores[n, c].astype(np.float64), kind="stable")
        for b in order.tolist():
            if len(taken) >= most or not scores[n, c, b] > lowest:
                break
            apart = all(_overlap(cell, boxes[n, b], boxes[n, o]) <= overlap for o in taken)
            if apart:
                taken.append(b)
        chosen += [(n, c, b) for b in taken]
    return chosen


def _overlap(cell: Cell, one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    corners = []
    for box in (one, other):
        if cell.attributes["center_point_box"]:
            corners.append((box[:2] - box[2:] / 2, box[:2] + box[2:] / 2))
        else:
            corners.append((np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])))
    (low, high), (low_, high_) = corners
    shared = float(np.prod(np.maximum(np.minimum(high, high_) - np.maximum(low, low_), 0)))
    union = float(np.prod(high - low) + np.prod(high_ - low_)) - shared
    return float(np.float32(shared / union)) if shared > 0 and union > 0 else 0.0


@declares("NonZero")
def places(cell: Cell) -> Account:
    """The coordinates of a value that is not zero."""
    everywhere = all_of(cell, 0, "x")
    if not cell.one:
        return Account([everywhere], unworked, "look-up")
    x = cell.array(0)
    counts = np.cumsum(np.ravel(x != 0))
    number = int(cell.at[1])
    place = int(np.searchsorted(counts, number + 1))
    at = np.unravel_index(place, x.shape) if x.ndim else ()
    own = Operand(0, tuple(map(np.asarray, at)), "x")

    def work(values: Values) -> Worked:
        axis = int(cell.at[0])
        value = int(at[axis]) if x.ndim else 0
        said = Said(
            "Number {number} of the {count} values that are not zero is {x}; on axis {axis} it "
            "stands at {value}.",
            {"number": number + 1, "count": int(counts[-1]), "axis": axis, "value": value,
             **written(x=values(own))},
        )  # fmt: skip
        terms = [Terms((own,), np.asarray(value), "place", np.asarray(1.0))]
        return Worked([Stage("place", value)], terms, said, m.row(m.name("x"), m.op("≠"),
                      m.number(0)))  # fmt: skip

    return Account([own, everywhere], work, "look-up")


@declares("Unique")
@declares("Unique", domain=MICROSOFT)
def single(cell: Cell) -> Account:
    """A value that is there at least once; where first, which is where, and how often."""
    everywhere = all_of(cell, 0, "x")
    if not cell.one:
        return Account([everywhere], unworked, "look-up")
    given, x = cell.attributes, cell.array(0)
    old = cell.call.node.domain == MICROSOFT
    axis = None if old or given["axis"] is None else int(given["axis"]) % x.ndim
    slices = [x[()]] if not x.ndim else list(np.moveaxis(x, axis, 0) if axis is not None
                                             else np.ravel(x))  # fmt: skip
    keys = [tuple(np.ravel(piece).tolist()) for piece in slices]
    firsts: dict[Any, int] = {}
    for place, key in enumerate(keys):
        firsts.setdefault(key, place)
    order = list(firsts) if old or not given["sorted"] else sorted(firsts)
    kind = cell.output if not old or cell.output == 0 else cell.output + 1
    if kind == 2:
        number = order.index(keys[int(cell.at[0])])
        place = int(cell.at[0])
    else:
        number = int(cell.at[axis or 0 if kind == 0 else 0])
        place = firsts[order[number]]
    key = order[number]
    count = keys.count(key)
    index = _where_in(cell, x, axis, place, kind)
    own = Operand(0, tuple(map(np.asarray, index)), "x")

    def work(values: Values) -> Worked:
        mine = x[index] if x.ndim else x[()]
        value: Any = (mine, place, number, count)[kind]
        said = Said(
            "{x} is there {times}, first at place {place}; it is number {number} of "
            "{all} different ones.",
            {
                "times": counted("once", "{count} times", count=count),
                "place": firsts[key],
                "number": number + 1,
                "all": len(order),
                **written(x=mine),
            },
        )
        share = np.asarray(value, object if isinstance(value, str) else None)
        terms = [Terms((own,), share, "value", np.asarray(1.0))]
        name = ("value", "first place", "which one", "how often")[kind]
        return Worked([Stage(name, value)], terms, said, m.name("x"))

    return Account([own, everywhere], work, "look-up")


def _where_in(
    cell: Cell, x: np.ndarray, axis: int | None, place: int, kind: int
) -> tuple[int, ...]:
    """The cell of x that a cell of the answer is about."""
    if not x.ndim:
        return ()
    if axis is None:
        return tuple(int(i) for i in np.unravel_index(place, x.shape))
    index = [int(i) for i in cell.at] if kind == 0 else [0] * x.ndim
    index[axis] = place
    return tuple(index)
