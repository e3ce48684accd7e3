"""Input and answer in a small box: one line below the picture, which opens over it."""

from __future__ import annotations

from tensorama.app.desk import Desk


class Fold:
    """Opens the line and folds it again. Only a small box shows the button for it (style.css)."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._button = desk.frame.part("fold")
        desk.asked.listen(self._asked)

    def _asked(self, name: str) -> None:
        classes = self.desk.frame.box.classList
        if name == "fold":
            self._open(not classes.contains("tr-unfolded"))
        elif name == "escape":
            self._open(False)

    def _open(self, unfolded: bool) -> None:
        self.desk.frame.box.classList.toggle("tr-unfolded", unfolded)
        self._button.setAttribute("aria-expanded", str(unfolded).lower())

    def dispose(self) -> None:
        """Nothing is held."""
