"""A line of text that a network read: each sign leads to the number that says so."""

from __future__ import annotations

from functools import partial
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, element, pin
from tensorama.engine import Trace
from tensorama.outputs.readings import Sign, written
from tensorama.phrases import counted, phrase
from tensorama.view import ffi

_SURE = 0.9  # a sign of less is marked


class WrittenText(Panel):
    """The text, large; unsure signs are underlined."""

    name = "written"
    instead = True

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        self._text = element("div", className="tr-written")
        self._text.setAttribute("role", "group")
        self._note = element("p", className="tr-way-note")
        box.append(self._text, self._note)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether an output is a line of text."""
        return trace is not None and written(trace) is not None

    def show(self) -> None:
        """Write what the run that is shown read."""
        trace, say = self.desk.session.trace, self.desk.say
        seen = written(trace) if trace else None
        if seen is None:
            return
        self._handlers.remove()
        words = [element("span")]
        for sign in seen.signs:
            words[-1].append(self._sign(seen.tensor, sign))
            if sign.text == " ":
                words.append(element("span"))
        self._text.replaceChildren(*words)
        self._text.setAttribute("aria-label", seen.text)
        if not seen.signs:
            self._note.textContent = say(phrase("It reads nothing."))
            return
        least = min(sign.share for sign in seen.signs)
        self._note.textContent = say(phrase(
            "{signs} at {places} places along the line, none at {empty}; the least sure with "
            "{least} %.",
            signs=counted("{count} sign", "{count} signs", len(seen.signs)),
            places=seen.places, empty=seen.empty, least=f"{100 * least:.0f}",
        ))  # fmt: skip

    def _sign(self, tensor: str, sign: Sign) -> Any:
        made = element("button", sign.text, type="button")
        share = f"{100 * sign.share:.1f} %"
        told = self.desk.say(phrase("{measure}: {amount}", measure=sign.text, amount=share))
        made.title = told
        made.setAttribute("aria-label", told)
        made.classList.toggle("tr-unsure", sign.share < _SURE)
        self._handlers.do(made, "click", partial(pin, self.desk, tensor, sign.cell))
        return made

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
