"""A window brought down to one number: the largest of it, its mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.window import window
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.contraction import padded
from tensorama.explain.declare import declares


def seen(cell: Cell, beyond: float) -> Operand:
    """The window that a pool looks at, in the cell's own channel."""
    x, given = cell.shape(0), cell.attributes
    kernel: Sequence[int] = given["kernel_shape"]
    place = window(
        x[2:], kernel, given["strides"], given.get("dilations"), given["pads"],
        given["auto_pad"], int(given.get("ceil_mode", 0)),
    )  # fmt: skip
    (n, channel, *out), offsets = cell.spread(*kernel)
    spatial = [
        o * stride - pad[0] + offset * gap
        for o, stride, pad, offset, gap in zip(
            out, place.strides, place.pads, offsets, place.dilations, strict=True
        )
    ]
    places, within = padded(spatial, x[2:])
    always = np.asarray(True)
    return Operand(0, (n, channel, *places), "window", (always, always, *within), beyond)


@declares("MaxPool")
def largest(cell: Cell) -> Account:
    """The largest cell of the window, and as the second output where that is."""
    dtype = cell.array(0).dtype
    operand = seen(cell, float(np.iinfo(dtype).min) if dtype.kind in "iu" else -np.inf)
    shape = cell.shape(0)
    x = m.name("x", "ijk"[: len(shape) - 2])
    formula = m.row(m.op("arg max" if cell.output else "max"), x)

    def work(values: Values) -> Worked:
        cells = values(operand)
        kept = np.where(operand.there, cells, -np.inf)
        winner = int(np.argmax(np.where(np.isnan(kept), np.inf, kept)))
        value = cells.flat[winner]
        share = np.zeros(cells.shape, np.float64 if cell.output == 0 else np.int64)
        count = int(np.broadcast_to(operand.there, cells.shape).sum())
        place = [int(np.broadcast_to(i, cells.shape).flat[winner]) for i in operand.index]
        stages = [Stage("largest", value)]
        said = {"count": count, "place": ", ".join(map(str, place[2:])), "value": m.written(value)}
        text = "Of the {count} cells in its window the one at ({place}) is largest."
        if count == 1:
            text = "Its window holds one cell only, the one at ({place})."
        if cell.output:
            value = _number(place, shape, int(cell.attributes["storage_order"]))
            stages.append(Stage("number of its cell", np.int64(value)))
            text = (
                "Where the largest of {count} cells stands: at ({place}), with the value {value}."
            )
        share.flat[winner] = value
        terms = Terms((operand,), share, "window", cells)
        return Worked(stages, [terms], Said(text, said), formula)

    return Account((operand,), work, "winner")


def _number(place: Sequence[int], shape: Sequence[int], columns: int) -> int:
    """The number of a cell, counted through the whole input, each picture by rows or by columns."""
    spatial = shape[2:]
    inner = np.ravel_multi_index(place[2:], spatial, order="F" if columns else "C")
    return (place[0] * shape[1] + place[1]) * int(np.prod(spatial)) + int(inner)
