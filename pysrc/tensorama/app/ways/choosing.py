"""A row of buttons, one for each thing that an input can ask for."""

from __future__ import annotations

from functools import partial
from typing import Any

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, button
from tensorama.inputs.ways import OneOf
from tensorama.phrases import phrase
from tensorama.view import ffi


class Choosing(Panel):
    """Gives an input the one of its labels that is pressed."""

    def __init__(self, desk: Desk, way: OneOf, box: Any) -> None:
        self.desk, self.way = desk, way
        self._handlers = ffi.Handlers()
        box.setAttribute("role", "group")
        box.setAttribute("aria-label", way.tensor)
        self._buttons = []
        for number, label in enumerate(way.labels):
            words = desk.say(phrase("{name}: {label}", name=way.tensor, label=label))
            self._buttons.append(button(label, self._handlers, partial(self._give, number), words))
        box.append(*self._buttons)
        box.style.setProperty("--columns", str(10 if max(map(len, way.labels)) < 3 else 3))

    def _give(self, number: int) -> None:
        self.desk.do(running.gave(self.desk.state, self.way.tensor, ("one of", number)))

    def show(self) -> None:
        """Mark what is chosen."""
        chosen = self.way.chosen(dict(self.desk.state.given).get(self.way.tensor, ()))
        for number, made in enumerate(self._buttons):
            made.setAttribute("aria-pressed", str(number == chosen).lower())

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
