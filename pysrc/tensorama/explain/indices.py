"""Index arithmetic that several families share: rows and columns, windows, single numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.window import window
from tensorama.explain.account import Index, Operand
from tensorama.explain.cell import Cell


def alone(cell: Cell, position: int, role: str) -> Operand:
    """An input that is one number."""
    return Operand(position, (np.asarray(0),) * len(cell.shape(position)), role)


def several(cell: Cell, position: int, role: str, along: np.ndarray, axis: int) -> Operand:
    """An input that is one number for all, or one for each place along an axis of what it is for.

    axis: counted from the end, -1 or -2, where it has as many axes as that.
    """
    shape = cell.shape(position)
    if int(np.prod(shape)) == 1:
        return alone(cell, position, role)
    if len(shape) == 1:
        return Operand(position, (along,), role)
    lead = [np.asarray(0)] * len(shape)
    for place, part in enumerate(cell.at[-len(shape) :]):
        lead[place] = np.zeros_like(part) if shape[place] == 1 else part
    lead[axis] = along if shape[axis] > 1 else np.zeros_like(along)
    return Operand(position, tuple(lead), role)


def rows_and_columns(
    cell: Cell, left: int, right: int, turn: tuple[bool, bool] = (False, False)
) -> tuple[Operand, Operand]:
    """The row of one input and the column of another that a cell of their product is made from."""
    a, b = cell.shape(left), cell.shape(right)
    (at, (along,)) = cell.spread(a[-2] if turn[0] and len(a) > 1 else a[-1])
    rows, columns = len(a) > 1, len(b) > 1
    outer = at[: len(at) - rows - columns]

    def stack(shape: tuple[int, ...]) -> Index:
        lead = outer[len(outer) - len(shape) :]
        pairs = zip(lead, shape, strict=True)
        return tuple(np.zeros_like(part) if size == 1 else part for part, size in pairs)

    row: Index = (at[len(outer)], along) if rows else (along,)
    column: Index = (along, at[-1]) if columns else (along,)
    row, column = row[:: -1 if turn[0] else 1], column[:: -1 if turn[1] else 1]
    return (
        Operand(left, (*stack(a[:-2]), *row), "row"),
        Operand(right, (*stack(b[:-2]), *column), "column"),
    )


def channels_first(at: Index, last: bool) -> Index:
    """(n, …, c) as (n, c, …), if the channels come last."""
    return (at[0], at[-1], *at[1:-1]) if last else at


def channels_last(at: Index, last: bool) -> Index:
    """(n, c, …) as (n, …, c), if the channels come last."""
    return (at[0], *at[2:], at[1]) if last else at


def windowed(
    cell: Cell, position: int, kernel: Sequence[int], channels: int, last: bool = False
) -> tuple[Operand, list[np.ndarray], list[np.ndarray]]:
    """The window of an input that a cell looks at, in so many channels: 0 for its own alone.

    The Operand's grid is (channels, *kernel). → it, the cell's index (n, c, …) and the grid's axes.
    """
    given, x = cell.attributes, channels_first(tuple(cell.shape(position)), last)  # type: ignore[arg-type]
    sizes = [int(size) for size in x[2:]]
    place = window(
        sizes, kernel, given["strides"], given.get("dilations"), given["pads"], given["auto_pad"],
        int(given.get("ceil_mode", 0)),
    )  # fmt: skip
    at, axes = cell.spread(max(1, channels), *kernel)
    n, c, *out = channels_first(at, last)
    channel, offsets = axes[0], axes[1:]
    spatial = [
        o * stride - pad[0] + offset * gap
        for o, stride, pad, offset, gap in zip(
            out, place.strides, place.pads, offsets, place.dilations, strict=True
        )
    ]
    places = [np.clip(i, 0, size - 1) for i, size in zip(spatial, sizes, strict=True)]
    within = [(i >= 0) & (i < size) for i, size in zip(spatial, sizes, strict=True)]
    if channels:  # those of the cell's group
        group = int(given.get("group", 1))
        each = int(channels_first(cell.result.shape, last)[1]) // max(1, group)
        source = c // max(1, each) * channels + channel
    else:
        source = c + 0 * channel
    always = np.asarray(True)
    index = channels_last((n, source, *places), last)
    inside = channels_last((always, always, *within), last)
    return Operand(position, index, "window", inside), [n, c, *out], axes


def flat(cell: Cell, position: int, number: np.ndarray, role: str) -> Operand:
    """The cell of an input with that number, counted row by row."""
    shape = cell.shape(position)
    if not shape:
        return Operand(position, (), role)
    return Operand(position, tuple(np.unravel_index(number, shape)), role)
