"""The box on the page: its elements by name, taken over from the page or made from the template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.scene.camera.camera import Room
from tensorama.view import ffi

_STYLE_ID = "tensorama-style"
_NARROW = 640  # CSS pixels; the same as in style.css


class Frame:
    """One box with everything in it. `part("pad")` is its element of class `tr-pad`.

    A box that the page brought along (it stands there before Python does) is taken over; an empty
    one is filled with the template, and the style is added to the page once.
    """

    def __init__(self, target: Any, template: Callable[[], str], style: Callable[[], str]) -> None:
        self.box = target
        self.embedded = ffi.found(target.querySelector(".tr-scene")) is None
        if self.embedded:
            self._fill(template, style)
        self._parts: dict[str, Any] = {}

    def _fill(self, template: Callable[[], str], style: Callable[[], str]) -> None:
        if ffi.found(ffi.document.getElementById(_STYLE_ID)) is None:
            sheet = ffi.document.createElement("style")
            sheet.id = _STYLE_ID
            sheet.textContent = style()
            ffi.document.head.append(sheet)
        self.box.classList.add("tensorama", "tr-embed")
        self.box.innerHTML = template()

    def part(self, name: str) -> Any:
        """The element of this name. Raises TensoramaError if the page has none."""
        if name not in self._parts:
            element = ffi.found(self.box.querySelector(f".tr-{name}"))
            if element is None:
                raise TensoramaError(
                    phrase('The page has no element "{name}" to draw in.', name=f".tr-{name}")
                )
            self._parts[name] = element
        return self._parts[name]

    def button(self, action: str) -> Any:
        """The button that does this."""
        return self.box.querySelector(f'[data-do="{action}"]')

    def room(self) -> Room:
        """The box in CSS pixels, and what of it is free for the picture."""
        outer = self.box.getBoundingClientRect()
        side = self.part("side").getBoundingClientRect()
        foot = self.part("foot").getBoundingClientRect()
        bar = self.part("bar").getBoundingClientRect()
        narrow = outer.width <= _NARROW
        edge = 10 if narrow else 30
        left = edge if narrow or not side.width else side.right - outer.left + edge
        right, low = float(edge), foot.top
        if not self.part("outline").hidden:
            outline = self.part("outline").getBoundingClientRect()
            if narrow:
                low = min(low, outline.top)
            else:
                right += outline.width
        if not self.part("inspector").hidden:
            inspector = self.part("inspector").getBoundingClientRect()
            if inspector.width > 0.9 * outer.width:  # a sheet from below
                low = min(low, inspector.top)
            else:
                right += inspector.width
        return Room(
            outer.width,
            outer.height,
            left=left,
            top=bar.bottom - outer.top + 4,
            right=right,
            bottom=outer.bottom - low + 6,
        )
