"""Choosing what stands on the page, for a link that a teacher hands out."""

from __future__ import annotations

from typing import Any

from tensorama.app.actions import looks
from tensorama.app.commands import COMMANDS, Command
from tensorama.app.desk import Desk
from tensorama.app.parts import GROUPED, PARTS, Part
from tensorama.view import ffi


class Parts:
    """A list of all buttons and parts; what is not ticked is gone from the page at once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._panel = desk.frame.part("parts")
        self._list = self._panel.querySelector("div")
        copy, everything, close = self._panel.querySelectorAll("button")
        self._handlers = ffi.Handlers()
        self._handlers.on(self._list, "change", self._ticked)
        self._handlers.on(self._panel, "keydown", self._pressed)
        self._handlers.do(copy, "click", lambda: desk.asked.tell("link"))
        self._handlers.do(everything, "click", lambda: self._hide(frozenset()))
        self._handlers.do(close, "click", self._close)
        desk.asked.listen(self._asked)
        desk.store.listen(lambda before, after: self._tick(), "hidden")
        desk.spoken.listen(self._say_anew)

    def _asked(self, name: str) -> None:
        if name == "parts":
            self._write()
            self._panel.hidden = False
            self._panel.focus()
        elif name == "escape" and not self._panel.hidden:
            self._close()

    def _pressed(self, event: Any) -> None:
        if event.key == "Escape":  # which the page does not hear from a field
            event.stopPropagation()
            self._close()

    def _close(self) -> None:
        self._panel.hidden = True
        self.desk.frame.part("scene").focus()

    def _write(self) -> None:
        """A box to tick for each part and each button."""
        self._list.replaceChildren()
        buttons = self.desk.frame.box.querySelectorAll(":is(.tr-tools, .tr-more) [data-do]")
        names = {str(button.dataset.do) for button in buttons} - GROUPED
        things: list[Part | Command] = [*PARTS, *(c for c in COMMANDS if c.name in names)]
        for thing in things:
            label, tick = (ffi.document.createElement(kind) for kind in ("label", "input"))
            tick.type, tick.value = "checkbox", thing.name
            words = ffi.document.createElement("span")
            words.textContent = self.desk.say(thing.words)
            label.append(tick, words)
            self._list.append(label)
        self._tick()

    def _say_anew(self) -> None:
        if not self._panel.hidden:
            self._write()

    def _tick(self) -> None:
        for tick in self._ticks():
            tick.checked = str(tick.value) not in self.desk.state.hidden

    def _ticks(self) -> Any:
        return self._list.querySelectorAll("input")

    def _ticked(self, event: Any) -> None:
        name, hidden = str(event.target.value), self.desk.state.hidden
        self._hide(hidden - {name} if event.target.checked else hidden | {name})

    def _hide(self, names: frozenset[str]) -> None:
        self.desk.do(looks.hiding(self.desk.state, names))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
