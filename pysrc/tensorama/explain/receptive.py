"""Which cells of each earlier tensor can have touched a number.

Goes back from the last node to the first, each node once. The cells that are asked of a tensor are
kept as one set of indices for each axis as long as they are the product of these (a window, a row,
a channel), and as a mask where they are not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import heappop, heappush

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.engine.contract.slices import Slices, whole
from tensorama.errors import UnsupportedError
from tensorama.explain.account import Index, Operand
from tensorama.explain.cell import Cell, extent
from tensorama.explain.declare import account
from tensorama.explain.origin import origins

Axes = tuple[np.ndarray, ...]  # for each axis the indices that take part, rising
Cells = Axes | np.ndarray  # their product, or a mask
Region = tuple[tuple[int, int], ...]  # for each axis the first index and one after the last
_CELLS = 1 << 12  # cells whose operands are looked at in one go


@told("Following this number back")
def receptive(trace: Trace, tensor: str, index: Sequence[int]) -> dict[str, np.ndarray]:
    """Which cells of each earlier tensor can have touched one number, exactly.

    → the name of each tensor that took part, the one itself included: a mask of its shape (of
    a sequence one that all its tensors fit into). Weights, and what follows from them alone, are
    left out. An operator that declares nothing ends the way back.
    """
    known = origins(trace)
    found = whole(_followed(trace, tensor, index, None))
    return {
        name: _mask(cells, extent(known.array(name)))
        for name, cells in found.items()
        if name in trace
    }


def regions(
    trace: Trace, tensor: str, index: Sequence[int], stops: Collection[str]
) -> dict[str, Region]:
    """The boxes around the cells of the tensors in `stops` that one number was computed from.

    The way back ends where it meets one of them.
    """
    return whole(region_slices(trace, tensor, index, stops))


def region_slices(
    trace: Trace, tensor: str, index: Sequence[int], stops: Collection[str]
) -> Slices[dict[str, Region]]:
    """The same in slices, so that a page can breathe between them."""
    found = yield from _followed(trace, tensor, index, frozenset(stops))
    return {name: _box(cells) for name, cells in found.items() if name in stops and name != tensor}


def _followed(
    trace: Trace, tensor: str, index: Sequence[int], stops: frozenset[str] | None
) -> Slices[dict[str, Cells]]:
    known = origins(trace)
    found: dict[str, Cells] = {tensor: tuple(np.array([part]) for part in index)}
    waiting: list[tuple[tuple[float, ...], str]] = []  # readers before makers

    def wanted(name: str) -> bool:
        """Weights lead nowhere, nor does what follows from them alone."""
        return name not in known.still or (stops is not None and name in stops)

    def wait(name: str) -> None:
        if name in known.makers:
            heappush(waiting, (tuple(-part for part in known.makers[name].when), name))

    wait(tensor)
    while waiting:
        yield
        name = heappop(waiting)[1]
        cell = known.cell(name, ())
        assert cell is not None
        for source, cells in _asked(cell, found[name], wanted).items():
            if source in found:
                shape = extent(known.array(source))
                found[source] = _joined(found[source], cells, shape)
                continue
            found[source] = cells
            if stops is None or source not in stops:
                wait(source)
    return found


def _asked(cell: Cell, cells: Cells, wanted: Callable[[str], bool]) -> dict[str, Cells]:
    """The cells of a node's inputs that these cells of its output were computed from."""
    asked: dict[str, Cells] = {}
    for at in _batches(cells):
        try:
            operands = account(cell.moved(at)).operands
        except UnsupportedError:
            return {}
        for operand in operands:
            name = cell.named(operand)
            if not wanted(name):
                continue
            shape = extent(cell.whole(operand))
            mine = _cells_of(operand, shape)
            asked[name] = _joined(asked[name], mine, shape) if name in asked else mine
    return asked


def _batches(cells: Cells) -> Iterator[Index]:
    """The cells as index arrays that broadcast together."""
    if isinstance(cells, tuple):
        rank = len(cells)
        yield tuple(
            axis.reshape((-1,) + (1,) * (rank - place - 1)) for place, axis in enumerate(cells)
        )
        return
    places = np.nonzero(cells)
    for start in range(0, len(places[0]), _CELLS):
        yield tuple(axis[start : start + _CELLS] for axis in places)


def _cells_of(operand: Operand, shape: tuple[int, ...]) -> Cells:
    """The cells of an operand: a product where each axis has terms of its own, else a mask."""
    inside = operand.inside or (None,) * len(shape)
    axes = [
        (index, np.asarray(True)) if there is None else np.broadcast_arrays(index, there)
        for index, there in zip(operand.index, inside, strict=True)
    ]
    rank = max((index.ndim for index, _ in axes), default=0)
    varying = [
        {rank - index.ndim + place for place, size in enumerate(index.shape) if size > 1}
        for index, _ in axes
    ]
    if sum(map(len, varying)) == len(set().union(*varying)):
        return tuple(
            _rising(i[there] if there.ndim else i, size)
            for (i, there), size in zip(axes, shape, strict=True)
        )
    mask = np.zeros(shape, bool)
    full = np.broadcast_arrays(*operand.index, operand.there)
    *index, there = (part.reshape(-1) for part in full)
    mask[tuple(part[there] for part in index)] = True
    return _as_product(mask)


def _rising(index: np.ndarray, size: int) -> np.ndarray:
    """Each index once, in rising order."""
    flat = index.reshape(-1)
    if flat.size < 2:
        return flat
    met = np.zeros(size, bool)
    met[flat] = True
    return np.flatnonzero(met)


def _as_product(mask: np.ndarray) -> Cells:
    """A mask as a product of indices, if it is one."""
    sets = _spans(mask)
    return sets if math.prod(map(len, sets)) == np.count_nonzero(mask) else mask


def _spans(mask: np.ndarray) -> Axes:
    """For each axis the indices at which a mask has anything."""
    places = range(mask.ndim)
    return tuple(
        np.flatnonzero(mask.any(axis=tuple(other for other in places if other != axis)))
        for axis in places
    )


def _mask(cells: Cells, shape: tuple[int, ...]) -> np.ndarray:
    if not isinstance(cells, tuple):
        return cells
    mask = np.zeros(shape, bool)
    mask[np.ix_(*cells)] = True
    return mask


def _joined(one: Cells, other: Cells, shape: tuple[int, ...]) -> Cells:
    """The cells of both."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        both = tuple(np.union1d(a, b) for a, b in zip(one, other, strict=True))
        for mine in (one, other):
            if all(len(a) == len(b) for a, b in zip(mine, both, strict=True)):
                return both
        if sum(len(a) != len(b) or (a != b).any() for a, b in zip(one, other, strict=True)) == 1:
            return both
    return _as_product(_mask(one, shape) | _mask(other, shape))


def _box(cells: Cells) -> Region:
    axes = cells if isinstance(cells, tuple) else _spans(cells)
    return tuple((int(axis[0]), int(axis[-1]) + 1) if len(axis) else (0, 0) for axis in axes)
