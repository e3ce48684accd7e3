"""Pure movement: each cell is a copy of another. Derived from the operators themselves.

The cells of the moved inputs are numbered, the numbers are sent through the operator, and what
arrives at a cell is the number of the one that it is a copy of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.contract import whole
from tensorama.engine.trace import Step
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Index, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell, widened
from tensorama.explain.declare import declares

_FIRST = (0,)
_SENTENCES = {
    "Gather": "Looked up: the cell of the table that the index names.",
    "Concat": "A copy of a cell of one of the tensors that were put together.",
    "Pad": "A copy of a cell, or what the border was filled with.",
}
_numbered: WeakKeyDictionary[Step, dict[int, np.ndarray]] = WeakKeyDictionary()


@declares(
    "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Identity",
    "Gather", "GatherElements", "GatherND", "Expand", "Tile", "DepthToSpace", "SpaceToDepth",
    "Split", "Compress", "ReverseSequence",
)  # fmt: skip
def moved_first(cell: Cell) -> Account:
    """A copy of a cell of the first input; the others say of which."""
    return moved(cell, _FIRST)


@declares("Concat")
def joined(cell: Cell) -> Account:
    """A copy of a cell of one of the inputs."""
    return moved(cell, range(len(cell.inputs)))


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

    return Account((operand,), work, "movement", operand if cell.output == 0 else None)


@declares("Where")
def chosen(cell: Cell) -> Account:
    """A copy of a cell of X where the condition holds, of Y where not."""
    return moved(cell, (1, 2), asked=(Operand(0, cell.same(0), "condition"),))


def moved(cell: Cell, positions: Sequence[int], asked: Sequence[Operand] = ()) -> Account:
    """A copy of a cell of one of these inputs; `asked` are operands that decide of which.

    A number that belongs to none of them (the filling of a border) is -1.
    """
    numbers = _numbers(cell, positions)[cell.at]
    operands, start = [], 0
    for position in positions:
        shape = cell.shape(position)
        size = int(np.prod(shape, dtype=np.int64))
        mine = (numbers >= start) & (numbers < start + size)
        if mine.any():
            index = np.unravel_index(np.clip(numbers - start, 0, max(size - 1, 0)), shape)
            inside = None if mine.all() else (mine,) * len(shape)
            operands.append(Operand(position, index, "source", inside))
        start += size
    text = _SENTENCES.get(cell.op, "A copy of a cell, in another place.")

    def work(values: Values) -> Worked:
        if not operands:
            value = widened(cell.result[cell.at])[()]
            filled = Terms((), np.asarray(value), "filled")
            said = Said("Beyond the edge there is no cell: the border is filled with this.")
            return Worked([Stage("filled", value)], [filled], said)
        value = values(operands[0])
        terms = Terms((*operands, *asked), np.asarray(value), "copy")
        return Worked([Stage("copy", value)], [terms], Said(text), m.name("x"))

    return Account((*operands, *asked), work, "movement")


def _numbers(cell: Cell, positions: Sequence[int]) -> np.ndarray:
    """For each cell of the output the number of the input's cell that it is a copy of."""
    known = _numbered.setdefault(cell.step, {})
    if cell.output not in known:
        arguments: list[Any] = list(cell.inputs)
        start = 0
        for position in positions:
            shape = cell.shape(position)
            size = int(np.prod(shape, dtype=np.int64))
            arguments[position] = np.arange(start, start + size).reshape(shape)
            start += size
        function, attributes = cell.call.operator.function, cell.call.attributes
        if hasattr(function, "slices"):
            result = whole(function.slices(*arguments, **attributes))
        else:
            result = function(*arguments, **attributes)
        several = isinstance(result, tuple | list)
        known[cell.output] = np.asarray(result[cell.output] if several else result)
    return known[cell.output]


def copied(
    operand: Operand,
    said: Said,
    body: str = "movement",
    asked: Sequence[Operand] = (),
    merged: bool = False,
) -> Account:
    """A copy of one cell, where the operator says of which; `asked` decided of that.

    merged: it is told together with how that cell came to be.
    """

    def work(values: Values) -> Worked:
        value = values(operand)
        return Worked(
            [Stage("copy", value)], [Terms((operand, *asked), np.asarray(value))], said, m.name("x")
        )

    if merged:
        return Account((operand, *asked), work, body, operand, lambda x: x)
    return Account((operand, *asked), work, body)


def copied_from(sources: Sequence[int | str], which: np.ndarray, at: Index) -> Account:
    """Many cells, each a copy of a cell of one of several tensors: only which they are."""
    operands = []
    for source in np.unique(which).tolist():
        mine = which == source
        index = tuple(np.where(mine, part, 0) for part in at)
        operands.append(Operand(sources[source], index, "source", (mine,) * max(1, len(index))))
    return Account(operands, unworked, "movement")


def unworked(values: Values) -> Worked:
    """What stands in for the work of many cells at once."""
    raise AssertionError("Only one cell can be worked out at a time.")
