"""How much of each block lies on the graphics card: all its numbers, a smaller copy, or a summary.

Most networks fit as a whole. Where one does not, what is far away needs no more cells than it has
pixels; and where even that is too much, the least visible blocks are drawn from their summaries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import FIELD_OF_VIEW
from tensorama.scene.camera.eye import Eye
from tensorama.scene.layout.places import Places
from tensorama.scene.pictures.picture import END

COARSEST = 4  # a copy has at least a cell for 16 × 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a device allows: edge of a texture in cells, textures in a stack, bytes in all."""

    edge: int = 2048
    pages: int = 256
    bytes: int = 192 << 20

    @property
    def cells(self) -> int:
        """Half floats that fit."""
        return min(self.bytes // 2, self.edge**2 * self.pages)

    def hold(self, cells: int, pages: int) -> bool:
        """Whether so many cells on so many pages fit."""
        return cells <= self.cells and pages <= self.pages


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """`level` (B,): a copy has one cell for 2**level × 2**level. `faces` (B,): only the summary."""

    level: np.ndarray
    faces: np.ndarray

    def worse(self, other: Detail, shown: np.ndarray) -> bool:
        """Does the other show any of these blocks (B,) finer, so that it is worth going over?"""
        finer = (self.level > other.level) | (self.faces & ~other.faces)
        return bool((finer & shown).any())


def whole(scene: Scene) -> Detail:
    """Everything in all detail."""
    count = len(scene.blocks)
    return Detail(np.zeros(count, int), np.zeros(count, bool))


def cells_of(scene: Scene, detail: Detail) -> np.ndarray:
    """How many cells each block needs on the card, (B,)."""
    rows = np.array([block.picture.rows for block in scene.blocks], int)
    cols = np.array([block.picture.cols for block in scene.blocks], int)
    counts = np.array([block.count for block in scene.blocks], int)
    step = 1 << detail.level
    return np.asarray(np.where(detail.faces, 1, counts) * (-(-rows // step)) * (-(-cols // step)))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """How the blocks are seen at a moment, in CSS pixels; 0 where one is not in sight.

    `cell` (B,): how wide a cell of its maps is. `area` (B,): how much of the window it takes.
    """

    cell: np.ndarray
    area: np.ndarray


def choose_detail(scene: Scene, seen: Seen, budget: float) -> Detail:
    """Give every block as much detail as can be seen and as fits into so many cells."""
    best = whole(scene)
    if cells_of(scene, best).sum() <= budget:
        return best
    far = np.floor(-np.log2(np.maximum(seen.cell, 2.0**-COARSEST)))
    images = np.array([block.image for block in scene.blocks], bool)
    level = np.where(images, 0, np.clip(far, 0, COARSEST)).astype(int)
    opens = np.array([block.opens for block in scene.blocks], bool)
    detail = Detail(level, opens & (seen.cell <= 0))
    least = np.argsort(seen.area, kind="stable")
    for coarser in range(COARSEST + 1):
        costs = cells_of(scene, detail)
        over = costs.sum() - budget
        for block in least.tolist():
            if over <= 0:
                return detail
            if not detail.faces[block] and opens[block]:
                detail.faces[block] = True
                over -= costs[block] - costs[block] // scene.blocks[block].count
        least_level = np.where(images, 0, min(coarser + 1, COARSEST))
        detail = Detail(np.maximum(detail.level, least_level), detail.faces)
    return detail


def sight_of(places: Places, eye: Eye) -> Seen:
    """How the blocks are seen at this moment."""
    scene, room = places.scene, eye.room
    first = np.array([block.first + block.opens for block in scene.blocks], int)
    cols = np.array([block.picture.cols for block in scene.blocks])
    widths = np.where(places.opening > 0.5, scene.open[first, 3], scene.closed[first, 3])
    corners = eye.on_screen(places.corners().reshape(-1, 3)).reshape(-1, 8, 3)
    window = [room.width, room.height]
    low = np.clip(corners[..., :2].min(axis=1), 0, window)
    high = np.clip(corners[..., :2].max(axis=1), 0, window)
    away = corners[..., 2].min(axis=1)
    area = (high - low).prod(axis=1) * (places.layout.shown & (away > 0))
    unit = room.free_height / (2 * np.maximum(away, 1e-3) * np.tan(FIELD_OF_VIEW / 2))
    return Seen(np.where(area > 0, unit * widths / cols, 0.0), area)


def coarser(maps: np.ndarray, level: int, amounts: bool = True) -> np.ndarray:
    """A copy of maps (M,R,C) with one cell for 2**level × 2**level: their mean.

    What is no number or infinite, and any cell where numbers are no `amounts` but names, is
    represented by one.
    """
    step = 1 << level
    picked = maps[:, ::step, ::step]
    if level == 0 or not amounts:
        return picked
    rows, cols = np.arange(0, maps.shape[1], step), np.arange(0, maps.shape[2], step)

    def total(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.add.reduceat(np.add.reduceat(values, rows, axis=1), cols, axis=2))

    real = np.abs(maps) < END
    count = total(real.astype(np.float32))
    mean = total(np.where(real, maps, 0).astype(np.float32)) / np.maximum(count, 1)
    return np.where(count > 0, mean, picked).astype(maps.dtype)
