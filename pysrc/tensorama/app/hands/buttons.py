"""Clicks on the buttons of the box: the commands by their names."""

from __future__ import annotations

from typing import Any

from tensorama.app.commands import BY_NAME
from tensorama.app.desk import Desk
from tensorama.view import ffi


class Buttons:
    """Hears of every button that says what it does by `data-do`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        self._handlers.on(desk.frame.box, "click", self._clicked)
        desk.jumped.listen(self._show_ways)
        desk.session.opened.listen(self._show_ways)
        desk.store.listen(lambda before, after: self._show_ways())

    def _clicked(self, event: Any) -> None:
        button = ffi.found(event.target.closest("[data-do]"))
        command = BY_NAME.get(str(button.dataset.do)) if button is not None else None
        if command:
            command.do(self.desk)
            self.desk.store.rest()

    def _show_ways(self) -> None:
        """Buttons that lead back and forward can be pressed where there is a way."""
        ways = zip(
            ("back", "forward", "undo", "redo"),
            (*self.desk.history.ways, *self.desk.store.ways),
            strict=True,
        )
        for name, there in ways:
            button = self.desk.frame.button(name)
            if ffi.found(button) is not None:
                button.disabled = not there

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
