"""One sentence for whoever is here for the first time: what this is, and what to do."""

from __future__ import annotations

from typing import Any

from tensorama.app.desk import Desk
from tensorama.view import ffi

_KNOWN = "tensorama-welcomed"


class Welcome:
    """Is seen once, until a person does something; never in an article."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._line = desk.frame.part("welcome")
        self._over = desk.frame.embedded or _known()
        self._handlers = ffi.Handlers()
        if self._over:
            return
        desk.session.opened.listen(self._show)
        desk.store.listen(lambda before, after: self._given(), "given")
        for event in ("pointerdown", "keydown", "wheel"):
            self._handlers.on(ffi.document, event, self._begun, capture=True, passive=True)
        self._handlers.do(self._line, "click", self._end)

    def _show(self) -> None:
        """Say it of a network that takes drawings; of another one it would not be true."""
        self._line.hidden = self._over or not self.desk.session.draws

    def _given(self) -> None:
        """A file was dropped: who does that goes on without it."""
        if not self._line.hidden:
            self._end()

    def _begun(self, event: Any) -> None:
        """Who goes on without it needs it no more."""
        if not self._line.hidden and not self._line.contains(event.target):
            self._end()

    def _end(self) -> None:
        self._line.hidden = self._over = True
        try:
            ffi.window.localStorage.setItem(_KNOWN, "1")
        except ffi.JsException:  # a page that may keep nothing says it each time
            return

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def _known() -> bool:
    try:
        return ffi.found(ffi.window.localStorage.getItem(_KNOWN)) is not None
    except ffi.JsException:
        return False
