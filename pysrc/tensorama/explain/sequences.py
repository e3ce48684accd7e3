"""Sequences of tensors and values that may be missing: each cell is a copy of a tensor's cell.

A cell of a sequence is named by the place of its tensor first, then the index in that.
"""

from __future__ import annotations

import numpy as np

from tensorama.explain.account import Account, Index, Operand, Said, Stage, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.movement import copied, copied_from, unworked


@declares("SequenceConstruct")
def built(cell: Cell) -> Account:
    """Of the input that stands at this place."""
    count = len(cell.inputs)
    if not cell.one:
        return copied_from(range(count), cell.at[0], cell.at[1:])
    place = int(cell.at[0])
    said = Said(
        "Tensor {place} of the {count} that the sequence was made of.",
        {"place": place + 1, "count": count},
    )
    return copied(Operand(place, cell.at[1:], "tensor"), said)


@declares("SequenceAt")
def picked(cell: Cell) -> Account:
    """Of the tensor that the position names."""
    count = len(cell.inputs[0])
    place = cell.number(1) % count
    said = Said(
        "Taken out of the sequence: tensor {place} of {count}.",
        {"place": place + 1, "count": count},
    )
    return copied(Operand(0, (np.asarray(place), *cell.at), "tensor"), said, asked=_asked(cell, 1))


@declares("SequenceErase")
def without(cell: Cell) -> Account:
    """The tensors behind the erased one moved up by one place."""
    place = cell.number(1, -1) % len(cell.inputs[0])
    source = cell.at[0] + (cell.at[0] >= place)
    said = Said("Tensor {place} was left out; those behind it moved up.", {"place": place + 1})
    return copied(Operand(0, (source, *cell.at[1:]), "tensor"), said, asked=_asked(cell, 1))


@declares("SequenceInsert")
def with_one_more(cell: Cell) -> Account:
    """Of the new tensor at its place; those behind it moved down."""
    count = len(cell.inputs[0])
    place = cell.number(2, count)
    place = place + count if place < 0 else place
    at = cell.at[0]
    if not cell.one:
        old = Operand(0, (np.where(at == place, 0, at - (at > place)), *cell.at[1:]), "tensor",
                      (at != place,) * len(cell.at))  # fmt: skip
        new = Operand(1, cell.at[1:], "new", (at == place,) * max(1, len(cell.at) - 1))
        return Account([o for o in (old, new) if o.there.any()], unworked, "movement")
    if at == place:
        said = Said("The tensor that was put into the sequence here.")
        return copied(Operand(1, cell.at[1:], "new"), said, asked=_asked(cell, 2))
    said = Said(
        "A tensor that the sequence had before another was put in as number {place}.",
        {"place": place + 1},
    )
    return copied(
        Operand(0, (at - (at > place), *cell.at[1:]), "tensor"), said, asked=_asked(cell, 2)
    )


@declares("SplitToSequence")
def cut(cell: Cell) -> Account:
    """Of the tensor that was cut: the parts lie one after the other along the axis."""
    shape, given = cell.shape(0), cell.attributes
    axis = int(given["axis"]) % len(shape)
    kept = cell.has(1) or bool(given["keepdims"])
    if not cell.has(1):
        starts = np.arange(shape[axis])
    elif not cell.shape(1):
        starts = np.arange(0, shape[axis], cell.number(1))
    else:
        starts = np.cumsum([0, *cell.array(1)[:-1]])
    at = list(cell.at[1:])
    begin = starts[cell.at[0]]
    if kept:
        at[axis] = at[axis] + begin
    else:
        at.insert(axis, begin)
    said = Said(
        "Cut along axis {axis}: this part begins at {begin}.",
        {"axis": axis, "begin": int(np.min(begin, initial=0)) if not cell.one else int(begin)},
    )
    return copied(Operand(0, tuple(at), "source"), said, asked=_asked(cell, 1))


@declares("ConcatFromSequence")
def joined(cell: Cell) -> Account:
    """Of the tensor in whose stretch of the axis the cell lies."""
    items, given = cell.inputs[0], cell.attributes
    axis = int(given["axis"]) % len(cell.at)
    at = list(cell.at)
    if given["new_axis"]:
        place = at.pop(axis)
    else:
        ends = np.cumsum([item.shape[axis] for item in items])
        place = np.searchsorted(ends, at[axis], side="right")
        at[axis] = at[axis] - np.concatenate(([0], ends))[place]
    said = Said(
        "From tensor {place} of the {count} that were joined.",
        {"place": int(place) + 1 if cell.one else "", "count": len(items)},
    )
    return copied(Operand(0, (np.asarray(place), *at), "tensor"), said)


@declares("SequenceLength")
def counted(cell: Cell) -> Account:
    """How many tensors there are."""
    count = len(cell.inputs[0])
    said = Said("The sequence holds {count} tensors.", {"count": count})
    return Account((), lambda values: Worked([Stage("tensors", count)], [], said), "count")


@declares("Optional", "OptionalGetElement")
def wrapped(cell: Cell) -> Account:
    """The value itself."""
    text = "The value that may be missing, and is there."
    return copied(Operand(0, cell.at, "value"), Said(text))


@declares("OptionalHasElement")
def asked_for(cell: Cell) -> Account:
    """Whether there is a value."""
    there = cell.has(0)
    said = Said("True: the value is there." if there else "False: the value is missing.")
    return Account((), lambda values: Worked([Stage("there", there)], [], said), "comparison")


@declares("SequenceEmpty")
def empty(cell: Cell) -> Account:
    """A sequence of nothing has no cells."""
    return Account((), unworked, "movement")


def _asked(cell: Cell, position: int) -> list[Operand]:
    """The number that says which."""
    if not cell.has(position):
        return []
    nothing: Index = (np.zeros((), np.int64),) * len(cell.shape(position))
    return [Operand(position, nothing, "position")]
