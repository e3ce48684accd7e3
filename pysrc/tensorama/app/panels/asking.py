"""A question on the page: a sentence, numbers to fill in where there are any, yes or no."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.feeding import Sizes, Unfed
from tensorama.phrases import phrase
from tensorama.view import ffi

_LARGEST = 10**9  # that can be filled in
_GAP = 8  # CSS pixels between the message and the question


class Asking:
    """Asks a person one thing at a time; what was asked before counts as refused."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._panel, self._note = desk.frame.part("ask"), desk.frame.part("note")
        desk.asked.listen(self._asked)
        desk.spoken.listen(self._write)
        self._texts: tuple[str, ...] = ()  # the question, yes, no
        self._fields = self._panel.querySelector(".tr-fields")
        self._yes, self._no = self._panel.querySelectorAll("button")
        self._answer: asyncio.Future[bool] | None = None
        self._handlers = ffi.Handlers()
        self._handlers.on(self._panel, "submit", self._submitted)
        self._handlers.on(self._panel, "keydown", self._pressed)
        self._handlers.do(self._no, "click", self.refuse)

    def _asked(self, name: str) -> None:
        if name == "refuse":
            self.refuse()

    async def agrees(self, text: str, yes: str, no: str = phrase("No")) -> bool:
        """Whether a person says yes to this."""
        return await self._ask(text, yes, no, {}) is not None

    async def numbers(
        self, text: str, asked: Mapping[str, int], yes: str, no: str = phrase("Cancel")
    ) -> Sequence[int] | None:
        """The numbers that a person gives, by name and with those as a first try; None for none."""
        return await self._ask(text, yes, no, asked)

    async def sizes(self, unfed: Unfed) -> Sizes | None:
        """The sizes on which a model is to run; None if a person does not say."""
        first = {axis.name: unfed.sizes.get(axis.key, axis.size) for axis in unfed.axes}
        text = phrase("Sizes that this file leaves open:")
        numbers = await self.numbers(text, first, phrase("Run"))
        if numbers is None:
            return None
        return {axis.key: number for axis, number in zip(unfed.axes, numbers, strict=True)}

    async def _ask(
        self, text: str, yes: str, no: str, asked: Mapping[str, int]
    ) -> Sequence[int] | None:
        self.refuse()
        answer = self._answer = asyncio.get_running_loop().create_future()
        self._texts = text, yes, no
        self._write()
        say = self.desk.say
        self._fields.replaceChildren(*(_field(say(name), value) for name, value in asked.items()))
        self._panel.style.top = self._below()
        self._panel.hidden = False
        inputs = [*self._panel.querySelectorAll("input")]
        (inputs[0] if inputs else self._panel).focus()
        try:
            said = await answer
        finally:
            if self._answer is answer:
                self._answer = None
                self._panel.hidden = True
        return [int(field.value) for field in inputs] if said else None

    def _write(self) -> None:
        """Say what is asked."""
        if self._texts:
            parts = self._panel.querySelector("p"), self._yes, self._no
            for part, text in zip(parts, self._texts, strict=True):
                part.textContent = self.desk.say(text)

    def _below(self) -> str:
        """The place below the message, where there is one."""
        if self._note.hidden:
            return ""
        return f"{self._note.offsetTop + self._note.offsetHeight + _GAP}px"

    @property
    def open(self) -> str:
        """What is being asked; empty if nothing is."""
        return "" if self._panel.hidden else str(self._panel.querySelector("p").textContent)

    def refuse(self) -> bool:
        """Take the question away: no. False if there is none."""
        return self._settle(False)

    def _settle(self, said: bool) -> bool:
        if self._answer is None or self._answer.done():
            return False
        self._answer.set_result(said)
        return True

    def _submitted(self, event: Any) -> None:
        event.preventDefault()  # what is to be done with the answer is ours
        self._settle(True)

    def _pressed(self, event: Any) -> None:
        if event.key == "Escape":
            event.stopPropagation()
            self.refuse()

    def dispose(self) -> None:
        """Let go of the page's events."""
        self.refuse()
        self._handlers.remove()


def _field(name: str, value: int) -> Any:
    """A labelled field for a whole number."""
    label, field = (ffi.document.createElement(kind) for kind in ("label", "input"))
    field.type, field.required, field.value = "number", True, str(value)
    field.min, field.max, field.step = "0", str(_LARGEST), "1"
    label.append(f"{name} ", field)
    return label
