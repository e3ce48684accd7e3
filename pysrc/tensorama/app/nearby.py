"""Numbers on cells that are near: what is large enough to be read is read without pointing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.scene.drawing.figures import Sight, figures
from tensorama.scene.pictures.colour import THEMES
from tensorama.view.figures import Figures
from tensorama.view.shelf import ShelfView
from tensorama.view.stage import Stage

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer


class Nearby:
    """Follows the picture and writes the recorded numbers on it."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.figures = Figures(viewer.frame.part("figures"))
        self._seen: tuple[Any, ...] = ()
        self._written: tuple[Any, ...] = ()

    def follow(self) -> None:
        """Write what can be read once the picture stands still; while it moves write nothing."""
        stage, trace = self.viewer.stage, self.viewer.trace
        if not isinstance(stage, Stage) or trace is None:
            return
        insight = self.viewer.insight
        if insight.view:
            insight.view.follow()
        seen = (
            stage.sight, stage.player.dawns, stage.theme, self.viewer.appearance.scale_mode,
            stage.room, id(trace), id(insight.view), insight.filled,
        )  # fmt: skip
        if seen == self._written:
            return
        if seen != self._seen:
            self._seen = seen
            self.figures.write((), "")
            stage.request_frame()
            return
        self._written = seen
        scene = insight.view.shelf.scene if insight.view else stage.scene
        arrays = insight.arrays
        near = figures(
            self._shelf_sight(stage, insight.view) if insight.view else self._sight(stage),
            lambda number: np.asarray(arrays[scene.blocks[number].picture.tensor]),
        )
        self.figures.write([*near, *insight.captions()], THEMES[stage.theme].quiet)

    def _sight(self, stage: Stage) -> Sight:
        return Sight(
            stage.scene, stage.places(), stage.opened,
            np.flatnonzero(stage.layout.shown & stage.player.bright).tolist(),
            stage.matrix(), stage.room, stage.theme, self._scale,
        )  # fmt: skip

    def _shelf_sight(self, stage: Stage, view: ShelfView) -> Sight:
        every = range(len(view.shelf.scene.blocks))
        return Sight(
            view.shelf.scene, view.places, every, every, stage.matrix(), stage.room, stage.theme,
            lambda block, quad: float(view.maps.scales[block]),
        )  # fmt: skip

    def _scale(self, block: int, quad: int) -> float:
        stage, mode = self.viewer.stage, self.viewer.appearance.scale_mode
        if mode == 0:
            return stage.scale_of_map(quad)
        own = stage.scene.blocks[block].picture.reading.sort != "number"
        return stage.scale_of(block) if mode == 1 or own else stage.scale_of_network()
