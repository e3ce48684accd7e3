"""What a detector found: boxes on the picture that it looked at, and a line for each."""

from __future__ import annotations

from functools import partial
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.ways.backdrop import backdrop
from tensorama.app.ways.made import Panel, element, pin
from tensorama.engine import Trace
from tensorama.outputs.readings import Box, Found, found
from tensorama.phrases import counted, phrase
from tensorama.view import ffi

_LISTED = 8


class Boxes(Panel):
    """Draws each box where it is; a box and its line pin the score that says so."""

    name = "boxed"
    instead = True

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        self._canvas = element("canvas")
        self._canvas.setAttribute("aria-hidden", "true")
        self._over = element("div", className="tr-over")
        self._picture = element("div", className="tr-pictured")
        self._picture.append(self._canvas, self._over)
        self._list = element("div", className="tr-found")
        self._note = element("p", className="tr-way-note")
        box.append(self._picture, self._list, self._note)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether an output is boxes."""
        return trace is not None and found(trace) is not None

    def read(self, trace: Trace) -> Found | None:
        """The boxes that are drawn."""
        return found(trace)

    def show(self) -> None:
        """Draw what the run that is shown found."""
        trace, say = self.desk.session.trace, self.desk.say
        seen = self.read(trace) if trace else None
        image = backdrop(trace) if trace else None
        if seen is None or image is None:
            return
        ffi.put_pixels(self._canvas, image)
        self._handlers.remove()
        high, wide = image.shape[:2]
        marks, lines = [], []
        for thing in seen.things:
            told = say(
                phrase("{measure}: {amount}", measure=thing.label, amount=_percent(thing.score))
            )
            mark = self._button(told, seen.scores, thing, "tr-box")
            mark.append(element("span", thing.label))
            for edge, at, of in (
                ("left", thing.left, wide), ("top", thing.top, high),
                ("width", thing.right - thing.left, wide),
                ("height", thing.bottom - thing.top, high),
            ):  # fmt: skip
                mark.style.setProperty(edge, f"{100 * at / of:.2f}%")
            mark.tabIndex = -1  # its line is enough for the keyboard
            marks.append(mark)
        for thing, mark in list(zip(seen.things, marks, strict=True))[:_LISTED]:
            line = self._button("", seen.scores, thing, "tr-row")
            line.append(element("span", thing.label), element("i"))
            line.append(element("span", _percent(thing.score)))
            line.children[1].style.setProperty("--share", f"{thing.score:.4f}")
            for event, on in (("pointerenter", True), ("pointerleave", False)):
                self._handlers.do(line, event, partial(mark.classList.toggle, "tr-strong", on))
            lines.append(line)
        self._over.replaceChildren(*marks)
        self._list.replaceChildren(*lines)
        guess = phrase("A guess from its shape: the grid of a YOLOv2.") if seen.guessed else ""
        self._note.textContent = f"{say(guess)} " * seen.guessed + say(phrase(
            "{made} predictions, {sure} of them with a score of at least {least}; of those that "
            "overlap by more than {overlap}, the surest stays: {things}.",
            made=seen.made, sure=seen.sure, least=f"{seen.least:g}", overlap=f"{seen.overlap:g}",
            things=counted("one box", "{count} boxes", len(seen.things)),
        ))  # fmt: skip

    def _button(self, title: str, tensor: str, thing: Box, kind: str) -> Any:
        """A button that pins the score of a box."""
        made = element("button", type="button", className=kind)
        if title:
            made.title = title
            made.setAttribute("aria-label", title)
        self._handlers.do(made, "click", partial(pin, self.desk, tensor, thing.cell))
        return made

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
