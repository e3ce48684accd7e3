"""Pictures read at places that other tensors name: grids, boxes, regions."""

from __future__ import annotations

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.between import Taps, between, taps
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.fields import regions_asked
from tensorama.explain.mathml import written
from tensorama.phrases import phrase

_KINDS = {"bilinear": "linear", "bicubic": "cubic"}


@declares("GridSample")
@declares("GridSample", domain="com.microsoft")
def sampled(cell: Cell) -> Account:
    """A picture read where a grid says."""
    given, sizes = cell.attributes, cell.shape(0)[2:]
    rank, corners = len(sizes), bool(given["align_corners"])
    kind = _KINDS.get(given["mode"], given["mode"])
    padding = str(given["padding_mode"])
    grid = cell.array(1).astype(np.float64)
    along, spots = [], []
    for axis, size in enumerate(sizes):
        at = np.asarray(grid[(cell.at[0], *cell.at[2:], np.asarray(rank - 1 - axis))])
        at = (at + 1) / 2 * (size - 1) if corners else ((at + 1) * size - 1) / 2
        spots.append(at)
        along.append(_brought_inside(at, kind, padding, size, corners))
    (_, *_), (coordinate,) = cell.spread(rank)
    lead = tuple(part[..., None] for part in map(np.asarray, (cell.at[0], *cell.at[2:])))
    asked = Operand(1, (*lead, coordinate), "grid")
    where = ""
    if cell.one:
        where = phrase(" at ({place})", place=", ".join(written(spot) for spot in spots))
    return between(cell, cell.at, [*range(2, 2 + rank)], along, (asked,), where)


def _brought_inside(at: np.ndarray, kind: str, padding: str, size: int, corners: bool) -> Taps:
    """The taps around a place, with what is done about those beyond the picture."""
    if kind == "nearest":
        if padding != "zeros":
            at = _folded(at, padding, size, corners)
        at = np.rint(at)
        at = _folded(at, padding, size, corners)
    elif kind == "linear":
        at = _folded(at, padding, size, corners)
    found = taps(at, kind)
    index, weight = found.index, found.weight
    if padding == "zeros":
        weight = np.where((index >= 0) & (index < size), weight, 0.0)
    elif kind == "cubic":
        index = np.rint(_folded(index.astype(np.float64), padding, size, corners)).astype(np.int64)
    return Taps(np.clip(index, 0, size - 1), weight)


def _folded(at: np.ndarray, padding: str, size: int, corners: bool) -> np.ndarray:
    """A place brought into the picture: to its border, or reflected there."""
    if padding == "border":
        return np.clip(at, 0, size - 1)
    if padding != "reflection":
        return at
    low, high = (0.0, size - 1.0) if corners else (-0.5, size - 0.5)
    span = high - low
    if not span:
        return np.zeros_like(at)
    rest = np.mod(at - low, 2 * span)
    return low + np.where(rest > span, 2 * span - rest, rest)


@declares("AffineGrid")
def grid_place(cell: Cell) -> Account:
    """A place in a picture, turned, scaled and moved: a row of theta times the place."""
    sizes = cell.array(1).reshape(-1).tolist()[2:]
    corners = bool(cell.attributes["align_corners"])
    places = []
    for place, size in zip(cell.at[1:-1], sizes, strict=True):
        if corners:
            places.append(place / (size - 1) * 2 - 1 if size > 1 else place * 0.0 - 1)
        else:
            places.append((2 * place + 1) / size - 1)
    point = [*places[::-1], np.ones(())]
    at, (column,) = cell.spread(len(sizes) + 1)
    theta = Operand(0, (at[0], at[-1], column), "theta")

    def work(values: Values) -> Worked:
        spot = np.array([float(part) for part in point])
        products = values(theta) * spot
        said = Said(
            "The place ({place}), turned, scaled and moved by a row of theta.",
            {"place": ", ".join(written(part) for part in spot[:-1])},
        )
        formula = m.total("k", m.name("θ", "k") + m.op("·") + m.name("p", "k"))
        return Worked(
            [Stage("sum", products.sum())], [Terms((theta,), products, "row")], said, formula
        )

    return Account((theta,), work, "products")


@declares("CropAndResize", domain="com.microsoft")
def cropped(cell: Cell) -> Account:
    """A cell of a box of a picture, brought to another size, corner upon corner."""
    kind = "nearest" if cell.attributes["mode"] == "nearest" else "linear"
    boxes = cell.array(1)
    boxes = boxes.astype(np.float32) if boxes.dtype == np.float16 else boxes
    sizes = cell.array(3).reshape(-1).tolist()
    region, shape = cell.at[0], cell.shape(0)
    along: list[Taps] = []
    beyond = np.asarray(False)
    for axis, (count, cells) in enumerate(zip(sizes, shape[2:], strict=True)):
        first, last = boxes[region, axis], boxes[region, axis + 2]
        if count > 1:
            step = (last - first) * (cells - 1) / (count - 1)
            at = first * (cells - 1) + cell.at[2 + axis].astype(boxes.dtype) * step
        else:
            at = (first + last) * (cells - 1) / 2
        beyond = beyond | (np.asarray(at) < 0) | (np.asarray(at) > cells - 1)
        at = np.floor(at + boxes.dtype.type(0.5)) if kind == "nearest" else at
        found = taps(np.asarray(at), kind)
        along.append(Taps(np.clip(found.index, 0, cells - 1), found.weight))
    picture = cell.array(2).astype(np.int64)[region] % shape[0]
    asked = regions_asked(cell, 4)
    index, instead = (picture, *cell.at[1:]), float(cell.attributes["extrapolation_value"])
    return between(cell, index, [2, 3], along, asked, phrase(" in the box"), beyond,
                   instead)  # fmt: skip
