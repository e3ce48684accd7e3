"""The keyboard: the commands by their keys."""

from __future__ import annotations

from typing import Any

from tensorama.app.actions import opening, running
from tensorama.app.commands import BY_KEY, Do
from tensorama.app.desk import Desk
from tensorama.app.parts import gone
from tensorama.view import ffi

_DIGITS = {f"Digit{digit}" for digit in range(10)}  # with Shift their signs differ by country
_TYPED = frozenset({"INPUT", "TEXTAREA", "SELECT"})
_PRESSED = frozenset({"BUTTON", "SUMMARY", "A"})
_SHIFTED = frozenset({"ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"})


class Keys:
    """Keys for one box: those of the page if it is the page, else only while it has focus."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        target = desk.frame.box if desk.frame.embedded else ffi.document
        self._handlers.on(target, "keydown", self._pressed)

    def _pressed(self, event: Any) -> None:
        if event.target.tagName in _TYPED or event.defaultPrevented:
            return
        if event.target.tagName in _PRESSED and event.key in (" ", "Enter"):
            return  # that presses the button
        do = self._meaning(event)
        if do:
            event.preventDefault()
            do(self.desk)
            self.desk.store.rest()

    def _meaning(self, event: Any) -> Do | None:
        digit = self._digit(event)
        if digit is not None:
            return digit
        command = BY_KEY.get(name_of(event))
        hidden = gone(self.desk.state.hidden)
        return command.do if command and command.name not in hidden else None

    def _digit(self, event: Any) -> Do | None:
        """Shift and a digit ask for a level, and so does a digit where none can be drawn."""
        code = str(event.code or "")
        if code not in _DIGITS or event.ctrlKey or event.metaKey or event.altKey:
            return None
        digit = int(code[5:])
        if self.desk.session.draws and not event.shiftKey:
            shown = "samples" not in gone(self.desk.state.hidden)
            return (lambda desk: desk.do(running.sampled(desk.state, digit))) if shown else None
        if digit:
            return lambda desk: desk.jump(opening.at_level(desk.state, desk.items, digit))
        return None

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def name_of(event: Any) -> str:
    """A pressed key as the table of commands writes it: `o`, `Shift+l`, `Control+z`, `[`."""
    key = str(event.key)
    letter = len(key) == 1 and key.isalpha()
    held = [("Control", event.ctrlKey), ("Meta", event.metaKey), ("Alt", event.altKey)]
    if letter or key in _SHIFTED:
        held.append(("Shift", event.shiftKey))
    return "+".join([*(name for name, is_held in held if is_held), key.lower() if letter else key])
