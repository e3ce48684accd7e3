"""Files that a person drops on the box or picks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.app.frame import Frame
from tensorama.view import ffi


class Files:
    """Hears of dropped and picked files; `on_file` gets each."""

    def __init__(self, frame: Frame, on_file: Callable[[Any], None]) -> None:
        self.frame, self._on_file = frame, on_file
        self._handlers = ffi.Handlers()
        field, box = frame.part("file"), frame.box
        on = self._handlers.on
        self._handlers.do(frame.button("file"), "click", lambda: field.click())
        on(field, "change", self._picked)
        for event in ("dragenter", "dragover"):
            on(box, event, self._dragged)
        on(box, "dragleave", self._left)
        on(box, "drop", self._dropped)

    def _picked(self, event: Any) -> None:
        self._take(event.target.files)
        event.target.value = ""

    def _dragged(self, event: Any) -> None:
        event.preventDefault()
        self.frame.part("drop").hidden = False

    def _left(self, event: Any) -> None:
        inside = ffi.found(event.relatedTarget)
        if inside is None or not self.frame.box.contains(inside):
            self.frame.part("drop").hidden = True

    def _dropped(self, event: Any) -> None:
        event.preventDefault()
        self.frame.part("drop").hidden = True
        self._take(event.dataTransfer.files)

    def _take(self, files: Any) -> None:
        if files.length:
            self._on_file(files.item(0))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
