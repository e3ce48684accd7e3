"""Numbers on cells that are near: what is large enough to be read is read without pointing."""

from __future__ import annotations

from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.reading import near_figures
from tensorama.scene.pictures.colour import THEMES
from tensorama.view import ffi
from tensorama.view.figures import Figures
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
        self.desk.stage.soon()

    def _follow(self) -> None:
        desk, stage = self.desk, self.desk.stage
        if not isinstance(stage, Stage) or desk.session.trace is None:
            return
        shelf = desk.shelf
        if shelf:
            shelf.follow()
        seen = (
            stage.sight, stage.player.dawns, stage.theme, desk.state.scale, stage.room,
            stage.dark, id(desk.session.trace), id(desk.session.lens),
            id(shelf), shelf.filled if shelf else 0,
        )  # fmt: skip
        if seen == self._written:
            return
        if seen != self._seen:
            self._seen = seen
            self.figures.write((), "")
            stage.soon()
            return
        self._written = seen
        self.figures.write(near_figures(desk, stage, stage.theme), THEMES[stage.theme].quiet)

    def dispose(self) -> None:
        """Nothing is held."""
