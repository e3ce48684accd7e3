"""The console: Python over the open model and its run, in a panel below the picture.

What comes back is text, and stands on the page as text.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

import tensorama
from tensorama.app.actions import looks
from tensorama.app.deeper.elements import element, keep_beside
from tensorama.app.deeper.repl import Outcome, Repl
from tensorama.app.desk import Desk
from tensorama.app.running import keep_running
from tensorama.phrases import phrase
from tensorama.view import ffi

_KEPT = 300  # entries that stay
_LISTED = 40  # completions that are shown
_SEEN = 0.03  # seconds for a frame
_INDENT = "    "


class Panel:
    """A panel with what was typed and what came of it, and a field to type in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._printed: Any = None  # where what a line prints goes to
        self._history: list[str] = []
        self._back = 0  # so many lines back in it
        self._busy = False
        self._next = ""  # what was entered while something else ran
        self._came_from: Any = None
        self._names: dict[str, Any] = {"__name__": "__console__", "np": np, "tr": tensorama}
        self._repl = Repl(self._names, self._print)
        self._build()
        self._handlers = ffi.Handlers()
        self._handlers.on(self._panel, "keydown", self._pressed)
        self._handlers.on(self._panel, "click", self._clicked)
        self._handlers.do(self._field, "input", self._grow)
        desk.session.ran.listen(lambda finished: self._name())
        desk.session.opened.listen(self._name)
        desk.spoken.listen(self._write)
        desk.resized.listen(lambda: keep_beside(self._panel, desk.frame))
        desk.store.listen(lambda before, after: self._show(), "console")
        self._name()
        self._write()
        self._show()

    def _build(self) -> None:
        self._panel = element("section", "tr-console", hidden="")
        self._title, self._close = element("h2"), element("button", data_ask="close")
        top = element("div", "tr-con-top")
        top.append(self._title, self._close)
        self._log = element("div", "tr-con-log", role="log", tabindex="0")
        self._hints = element("p", "tr-con-hints", role="status")
        line = element("label", "tr-con-line")
        self._field = element(
            "textarea", "tr-con-field", rows="1", spellcheck="false", autocomplete="off",
            autocapitalize="off",
        )  # fmt: skip
        line.append(element("span", "", ">>>", aria_hidden="true"), self._field)
        self._panel.append(top, self._log, self._hints, line)
        self.desk.frame.box.append(self._panel)

    def _name(self) -> None:
        """What the names stand for now."""
        session = self.desk.session
        self._names.update(model=session.model, trace=session.trace)

    def _write(self) -> None:
        say = self.desk.say
        self._title.textContent = say(phrase("Python"))
        self._close.textContent = say(phrase("Close"))
        self._panel.setAttribute("aria-label", say(phrase("Python console")))
        self._field.setAttribute("aria-label", say(phrase("Type Python here; Enter runs it")))
        self._field.placeholder = 'trace["relu1"].mean()' if self._lenet() else "trace"
        if not self._log.childElementCount:
            self._log.append(element("p", "tr-con-note", say(phrase(
                "Here are model, trace (all tensors of this run by their names), np and tr. "
                "Tab completes, ↑ brings back, Shift + Enter begins a new line."
            ))))  # fmt: skip

    def _lenet(self) -> bool:
        trace = self.desk.session.trace
        return trace is not None and "relu1" in trace

    def _show(self) -> None:
        shown = self.desk.state.console
        if shown is not bool(self._panel.hidden):
            return
        inside = self._panel.contains(self.desk.frame.active)
        self._panel.hidden = not shown
        self.desk.resized.tell()
        if shown:
            self._came_from = self.desk.frame.active
            self._field.focus()
        elif inside:
            before = self._came_from
            usable = before is not None and before.isConnected and before != ffi.document.body
            (before if usable else self.desk.frame.part("scene")).focus()

    # running ---------------------------------------------------------------------------------

    def _enter(self) -> bool:
        """Run what was typed, if it is whole: at once, or when what runs now is done."""
        source = str(self._field.value)
        if not source.strip():
            return True
        if self._repl.unfinished(source):
            self._break(source)
            return True
        if self._busy:
            self._next = source
            return True
        self._history.append(source.rstrip())
        self._back = 0
        self._field.value = ""
        self._grow()
        self._hints.replaceChildren()
        self._busy = True
        keep_running(self._run(source))
        return True

    async def _run(self, source: str) -> None:
        entry = element("div", "tr-con-entry")
        entry.append(element("pre", "tr-con-typed", source.rstrip()))
        self._printed = element("pre", "tr-con-out")
        entry.append(self._printed)
        self._log.append(entry)
        while self._log.childElementCount > _KEPT:
            self._log.firstElementChild.remove()
        self._busy = True
        try:
            await asyncio.sleep(_SEEN)  # what was typed is seen first
            outcome = await self._repl.run(source)
        finally:
            self._busy = False
        if not self._printed.textContent:
            self._printed.remove()
        self._tell(entry, outcome)
        self._log.scrollTop = self._log.scrollHeight
        waiting, self._next = self._next, ""
        if waiting and waiting == str(self._field.value):  # and was not changed since
            self._enter()

    def _print(self, text: str) -> None:
        if self._printed is not None:
            self._printed.append(text)

    def _tell(self, entry: Any, outcome: Outcome) -> None:
        if outcome.value:
            entry.append(element("pre", "tr-con-value", outcome.value))
        if not outcome.error:
            return
        if not outcome.trace:
            entry.append(element("p", "tr-con-error", self.desk.say(outcome.error)))
            return
        folded = element("details", "tr-con-error")
        folded.append(element("summary", "", outcome.error), element("pre", "", outcome.trace))
        entry.append(folded)

    # typing ----------------------------------------------------------------------------------

    def _break(self, source: str) -> None:
        """Go on in a new line, as far in as the last one."""
        last = source.rpartition("\n")[2]
        indent = last[: len(last) - len(last.lstrip())]
        if last.rstrip().endswith(":"):
            indent += _INDENT
        self._insert(f"\n{indent}", "")

    def _insert(self, text: str, instead: str) -> None:
        """Type a text at the cursor in the place of what stands before it."""
        field = self._field
        at, value = int(field.selectionStart), str(field.value)
        start = at - len(instead)
        field.value = value[:start] + text + value[int(field.selectionEnd) :]
        field.setSelectionRange(start + len(text), start + len(text))
        self._grow()

    def _grow(self) -> None:
        lines = str(self._field.value).count("\n") + 1
        self._field.rows = min(8, lines)

    def _complete(self) -> bool:
        """Go on with what can only be meant; if it is several things, list them."""
        before = str(self._field.value)[: int(self._field.selectionStart)]
        if not before.rpartition("\n")[2].strip():
            return False
        found, start = self._repl.complete(before)
        self._hints.replaceChildren()
        if found:
            common = _shared(found)
            if len(common) > len(before) - start:
                self._insert(common, before[start:])
            if len(found) > 1:
                for name in found[:_LISTED]:
                    self._hints.append(element("button", "", name, data_name=name), " ")
                self._log.scrollTop = self._log.scrollHeight
        return True

    def _recall(self, step: int) -> bool:
        """Bring back a line from before, or go on to the next."""
        field, value = self._field, str(self._field.value)
        at = int(field.selectionStart)
        beyond = "\n" in (value[:at] if step > 0 else value[at:])
        back = self._back + step
        if beyond or not 0 <= back <= len(self._history):
            return False
        self._back = back
        field.value = self._history[-back] if back else ""
        field.setSelectionRange(len(field.value), len(field.value))
        self._grow()
        return True

    # what a person does ----------------------------------------------------------------------

    def _pressed(self, event: Any) -> None:
        key, typing = str(event.key), event.target.tagName == "TEXTAREA"
        if key == "Escape":
            self._shut()
        elif not typing:
            return
        else:
            event.stopPropagation()  # letters are no commands here
            done = {
                "Enter": lambda: not event.shiftKey and self._enter(),
                "Tab": lambda: not event.shiftKey and self._complete(),
                "ArrowUp": lambda: self._recall(1),
                "ArrowDown": lambda: self._recall(-1),
            }.get(key, lambda: False)()
            if not done or event.isComposing:
                return
        event.preventDefault()
        event.stopPropagation()

    def _clicked(self, event: Any) -> None:
        button = ffi.found(event.target.closest("button"))
        if button is None:
            return
        name = ffi.found(button.getAttribute("data-name"))
        if name is None:
            self._shut()
            return
        before = str(self._field.value)[: int(self._field.selectionStart)]
        _, start = self._repl.complete(before)
        self._insert(str(name), before[start:])
        self._hints.replaceChildren()
        self._field.focus()

    def _shut(self) -> None:
        self.desk.do(looks.consoled(self.desk.state, False))
        self.desk.store.rest()

    def dispose(self) -> None:
        """Let go of the page's events, and of the panel."""
        self._handlers.remove()
        self._panel.remove()


def _shared(names: list[str]) -> str:
    """What all of these begin with."""
    first, last = min(names), max(names)
    same = zip(first, last, strict=False)
    return first[: next((n for n, (a, b) in enumerate(same) if a != b), min(len(first), len(last)))]
