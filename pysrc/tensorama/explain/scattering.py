"""A copy of a tensor into which others were written: replaced, added, multiplied, the larger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.trace import Step
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked, nothing
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written

_written: WeakKeyDictionary[Step, tuple[np.ndarray, np.ndarray]] = WeakKeyDictionary()


def _targets(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Which cell each update went to, as numbers in rising order, and which update that was."""
    if cell.step not in _written:
        shape, indices = cell.shape(0), cell.array(1).astype(np.int64)
        if cell.op == "ScatterND":
            depth = indices.shape[-1] if indices.ndim else 0
            parts: list[Any] = [indices[..., k] % max(1, shape[k]) for k in range(depth)]
            rest = shape[depth:]
            parts = [part.reshape(part.shape + (1,) * len(rest)) for part in parts]
            parts += np.ogrid[tuple(slice(size) for size in rest)]
        else:
            axis = int(cell.attributes["axis"]) % max(1, len(shape))
            parts = [*np.ogrid[tuple(slice(size) for size in indices.shape)]]
            parts[axis] = indices % shape[axis]
        number: Any = np.zeros((), np.int64)
        for part, size in zip(parts, shape, strict=True):
            number = number * size + part
        flat = np.broadcast_to(number, cell.shape(2)).reshape(-1)
        order = np.argsort(flat, kind="stable")
        _written[cell.step] = flat[order], order
    return _written[cell.step]


@declares("Scatter", "ScatterElements", "ScatterND")
def scattered(cell: Cell) -> Account:
    """What was there, or what was written over it or joined with it."""
    targets, order = _targets(cell)
    how = str(cell.attributes.get("reduction", "none"))
    number: Any = np.zeros((), np.int64)
    for part, size in zip(cell.at, cell.shape(0), strict=True):
        number = number * size + part
    first, last = (np.searchsorted(targets, number, side=side) for side in ("left", "right"))
    count = np.asarray(last - first)
    many = int(count.max()) if count.size else 0
    there = count == 0 if how == "none" else np.ones_like(count, bool)
    data = Operand(0, cell.at, "what was there", (there,) * len(cell.at) if cell.at else None)
    operands = [data] if there.any() else []
    updates: list[Operand] = []
    if many:
        steps = np.arange(1 if how == "none" else many)
        inside = steps < count[..., None]
        picked = last[..., None] - 1 - steps if how == "none" else first[..., None] + steps
        which = order[np.clip(picked, 0, max(0, order.size - 1))]
        shape = cell.shape(2)
        index = np.unravel_index(which, shape) if shape else ()
        updates = [Operand(2, index, "update", (inside,) * len(index) if index else None)]
        updates.append(_asked(cell, index, inside))

    def work(values: Values) -> Worked:
        x = values(data) if operands else None
        if not updates:
            terms = [Terms((data,), np.asarray(x), "copy")]
            said = Said("Nothing was written here: what was there stays.")
            return Worked([Stage("copy", x)], terms, said, m.name("x"))
        written_here = np.asarray(values(updates[0])).reshape(-1)
        if how == "none":
            value = written_here[0]
            said = Said("{value} was written here, over what was there.", {"value": written(value)})
            terms = [Terms((updates[0],), np.asarray(values(updates[0])), "update")]
            return Worked([Stage("update", value)], terms, said, m.name("u"))
        return _joined(cell, how, data, updates[0], x, written_here)

    return Account((*operands, *updates), work, "movement")


def _asked(cell: Cell, index: tuple[np.ndarray, ...], inside: np.ndarray) -> Operand:
    """The indices that sent an update to its place."""
    if cell.op != "ScatterND":
        return Operand(1, index, "index", (inside,) * len(index))
    shape = cell.shape(1)
    rows = tuple(part[..., None] for part in index[: len(shape) - 1])
    return Operand(1, (*rows, np.arange(shape[-1])), "index", (inside[..., None],) * len(shape))


_JOINED: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "max": max,
    "min": min,
}
_TEXTS = {
    "add": "{count} updates are added to the {x} that was there.",
    "mul": "The {x} that was there is multiplied by {count} updates.",
    "max": "The largest of the {x} that was there and {count} updates.",
    "min": "The smallest of the {x} that was there and {count} updates.",
}


def _joined(
    cell: Cell, how: str, data: Operand, update: Operand, x: Any, updates: np.ndarray
) -> Worked:
    parts = [x, *updates.tolist()] if isinstance(x, int) else [x, *updates]
    value = x
    for part in parts[1:]:
        value = _JOINED[how](value, part)
    shares = parts
    if how in ("max", "min"):
        winner = next(n for n, part in enumerate(parts) if part == value or part != part)
        shares = [value if n == winner else nothing(value) for n in range(len(parts))]
    if how == "mul":
        shares = [np.float64(value) / len(parts)] * len(parts)
    shape = np.broadcast_shapes(*(part.shape for part in update.index))
    terms = [
        Terms((data,), np.asarray(shares[0]), "what was there"),
        Terms(
            (update,),
            np.asarray(shares[1:]).reshape(shape),
            "updates",
            np.asarray(updates).reshape(shape),
        ),
    ]
    said = Said(_TEXTS[how], {"count": len(updates), "x": written(x)})
    stages = [Stage("what was there", x), Stage(how, value)]
    return Worked(stages, terms, said, m.call(how, m.name("x"), m.name("u")))
