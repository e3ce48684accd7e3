"""The numbers that can be read on the picture at this moment, and the scales of its colours."""

from __future__ import annotations

import numpy as np

from tensorama.app.desk import Desk
from tensorama.scene.drawing.figures import Figure, Sight, figures
from tensorama.view.shelf import ShelfView
from tensorama.view.stage import Stage


def near_figures(desk: Desk, stage: Stage, theme: str) -> list[Figure]:
    """The texts on cells that are near, of the shelf if there is one, and its captions; theme: the
    one that the cells are coloured in."""
    shelf = desk.shelf
    scene = shelf.shelf.scene if shelf else stage.scene
    near = figures(
        _shelf_sight(stage, shelf, theme) if shelf else _sight(desk, stage, theme),
        lambda number: desk.session.seen(scene.blocks[number].picture.tensor),
    )
    return [*near, *(shelf.captions(desk.say) if shelf else ())]


def scale_of(desk: Desk, stage: Stage, block: int, quad: int) -> float:
    """The magnitude at the end of the colours of a map."""
    scale = desk.state.scale
    if scale == "map":
        return stage.scale_of_map(quad)
    own = stage.scene.blocks[block].picture.reading.sort != "number"
    return stage.scale_of(block) if scale == "layer" or own else stage.scale_of_network()


def lit(desk: Desk, stage: Stage) -> list[int]:
    """The blocks whose numbers are seen."""
    lens = desk.session.lens
    found: list[int] = np.flatnonzero(stage.layout.shown & stage.player.bright).tolist()
    if lens is None:
        return found
    return [n for n in found if stage.scene.blocks[n].picture.tensor in lens.arrays]


def _sight(desk: Desk, stage: Stage, theme: str) -> Sight:
    return Sight(
        stage.scene, stage.places(), stage.opened, lit(desk, stage), stage.matrix(), stage.room,
        theme, lambda block, quad: scale_of(desk, stage, block, quad), stage.dark,
    )  # fmt: skip


def _shelf_sight(stage: Stage, view: ShelfView, theme: str) -> Sight:
    every = range(len(view.shelf.scene.blocks))
    return Sight(
        view.shelf.scene, view.places, every, every, stage.matrix(), stage.room, theme,
        lambda block, quad: float(view.maps.scales[block]),
    )  # fmt: skip
