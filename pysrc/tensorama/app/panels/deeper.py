"""What is seldom opened: its rooms are fetched when the State first asks for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tensorama.app import later
from tensorama.app.desk import Desk
from tensorama.view import ffi

# the part of the State that asks → the module in `app.deeper` whose Panel shows it
_PANELS = {"summary": "summary", "depends": "depends", "console": "console"}


class Deeper:
    """Makes each of these panels when it is first wanted; from then on it follows the State."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._made: dict[str, Any] = {}
        desk.store.listen(lambda before, after: self._look(), *_PANELS)
        desk.session.opened.listen(self._look)
        desk.asked.listen(self._asked)

    def _look(self) -> None:
        if self.desk.session.trace is None:
            return
        for name, module in _PANELS.items():
            self._press(name)
            wanted = getattr(self.desk.state, name) and name not in self._made
            if wanted and later.is_here_or(self.desk.session.background, self._look):
                self.desk.frame.dress(import_module("tensorama.app.deeper.style").css())
                room = import_module(f"tensorama.app.deeper.{module}")
                self._made[name] = room.Panel(self.desk)

    def _asked(self, name: str) -> None:
        if name == "picture" and later.is_here_or(self.desk.session.background, self._picture):
            self._picture()

    def _picture(self) -> None:
        """Show the panel that makes pictures, which is no part of the State."""
        if "picture" not in self._made:
            self.desk.frame.dress(import_module("tensorama.app.deeper.style").css())
            room = import_module("tensorama.app.deeper.picture")
            self._made["picture"] = room.Panel(self.desk)
        self._made["picture"].show()

    def _press(self, name: str) -> None:
        button = ffi.found(self.desk.frame.button(name))
        if button is not None:
            button.setAttribute("aria-pressed", str(bool(getattr(self.desk.state, name))).lower())

    def dispose(self) -> None:
        """Take down what was made."""
        for panel in self._made.values():
            panel.dispose()
