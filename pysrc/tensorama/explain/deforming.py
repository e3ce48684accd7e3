"""A convolution whose kernel cells may stand anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.engine.ops.window import window
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.contraction import balance
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written


@declares("DeformConv")
def deformed(cell: Cell) -> Account:
    """A kernel whose cells stand where offsets moved them; between cells it reads linearly."""
    given, x, w = cell.attributes, cell.shape(0), cell.shape(1)
    kernel, rank = w[2:], len(w) - 2
    group, offset_group = int(given["group"]), int(given["offset_group"])
    place = window(x[2:], kernel, given["strides"], given["dilations"], given["pads"], "NOTSET")
    at, (channel, *rest) = cell.spread(w[1], *kernel, *([2] * rank))
    offsets, corners = rest[:rank], rest[rank:]
    n, number, out = at[0], at[1], at[2:]
    channel = number // max(1, w[0] // group) * w[1] + channel
    block = channel // max(1, x[1] // offset_group)
    tap: Any = np.zeros((), np.int64)
    count = 1
    for offset, size in zip(offsets, kernel, strict=True):
        tap, count = tap * size + offset, count * size
    moved = cell.array(2).astype(np.float64)
    index, inside, weight = [], [], np.ones(())
    for axis in range(rank):
        row = (block * count + tap) * rank + axis
        start = out[axis] * place.strides[axis] - place.pads[axis][0]
        spot = start + offsets[axis] * place.dilations[axis] + moved[(n, row, *out)]
        low = np.floor(spot)
        cells = (low + corners[axis]).astype(np.int64)
        share = np.where(corners[axis] == 1, spot - low, 1 - (spot - low))
        there = (cells >= 0) & (cells < x[2 + axis]) & (share != 0)
        weight = weight * np.where(there, share, 0.0)
        inside.append(there)
        index.append(np.clip(cells, 0, x[2 + axis] - 1))
    always = np.asarray(True)
    seen = Operand(0, (n, channel, *index), "window", (always, always, *inside))
    first = channel - number // max(1, w[0] // group) * w[1]
    factor = Operand(1, (number, first, *offsets), "kernel")
    shifts = [
        Operand(2, (n, (block * count + tap) * rank + axis, *out), "offset") for axis in range(rank)
    ]
    mask = [Operand(4, (n, block * count + tap, *out), "mask")] if cell.has(4) else []
    bias = [Operand(3, (cell.at[1],), "bias")] if cell.has(3) else []

    def work(values: Values) -> Worked:
        products = np.asarray(values(seen)) * weight * values(factor)
        for operand in mask:
            products = products * values(operand)
        total = products.sum()
        stages = [Stage("sum", total)]
        terms = [Terms((seen, factor, *mask), products, "products")]
        for operand in bias:
            total = total + values(operand)
            stages.append(Stage("+ bias", total))
            terms.append(Terms((operand,), np.asarray(values(operand)), "bias"))
        told = [Terms((o,), np.zeros(np.shape(values(o))), "offset", values(o)) for o in shifts]
        known = {
            "kernel": int(cell.at[1]),
            "far": written(max(np.abs(values(o)).max() for o in shifts)),
        }
        said = Said("Kernel {kernel}, its cells moved by up to {far}:", known)
        formula = m.total("k", m.name("x", "k") + m.op("·") + m.name("w", "k"))
        return Worked(stages, [*terms, *told], balance(said, products), formula)

    return Account((seen, factor, *mask, *bias, *shifts), work, "products")
