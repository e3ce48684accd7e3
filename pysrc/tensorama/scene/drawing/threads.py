"""Threads from a cell to the cells that weighed most in it: where each begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.pick import Hit
from tensorama.scene.pictures.picture import Picture

MOST = 50  # threads that are drawn; more would be one heap
_FRONT = 0.03  # they end so far before a map
_THINNEST, _THICKEST = 0.6, 2.6  # CSS pixels
_FAINTEST = 0.22


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Cells of one block that weighed something: on which map, row and column (n,).

    weights (n,): how much. signs (n,): 1 for what adds, -1 for what takes away, 0 for what only
    competed.
    """

    block: int
    charts: np.ndarray
    rows: np.ndarray
    cols: np.ndarray
    weights: np.ndarray
    signs: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Threads:
    """segments (n,2,3): from the source to the cell. widths (n,) in CSS pixels, signs (n,) 1, 0 or
    -1, strength (n,) 0..1: how clearly each stands out. sources (n,4): of which block, map, row and
    column each source is."""

    segments: np.ndarray
    widths: np.ndarray
    signs: np.ndarray
    strength: np.ndarray
    sources: np.ndarray


def ends_of(
    picture: Picture,
    block: int,
    index: Sequence[np.ndarray],
    weights: np.ndarray,
    signs: np.ndarray,
) -> Ends | None:
    """The cells at these indices of a block's tensor, so far as they are drawn."""
    charts, rows, cols = picture.places(index)
    drawn = charts < picture.maps
    if not drawn.any():
        return None
    return Ends(block, *(part[drawn] for part in (charts, rows, cols, weights, signs)))


def strongest(ends: Sequence[Ends], most: int = MOST) -> list[Ends]:
    """The same without all but those that weigh most, and without what weighs nothing."""
    sizes = [end.weights for end in ends]
    every = np.concatenate(sizes or [np.zeros(0)])
    if not len(every) or not every.max() > 0:
        return []
    least = np.partition(every, -most)[-most] if len(every) > most else 0.0
    kept = []
    for end, size in zip(ends, sizes, strict=True):
        strong = (size >= least) & (size > 0)
        if strong.any():
            parts = (end.charts, end.rows, end.cols, end.weights, end.signs)
            kept.append(Ends(end.block, *(part[strong] for part in parts)))
    return kept


def threads(
    scene: Scene,
    places: Callable[[int], np.ndarray],
    opened: np.ndarray,
    hit: Hit,
    ends: Sequence[Ends],
) -> Threads:
    """Where threads run now. places: where the quads of a block are (its quads, 5): x, y, z, width,
    height. opened (B,): which blocks are open; of a closed one the threads end on its face."""
    own = scene.blocks[hit.block]
    target = middles(
        places(hit.block)[[_quad(scene, hit.block, hit.chart, bool(opened[hit.block]))]],
        own.picture, np.array([hit.row]), np.array([hit.col]),
    )[0]  # fmt: skip
    starts = []
    for end in ends:
        quads = np.zeros(len(end.charts), int)
        if opened[end.block] and scene.blocks[end.block].opens:
            quads = 1 + end.charts
        at = places(end.block)[quads]
        starts.append(middles(at, scene.blocks[end.block].picture, end.rows, end.cols))
    if not starts:
        none = np.zeros(0, np.float32)
        return Threads(np.zeros((0, 2, 3), np.float32), none, none, none, np.zeros((0, 4), int))
    start, weight = np.concatenate(starts), np.concatenate([end.weights for end in ends])
    order = np.argsort(weight)  # the strongest are drawn last, over the others
    start, share = start[order], weight[order] / weight.max()
    return Threads(
        np.stack([start, np.broadcast_to(target, start.shape)], axis=1).astype(np.float32),
        (_THINNEST + (_THICKEST - _THINNEST) * share**2).astype(np.float32),
        np.concatenate([end.signs for end in ends])[order].astype(np.float32),
        (_FAINTEST + (1 - _FAINTEST) * share**2).astype(np.float32),
        np.concatenate(
            [
                np.column_stack([np.full(len(e.rows), e.block), e.charts, e.rows, e.cols])
                for e in ends
            ]
        )[order],
    )


def _quad(scene: Scene, block: int, chart: int, is_open: bool) -> int:
    return 1 + chart if is_open and scene.blocks[block].opens and chart >= 0 else 0


def middles(places: np.ndarray, picture: Picture, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """The middles of cells, one on each of these maps (n,5) → (n,3)."""
    x, y, z, wide, high = places.T
    return np.column_stack([
        x + ((cols + 0.5) / picture.cols - 0.5) * wide,
        y + (0.5 - (rows + 0.5) / picture.rows) * high,
        z + _FRONT,
    ])  # fmt: skip
