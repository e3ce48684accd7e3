"""Mouse, fingers and keys on the picture: turn, move, zoom, point, click.

A press that travels is a turn and never a click. A finger that rests on a cell reads it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tensorama.app.frame import Frame
from tensorama.scene import Camera
from tensorama.view import ffi
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

_CLICK = 5  # CSS pixels that a press may travel and still be a click
_TURN = 0.006  # radians per pixel
_HOLD = 350  # milliseconds that a finger rests before it reads


@dataclass(slots=True)
class _Press:
    x: float
    y: float
    start: tuple[float, float]
    pan: bool
    travelled: float = 0.0


class Gestures:
    """Turns the pointer's events into changes of the camera and into `on_click` and `on_point`.

    `on_point(x, y)` tells where the pointer is over the picture, in CSS pixels of the box, and
    `on_point(None, None)` that it is gone.
    """

    def __init__(
        self,
        frame: Frame,
        stage: Stage | Unseen,
        on_click: Callable[[float, float], None],
        on_point: Callable[[float | None, float | None], None],
    ) -> None:
        self.frame, self.stage = frame, stage
        self._on_click, self._on_point = on_click, on_point
        self._presses: dict[int, _Press] = {}
        self._spread = 0.0
        self._reading = False
        self._hold: Any = None
        self._handlers = ffi.Handlers()
        self._hold_proxy = self._handlers.keep(self._held)
        canvas = frame.part("scene")
        on = self._handlers.on
        on(canvas, "pointerdown", self._down)
        on(canvas, "pointermove", self._move)
        on(canvas, "pointerup", self._up)
        on(canvas, "pointercancel", self._cancel)
        on(canvas, "pointerleave", self._leave)
        on(canvas, "wheel", self._wheel, passive=False)
        on(canvas, "contextmenu", lambda event: event.preventDefault())

    def _at(self, event: Any) -> tuple[float, float]:
        box = self.frame.box.getBoundingClientRect()
        return event.clientX - box.left, event.clientY - box.top

    def _down(self, event: Any) -> None:
        x, y = self._at(event)
        pan = event.button != 0 or event.shiftKey
        self._presses[event.pointerId] = _Press(x, y, (x, y), pan)
        canvas = self.frame.part("scene")
        canvas.setPointerCapture(event.pointerId)
        self._stop_hold()
        if len(self._presses) == 2:
            self._spread = self._distance()
        elif event.pointerType == "touch":
            self._hold = ffi.window.setTimeout(self._hold_proxy, _HOLD)

    def _held(self) -> None:
        self._hold = None
        if len(self._presses) == 1:
            self._reading = True
            press = next(iter(self._presses.values()))
            self._on_point(press.x, press.y)

    def _stop_hold(self) -> None:
        if self._hold is not None:
            ffi.window.clearTimeout(self._hold)
            self._hold = None

    def _move(self, event: Any) -> None:
        x, y = self._at(event)
        press = self._presses.get(event.pointerId)
        if press is None:
            self._on_point(x, y)
            return
        dx, dy = x - press.x, y - press.y
        press.x, press.y = x, y
        press.travelled = max(press.travelled, math.dist(press.start, (x, y)))
        if self._reading:
            self._on_point(x, y)
        elif len(self._presses) == 2:
            self._pinch(dx / 2, dy / 2)
        elif press.travelled > _CLICK:
            self._stop_hold()
            self._on_point(None, None)
            self.frame.part("scene").classList.add("tr-dragging")
            if press.pan:
                self._pan(dx, dy)
            else:
                self.turn(-dx * _TURN, dy * _TURN)

    def _pinch(self, dx: float, dy: float) -> None:
        self._stop_hold()
        spread = self._distance()
        if self._spread > 0 and spread > 0:
            factor = self._spread / spread
            self.stage.look(lambda camera: camera.zoom(factor), quick=True)
        self._spread = spread
        self._pan(dx, dy)

    def _distance(self) -> float:
        a, b = list(self._presses.values())[:2]
        return math.dist((a.x, a.y), (b.x, b.y))

    def turn(self, yaw: float, pitch: float) -> None:
        """Turn the picture by these angles."""
        self.stage.look(lambda camera: camera.orbit(yaw, pitch), quick=True)

    def _pan(self, dx: float, dy: float) -> None:
        self.stage.look(lambda camera: self._moved(camera, dx, dy), quick=True)

    def _moved(self, camera: Camera, dx: float, dy: float) -> Camera:
        unit = camera.unit(self.stage.room)
        return camera.pan(-dx * unit, dy * unit)

    def _up(self, event: Any) -> None:
        press = self._presses.pop(event.pointerId, None)
        self._stop_hold()
        self.frame.part("scene").classList.remove("tr-dragging")
        was_reading, self._reading = self._reading, False
        if press and press.travelled <= _CLICK and not was_reading and event.button == 0:
            self._on_click(press.x, press.y)

    def _cancel(self, event: Any) -> None:
        self._presses.pop(event.pointerId, None)
        self._stop_hold()
        self._reading = False
        self.frame.part("scene").classList.remove("tr-dragging")

    def _leave(self, event: Any) -> None:
        if event.pointerId not in self._presses:
            self._on_point(None, None)

    def _wheel(self, event: Any) -> None:
        active = ffi.found(ffi.document.activeElement)
        own = active is not None and self.frame.box.contains(active)
        if self.frame.embedded and not (event.ctrlKey or own):
            return  # in an article the wheel scrolls the article
        event.preventDefault()
        lines = 16 if event.deltaMode == 1 else 1
        factor = math.exp(max(-0.4, min(0.4, event.deltaY * lines * 0.0016)))
        x, y = self._at(event)
        towards = self.stage.point_under(x, y)
        self.stage.look(lambda camera: camera.zoom(factor, towards), quick=True)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._stop_hold()
        self._handlers.remove()
