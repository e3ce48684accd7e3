"""Reading between cells: a place along each axis, the cells around it, and how much each counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Index, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.mathml import written


@dataclass(frozen=True, slots=True)
class Taps:
    """Along one axis the cells that count, and with which weight; the last axis is over these."""

    index: np.ndarray
    weight: np.ndarray

    def trimmed(self) -> Taps:
        """Without those that weigh nothing anywhere."""
        flat = self.weight.reshape(-1, self.weight.shape[-1])
        used = np.flatnonzero(flat.any(axis=0))
        return Taps(self.index[..., used], self.weight[..., used])


def cubic(distance: np.ndarray, a: float) -> np.ndarray:
    """The weight of a cell at a distance, in cubic convolution."""
    x = np.abs(distance)
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def taps(place: np.ndarray, kind: str, a: float = -0.75) -> Taps:
    """The cells around a place; those beyond an axis are not brought inside yet."""
    place = np.asarray(place, np.float64)[..., None]
    if kind == "nearest":
        return Taps(place.astype(np.int64), np.ones_like(place))
    low = np.floor(place)
    if kind == "linear":
        index = low + np.arange(2)
        weight = np.maximum(0.0, 1 - np.abs(index - place))
    else:
        index = low + np.arange(-1, 3)
        weight = cubic(index - place, a)
    return Taps(index.astype(np.int64), weight)


def between(
    cell: Cell,
    index: Index,
    axes: Sequence[int],
    along: Sequence[Taps],
    asked: Sequence[Operand] = (),
    where: str = "",
    beyond: np.ndarray | None = None,
    instead: float = 0.0,
) -> Account:
    """The account of a cell read between others of the first input.

    index: that of the cell, by the input's axes; along `axes` the taps tell. asked: operands that
    said where to read. beyond: which cells lie beyond the picture, where `instead` stands.
    """
    missing = instead if cell.one and beyond is not None and bool(beyond) else None
    if cell.one:
        along = [part.trimmed() for part in along]
    many = len(axes)
    places = [part.reshape(part.shape + (1,) * many) for part in map(np.asarray, index)]
    weight: Any = np.ones((1,) * many)
    for number, (axis, part) in enumerate(zip(axes, along, strict=True)):
        lead = part.index.shape[:-1]
        shape = (*lead, *(part.index.shape[-1] if k == number else 1 for k in range(many)))
        places[axis] = part.index.reshape(shape)
        weight = weight * part.weight.reshape(shape)
    if beyond is not None and not cell.one:
        weight = np.where(beyond.reshape(beyond.shape + (1,) * many), 0.0, weight)
    counts = np.broadcast_to(
        weight != 0, np.broadcast_shapes(weight.shape, *(p.shape for p in places))
    )
    inside = None if counts.all() or not many else (counts,) * len(places)
    x = Operand(0, tuple(places), "cells around", inside)

    def work(values: Values) -> Worked:
        told = [Terms((o,), np.zeros(np.shape(values(o))), o.role, values(o)) for o in asked]
        if missing is not None:
            said = Said("Beyond the picture{where}: {x} stands here.",
                        {"x": written(missing), "where": where})  # fmt: skip
            terms = [Terms((), np.asarray(missing), "beyond"), *told]
            return Worked([Stage("beyond", np.float64(missing))], terms, said, "")
        cells = np.asarray(values(x))
        share = np.where(counts, cells * weight, 0.0) if cells.dtype.kind != "O" else cells
        if counts.size == 1 and weight.size == 1 and weight.reshape(-1)[0] == 1:
            share = cells
        value = share.sum() if share.dtype.kind != "O" else share.reshape(-1)[0]
        return Worked(
            [Stage("read", value)], [Terms((x,), share, "cells around"), *told],
            _said(x, cells, np.broadcast_to(weight, counts.shape), where),
            m.total("k", m.name("w", "k") + m.op("·") + m.name("x", "k")),
        )  # fmt: skip

    if missing is not None:
        return Account(asked, work, "movement")
    return Account((x, *asked), work, "movement" if weight.size == 1 else "reduction")


def _said(x: Operand, cells: np.ndarray, weight: np.ndarray, where: str) -> Said:
    count = int(np.count_nonzero(weight))
    if not count:
        return Said(
            "All around it lies beyond the picture{where}, where there is 0.", {"where": where}
        )
    best = int(np.argmax(np.abs(weight)))
    place = ", ".join(
        str(int(np.broadcast_to(part, weight.shape).reshape(-1)[best])) for part in x.index
    )
    known = {
        "count": count, "place": place, "value": written(cells.reshape(-1)[best]),
        "part": written(np.float64(100 * weight.reshape(-1)[best])), "where": where,
    }  # fmt: skip
    if count == 1 and math.isclose(weight.reshape(-1)[best], 1):
        return Said("Read right on the cell at ({place}){where}: {value}.", known)
    text = "Read between {count} cells{where}; the nearest, at ({place}), counts {part} %."
    return Said(text, known)
