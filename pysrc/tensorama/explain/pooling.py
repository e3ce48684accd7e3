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
    """The largest cell of the window."""
    operand = seen(cell, -np.inf if cell.array(0).dtype.kind == "f" else -128)
    letters = "ijk"[: len(cell.shape(0)) - 2]
    formula = m.row(m.op("max"), m.name("x", letters))

    def work(values: Values) -> Worked:
        cells = values(operand)
        kept = np.where(operand.there, cells, -np.inf)
        winner = int(np.argmax(np.where(np.isnan(kept), np.inf, kept)))
        value = cells.flat[winner]
        share = np.zeros(cells.shape)
        share.flat[winner] = value
        count = int(np.broadcast_to(operand.there, cells.shape).sum())
        said = Said("The largest of the {count} cells in its window.", {"count": count})
        terms = Terms((operand,), share, "window", cells)
        return Worked([Stage("largest", value)], [terms], said, formula)

    return Account((operand,), work, "winner")
