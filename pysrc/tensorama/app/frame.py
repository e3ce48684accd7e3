"""The box on the page: its elements by name, taken over from the page or made from the template."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.scene.camera.camera import Room
from tensorama.view import ffi

NARROW = 640  # CSS pixels; the same as in style.css
_PATH = 32  # so high is the row with the way to where one is, below the bar of a narrow box
_BESIDE = ("inspector", "about")  # beside the picture, or on a narrow page below it
_BELOW = ("depends", "console")


class Frame:
    """One box with everything in it. `part("pad")` is its element of class `tr-pad`.

    A box that the page brought along (it stands there before Python does) is taken over; an empty
    one is filled with the template, and the style is added to the page once.
    """

    def __init__(self, target: Any, template: Callable[[], str], style: Callable[[], str]) -> None:
        self.box = target
        self.root = _root_of(target)
        self.embedded = ffi.found(target.querySelector(".tr-scene")) is None
        if self.embedded:
            self._fill(template, style)
        self._parts: dict[str, Any] = {}

    def _fill(self, template: Callable[[], str], style: Callable[[], str]) -> None:
        self.dress(style())
        self.box.classList.add("tensorama", "tr-embed")
        self.box.innerHTML = template()

    def dress(self, style: str) -> None:
        """Add this CSS to the page that the box stands in, or to its shadow, once."""
        if (style, self.root) not in _dressed:
            _dressed.append((style, self.root))
            self.root.adoptedStyleSheets.push(_sheet(style))

    def yield_to_article(self) -> None:
        """The box is a page of its own in the frame of an article, which the wheel scrolls."""
        self.embedded = True
        self.box.classList.add("tr-embed")

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

    @property
    def active(self) -> Any:
        """The element that the keys go to, as far as it stands in the same page or shadow."""
        return ffi.found(self.root.activeElement)

    def button(self, action: str) -> Any:
        """The button that does this."""
        return self.box.querySelector(f'[data-do="{action}"]')

    def room(self) -> Room:
        """The box in CSS pixels, and what of it is free for the picture."""
        outer = self.box.getBoundingClientRect()
        side = self.part("side").getBoundingClientRect()
        foot = self.part("foot").getBoundingClientRect()
        bar = self.part("bar").getBoundingClientRect()
        narrow = outer.width <= NARROW
        edge = 10 if narrow else 30
        left = edge if narrow or not side.width else side.right - outer.left + edge
        right, low = float(edge), foot.top
        top = bar.bottom - outer.top + 4 + (_PATH if narrow else 0)  # there or not: all stays put
        if not self.part("film").hidden:
            low = min(low, self.part("film").getBoundingClientRect().top)
        if not self.part("outline").hidden:
            outline = self.part("outline").getBoundingClientRect()
            if narrow:
                low = min(low, outline.top)
            else:
                right += outline.width
        for name in _BESIDE + _BELOW:
            panel = ffi.found(self.box.querySelector(f".tr-{name}"))  # some come later
            if panel is None or panel.hidden:
                continue
            around = panel.getBoundingClientRect()
            if name in _BELOW or around.width > 0.9 * outer.width:  # a sheet from below
                low = min(low, around.top)
            else:
                right += around.width
        return Room(
            outer.width,
            outer.height,
            left=left,
            top=top,
            right=right,
            bottom=outer.bottom - low + 6,
        )


_dressed: list[tuple[str, Any]] = []  # styles, and the pages and shadows that have them


@cache
def _sheet(style: str) -> Any:
    """One sheet for all boxes; a host's policy has nothing against a sheet that is made so."""
    sheet = ffi.js.CSSStyleSheet.new()
    sheet.replaceSync(style)
    return sheet


def _root_of(element: Any) -> Any:
    """The page that an element stands in, or its shadow."""
    root = element.getRootNode()
    return root if hasattr(root, "adoptedStyleSheets") else ffi.document
