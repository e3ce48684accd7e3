"""The draw pad: strokes by mouse, finger or pen, and the sample digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tensorama.app.frame import Frame
from tensorama.inputs import Strokes, sample_digit
from tensorama.view import ffi

_WIDTH = 0.085  # of the pen, as a part of the pad
_CLOSE = 0.004  # points nearer than this to the one before are left out

Stroke = list[tuple[float, float]]


class Pad:
    """Keeps the strokes, draws them, and tells of every change: `on_change(finished)`."""

    def __init__(self, frame: Frame, on_change: Callable[[bool], None]) -> None:
        self.frame = frame
        self.strokes: list[Stroke] = []
        self._on_change = on_change
        self._canvas = frame.part("pad")
        self._context = self._canvas.getContext("2d")
        self._pointer: int | None = None
        self._handlers = ffi.Handlers()
        self._fill_samples()
        self._adopt_early_strokes()
        on = self._handlers.on
        on(self._canvas, "pointerdown", self._down)
        on(self._canvas, "pointermove", self._move)
        for event in ("pointerup", "pointercancel"):
            on(self._canvas, event, self._up)
        self._handlers.do(frame.button("clear"), "click", self.clear)
        self.draw()

    def _fill_samples(self) -> None:
        box = self.frame.part("samples")
        box.replaceChildren()
        for digit in range(10):
            button = ffi.document.createElement("button")
            button.type = "button"
            button.textContent = str(digit)
            button.title = f"Sample digit {digit}"
            button.setAttribute("aria-pressed", "false")
            self._handlers.do(button, "click", partial(self.sample, digit))
            box.append(button)

    def _adopt_early_strokes(self) -> None:
        """Take over what was drawn while Python was still starting."""
        early = getattr(ffi.window, "tensoramaEarlyPad", None)
        if early is None or (early.canvas is not self._canvas and early.canvas != self._canvas):
            return
        self.strokes = [[(x, y) for x, y in stroke] for stroke in early.stop().to_py()]

    def sample(self, digit: int) -> None:
        """Show one of the ten sample digits."""
        self.put(sample_digit(digit))
        self._changed(True, digit)

    def put(self, strokes: Strokes) -> None:
        """Put these strokes on the pad without telling of a change."""
        self.strokes = [list(stroke) for stroke in strokes]
        self.draw()

    def clear(self) -> None:
        """Take all strokes away."""
        self.strokes = []
        self._changed(True)

    def _changed(self, finished: bool, sample: int | None = None) -> None:
        for digit, button in enumerate(self.frame.part("samples").children):
            button.setAttribute("aria-pressed", str(digit == sample).lower())
        self.draw()
        self._on_change(finished)

    def _point(self, event: Any) -> tuple[float, float]:
        box = self._canvas.getBoundingClientRect()
        return (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height

    def _down(self, event: Any) -> None:
        if self._pointer is not None or event.button != 0:
            return
        event.preventDefault()
        self._pointer = event.pointerId
        self._canvas.setPointerCapture(event.pointerId)
        self.strokes.append([self._point(event)])
        self._changed(False)

    def _move(self, event: Any) -> None:
        if event.pointerId != self._pointer:
            return
        event.preventDefault()
        stroke, point = self.strokes[-1], self._point(event)
        if max(abs(point[0] - stroke[-1][0]), abs(point[1] - stroke[-1][1])) >= _CLOSE:
            stroke.append(point)
            self._changed(False)

    def _up(self, event: Any) -> None:
        if event.pointerId == self._pointer:
            self._pointer = None
            self._changed(True)

    def draw(self) -> None:
        """Draw the strokes as they were made."""
        canvas, context = self._canvas, self._context
        size = canvas.width
        context.clearRect(0, 0, size, size)
        context.lineWidth = _WIDTH * size
        context.lineCap = context.lineJoin = "round"
        styles = ffi.window.getComputedStyle(canvas)
        context.strokeStyle = styles.getPropertyValue("--pen").strip() or "#fff"
        for stroke in self.strokes:
            context.beginPath()
            context.moveTo(stroke[0][0] * size, stroke[0][1] * size)
            for x, y in stroke[1:] or stroke:
                context.lineTo(x * size, y * size)
            context.stroke()
        self.frame.part("pad-hint").hidden = bool(self.strokes)
        self.frame.part("clear").disabled = not self.strokes

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


__all__ = ["Pad", "Strokes"]
