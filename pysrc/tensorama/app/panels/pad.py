"""The draw pad: strokes by mouse, finger or pen, and the sample digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.state import State
from tensorama.inputs import Strokes, on_pad
from tensorama.inputs.drawing import PEN
from tensorama.phrases import phrase
from tensorama.view import ffi

_WIDTH = 0.085  # of the pen, as a part of the pad that one digit fills
_CLOSE = 0.004  # points nearer than this to the one before are left out

Point = tuple[float, float]


class Pad:
    """Draws the strokes of the State, and makes new ones; the network runs on each."""

    def __init__(self, desk: Desk) -> None:
        self.desk, frame = desk, desk.frame
        self.frame = frame
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
        desk.session.opened.listen(self._begin)
        desk.spoken.listen(self._say_anew)
        desk.store.listen(self._changed, "strokes", "sample", "given")
        desk.store.listen(lambda before, after: self._draw(), "theme")
        self._draw()

    def _begin(self) -> None:
        """Show the pad where the network takes a drawing."""
        session, frame = self.desk.session, self.frame
        draws = session.draws
        frame.box.classList.toggle("tr-no-pad", not draws)
        frame.part("pad-box").hidden = frame.part("under-pad").hidden = not draws
        if draws:
            self._draw()  # what room that leaves is told once what stands instead is there: `Fed`

    def _say_anew(self) -> None:
        for digit, button in enumerate(self.frame.part("samples").children):
            button.title = self._titled(digit)
        self._begin()
        self.desk.resized.tell()

    def _titled(self, digit: int) -> str:
        return self.desk.say(phrase("Sample digit {digit}", digit=digit))

    def _fill_samples(self) -> None:
        box = self.frame.part("samples")
        box.replaceChildren()
        for digit in range(10):
            button = ffi.document.createElement("button")
            button.type = "button"
            button.textContent = str(digit)
            button.title = self._titled(digit)
            button.setAttribute("aria-pressed", "false")
            self._handlers.do(button, "click", partial(self._sample, digit))
            box.append(button)

    def _adopt_early_strokes(self) -> None:
        """Take over what was drawn while Python was still starting."""
        early = getattr(ffi.window, "tensoramaEarlyPad", None)
        if early is None or (early.canvas is not self._canvas and early.canvas != self._canvas):
            return
        strokes = [[(x, y) for x, y in stroke] for stroke in early.stop().to_py()]
        if strokes:
            self.desk.store.put(running.drawn(self.desk.state, strokes))

    @property
    def _strokes(self) -> Strokes:
        """What is on the pad: nothing where something else is given."""
        state = self.desk.state
        if self.desk.session.has_photo:
            return ()
        return on_pad(state.strokes, state.sample, self.desk.session.drawing)

    def _sample(self, digit: int) -> None:
        self.desk.do(running.sampled(self.desk.state, digit))

    def _changed(self, before: State, after: State) -> None:
        """Other strokes are on the pad."""
        self._draw()

    def _point(self, event: Any) -> tuple[float, float]:
        box = self._canvas.getBoundingClientRect()
        return (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height

    def _down(self, event: Any) -> None:
        if self._pointer is not None or event.button != 0:
            return
        event.preventDefault()
        self._pointer = event.pointerId
        self._canvas.setPointerCapture(event.pointerId)
        self._put([*self._strokes, (self._point(event),)])

    def _move(self, event: Any) -> None:
        if event.pointerId != self._pointer:
            return
        event.preventDefault()
        (*others, stroke), point = self._strokes, self._point(event)
        if max(abs(point[0] - stroke[-1][0]), abs(point[1] - stroke[-1][1])) >= _CLOSE:
            self._put([*others, (*stroke, point)])

    def _put(self, strokes: Sequence[Sequence[Point]]) -> None:
        """The pen goes on: each stroke is one step that can be taken back."""
        self.desk.do(running.drawn(self.desk.state, strokes), going_on=True)

    def _up(self, event: Any) -> None:
        if event.pointerId == self._pointer:
            self._pointer = None
            self.desk.store.rest()
            if self.desk.session.draws:
                self.desk.session.background(self.desk.session.run())

    def _draw(self) -> None:
        """Draw the strokes as they were made."""
        canvas, context = self._canvas, self._context
        size = canvas.width
        context.clearRect(0, 0, size, size)
        context.lineWidth = self._pen * size
        context.lineCap = context.lineJoin = "round"
        styles = ffi.window.getComputedStyle(canvas)
        context.strokeStyle = styles.getPropertyValue("--pen").strip() or "#fff"
        strokes = self._strokes
        for stroke in strokes:
            context.beginPath()
            context.moveTo(stroke[0][0] * size, stroke[0][1] * size)
            for x, y in stroke[1:] or stroke:
                context.lineTo(x * size, y * size)
            context.stroke()
        for digit, button in enumerate(self.frame.part("samples").children):
            pressed = digit == self.desk.state.sample and bool(strokes)
            button.setAttribute("aria-pressed", str(pressed).lower())
        self.frame.part("pad-hint").hidden = bool(strokes)
        self.frame.part("clear").disabled = not (strokes or self.desk.state.given)

    @property
    def _pen(self) -> float:
        """The pen's width, as a part of the pad."""
        drawing = self.desk.session.drawing
        if drawing is None or not drawing.scene:
            return _WIDTH
        return 2 * PEN * drawing.box / 20 / min(drawing.size)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
