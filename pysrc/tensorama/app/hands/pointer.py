"""Mouse, fingers and keys on the picture: turn, move, zoom, point, click.

A press that travels is a turn and never a click. A finger that rests on a cell reads it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tensorama.app.actions import opening, selecting
from tensorama.app.commands import look
from tensorama.app.desk import Desk
from tensorama.app.parts import gone
from tensorama.app.pointer import Spot
from tensorama.app.walking import under
from tensorama.phrases import phrase
from tensorama.scene import Camera
from tensorama.view import ffi

_CLICK = 5  # CSS pixels that a press may travel and still be a click
_TURN = 0.006  # radians per pixel
_VEIL = 30  # CSS pixels before the free part in which the picture fades under the answer
_HOLD = 350  # milliseconds that a finger rests before it reads


@dataclass(slots=True)
class _Press:
    x: float
    y: float
    start: tuple[float, float]
    pan: bool
    travelled: float = 0.0
    ours: bool = False  # it is known to move the picture, not the article around it


class Hand:
    """Turns the pointer's events into looks from elsewhere, into what is pointed at, and clicks."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.frame, self.stage = desk, desk.frame, desk.stage
        self._presses: dict[int, _Press] = {}
        self._spread = 0.0
        self._reading = False
        self._again = False  # it is the second half of a double click
        self._told_how = False  # that the wheel scrolls the article
        self._hold: Any = None
        self._handlers = ffi.Handlers()
        self._hold_proxy = self._handlers.keep(self._held)
        self._sight = 0  # from where the cell under the pointer was found
        desk.drawn.listen(self._follow)
        desk.store.listen(lambda before, after: self._point(None, None), "opened")
        desk.session.opened.listen(lambda: self._point(None, None))
        canvas = self.frame.part("scene")
        on = self._handlers.on
        on(canvas, "pointerdown", self._down)
        on(canvas, "mousedown", self._count)
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
            self._point(press.x, press.y)

    def _stop_hold(self) -> None:
        if self._hold is not None:
            ffi.window.clearTimeout(self._hold)
            self._hold = None

    def _move(self, event: Any) -> None:
        x, y = self._at(event)
        press = self._presses.get(event.pointerId)
        if press is None:
            self._point(x, y)
            return
        dx, dy = x - press.x, y - press.y
        press.x, press.y = x, y
        press.travelled = max(press.travelled, math.dist(press.start, (x, y)))
        if self._reading:
            self._point(x, y)
        elif len(self._presses) == 2:
            self._pinch(dx / 2, dy / 2)
        elif press.travelled > _CLICK:
            self._stop_hold()
            if not self._is_ours(press, event):
                return
            self._point(None, None)
            self.frame.part("scene").classList.add("tr-dragging")
            if press.pan:
                self._pan(dx, dy)
            else:
                self._turn(-dx * _TURN, dy * _TURN)

    def _is_ours(self, press: _Press, event: Any) -> bool:
        """In an article a finger that sets out upwards or downwards scrolls that, as the browser is
        about to find out."""
        across, down = press.x - press.start[0], press.y - press.start[1]
        scrolls = self.frame.embedded and event.pointerType == "touch"
        press.ours |= not scrolls or abs(across) > abs(down)
        return press.ours

    def _pinch(self, dx: float, dy: float) -> None:
        self._stop_hold()
        spread = self._distance()
        if self._spread > 0 and spread > 0:
            factor = self._spread / spread
            look(self.desk, lambda camera: self.stage.zoomed(camera, factor), quick=True)
        self._spread = spread
        self._pan(dx, dy)

    def _distance(self) -> float:
        a, b = list(self._presses.values())[:2]
        return math.dist((a.x, a.y), (b.x, b.y))

    def _turn(self, yaw: float, pitch: float) -> None:
        look(self.desk, lambda camera: camera.orbit(yaw, pitch), quick=True)

    def _pan(self, dx: float, dy: float) -> None:
        look(self.desk, lambda camera: self._moved(camera, dx, dy), quick=True)

    def _moved(self, camera: Camera, dx: float, dy: float) -> Camera:
        unit = camera.unit(self.stage.room)
        return camera.pan(-dx * unit, dy * unit)

    def _up(self, event: Any) -> None:
        press = self._presses.pop(event.pointerId, None)
        self._stop_hold()
        self.frame.part("scene").classList.remove("tr-dragging")
        was_reading, self._reading = self._reading, False
        self.desk.store.rest()
        once = event.button == 0 and not self._again
        if press and press.travelled <= _CLICK and not was_reading and once:
            self._click(press.x, press.y)

    def _count(self, event: Any) -> None:
        """Of a double click the first half does all: the layer that it opened moves away."""
        self._again = event.detail > 1

    def _click(self, x: float, y: float) -> None:
        """What is closed and opens is opened; of what is open, or never opens, a cell is pinned."""
        desk = self.desk
        self._point(x, y)
        spot = desk.pointer.spot
        if spot is None or spot.hit is None:
            return
        cell = under(desk)
        assert cell is not None
        if spot.on_shelf:
            if "pin" not in gone(desk.state.hidden):
                desk.jump(selecting.selected(desk.state, *cell))
            return
        item = desk.items.tree.visible(spot.hit.block, desk.stage.opened)
        if desk.items.opens(item) and item not in desk.stage.opened:
            desk.jump(opening.toggled(desk.state, desk.items, item))
        elif "pin" not in gone(desk.state.hidden):
            desk.jump(selecting.seen(desk.state, desk.items, *cell))

    def _point(self, x: float | None, y: float | None) -> None:
        """The pointer is here now, or gone."""
        desk = self.desk
        self._sight = getattr(desk.stage, "sight", 0)
        if x is None or y is None:
            if desk.pointer.spot is not None:
                desk.pointer.move(None)
            return
        shelf = desk.shelf
        hit = None
        if x > desk.stage.room.left - _VEIL:
            hit = shelf.pick(x, y) if shelf else desk.stage.pick(x, y)
        desk.pointer.move(Spot(x, y, hit, on_shelf=shelf is not None))

    def _follow(self) -> None:
        """When the picture has moved under a pointer that stands still, another cell lies there."""
        spot, sight = self.desk.pointer.spot, getattr(self.desk.stage, "sight", 0)
        if spot is not None and sight != self._sight and not self._presses:
            self._point(spot.x, spot.y)

    def _cancel(self, event: Any) -> None:
        self._presses.pop(event.pointerId, None)
        self._stop_hold()
        self._reading = False
        self.frame.part("scene").classList.remove("tr-dragging")

    def _leave(self, event: Any) -> None:
        self._told_how = False
        if event.pointerId not in self._presses:
            self._point(None, None)

    def _wheel(self, event: Any) -> None:
        own = self.frame.box.contains(self.frame.active)
        if self.frame.embedded and not (event.ctrlKey or own):
            self._say_how()
            return  # in an article the wheel scrolls the article
        event.preventDefault()
        lines = 16 if event.deltaMode == 1 else 1
        factor = math.exp(max(-0.4, min(0.4, event.deltaY * lines * 0.0016)))
        x, y = self._at(event)
        towards = self.stage.point_under(x, y)
        look(self.desk, lambda c: self.stage.zoomed(c, factor, towards), quick=True)

    def _say_how(self) -> None:
        """Say once, until the pointer has been elsewhere, how the wheel comes closer here."""
        if not self._told_how:
            self._told_how = True
            self.desk.hinted.tell(phrase("Ctrl + wheel comes closer, or click here first"))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._stop_hold()
        self._handlers.remove()
