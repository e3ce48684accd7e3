"""Dark or light, still or moving, and what shares one colour scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorama.view import ffi

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer

_SCALES = ("per map", "per layer", "network")


class Appearance:
    """Follows the system's wishes until a person decides otherwise."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.scale_mode = 1
        self._follows = True
        self._handlers = ffi.Handlers()
        self._dark = ffi.window.matchMedia("(prefers-color-scheme: dark)")
        self._calm = ffi.window.matchMedia("(prefers-reduced-motion: reduce)")
        for preference in (self._dark, self._calm):
            self._handlers.do(preference, "change", self._follow)
        self._follow()

    def _follow(self) -> None:
        self.viewer.stage.calm = bool(self._calm.matches)
        if self._follows:
            self.set_theme("dark" if self._dark.matches else "light")

    def set_theme(self, theme: str) -> None:
        """Show the page in "dark" or "light"."""
        viewer = self.viewer
        viewer.frame.box.dataset.theme = theme
        viewer.stage.set_theme(theme)
        viewer.pad.draw()

    def toggle_theme(self) -> None:
        """Change between dark and light; the system is not followed any more."""
        self._follows = False
        self.set_theme("light" if self.viewer.stage.theme == "dark" else "dark")

    def next_scale(self) -> None:
        """Share the colour scale by map, by layer, or over the whole network: the next of these."""
        viewer = self.viewer
        self.scale_mode = (self.scale_mode + 1) % len(_SCALES)
        viewer.stage.set_scale_mode(self.scale_mode)
        viewer.frame.button("scale").textContent = _SCALES[self.scale_mode]
        viewer.pointing.refresh()

    def dispose(self) -> None:
        """Let go of the system's events."""
        self._handlers.remove()
