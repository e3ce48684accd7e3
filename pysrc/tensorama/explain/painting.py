"""Kernels read backwards: each cell paints its kernel into a bigger picture, overlaps add up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.window import per_axis, window
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.contraction import added, balance
from tensorama.explain.declare import declares

REACHING = "cells that reach"  # the role of what a kernel is painted from


@declares("ConvTranspose")
def painted(cell: Cell) -> Account:
    """All cells whose kernel reaches here, times the part of the kernel that does."""
    return _painted(cell, 2, cell.attributes["pads"])


@declares("ConvTransposeWithDynamicPads", domain="com.microsoft")
def painted_with_pads(cell: Cell) -> Account:
    """The same; how much is cut off is an input."""
    pads = cell.array(2).reshape(-1).tolist() if cell.has(2) else None
    return _painted(cell, 3, pads)


def _painted(cell: Cell, bias_at: int, pads: Sequence[int] | None) -> Account:
    x, w, given = cell.shape(0), cell.shape(1), cell.attributes
    group, rank = int(given["group"]), len(x) - 2
    depth = x[1] // group
    steps = per_axis("strides", given["strides"], rank)
    gaps = per_axis("dilations", given["dilations"], rank)
    before = _cut_before(cell, steps, gaps, pads)
    (n, kernel, *out), (channel, *offsets) = cell.spread(depth, *w[2:])
    first = kernel // w[1] * depth  # the first channel of the group
    places, inside = backwards(out, offsets, before, steps, gaps, x[2:])
    always = np.asarray(True)
    seen = Operand(0, (n, first + channel, *places), REACHING, (always, always, *inside))
    weights = Operand(1, (first + channel, kernel % w[1], *offsets), "kernel")
    bias = [Operand(bias_at, (cell.at[1],), "bias")] if cell.has(bias_at) else []
    letters = "c" + "ijkl"[:rank]

    def work(values: Values) -> Worked:
        there = np.broadcast_to(seen.there, np.broadcast_shapes(*(i.shape for i in seen.index)))
        count = int(there.any(axis=0).sum())
        said = Said(
            "{count} places of {all} channels paint kernel {kernel} over this cell:"
            if count != 1
            else "One place of {all} channels paints kernel {kernel} over this cell:",
            {"count": count, "all": depth, "kernel": int(cell.at[1])},
        )
        product = m.name("x", letters) + m.op("·") + m.name("w", letters)
        formula = m.row(
            m.total(", ".join(letters), product), *(m.op("+") + m.name("b") for _ in bias)
        )
        made = added(cell, values, (seen, weights), bias, said, formula)
        x_values, w_values = values(seen), values(weights)
        return Worked(
            made.stages, made.terms, balance(said, np.asarray(x_values * w_values)), formula
        )

    return Account((seen, weights, *bias), work, "products")


def backwards(
    out: Sequence[np.ndarray],
    offsets: Sequence[np.ndarray],
    before: Sequence[int],
    steps: Sequence[int],
    gaps: Sequence[int],
    sizes: Sequence[int],
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Along each axis where a kernel stands whose cell at an offset lies here, and if it does."""
    places, inside = [], []
    for o, offset, cut, step, gap, size in zip(
        out, offsets, before, steps, gaps, sizes, strict=True
    ):
        place, rest = np.divmod(o + cut - offset * gap, step)
        inside.append((rest == 0) & (place >= 0) & (place < size))
        places.append(np.clip(place, 0, size - 1))
    return places, inside


def _cut_before(
    cell: Cell, steps: Sequence[int], gaps: Sequence[int], pads: Sequence[int] | None
) -> list[int]:
    """How much of the painted picture is cut off at the beginning of each axis."""
    given, x, kernel = cell.attributes, cell.shape(0)[2:], cell.shape(1)[2:]
    rank, auto = len(x), given["auto_pad"]
    wanted = given.get("output_shape")
    if not wanted and not auto.startswith("SAME"):
        return [*pads[:rank]] if pads and auto != "VALID" else [0] * rank
    extra = given["output_padding"] or [0] * rank
    before = []
    for axis in range(rank):
        full = steps[axis] * (x[axis] - 1) + (kernel[axis] - 1) * gaps[axis] + 1 + extra[axis]
        target = [*wanted][-rank:][axis] if wanted else x[axis] * steps[axis]
        total = full - target
        half = total // 2 if auto == "SAME_UPPER" else total - total // 2
        before.append(half if total > 0 else 0)
    return before


@declares("Col2Im")
def columns_to_image(cell: Cell) -> Account:
    """All blocks that overlap here, added up."""
    given = cell.attributes
    image, block = (cell.array(p).reshape(-1).tolist() for p in (1, 2))
    place = window(image, block, given["strides"], given["dilations"], given["pads"], "NOTSET")
    (n, channel, *out), offsets = cell.spread(*block)
    before = [pad[0] for pad in place.pads]
    places, inside = backwards(out, offsets, before, place.strides, place.dilations, place.sizes)
    row = channel * math.prod(block) + _flat(offsets, block)
    all_inside = np.asarray(True)
    for part in inside:
        all_inside = all_inside & part
    always = np.asarray(True)
    index = (n, row, _flat(places, place.sizes))
    operand = Operand(0, index, "blocks", (always, always, all_inside))

    def work(values: Values) -> Worked:
        cells = np.asarray(values(operand))
        count = int(np.broadcast_to(operand.there, cells.shape).sum())
        said = Said(
            "{count} blocks overlap here, and what they hold is added up." if count > 1 else
            "One block lies here, and this is what it holds." if count else
            "No block lies here, so this is 0.",
            {"count": count},
        )  # fmt: skip
        stages = [Stage("sum", cells.sum())]
        return Worked(stages, [Terms((operand,), cells, "blocks")], said, m.total("k", m.name("x")))

    return Account((operand,), work, "reduction")


def _flat(places: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    number = np.asarray(0)
    for place, size in zip(places, sizes, strict=True):
        number = number * size + place
    return number
