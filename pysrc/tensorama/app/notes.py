"""What the page says to a person: what went wrong, how far something is, which keys there are."""

from __future__ import annotations

from typing import Any

from tensorama.app.frame import Frame
from tensorama.errors import TensoramaError


def sentence(error: BaseException) -> str:
    """The sentence that a person is shown for an error."""
    if isinstance(error, TensoramaError):
        return str(error)
    if isinstance(error, MemoryError):
        return "This tab has not enough memory for that; close other tabs or take a smaller model."
    return f"Something unexpected went wrong ({type(error).__name__}: {error})."


def too_much(count: int) -> str:
    """The sentence for open layers that are drawn from their summaries."""
    layers = "1 open layer is" if count == 1 else f"{count} open layers are"
    return (
        f"{layers} drawn from a summary: all maps together are more than this device's graphics "
        "memory should hold. Come closer to a layer to see its maps."
    )


class Notes:
    """The message at the top, the progress line at the bottom, and the list of keys."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._note = frame.part("note")
        self._progress = frame.part("progress")
        self._call_off = frame.button("callOff")

    def say(self, text: str) -> None:
        """Show a message until it is dismissed."""
        self._note.querySelector("p").textContent = text
        self._note.hidden = False

    def dismiss(self) -> None:
        """Take the message away."""
        self._note.hidden = True

    @property
    def progressing(self) -> bool:
        """Whether a person is told that something is going on."""
        return not self._progress.classList.contains("tr-gone")

    def progress(self, text: str | None, part: float | None = None) -> None:
        """Tell what is going on and how far it is, 0..1; None when nothing is."""
        self._progress.classList.toggle("tr-gone", text is None)
        self._call_off.hidden = text is None
        if text is not None:
            self._progress.querySelector("span").textContent = f"{text} …"
            self._progress.style.setProperty("--done", f"{part if part is not None else 0.02:.3f}")
            self._progress.setAttribute("aria-valuenow", str(round((part or 0) * 100)))

    def toggle_help(self) -> None:
        """Show or hide the list of keys and gestures."""
        panel: Any = self.frame.part("help")
        panel.hidden = not panel.hidden
        self.frame.button("help").setAttribute("aria-expanded", str(not panel.hidden).lower())

    def escape(self) -> bool:
        """Close whatever floats; False if nothing does."""
        helps = not self.frame.part("help").hidden
        floats = helps or not self._note.hidden
        self.dismiss()
        if helps:
            self.toggle_help()
        return floats
