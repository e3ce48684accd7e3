"""Fields of regions of a picture, each brought down to one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.between import Taps
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares


def regions_asked(cell: Cell, each: int) -> list[Operand]:
    """The corners of the region, and of which picture it is."""
    region = np.asarray(cell.at[0])
    box = Operand(1, (region[..., None], np.arange(each)), "region")
    return [box, *([Operand(2, (region,), "picture")] if cell.has(2) else [])]


@declares("RoiAlign")
def aligned(cell: Cell) -> Account:
    """A field of a region: the mean, or the largest, of places read between cells."""
    given, shape = cell.attributes, cell.shape(0)
    mode = given.get("coordinate_transformation_mode", "output_half_pixel")
    half = mode == "half_pixel"
    scale, ratio = float(given["spatial_scale"]), int(given["sampling_ratio"])
    counts = int(given["output_height"]), int(given["output_width"])
    region = np.asarray(cell.at[0])
    boxes = cell.array(1).astype(np.float64) * scale - (0.5 if half else 0)
    along, samples = [], []
    for axis, (count, size) in enumerate(zip(counts, shape[2:], strict=True)):
        begin, length = boxes[region, 1 - axis], boxes[region, 3 - axis] - boxes[region, 1 - axis]
        length = length if half else np.maximum(length, 1.0)
        each = np.asarray(ratio) if ratio > 0 else np.maximum(np.ceil(length / count), 0)
        most = int(each.max()) if each.size else 0
        step = (np.arange(most) + 0.5) / np.maximum(each, 1)[..., None]
        at = begin[..., None] + (length / count)[..., None] * (
            np.asarray(cell.at[2 + axis])[..., None] + step
        )
        used = np.arange(most) < each[..., None]
        along.append(_spots(at, used, size))
        samples.append(each)
    return _aligned(cell, along, samples, str(given["mode"]) == "max")


def _spots(at: np.ndarray, used: np.ndarray, size: int) -> Taps:
    """Two cells around each sample of an axis, both along the last axis, and their weights."""
    beyond = (at < -1) | (at > size)
    at = np.maximum(at, 0)
    low = np.minimum(np.floor(at), size - 1)
    high = np.minimum(low + 1, size - 1)
    share = np.where(low >= size - 1, 0.0, at - low)
    weight = np.stack([1 - share, share], axis=-1) * (used & ~beyond)[..., None]
    index = np.stack([low, high], axis=-1).astype(np.int64)
    shape = (*at.shape[:-1], -1)
    return Taps(index.reshape(shape), weight.reshape(shape))


def _aligned(cell: Cell, along: Sequence[Taps], samples: Sequence[Any], largest: bool) -> Account:
    rows, columns = along
    weight = rows.weight[..., :, None] * columns.weight[..., None, :]
    picture = cell.array(2).astype(np.int64)[cell.at[0]] % cell.shape(0)[0]
    index = (
        np.asarray(picture)[..., None, None], np.asarray(cell.at[1])[..., None, None],
        rows.index[..., :, None], columns.index[..., None, :],
    )  # fmt: skip
    counts = weight != 0
    x = Operand(0, index, "cells around", None if counts.all() else (counts,) * 4)
    asked = regions_asked(cell, 4)

    def work(values: Values) -> Worked:
        cells = np.asarray(values(x))
        parts = np.where(counts, cells * weight, 0.0)
        many = int(samples[0]) * int(samples[1])
        known = {"many": many, "count": int(counts.sum()), "channel": int(cell.at[1])}
        told = [Terms((o,), np.zeros(np.shape(values(o))), o.role, values(o)) for o in asked]
        if largest:
            winner = int(np.argmax(parts)) if parts.size else 0
            value = parts.reshape(-1)[winner] if parts.size else np.float64(0)
            share = np.zeros(parts.shape)
            if parts.size:
                share.reshape(-1)[winner] = value
            said = Said("The largest of {count} weighted cells around {many} places.", known)
            terms = [Terms((x,), share, "cells around", cells), *told]
            return Worked([Stage("largest", value)], terms, said, m.call("max", m.name("x")))
        share = parts / many if many else parts
        value = share.sum() if many else np.float64(np.nan)
        said = Said("The mean of {many} places in its field, read between {count} cells.", known)
        if not many:
            said, share = Said("The region has no extent, so there is nothing to read."), share * 0
            told.append(Terms((), np.asarray(value)))
        formula = m.fraction(
            m.total("k", m.name("w", "k") + m.op("·") + m.name("x", "k")), m.name("n")
        )
        return Worked(
            [Stage("mean", value)], [Terms((x,), share, "cells around"), *told], said, formula
        )

    return Account((x, *asked), work, "winner" if largest else "reduction")


@declares("MaxRoiPool")
def largest_of_region(cell: Cell) -> Account:
    """The largest cell of a field of a region."""
    given, shape = cell.attributes, cell.shape(0)
    scale = float(given["spatial_scale"])
    region = np.asarray(cell.at[0])
    boxes = cell.array(1).astype(np.float64)[region]
    lows, highs = [], []
    for axis, (count, size) in enumerate(zip(given["pooled_shape"], shape[2:], strict=True)):
        first, last = (_away_from_zero(boxes[..., k] * scale) for k in (2 - axis, 4 - axis))
        step = np.maximum(last - first + 1, 1) / count
        place = np.asarray(cell.at[2 + axis])
        lows.append(np.clip(first + np.floor(place * step), 0, size).astype(np.int64))
        highs.append(np.clip(first + np.ceil((place + 1) * step), 0, size).astype(np.int64))
    spans = [
        int((high - low).max()) if low.size else 0 for low, high in zip(lows, highs, strict=True)
    ]
    rows, columns = (np.arange(max(0, span)) for span in spans)
    row, column = lows[0][..., None, None] + rows[:, None], lows[1][..., None, None] + columns
    inside = (row < highs[0][..., None, None]) & (column < highs[1][..., None, None])
    index = (
        boxes[..., 0].astype(np.int64)[..., None, None] % shape[0],
        np.asarray(cell.at[1])[..., None, None],
        np.clip(row, 0, shape[2] - 1), np.clip(column, 0, shape[3] - 1),
    )  # fmt: skip
    x = Operand(0, index, "field", None if inside.all() else (inside,) * 4, -np.inf)
    asked = Operand(1, (region[..., None], np.arange(5)), "region")

    def work(values: Values) -> Worked:
        cells = np.asarray(values(x))
        told = Terms((asked,), np.zeros(np.shape(values(asked))), "region", values(asked))
        if not inside.any():
            said = Said("Its field of the region holds no cell, so this is 0.")
            return Worked([Stage("largest", np.float64(0))], [told], said)
        winner = int(np.argmax(np.where(inside, cells, -np.inf)))
        share = np.zeros(cells.shape)
        share.reshape(-1)[winner] = value = cells.reshape(-1)[winner]
        said = Said(
            "The largest of {count} cells in its field of the region.", {"count": int(inside.sum())}
        )
        terms = [Terms((x,), share, "field", cells), told]
        return Worked([Stage("largest", value)], terms, said, m.call("max", m.name("x")))

    return Account((x, asked), work, "winner")


def _away_from_zero(value: np.ndarray) -> np.ndarray:
    """The nearest whole number, halves away from 0."""
    return np.copysign(np.floor(np.abs(value) + 0.5), value)
