"""Cells that were made of nothing, or of a shape: constants, ranges, identity matrices, sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell, plain, widened
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.phrases import counted, phrase


def standing(value: Any, said: Said, name: str = "constant") -> Account:
    """The account of a value that no cell had a part in."""

    def work(values: Values) -> Worked:
        return Worked([Stage(name, value)], [Terms((), np.asarray(value), name)], said)

    return Account((), work, "constant")


@declares("Constant")
def constant(cell: Cell) -> Account:
    """A number that the file carries."""
    if not all(part.ndim == 0 for part in cell.at):
        return standing(0, Said(""))
    given = next(value for value in cell.call.attributes.values() if value is not None)
    array = plain(np.asarray(given))
    value = widened(array[cell.at])[()] if array.dtype.kind != "U" else str(array[cell.at])
    said = Said(
        "This number stands in the file, as one of {count} of a constant.", {"count": array.size}
    )
    if array.size == 1:
        said = Said("This number stands in the file, as a constant.")
    return standing(value, said)


@declares("ConstantOfShape")
def filled(cell: Cell) -> Account:
    """The one number that a tensor is filled with."""
    given = cell.attributes["value"]
    value = np.float64(0) if given is None else widened(plain(given).reshape(-1)[0])[()]
    said = Said("A tensor of {count} cells is filled with {value} everywhere.",
                {"count": np.size(cell.result), "value": written(value)})  # fmt: skip
    return standing(value, said, "filling")


@declares("EyeLike")
def identity_matrix(cell: Cell) -> Account:
    """1 on a diagonal, 0 elsewhere."""
    row, column = cell.at
    diagonal = int(cell.attributes["k"])
    on = np.asarray(column - row == diagonal)
    if on.ndim:
        return standing(0, Said(""))
    text = "On the diagonal, so it is 1." if on else "Beside the diagonal, so it is 0."
    return standing(int(on), Said(text))


@declares("Shape")
def size_of_axis(cell: Cell) -> Account:
    """How long an axis is."""
    shape, given = cell.shape(0), cell.attributes
    wanted = list(range(len(shape)))[given.get("start", 0) : given.get("end")]
    if cell.at[0].ndim:
        return standing(0, Said(""))
    axis = wanted[int(cell.at[0])]
    said = Said("The tensor {name} has {size} cells along its axis {axis}.",
                {"name": cell.call.node.inputs[0], "size": shape[axis], "axis": axis})  # fmt: skip
    return standing(shape[axis], said, "size")


@declares("Size")
def size(cell: Cell) -> Account:
    """How many cells a tensor has."""
    shape = cell.shape(0)
    count = int(np.prod(shape, dtype=np.int64))
    said = Said("The tensor {name} has {count} cells: {shape}.", {
        "name": cell.call.node.inputs[0], "count": count,
        "shape": " × ".join(map(str, shape)) or phrase("a single number"),
    })  # fmt: skip
    return standing(count, said, "size")


@declares("Range")
@declares("Range", domain="com.microsoft")
def ranged(cell: Cell) -> Account:
    """The start and so many steps."""
    (place,) = cell.at

    def only(position: int) -> tuple[np.ndarray, ...]:
        return tuple(np.zeros_like(place) for _ in cell.shape(position))

    start = Operand(0, only(0), "start")
    step = [Operand(2, only(2), "step")] if cell.has(2) else []

    def work(values: Values) -> Worked:
        first, each = values(start), values(step[0]) if step else 1
        value = first + int(place) * each
        terms = [Terms((start,), np.asarray(first), "start")]
        terms.append(Terms(tuple(step), np.asarray(int(place) * each), "steps"))
        known = {
            "first": written(first),
            "count": counted("{count} step", "{count} steps", count=int(place)),
        }
        said = Said("From {first} on {count} of {each}.", {**known, "each": written(each)})
        formula = m.row(m.name("a"), m.op("+"), m.name("i"), m.op("·"), m.name("d"))
        return Worked([Stage("start", first), Stage("+ steps", value)], terms, said, formula)

    return Account((start, *step), work, "elements")


@declares("OneHot")
def one_hot(cell: Cell) -> Account:
    """The "on" value where the class is this one, the "off" value elsewhere."""
    axis = int(cell.attributes["axis"]) % len(cell.at)
    count = int(cell.number(1))
    at = (*cell.at[:axis], *cell.at[axis + 1 :])
    known = cell.array(0).astype(np.int64)[at]
    on = np.where(known < 0, known + count, known) == cell.at[axis]
    index = Operand(0, at, "class")
    value = Operand(2, (np.asarray(on).astype(np.int64),), "value")

    def work(values: Values) -> Worked:
        result = values(value)
        words = {"asked": written(values(index)), "here": int(cell.at[axis]), "y": written(result)}
        text = "The class is {asked}, and this is its place: {y}."
        if not on:
            text = "The class is {asked}, and this is the place of {here}: {y}."
        terms = [Terms((value, index), np.asarray(result), "copy")]
        return Worked([Stage("one of two", result)], terms, Said(text, words), m.name("v"))

    return Account((value, index), work, "movement")
