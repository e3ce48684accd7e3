"""Where one is: the model, the groups around, the layer; each a button that leads there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tensorama.view import ffi

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer


_LOOKS = {"weights": "Its weights (W)", "inside": "What it computes on the way (I)"}


class Crumbs:
    """The path from the network as a whole down to what one is at."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._box = viewer.frame.part("crumbs")
        self._shown: tuple[Any, ...] = ()
        self._handlers = ffi.Handlers()

    def follow(self) -> None:
        """Show where one is now."""
        viewer = self.viewer
        scene, at, shelf = viewer.stage.scene, viewer.steering.at, viewer.insight.shown
        path = viewer.steering.path
        if (viewer.name, path, shelf) == self._shown:
            return
        self._shown = viewer.name, path, shelf
        within = self._box.contains(ffi.document.activeElement)
        self._handlers.remove()
        model = self._box.firstElementChild
        self._box.replaceChildren(model)
        model.textContent = viewer.name or "Network"
        model.removeAttribute("aria-current")
        viewer.frame.part("title").classList.toggle("tr-deep", bool(path))
        for item in path:
            self._button(scene.layer(item).name, partial(viewer.steering.go_to, item))
        if path:
            self._box.lastElementChild.setAttribute("aria-current", "true")
            if not scene.tree.group(path[-1]):
                for what, title in _LOOKS.items():
                    self._switch(what, title, shelf == (at, what))
        else:
            model.setAttribute("aria-current", "true")
        if within:
            self._box.lastElementChild.focus()

    def _button(self, text: str, do: Any) -> Any:
        button = ffi.document.createElement("button")
        button.type = "button"
        button.textContent = button.title = text
        self._handlers.do(button, "click", do)
        self._box.append(button)
        return button

    def _switch(self, what: str, title: str, on: bool) -> None:
        insight, at = self.viewer.insight, self.viewer.steering.at
        button = self._button(what, lambda: insight.toggle(what, at))
        button.className = "tr-look"
        button.title = title
        button.setAttribute("aria-pressed", str(on).lower())

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
