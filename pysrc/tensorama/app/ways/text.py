"""A text that is read as it is typed, and that the network itself writes on."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.running import keep_running
from tensorama.app.ways.made import Panel, button, element, slider
from tensorama.engine import Trace
from tensorama.inputs.ways import Gift, Text
from tensorama.inputs.ways.text import HOTTEST, MOST
from tensorama.outputs.readings import chosen, drawn, shares_of
from tensorama.phrases import counted, phrase
from tensorama.view import ffi

_PIECE = 200  # characters that one press of the button writes


class TextField(Panel):
    """A field to type in; under it how the text is written on: freely, among how many.

    Each character that the network writes is drawn from what a run of its own said.
    """

    def __init__(self, desk: Desk, way: Text, box: Any) -> None:
        self.desk, self.way = desk, way
        self._handlers = ffi.Handlers()
        self._writing: asyncio.Future[None] | None = None
        say = desk.say
        self._field = element("textarea", spellcheck=False, rows=6, maxLength=MOST)
        self._field.setAttribute("autocapitalize", "off")
        self._field.setAttribute("aria-label", say(phrase("The text that the network reads")))
        self._note = element("p", className="tr-way-note")
        self._note.setAttribute("role", "status")
        row = element("p", className="tr-way-row")
        self._write = button(say(phrase("Write on")), self._handlers, self._toggle)
        self._write.className = "tr-strong"
        self._luck = button(
            say(phrase("Other luck")), self._handlers, self._reseed,
            say(phrase("Draw other characters by the same shares")),
        )  # fmt: skip
        row.append(self._write, self._luck)
        heat, self._heat, self._hot = slider(
            say(phrase("Temperature")), 0, HOTTEST, 0.1, self._handlers,
            lambda value: self._set(temperature=value),
        )  # fmt: skip
        top, self._top, self._kept = slider(
            say(phrase("Only the likeliest")), 1, len(way.characters), 1, self._handlers,
            lambda value: self._set(top_k=int(value) if value < len(way.characters) else 0),
        )  # fmt: skip
        for made in (self._heat, self._top):
            self._handlers.do(made, "change", desk.store.rest)
        box.append(self._field, self._note, row, heat, top)
        self._handlers.do(self._field, "input", self._typed)
        self._handlers.do(self._field, "change", desk.store.rest)
        self._handlers.on(self._field, "keydown", self._pressed)
        self._handlers.on(ffi.document, "keydown", self._escaped, capture=True)
        self._unknown = ""
        self._came = asyncio.Event()  # another run is shown, or another text

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _give(self, text: str, going_on: bool = True, **changed: Any) -> None:
        writing = self.way.writing(self._gift)._replace(**changed)
        gift = ("text", text, *writing)
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift), going_on)

    def _typed(self) -> None:
        typed = str(self._field.value)
        self._unknown = self.way.unknown(typed)
        if self._unknown:
            place = int(self._field.selectionStart)
            typed, before = self.way.known(typed), self.way.known(typed[:place])
            self._field.value = typed
            self._field.setSelectionRange(len(before), len(before))
        self._stop()
        self._give(typed)
        self.show()

    def _set(self, **changed: Any) -> None:
        self._give(self.way.text(self._gift), **changed)

    def _reseed(self) -> None:
        seed = self.way.writing(self._gift).seed
        self._give(self.way.text(self._gift), going_on=False, seed=seed + 1)

    def _pressed(self, event: Any) -> None:
        if event.key == "Escape" and self._writing is None:
            self._field.blur()

    # writing on ------------------------------------------------------------------------------

    def _escaped(self, event: Any) -> None:
        if event.key == "Escape" and self._writing is not None:
            event.preventDefault()
            event.stopPropagation()
            self._stop()

    def _toggle(self) -> None:
        if self._writing is not None:
            self._stop()
        else:
            self._unknown = ""
            self._writing = keep_running(self._write_on())
            self.show()

    def _stop(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.cancel()
            self.desk.store.rest()
            self.show()

    async def _write_on(self) -> None:
        """Add characters, each drawn from what a run on the text before it says."""
        try:
            self.desk.store.rest()
            for _ in range(_PIECE):
                gift = self._gift
                text, writing = self.way.text(gift), self.way.writing(gift)
                shares = shares_of(await self._run_on(gift))
                if shares is None or len(text) >= MOST:
                    break
                by = chosen(shares, writing.temperature, writing.top_k)
                number = drawn(by, writing.seed, len(text))
                self._give(text + self.way.characters[number])
                self.desk.store.tell()
        finally:
            if self._writing is not None:  # else something else stopped it
                self._writing = None
                self.desk.store.rest()
                self.show()

    async def _run_on(self, gift: Gift) -> Trace:
        """The run on this text, once it is shown."""
        text, session = self.way.read(gift), self.desk.session
        while True:
            trace = session.trace
            fed = trace.feeds[self.way.tensor] if trace else np.zeros(0, int)
            numbers = np.ravel(fed).tolist()[-len(text) :]
            if trace and text == "".join(self.way.characters[n] for n in numbers):
                return trace
            self._came.clear()
            await self._came.wait()

    def failed(self) -> None:
        """A run failed: nothing follows from it."""
        self._stop()

    # what is shown ---------------------------------------------------------------------------

    def show(self) -> None:
        """Show the text, how it is written on, and what is to be said of it."""
        gift, say = self._gift, self.desk.say
        self._came.set()
        text, writing = self.way.text(gift), self.way.writing(gift)
        if str(self._field.value) != text:
            self._field.value = text
            self._field.scrollTop = self._field.scrollHeight
        self._write.textContent = say(phrase("Stop") if self._writing else phrase("Write on"))
        self._write.setAttribute("aria-pressed", str(self._writing is not None).lower())
        self._heat.value, self._hot.textContent = (
            str(writing.temperature),
            f"{writing.temperature:.1f}",
        )
        top = writing.top_k or len(self.way.characters)
        self._top.value = str(top)
        self._kept.textContent = str(top) if writing.top_k else say(phrase("all"))
        self._note.textContent = say(self._words(text))
        self._note.classList.toggle("tr-warned", bool(self._unknown))

    def _words(self, text: str) -> str:
        if self._unknown:
            signs = " ".join(self._unknown[:8])
            return phrase("Left out, as this network has no number for it: {signs}", signs=signs)
        if not text:
            return phrase("Nothing typed: it reads a line break.")
        if len(text) > self.way.length:
            return phrase("It reads the last {count} characters.", count=self.way.length)
        return counted("It reads {count} character.", "It reads {count} characters.", len(text))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._stop()
        self._handlers.remove()
