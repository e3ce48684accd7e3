"""Two numbers as a place on a plane, over a map of what the network draws there."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.running import run_gently
from tensorama.app.ways.made import Dragging, Panel, element
from tensorama.errors import TensoramaError
from tensorama.inputs.ways import Gift, Plane
from tensorama.outputs.readings import mosaic
from tensorama.phrases import phrase
from tensorama.view import ffi

_FIELDS = 11  # of the map, along an edge
_STEPS = 60  # presses of a key from edge to edge
_MOVES = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}


class PlanePad(Panel):
    """Drag the point, or move it by arrow keys. The map behind it is a run on a grid of places."""

    def __init__(self, desk: Desk, way: Plane, box: Any) -> None:
        self.desk, self.way = desk, way
        self._handlers = ffi.Handlers()
        self._mapped = False
        words = desk.say(phrase("Drag the point, or move it with the arrow keys"))
        self._pad = element("div", className="tr-plane", tabIndex=0, title=words)
        self._pad.setAttribute("role", "application")
        self._pad.setAttribute("aria-label", words)
        self._map, self._point = element("canvas"), element("i")
        self._said = element("p", className="tr-way-note")
        self._said.setAttribute("role", "status")
        self._pad.append(self._map, self._point)
        box.append(self._pad, self._said)
        self._handlers.on(self._pad, "keydown", self._pressed)
        Dragging(desk, self._pad, self._handlers, self._place)

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _go(self, x: float, y: float, going_on: bool = False) -> None:
        gift = ("plane", self.way.within(x), self.way.within(y))
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift), going_on)

    def _place(self, event: Any) -> None:
        box, way = self._pad.getBoundingClientRect(), self.way
        across = (event.clientX - box.left) / box.width
        up = 1 - (event.clientY - box.top) / box.height
        span = way.high - way.low
        self._go(way.low + span * across, way.low + span * up, going_on=True)

    def _pressed(self, event: Any) -> None:
        if event.key in _MOVES:
            event.preventDefault()
            across, up = _MOVES[event.key]
            step = (self.way.high - self.way.low) / _STEPS
            x, y = self.way.place(self._gift)
            self._go(x + across * step, y + up * step)

    def show(self) -> None:
        """Show where the point is."""
        x, y = self.way.place(self._gift)
        span = self.way.high - self.way.low
        self._point.style.left = f"{100 * (x - self.way.low) / span:.2f}%"
        self._point.style.bottom = f"{100 * (y - self.way.low) / span:.2f}%"
        numbers = (f"{number:.2f}".replace("-", "−") for number in (x, y))
        across, up = numbers
        self._said.textContent = f"{across}, {up}"
        if not self._mapped and self.desk.session.trace:
            self._mapped = True
            self.desk.session.background(self._draw_map())

    async def _draw_map(self) -> None:
        """Run the network on a grid of places, and show what it draws there."""
        model = self.desk.session.model
        if model is None or len(model.graph.inputs) != 1:
            return
        try:
            feeds = {self.way.tensor: self.way.grid(_FIELDS)}
            trace = await run_gently(model, feeds, lambda step, number: None)
        except TensoramaError:
            return  # a batch of another size than one cannot be run; the plane stays plain
        pixels = mosaic(trace, _FIELDS)
        if pixels is not None:
            image = np.full((*pixels.shape, 4), 255, np.uint8)
            image[..., :3] = pixels[..., None]
            ffi.put_pixels(self._map, image)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
