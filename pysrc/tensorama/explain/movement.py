"""Pure movement: each cell is a copy of another. Derived from the operators themselves.

The cells of the moved inputs are numbered, the numbers are sent through the operator, and what
arrives at a cell is the number of the one that it is a copy of. Where plain arithmetic tells the
place, `places` does it without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.contract import whole
from tensorama.engine.trace import Step
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
)
from tensorama.explain.cell import Cell, widened
from tensorama.explain.declare import declares
from tensorama.phrases import Phrase, counted, phrase, word

_FIRST = (0,)
_numbered: WeakKeyDictionary[Step, dict[int, np.ndarray]] = WeakKeyDictionary()
_SENTENCES = {  # {place} is where the cell was, {here} where it is
    "CenterCropPad": "Cut or padded around its middle: the cell at {place}.",
    "Crop": "What the border left: the cell at {place}.",
    "DepthToSpace": "Channel {channel} becomes one of the cells of a block: it was at {place}.",
    "DynamicSlice": "Cut out of a larger tensor, where it was at {place}.",
    "Pad": "Within the border, or mirrored into it: the cell at {place}.",
    "ReverseSequence": "Each sequence is turned around: this was at {place}.",
    "SpaceToDepth": "A cell of a block becomes a channel: it was at {place}.",
    "Tile": "Copies are laid side by side: this is one of the cell at {place}.",
    "UnfoldTensor": "Windows are laid side by side: this is a copy of the cell at {place}.",
}
_FILLED = {
    "CenterCropPad": "Beyond what there was to crop, so 0 stands here.",
    "Pad": "Beyond the edge there is no cell: the border is filled with {value}.",
    "Trilu": "It lies on the other side of the diagonal, where {value} is put.",
}


@declares(
    "CenterCropPad", "Crop", "DepthToSpace", "DynamicSlice", "Pad", "ReverseSequence",
    "SpaceToDepth", "Tile",
)  # fmt: skip
@declares("Pad", "UnfoldTensor", domain="com.microsoft")
def moved_first(cell: Cell) -> Account:
    """A copy of a cell of the first input; the others say of which."""
    return moved(cell, _FIRST)


@declares("TensorScatter")
def cached(cell: Cell) -> Account:
    """What a cache held, or what was written into it."""
    return moved(cell, (0, 1))


@declares("Compress")
def kept(cell: Cell) -> Account:
    """A copy of a cell for which the condition holds."""
    axis, rank = cell.attributes["axis"], len(cell.shape(0))
    order = _numbers(cell, _FIRST)[cell.at] - 1
    place = order if axis is None else np.unravel_index(order, cell.shape(0))[int(axis) % rank]
    condition = Operand(1, (place,), "condition")
    return moved(cell, _FIRST, (condition,), "Kept, for the condition holds: the cell at {place}.")


@declares("GatherElements")
def gathered(cell: Cell) -> Account:
    """A copy of the cell that an index names along one axis."""
    text = "Looked up: the index here is {asked}, so this is the cell at {place}."
    return moved(cell, _FIRST, (Operand(1, cell.same(1), "index"),), text)


@declares("GatherND")
@declares("GatherND", domain="com.microsoft")
def gathered_slices(cell: Cell) -> Account:
    """A copy of the cell that a row of indices names."""
    shape = cell.shape(1)
    rows = cell.at[: len(shape) - 1]
    at, (coordinate,) = cell.spread(shape[-1])
    asked = Operand(1, (*at[: len(rows)], coordinate), "index")
    text = "Looked up by a row of {count}: the cell at {place}."
    return moved(cell, _FIRST, (asked,), text)


def moved(
    cell: Cell, positions: Sequence[int], asked: Sequence[Operand] = (), text: str = ""
) -> Account:
    """A copy of a cell of one of these inputs; `asked` are operands that decide of which.

    A number that belongs to none of them, 0, is the filling of a border.
    """
    numbers = np.asarray(_numbers(cell, positions)[cell.at])
    operands, start = [], 1
    for position in positions:
        shape = cell.shape(position)
        size = int(np.prod(shape, dtype=np.int64))
        mine = (numbers >= start) & (numbers < start + size)
        if mine.any():
            index = np.unravel_index(np.clip(numbers - start, 0, max(size - 1, 0)), shape)
            inside = None if mine.all() else (mine,) * len(shape)
            operands.append(Operand(position, index, "source", inside))
        start += size
    if cell.op == "Pad" and cell.has(2) and cell.array(2).size:  # what fills the border
        mine = numbers == 0
        if mine.any():
            index = tuple(np.zeros_like(numbers) for _ in cell.shape(2))
            inside = None if mine.all() or not index else (mine,) * len(index)
            operands.append(Operand(2, index, "filling", inside))
    return copying(cell, operands, text, asked)


def _numbers_of(asked: Any) -> Phrase:
    return counted("{count} number", "{count} numbers", count=int(np.size(asked)))


def copying(
    cell: Cell, operands: Sequence[Operand], text: str = "", asked: Sequence[Operand] = (),
    **more: Any,
) -> Account:  # fmt: skip
    """The account of a copy; of several operands the first is copied by one cell alone.

    text: what is said, with {place}, the index that was copied, {asked}, what decided, and `more`.
    """

    def work(values: Values) -> Worked:
        if not operands or operands[0].role == "filling":
            value = values(operands[0]) if operands else _filling(cell)
            filled = Terms(tuple(operands[:1]), np.asarray(value), "filled")
            said = Said(
                _FILLED.get(cell.op, "Nothing was copied here."), {"value": m.written(value)}
            )
            return Worked([Stage("filled", value)], [filled], said)
        value = values(operands[0])
        place = [int(part) for part in operands[0].index]
        known = {
            "place": f"({', '.join(map(str, place))})" if place else phrase("the only place"),
            "here": ", ".join(str(int(p)) for p in cell.at), "role": word(operands[0].role),
            "asked": m.written(values(asked[0])) if asked and not np.ndim(values(asked[0])) else "",
            "count": _numbers_of(values(asked[0])) if asked else "",
            "channel": place[1] if len(place) > 1 else 0, **more,
        }  # fmt: skip
        said = Said(text or _SENTENCES.get(cell.op, "A copy of the cell at {place}."), known)
        terms = Terms((operands[0], *asked), _at_first(value, asked), "copy")
        return Worked([Stage("copy", value)], [terms], said, m.name("x"))

    return Account((*operands, *asked), work, "movement")


def _filling(cell: Cell) -> Any:
    """What an operator puts where it copies nothing: an attribute of it says so, or else 0."""
    given = cell.attributes.get("value")
    nothing = np.zeros((), cell.result.dtype)
    return widened(nothing if given is None else np.asarray(given, cell.result.dtype))[()]


def _at_first(value: Any, asked: Sequence[Operand]) -> np.ndarray:
    """The value as the share of the first of as many terms as there were cells asked."""
    many = np.broadcast_shapes(*(part.shape for o in asked for part in o.index)) if asked else ()
    share = np.zeros(many, np.asarray(value).dtype)
    share[(0,) * len(many)] = value
    return share


def _numbers(cell: Cell, positions: Sequence[int]) -> np.ndarray:
    """For each cell of the output the number, from 1, of the cell that it is a copy of."""
    known = _numbered.setdefault(cell.step, {})
    if cell.output not in known:
        arguments: list[Any] = list(cell.inputs)
        sizes = [int(np.prod(cell.shape(position), dtype=np.int64)) for position in positions]
        dtype = np.int32 if sum(sizes) < 2**31 - 1 else np.int64
        start = 1
        for position, size in zip(positions, sizes, strict=True):
            numbers = np.arange(start, start + size, dtype=dtype)
            arguments[position] = numbers.reshape(cell.shape(position))
            start += size
        if cell.op == "Pad" and len(arguments) > 2 and arguments[2] is not None:
            arguments[2] = np.zeros_like(arguments[2], dtype)
        attributes = {k: v for k, v in cell.call.attributes.items() if k != "value"}
        function = cell.call.operator.function
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
