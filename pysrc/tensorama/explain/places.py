"""Movement whose places plain arithmetic tells: reshaping, joining, cutting, looking up."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Index, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell, widened
from tensorama.explain.declare import declares
from tensorama.explain.movement import copying
from tensorama.phrases import phrase

_RESHAPED = {
    "Reshape": "The same numbers in the same order, in another shape: this was at {place}.",
    "Flatten": "Rows laid behind one another: this was at {place}.",
    "Squeeze": "Axes of length 1 are dropped: this was at {place}.",
    "Unsqueeze": "An axis of length 1 is added: this was at {place}.",
    "ExpandDims": "An axis of length 1 is added: this was at {place}.",
    "Identity": "Handed on as it is.",
    "SampleOp": "Handed on as it is.",
}


@declares("Reshape", "Flatten", "Squeeze", "Unsqueeze")
@declares("ExpandDims", "SampleOp", domain="com.microsoft")
def reshaped(cell: Cell) -> Account:
    """The same numbers in the same order, in another shape."""
    number: Any = np.zeros((), np.int64)
    for part, size in zip(cell.at, np.shape(cell.result), strict=True):
        number = number * size + part
    index = np.unravel_index(number, cell.shape(0)) if cell.shape(0) else ()
    return copying(cell, [Operand(0, _apart(cell, index), "source")], _RESHAPED[cell.op])


def _apart(cell: Cell, index: Index) -> Index:
    """The same index with each axis as short as it can be: cells that are a box stay one.

    Where whole leading or trailing axes keep their sizes, they keep their own index arrays.
    """
    before, after = cell.shape(0), np.shape(cell.result)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = index[head : len(index) - tail]
    if head + tail < len(cell.at):  # what the axes between make up together
        inner: Any = np.zeros((), np.int64)
        for part, size in zip(
            cell.at[head : len(cell.at) - tail], after[head : len(after) - tail], strict=True
        ):
            inner = inner * size + part
        shape = before[head : len(before) - tail]
        middle = np.unravel_index(inner, shape) if shape else ()
    else:
        middle = tuple(np.zeros((), np.int64) for _ in middle)
    return (*cell.at[:head], *middle, *cell.at[len(cell.at) - tail :])


@declares("Identity")
def handed_on(cell: Cell) -> Account:
    """The cell itself."""
    operand = Operand(0, cell.at, "source")

    def work(values: Values) -> Worked:
        value = values(operand)
        said = Said("Handed on as it is.")
        return Worked(
            [Stage("copy", value)], [Terms((operand,), np.asarray(value))], said, m.name("x")
        )

    return Account((operand,), work, "movement", operand, lambda text: text)


@declares("Transpose")
def transposed(cell: Cell) -> Account:
    """The same cell with its axes in another order."""
    order = cell.attributes["perm"] or range(len(cell.at))[::-1]
    index: list[Any] = [None] * len(cell.at)
    for axis, source in enumerate(order):
        index[source] = cell.at[axis]
    words = ", ".join(str(source) for source in order)
    text = "The axes are put into the order {order}: this was at {place}."
    return copying(cell, [Operand(0, tuple(index), "source")], text, order=words)


@declares("Concat")
def joined(cell: Cell) -> Account:
    """A cell of one of the tensors that were put behind one another."""
    axis = int(cell.attributes["axis"]) % len(cell.at)
    operands, start = [], 0
    here = cell.at[axis]
    for position in range(len(cell.inputs)):
        size = cell.shape(position)[axis]
        mine = (here >= start) & (here < start + size)
        if size and mine.any():
            index = [*cell.at]
            index[axis] = np.clip(here - start, 0, size - 1)
            always = np.asarray(True)
            inside = None
            if not mine.all():
                inside = tuple(mine if a == axis else always for a in range(len(index)))
            operands.append(
                Operand(
                    position, tuple(index), phrase("part {number}", number=position + 1), inside
                )
            )
        start += size
    text = "Tensors are joined along axis {axis}; this is {role}, its cell at {place}."
    return copying(cell, operands, text, axis=axis)


@declares("Split")
def split(cell: Cell) -> Account:
    """A cell of the part of a tensor that was cut off here."""
    axis = int(cell.attributes["axis"]) % len(cell.at)
    names = cell.call.node.outputs[: cell.output]
    given = cell.attributes.get("split")
    if given is None and cell.has(1):
        given = cell.array(1).tolist()
    if given is not None:
        start = int(sum(given[: cell.output]))
    else:  # equal parts, but for the last
        size, count = cell.shape(0)[axis], len(cell.call.node.outputs)
        start = -(-size // int(cell.attributes.get("num_outputs") or count)) * len(names)
    index = [*cell.at]
    index[axis] = index[axis] + start
    text = "Part {part} of a tensor cut along axis {axis}: this was at {place}."
    source = Operand(0, tuple(index), "source")
    return copying(cell, [source], text, axis=axis, part=cell.output + 1)


@declares("Slice")
def cut_out(cell: Cell) -> Account:
    """A cell of the part that was cut out, counted by begin and step."""
    shape, given = cell.shape(0), cell.attributes
    if "starts" in given:
        starts, axes, steps = given["starts"], given["axes"], None
    else:
        starts, axes, steps = (
            cell.array(p).reshape(-1).tolist() if cell.has(p) else None for p in (1, 3, 4)
        )
    index = [*cell.at]
    for number, start in enumerate(starts):
        axis = int(axes[number]) % len(shape) if axes is not None else number
        step, size = int(steps[number]) if steps else 1, shape[axis]
        first = int(start) + size if start < 0 else int(start)
        first = min(max(first, 0), size if step > 0 else size - 1)
        index[axis] = first + cell.at[axis] * step
    text = "Cut out of a larger tensor, where it was at {place}."
    return copying(cell, [Operand(0, tuple(index), "source")], text)


@declares("Gather")
def looked_up(cell: Cell) -> Account:
    """A cell of the row (or slice) that an index names."""
    return _looked_up(cell, int(cell.attributes["axis"]) % len(cell.shape(0)))


@declares("TorchEmbedding", domain="com.microsoft")
def embedded(cell: Cell) -> Account:
    """A cell of the row of a table that a token names."""
    return _looked_up(cell, 0)


def _looked_up(cell: Cell, axis: int) -> Account:
    rank, size = len(cell.shape(1)), cell.shape(0)[axis]
    which = cell.at[axis : axis + rank]
    asked = Operand(1, which, "index")
    number = cell.array(1).astype(np.int64)[which]
    index = (*cell.at[:axis], np.where(number < 0, number + size, number), *cell.at[axis + rank :])
    text = "Looked up along axis {axis}: the index is {asked}, so this is the cell at {place}."
    return copying(cell, [Operand(0, index, "table")], text, (asked,), axis=axis)


@declares("Expand")
def repeated(cell: Cell) -> Account:
    """A cell repeated along axes of length 1."""
    text = "Repeated along an axis of length 1: a copy of the cell at {place}."
    return copying(cell, [Operand(0, cell.same(0), "source")], text)


@declares("Where")
def chosen(cell: Cell) -> Account:
    """A cell of X where the condition holds, of Y where not."""
    where = cell.same(0)
    holds = np.asarray(cell.array(0)[where])
    operands = []
    for position, mine in ((1, holds), (2, ~holds)):
        if mine.any():
            index = cell.same(position)
            inside = None if mine.all() or not index else (mine,) * len(index)
            operands.append(Operand(position, index, "X" if position == 1 else "Y", inside))
    condition = Operand(0, where, "condition")
    first = bool(holds.all())
    text = (
        "The condition holds, so {role} is taken." if first
        else "The condition does not hold, so {role} is taken."
    )  # fmt: skip
    return copying(cell, operands, text, (condition,))


@declares("Trilu")
@declares("Trilu", domain="com.microsoft")
def triangle(cell: Cell) -> Account:
    """A cell of a triangle, 0 beyond its diagonal."""
    above = cell.at[-1] - cell.at[-2]
    diagonal = int(cell.number(1, 0))
    upper = bool(cell.attributes["upper"])
    kept = np.asarray(above >= diagonal if upper else above <= diagonal)
    operands = []
    if kept.any():
        inside = None if kept.all() else (kept,) * len(cell.at)
        operands.append(Operand(0, cell.at, "source", inside))
    text = (
        "It lies on the diagonal or above it, so it is kept." if upper
        else "It lies on the diagonal or below it, so it is kept."
    )  # fmt: skip
    return copying(cell, operands, text)


@declares("Dropout")
def dropped(cell: Cell) -> Account:
    """At inference a copy; while training 0 or scaled up, at random. A mask tells which."""
    operand = Operand(0, cell.same(0), "x")
    training, ratio = bool(cell.number(2, False)), float(cell.number(1, 0.5))
    at_random = training and ratio > 0

    def work(values: Values) -> Worked:
        kept = cell.result[cell.at]
        if cell.output:
            text = (
                "Whether the cell was kept; a die was thrown for it."
                if at_random
                else "At inference nothing is dropped, so nobody reads this mask."
            )
            value = np.asarray(widened(kept))[()]
            return Worked([Stage("mask", value)], [Terms((), np.asarray(value))], Said(text))
        value = values(operand)
        if at_random:
            value = value / (1 - ratio) if kept else value * 0
        text = "Dropout does nothing at inference: a copy."
        if at_random:
            text = "Kept, and scaled up for those dropped." if kept else "Dropped: a die said so."
        terms = Terms((operand,), np.asarray(value), "copy")
        return Worked([Stage("copy", value)], [terms], Said(text), m.name("x"))

    if cell.output:
        return Account((), work, "constant")
    return Account((operand,), work, "movement", operand)
