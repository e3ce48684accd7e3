"""Random numbers as a row of bars that can be dragged, and a button for others."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.ways.made import Dragging, Panel, button, colours, element
from tensorama.inputs.ways import Gift, Noise
from tensorama.inputs.ways.noise import FARTHEST
from tensorama.phrases import phrase
from tensorama.view import ffi

_HEIGHT, _WIDTH = 112, 352  # of the canvas in its own pixels
_STEP = 0.1  # of a number at each press of a key
_COLOURS = ("r2", "accent", "hairline")
_SLIDER = {"role": "slider", "aria-valuemin": str(-FARTHEST), "aria-valuemax": str(FARTHEST),
           "aria-orientation": "vertical"}  # fmt: skip


class NoiseSliders(Panel):
    """Shows the numbers as bars up and down from zero; drag, or arrow keys, to change one.

    The bars are one canvas: hundreds of sliders would be slow and too thin for a finger.
    """

    def __init__(self, desk: Desk, way: Noise, box: Any) -> None:
        self.desk, self.way, self._at = desk, way, 0
        self._handlers = ffi.Handlers()
        say = desk.say
        self._canvas = element("canvas", className="tr-bars", width=_WIDTH, height=_HEIGHT)
        self._canvas.tabIndex = 0
        for name, value in _SLIDER.items():
            self._canvas.setAttribute(name, value)
        self._canvas.title = say(
            phrase("Drag a number up or down; with keys: ← → choose, ↑ ↓ change")
        )
        self._canvas.setAttribute("aria-label", way.tensor)
        self._said = element("output")
        self._reset = button(say(phrase("Back to noise")), self._handlers, self._back)
        row = element("p", className="tr-way-row")
        row.append(
            button(say(phrase("New noise")), self._handlers, self._renew), self._reset, self._said
        )
        box.append(self._canvas, row)
        self._handlers.on(self._canvas, "keydown", self._pressed)
        Dragging(desk, self._canvas, self._handlers, self._place)

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _give(self, seed: int, changed: dict[int, float], going_on: bool = False) -> None:
        gift = ("noise", seed, tuple(sorted(changed.items())))
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift), going_on)

    def _renew(self) -> None:
        self._give(self.way.seed(self._gift) + 1, {})

    def _back(self) -> None:
        self._give(self.way.seed(self._gift), {})

    def _put(self, number: float, going_on: bool) -> None:
        changed = self.way.changed(self._gift)
        changed[self._at] = round(min(FARTHEST, max(-FARTHEST, number)), 2)
        self._give(self.way.seed(self._gift), changed, going_on)

    def _place(self, event: Any) -> None:
        box = self._canvas.getBoundingClientRect()
        across = (event.clientX - box.left) / box.width
        up = 0.5 - (event.clientY - box.top) / box.height
        self._at = min(self.way.size - 1, max(0, int(across * self.way.size)))
        self._put(2 * up * FARTHEST, going_on=True)

    def _pressed(self, event: Any) -> None:
        along = {"ArrowLeft": -1, "ArrowRight": 1}.get(event.key)
        up = {"ArrowDown": -_STEP, "ArrowUp": _STEP}.get(event.key)
        if along is None and up is None:
            return
        event.preventDefault()
        if along is not None:
            self._at = (self._at + along) % self.way.size
            self.show()
        elif up is not None:
            self._put(float(self.way.numbers(self._gift)[self._at]) + up, going_on=False)

    def show(self) -> None:
        """Draw the bars."""
        numbers, changed = self.way.numbers(self._gift), self.way.changed(self._gift)
        context, colour = self._canvas.getContext("2d"), colours(self._canvas, _COLOURS)
        context.clearRect(0, 0, _WIDTH, _HEIGHT)
        context.fillStyle = colour["hairline"]
        context.fillRect(0, _HEIGHT / 2 - 1, _WIDTH, 2)
        wide = _WIDTH / len(numbers)
        heights = np.clip(numbers / FARTHEST, -1, 1) * (_HEIGHT / 2)
        for place, height in enumerate(heights.tolist()):
            context.fillStyle = colour["accent" if height >= 0 else "r2"]
            context.globalAlpha = 1.0 if place in changed or not changed else 0.55
            edge = min(3.0, wide / 4)
            context.fillRect(place * wide + edge / 2, _HEIGHT / 2 - max(height, 0), wide - edge,
                             max(1.0, abs(height)))  # fmt: skip
        context.globalAlpha = 1.0
        number = f"{numbers[self._at]:.2f}".replace("-", "−")
        words = phrase("{place}: {number}", place=self._at, number=number)
        self._said.textContent = words
        self._canvas.setAttribute("aria-valuenow", f"{numbers[self._at]:.2f}")
        self._canvas.setAttribute("aria-valuetext", words)
        self._reset.hidden = not changed

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
