"""What is seen, as a picture to keep: pixels out of the graphics card.

More pixels than the window has are drawn in pieces, each as large as the window, so that it does
not matter how large a picture the graphics card can draw.
"""

from __future__ import annotations

import math
from asyncio import sleep
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.app.deeper.beside import plates, words
from tensorama.app.deeper.strokes import lines, ties
from tensorama.app.desk import Desk
from tensorama.app.reading import near_figures
from tensorama.errors import TensoramaError
from tensorama.figure.seen import LARGEST, LONGEST, too_large
from tensorama.phrases import Phrase, phrase
from tensorama.scene.camera.camera import project
from tensorama.scene.pictures.colour import THEMES
from tensorama.view import ffi
from tensorama.view.figures import FONT, write_on
from tensorama.view.stage import Stage

_EDGE = 16  # CSS pixels around what is seen

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of the window that something is seen in, in CSS pixels."""

    left: float
    top: float
    wide: float
    high: float

    def pixels(self, times: int) -> tuple[int, int]:
        """Width and height of a picture of so many pixels for one of the page's."""
        return round(self.wide * times), round(self.high * times)


def cut_of(desk: Desk, stage: Stage) -> Cut:
    """All that is seen with its labels, and a small edge around it."""
    boxes = [stage.boxes()[stage.layout.shown]]
    ways = [
        project(line.points, stage.matrix(), stage.room)
        for line in [*lines(stage, "dark"), *ties(stage, "dark")]
    ]
    boxes += [np.concatenate([w[:, :2].min(axis=0), w[:, :2].max(axis=0)])[None] for w in ways]
    for word in words(desk, "dark"):
        x, y = word.matrix[4:]
        wide = word.size * len(word.text) * 0.62
        x -= wide / 2 if word.anchor == "middle" else 0
        boxes.append(np.array([[x, y - word.size, x + wide, y + word.size * 0.3]]))
    if desk.shelf:
        corners = stage.on_screen(desk.shelf.shelf.corners)[:, :2]
        boxes.append(np.concatenate([corners.min(axis=0), corners.max(axis=0)])[None])
    every = np.concatenate(boxes)
    size = np.array([stage.room.width, stage.room.height])
    low = np.clip(every[:, :2].min(axis=0) - _EDGE, 0, size - 1)
    high = np.clip(every[:, 2:].max(axis=0) + _EDGE, low + 1, size)
    return Cut(*low.tolist(), *(high - low).tolist())


async def as_png(desk: Desk, times: int, theme: str, transparent: bool, tell: Tell) -> Any:
    """A Blob. Raises TooLargeError where the browser cannot make so large a picture."""
    stage = stage_of(desk)
    cut = cut_of(desk, stage)
    wide, high = cut.pixels(times)
    if max(wide, high) > LONGEST or wide * high > LARGEST:
        raise too_large(wide, high)
    canvas = ffi.document.createElement("canvas")
    canvas.width, canvas.height = wide, high
    pen = canvas.getContext("2d")
    colours = THEMES[theme]
    pen.fillStyle = colours.ground
    pen.fillRect(wide - 1, high - 1, 1, 1)
    if not pen.getImageData(wide - 1, high - 1, 1, 1).data[3]:
        raise too_large(wide, high)  # there is no memory for it
    pen.clearRect(0, 0, wide, high)
    if not transparent:
        pen.fillRect(0, 0, wide, high)
    with _as_it_is(desk, stage, theme, transparent):
        await _draw_pieces(stage, pen, cut, times, tell)
    for plate in plates(desk, theme, transparent):
        _turn(pen, plate.matrix, cut, times)
        pen.globalAlpha, pen.fillStyle = plate.strength, plate.colour
        pen.fillRect(*plate.box)
    pen.globalAlpha = 1
    for word in words(desk, theme):
        _turn(pen, word.matrix, cut, times)
        pen.textAlign = "center" if word.anchor == "middle" else "left"
        pen.font = FONT.replace("11px", f"{600 if word.bold else 400} {word.size}px")
        pen.fillStyle = word.colour
        pen.fillText(word.text, 0, 0)
    pen.setTransform(times, 0, 0, times, -cut.left * times, -cut.top * times)
    write_on(pen, near_figures(desk, stage, theme), colours.quiet)
    made = await _blob(canvas)
    if made is None:
        raise too_large(wide, high)
    return made


def _turn(pen: Any, matrix: tuple[float, ...], cut: Cut, times: int) -> None:
    """Let a pen write where something stands on the page."""
    *turn, x, y = matrix
    at = (x - cut.left) * times, (y - cut.top) * times
    pen.setTransform(*(part * times for part in turn), *at)


def stage_of(desk: Desk) -> Stage:
    """The picture. Raises TensoramaError where the browser draws none."""
    if not isinstance(desk.stage, Stage):
        raise TensoramaError(phrase("This browser draws no picture that could be saved."))
    return desk.stage


# pixels ------------------------------------------------------------------------------------------


@contextmanager
def _as_it_is(desk: Desk, stage: Stage, theme: str, clear: bool) -> Iterator[None]:
    """While pieces are drawn on its canvas, the picture stays on the page as it was. clear: the
    network is drawn for no ground; a shelf has a board of its own."""
    before, canvas = stage.theme, stage.surface.canvas
    stage.surface.draw()
    still = ffi.document.createElement("canvas")
    still.className = "tr-still"
    still.width, still.height = canvas.width, canvas.height
    still.getContext("2d").drawImage(canvas, 0, 0)
    canvas.after(still)
    try:
        _paint(desk, stage, theme)
        if stage.maps:
            stage.maps.uniforms.uClear.value = float(clear)
        yield
    finally:
        if stage.maps:
            stage.maps.uniforms.uClear.value = 0.0
        _paint(desk, stage, before)
        stage.surface.draw()
        stage.request_frame()
        still.remove()


def _paint(desk: Desk, stage: Stage, theme: str) -> None:
    if theme != stage.theme:
        stage.set_theme(theme)
        if desk.shelf:
            desk.shelf.follow()


async def _draw_pieces(stage: Stage, pen: Any, cut: Cut, times: int, tell: Tell) -> None:
    surface, room = stage.surface, stage.room
    wide, high = cut.pixels(times)
    all_wide, all_high = room.width * times, room.height * times
    across, down = surface.canvas.width, surface.canvas.height
    columns, rows = math.ceil(wide / across), math.ceil(high / down)
    for number in range(columns * rows):
        row, column = divmod(number, columns)
        if columns * rows > 1:
            tell(_part(number + 1, columns * rows))
            await sleep(0)
        piece = np.eye(4)  # of all that is seen this is a window of its own
        piece[0, 0], piece[1, 1] = all_wide / across, all_high / down
        piece[0, 3] = (all_wide - 2 * cut.left * times) / across - 2 * column - 1
        piece[1, 3] = (2 * cut.top * times - all_high) / down + 1 + 2 * row
        surface.draw_alone(piece @ stage.matrix(), times)
        pen.drawImage(surface.canvas, column * across, row * down)


def _part(number: int, count: int) -> Phrase:
    return phrase("Drawing part {number} of {count} …", number=number, count=count)


async def _blob(canvas: Any) -> Any:
    keeping = ffi.Handlers()
    try:
        return ffi.found(await ffi.promise_of(
            lambda resolve, reject: canvas.toBlob(keeping.keep(resolve), "image/png")
        ))  # fmt: skip
    finally:
        keeping.remove()
