"""Work on big tensors piece by piece: a page can breathe between pieces, and what is needed
meanwhile is as small as a piece.

Only axes are cut along which a function treats every slice by itself; so no bit of a result
depends on the pieces. Which these are is said by a `Cut`; what is small is computed at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import Any

import numpy as np

from tensorama.engine.contract.slices import Pace, Slices, whole

LARGE = 1 << 20  # cells from which on a tensor is cut
PIECE = 1 << 20  # bytes that a piece has at most, and at least
_SMALLEST = 1 << 14
_FIRST_GUESS = 5e7  # bytes per second


@dataclass(frozen=True, slots=True)
class Cut:
    """How a call can be cut.

    `shape` is what is cut up, `free` its axes that may be cut, in the order in which they should
    be; `inputs` says for each input which of its axes belongs to which axis of `shape` (None: it
    is needed whole); `outputs` the same for every output.
    """

    shape: tuple[int, ...]
    free: Sequence[int]
    inputs: Sequence[Mapping[int, int] | None]
    outputs: Mapping[int, int]


# what a call can be cut along; None if it has to be computed at once
Plan = Callable[[Sequence[Any], Mapping[str, Any]], Cut | None]


def _aligned(array: Any, rank: int) -> Mapping[int, int] | None:
    """The axes of an input that is broadcast to a rank: they are counted from the last one."""
    if not isinstance(array, np.ndarray):
        return None
    return {rank - array.ndim + axis: axis for axis in range(array.ndim)}


def same(rank: int) -> dict[int, int]:
    """Every axis belongs to the axis of the same number."""
    return {axis: axis for axis in range(rank)}


def cell_by_cell(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Cut | None:
    """Every cell of the result is computed from one cell of each input."""
    arrays = [a for a in inputs if isinstance(a, np.ndarray)]
    try:
        shape = np.broadcast_shapes(*[a.shape for a in arrays])
    except ValueError:
        return None
    if any(a.dtype.kind == "O" for a in arrays):
        return None
    rank = len(shape)
    return Cut(shape, range(rank), [_aligned(a, rank) for a in inputs], same(rank))


def in_pieces(function: Callable[..., Any], plan: Plan, sparing: bool) -> Callable[..., Any]:
    """The function with `slices` that compute it piece by piece.

    `sparing`: the function needs much memory beside its result, so that pieces are worth while
    even where nobody wants to breathe.
    """
    pace = Pace(_FIRST_GUESS)

    def slices(*arguments: Any, **attributes: Any) -> Slices[Any]:
        if any(type(a) is np.ndarray and a.size >= LARGE for a in arguments):
            cut = plan(arguments, attributes)
            if cut is not None:
                return (yield from computed(function, arguments, attributes, cut, pace))
        return function(*arguments, **attributes)

    @wraps(function)
    def either(*arguments: Any, **attributes: Any) -> Any:
        for argument in arguments:
            if type(argument) is np.ndarray and argument.size >= LARGE:
                return whole(slices(*arguments, **attributes))
        return function(*arguments, **attributes)

    made = either if sparing else function
    made.slices = slices  # type: ignore[attr-defined]
    return made


def parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """The cells of an array in order, so many at a time as are written quickly.

    They are views of it, if it lies in one piece in memory; else of a copy.
    """
    flat = array.reshape(-1)
    some = max(1, PIECE // 4 // array.itemsize)
    for start in range(0, flat.size, some):
        yield flat[start : start + some]


def by_cells(function: Callable[..., Any], pace: Pace, *arguments: Any) -> Slices[Any]:
    """What a function gives that computes cell by cell; in pieces if that is much."""
    if any(type(a) is np.ndarray and a.size >= LARGE for a in arguments):
        cut = cell_by_cell(arguments, {})
        if cut is not None:
            return (yield from computed(function, arguments, {}, cut, pace))
    return function(*arguments)


def computed(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    attributes: Mapping[str, Any],
    cut: Cut,
    pace: Pace,
    growth: float = 1,
) -> Slices[Any]:
    """What `function(*arguments, **attributes)` gives, put together from pieces.

    growth: how many times larger the result is. What the function records of its inside is put
    together likewise.
    """
    cell = max(1, growth) * max(4, *(a.itemsize for a in arguments if isinstance(a, np.ndarray)))
    given = dict(attributes)
    noted: dict[str, np.ndarray] = {}
    if "record" in given:
        given["record"] = noted.__setitem__
    rooms: list[np.ndarray | None] = []
    single = True
    for place, size in _places(cut, cell, pace):
        parts = [
            argument if axes is None or argument is None else argument[_at(place, axes, argument)]
            for argument, axes in zip(arguments, cut.inputs, strict=True)
        ]
        started = perf_counter()
        done = function(*parts, **given)
        single = not isinstance(done, tuple)
        came = [*((done,) if single else done), *noted.values()]
        rooms = rooms or [_room(part, cut) for part in came]
        for room, part in zip(rooms, came, strict=True):
            if room is not None:
                room[_at(place, cut.outputs, room)] = part
        if pace.learn(size, perf_counter() - started):
            yield
    for name, room in zip(noted, rooms[len(rooms) - len(noted) :], strict=True):
        attributes["record"](name, room)
    results = rooms[: len(rooms) - len(noted)]
    return results[0] if single else tuple(results)


def _places(cut: Cut, cell: float, pace: Pace) -> Iterator[tuple[dict[int, slice], int]]:
    """The pieces, one after the other: what of each axis, and how many bytes that is."""

    def below(level: int, place: dict[int, slice], size: float) -> Iterator[tuple[dict, int]]:
        most = min(PIECE, max(_SMALLEST, pace.amount))
        if size <= most or level == len(cut.free):
            yield place, int(size)
            return
        axis, start = cut.free[level], 0
        length = cut.shape[axis]
        while start < length:
            most = min(PIECE, max(_SMALLEST, pace.amount))
            stop = min(length, start + max(1, int(most * length / size)))
            part = size * (stop - start) / length
            yield from below(level + 1, {**place, axis: slice(start, stop)}, part)
            start = stop

    return below(0, {}, cell * math.prod(cut.shape))


def _at(place: Mapping[int, slice], axes: Mapping[int, int], array: np.ndarray) -> tuple:
    """Where a piece lies in an array, whose axes of size 1 are for all pieces."""
    index = [slice(None)] * array.ndim
    for axis, part in place.items():
        own = axes.get(axis)
        if own is not None and array.shape[own] != 1:
            index[own] = part
    return tuple(index)


def _room(part: Any, cut: Cut) -> np.ndarray | None:
    """Room for a whole result of which this is a piece."""
    if part is None:
        return None
    part = np.asarray(part)
    shape = list(part.shape)
    for axis in cut.free:
        own = cut.outputs.get(axis)
        if own is not None and own < part.ndim:
            shape[own] = cut.shape[axis]
    return np.empty(shape, part.dtype)
