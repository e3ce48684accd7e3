"""Numbers on cells that are near: what is large enough to be read is read without pointing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.desk import Desk
from tensorama.scene.drawing.figures import Sight, figures
from tensorama.scene.pictures.colour import THEMES
from tensorama.view import ffi
from tensorama.view.figures import Figures
from tensorama.view.shelf import ShelfView
from tensorama.view.stage import Stage


class Numbers:
    """Follows the picture and writes the recorded numbers on it, once it stands still."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.figures = Figures(desk.frame.part("figures"))
        self._seen: tuple[Any, ...] = ()
        self._written: tuple[Any, ...] = ()
        desk.drawn.listen(self._follow)
        desk.resized.listen(self._resize)
        desk.spoken.listen(self._say_anew)

    def _resize(self) -> None:
        density = min(2.0, float(ffi.window.devicePixelRatio))
        self.figures.resize(self.desk.stage.room, density)

    def _say_anew(self) -> None:
        self._written = ()
        self.desk.stage.request_frame()

    def _follow(self) -> None:
        desk, stage = self.desk, self.desk.stage
        if not isinstance(stage, Stage) or desk.session.trace is None:
            return
        shelf = desk.shelf
        if shelf:
            shelf.follow()
        seen = (
            stage.sight, stage.player.dawns, stage.theme, desk.state.scale, stage.room,
            stage.dark, id(desk.session.trace), id(shelf), shelf.filled if shelf else 0,
        )  # fmt: skip
        if seen == self._written:
            return
        if seen != self._seen:
            self._seen = seen
            self.figures.write((), "")
            stage.request_frame()
            return
        self._written = seen
        scene = shelf.shelf.scene if shelf else stage.scene
        arrays = desk.session.arrays
        near = figures(
            self._shelf_sight(stage, shelf) if shelf else self._sight(stage),
            lambda number: np.asarray(arrays[scene.blocks[number].picture.tensor]),
        )
        captions = shelf.captions(desk.say) if shelf else []
        self.figures.write([*near, *captions], THEMES[stage.theme].quiet)

    def _sight(self, stage: Stage) -> Sight:
        return Sight(
            stage.scene, stage.places(), stage.opened,
            np.flatnonzero(stage.layout.shown & stage.player.bright).tolist(),
            stage.matrix(), stage.room, stage.theme, self._scale, stage.dark,
        )  # fmt: skip

    def _shelf_sight(self, stage: Stage, view: ShelfView) -> Sight:
        every = range(len(view.shelf.scene.blocks))
        return Sight(
            view.shelf.scene, view.places, every, every, stage.matrix(), stage.room, stage.theme,
            lambda block, quad: float(view.maps.scales[block]),
        )  # fmt: skip

    def _scale(self, block: int, quad: int) -> float:
        stage, scale = self.desk.stage, self.desk.state.scale
        if scale == "map":
            return stage.scale_of_map(quad)
        own = stage.scene.blocks[block].picture.reading.sort != "number"
        return stage.scale_of(block) if scale == "layer" or own else stage.scale_of_network()

    def dispose(self) -> None:
        """Nothing is held."""
