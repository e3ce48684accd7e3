"""The run as a line: one stretch for each layer, lit when the layer is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tensorama.scene import Scene
from tensorama.view import ffi


class Timeline:
    """A button for each layer in the order of the run; click brings the layer close."""

    def __init__(
        self,
        box: Any,
        on_click: Callable[[int], None],
        on_hover: Callable[[int | None], None],
    ) -> None:
        self.box = box
        self._on_click, self._on_hover = on_click, on_hover
        self._handlers = ffi.Handlers()
        self._stretches: list[Any] = []
        self._lit = np.zeros(0, bool)

    def show(self, scene: Scene) -> None:
        """Make a stretch for each block."""
        self._handlers.remove()
        self.box.replaceChildren()
        self._stretches = []
        for number, block in enumerate(scene.blocks):
            stretch = ffi.document.createElement("button")
            stretch.type = "button"
            stretch.title = block.layer.name
            stretch.setAttribute("aria-label", f"Go to {block.layer.name}")
            self._handlers.do(stretch, "click", partial(self._on_click, number))
            self._handlers.do(stretch, "pointerenter", partial(self._on_hover, number))
            self._handlers.do(stretch, "pointerleave", partial(self._on_hover, None))
            self.box.append(stretch)
            self._stretches.append(stretch)
        self._lit = np.zeros(len(self._stretches), bool)

    def follow(self, lit: np.ndarray) -> None:
        """Light the stretches whose layers are lit."""
        now = lit > 0.5
        for number in np.flatnonzero(now != self._lit):
            self._stretches[number].classList.toggle("tr-on", bool(now[number]))
        self._lit = now

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
