"""The canvas over the picture on which cells that are near have their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.figures import Figure

FONT = "11px Inter, system-ui, sans-serif"
COLOURS = {"bright": "#11151b", "dark": "#f4f1ea"}


class Figures:
    """Writes texts on a canvas of two dimensions; what was written before goes."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self.written: list[Figure] = []
        self._pen = canvas.getContext("2d")
        self._density = 1.0

    def resize(self, room: Room, density: float) -> None:
        """The window may have changed; a canvas that is told its size again is blank."""
        size = round(room.width * density), round(room.height * density)
        self._density = density
        if size != (self.canvas.width, self.canvas.height):
            self.canvas.width, self.canvas.height = size

    def write(self, figures: Sequence[Figure], quiet: str) -> None:
        """Write these and no others; `quiet` is the colour of what stands on the ground."""
        if not figures and not self.written:
            return
        pen = self._pen
        self.written = list(figures)
        self.canvas.classList.toggle("tr-gone", not figures)
        pen.setTransform(self._density, 0, 0, self._density, 0, 0)
        pen.clearRect(0, 0, self.canvas.width, self.canvas.height)
        write_on(pen, figures, quiet)


def write_on(pen: Any, figures: Sequence[Figure], quiet: str) -> None:
    """Write texts with a pen; `quiet` is the colour of what stands on the ground."""
    for on in dict.fromkeys(figure.on for figure in figures):
        caption = on == "ground"
        pen.font = FONT
        pen.textAlign = "left" if caption else "center"
        pen.textBaseline = "alphabetic" if caption else "middle"
        pen.fillStyle = COLOURS.get(on, quiet)
        for figure in figures:
            if figure.on == on:
                pen.fillText(figure.text, figure.x, figure.y)
