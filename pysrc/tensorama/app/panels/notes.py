"""What the page says to a person: what went wrong, how far something is, which keys there are."""

from __future__ import annotations

from typing import Any

from tensorama.app.desk import Desk
from tensorama.phrases import Phrase, counted
from tensorama.view import ffi

_MOMENT = 2600  # milliseconds that a hint is seen


def too_much(count: int) -> Phrase:
    """The sentence for open layers that are drawn from their summaries."""
    return counted(
        "{count} open layer is drawn from a summary: all maps together are more than this device's "
        "graphics memory should hold. Come closer to a layer to see its maps.",
        "{count} open layers are drawn from a summary: all maps together are more than this "
        "device's graphics memory should hold. Come closer to a layer to see its maps.",
        count,
    )


class Notes:
    """The message at the top, the progress line at the bottom, and the list of keys."""

    def __init__(self, desk: Desk) -> None:
        self.desk, frame = desk, desk.frame
        self.frame = frame
        self._note = frame.part("note")
        self._progress = frame.part("progress")
        self._call_off = frame.button("callOff")
        self._summarised = 0  # open layers whose maps do not fit on the graphics card
        self._hint = frame.part("hint")
        self._handlers = ffi.Handlers()
        self._fade = self._handlers.keep(self._fade_hint)
        self._fading: Any = None
        self._said = self._told = self._hinted = ""  # the message, what is going on, the hint
        desk.said.listen(self.say)
        desk.spoken.listen(self._say_anew)
        desk.hinted.listen(self.hint)
        desk.asked.listen(self._asked)
        desk.session.progress.listen(self.progress)
        desk.session.opened.listen(self._begin)
        desk.drawn.listen(self._follow)
        # what was wrong with what somebody gave is past once something is given that is right
        desk.store.listen(lambda before, after: self.dismiss(), "given")

    def _begin(self) -> None:
        self.dismiss()
        self._summarised = 0

    def _follow(self) -> None:
        """Say that there are summaries once, and again if it gets worse."""
        summarised = getattr(self.desk.stage, "summarised", 0)
        if summarised > self._summarised:
            self._summarised = summarised
            self.say(too_much(summarised))

    def say(self, text: str) -> None:
        """Show a message until it is dismissed."""
        self._said = text
        self._note.querySelector("p").textContent = self.desk.say(text)
        self._note.hidden = False

    def _say_anew(self) -> None:
        """Say in another language what is said now."""
        self._note.querySelector("p").textContent = self.desk.say(self._said)
        self._hint.textContent = self.desk.say(self._hinted)
        if self._told:
            self._progress.querySelector("span").textContent = f"{self.desk.say(self._told)} …"

    def dismiss(self) -> None:
        """Take the message away."""
        self._note.hidden = True

    def progress(self, text: str | None, part: float | None = None) -> None:
        """Tell what is going on and how far it is, 0..1; None when nothing is."""
        self._progress.classList.toggle("tr-gone", text is None)
        self._call_off.hidden = text is None
        if text is not None:
            self._told = text
            self._progress.querySelector("span").textContent = f"{self.desk.say(text)} …"
            self._progress.style.setProperty("--done", f"{part if part is not None else 0.02:.3f}")
            self._progress.setAttribute("aria-valuenow", str(round((part or 0) * 100)))

    def hint(self, text: str) -> None:
        """Show a few words for a moment."""
        self._hinted = text
        self._hint.textContent = self.desk.say(text)
        self._hint.hidden = False
        if self._fading is not None:
            ffi.window.clearTimeout(self._fading)
        self._fading = ffi.window.setTimeout(self._fade, _MOMENT)

    def _fade_hint(self) -> None:
        self._fading, self._hint.hidden = None, True

    def _asked(self, name: str) -> None:
        does = {"help": self.toggle_help, "dismiss": self.dismiss, "escape": self.escape}
        if name in does:
            does[name]()

    def toggle_help(self) -> None:
        """Show or hide the list of keys and gestures."""
        panel: Any = self.frame.part("help")
        panel.hidden = not panel.hidden
        self.frame.button("help").setAttribute("aria-expanded", str(not panel.hidden).lower())

    def escape(self) -> None:
        """Close whatever floats."""
        self.dismiss()
        if not self.frame.part("help").hidden:
            self.toggle_help()

    def dispose(self) -> None:
        """Let go of the page's clock."""
        if self._fading is not None:
            ffi.window.clearTimeout(self._fading)
        self._handlers.remove()
