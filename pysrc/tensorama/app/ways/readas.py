"""An output read as something else than the file says: a picture, heat, boxes, plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.state import READINGS
from tensorama.app.ways.boxed import Boxes
from tensorama.app.ways.made import Panel, element
from tensorama.app.ways.painted import PaintedPicture
from tensorama.engine import Trace
from tensorama.outputs import as_classes
from tensorama.outputs.readings import Found, Painted, boxes_in, heat_of, picture_of, vector_of
from tensorama.phrases import phrase
from tensorama.view import ffi

_WORDS = {
    "": phrase("as the file says"), "bars": phrase("bars, with softmax"),
    "scores": phrase("bars, without softmax"), "picture": phrase("a picture"),
    "heat": phrase("heat"), "boxes": phrase("boxes, guessed"),
    "cosine": phrase("nearest samples, by angle"),
    "distance": phrase("nearest samples, by distance"), "numbers": phrase("numbers"),
}  # fmt: skip
_LISTED = 60  # numbers


def readings_of(trace: Trace, tensor: str) -> list[str]:
    """What this output can be read as."""
    value = trace.outputs.get(tensor)
    can = {
        "": True,
        "bars": as_classes(trace, tensor, True) is not None,
        "scores": as_classes(trace, tensor, False) is not None,
        "picture": picture_of(trace, tensor) is not None,
        "heat": heat_of(trace, tensor) is not None,
        "boxes": boxes_in(trace, tensor) is not None,
        "cosine": vector_of(trace, tensor) is not None,
        "distance": vector_of(trace, tensor) is not None,
        "numbers": isinstance(value, np.ndarray) and value.dtype.kind in "biuf",
    }
    return [kind for kind in READINGS if can[kind]]


class ReadAs(Panel):
    """Two choices: which output, and what it is read as. Out of the way until asked for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        self._box = element("div", className="tr-way tr-as", hidden=True)
        self._kind, self._tensor = element("select"), element("select")
        self._box.append(self._kind, self._tensor)
        desk.frame.part("answer").prepend(self._box)
        for field in (self._kind, self._tensor):
            self._handlers.do(field, "change", self._chosen)

    def begin(self) -> None:
        """Another network is shown."""
        self._box.hidden = not self.desk.state.reading[0]

    def toggle(self) -> None:
        """Let a person choose, or be out of the way again."""
        self._box.hidden = not self._box.hidden
        self.show()
        if not self._box.hidden:
            self._kind.focus()

    def _chosen(self) -> None:
        kind, tensor = str(self._kind.value), str(self._tensor.value)
        trace = self.desk.session.trace
        if trace is not None and kind not in readings_of(trace, tensor):
            kind = "numbers"
        self.desk.do(running.read_as(self.desk.state, kind, tensor if kind else ""))

    def show(self) -> None:
        """Offer what the outputs of this run can be read as."""
        trace, (kind, tensor) = self.desk.session.trace, self.desk.state.reading
        if kind:
            self._box.hidden = False
        if trace is None or self._box.hidden:
            return
        say, outputs = self.desk.say, [*trace.outputs]
        if tensor not in outputs:
            answer = self.desk.session.answer
            tensor = answer.tensor if answer and answer.tensor in outputs else outputs[0]
        self._kind.setAttribute("aria-label", say(phrase("What the output is read as")))
        self._tensor.setAttribute("aria-label", say(phrase("Which output is read")))
        kinds = readings_of(trace, tensor)
        self._offer(self._kind, {name: say(_WORDS[name]) for name in kinds}, kind)
        self._offer(self._tensor, {name: name for name in outputs}, tensor)
        self._tensor.hidden = len(outputs) < 2

    def _offer(self, field: Any, offered: dict[str, str], chosen: str) -> None:
        if [option.textContent for option in field.children] != [*offered.values()]:
            made = (element("option", words, value=name) for name, words in offered.items())
            field.replaceChildren(*made)
        field.value = chosen

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
        self._box.remove()


class AsPicture(PaintedPicture):
    """The chosen output as a picture, or as heat over what the network looked at."""

    instead = True

    def read(self, trace: Trace) -> Painted | None:
        """The picture that is drawn."""
        kind, tensor = self.desk.state.reading
        return heat_of(trace, tensor) if kind == "heat" else picture_of(trace, tensor)


class AsBoxes(Boxes):
    """The chosen output as boxes, by its shape."""

    def read(self, trace: Trace) -> Found | None:
        """The boxes that are drawn."""
        return boxes_in(trace, self.desk.state.reading[1])


class AsNumbers(Panel):
    """The chosen output as it is: how many numbers, from where to where, the first of them."""

    instead = True

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._note, self._list = element("p", className="tr-way-note"), element("ol")
        self._list.className = "tr-plain"
        box.append(self._note, self._list)

    def show(self) -> None:
        """List the numbers of the run that is shown."""
        trace, tensor = self.desk.session.trace, self.desk.state.reading[1]
        value = trace.outputs.get(tensor) if trace else None
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" or not value.size:
            self._list.replaceChildren()
            return
        shape = " × ".join(map(str, value.shape)) or "1"
        low, high = (f"{float(n):.5g}".replace("-", "−") for n in (value.min(), value.max()))
        self._note.textContent = self.desk.say(phrase(
            "“{name}”, {shape}: from {low} to {high}; the first {count}.",
            name=tensor, shape=shape, low=low, high=high, count=min(_LISTED, value.size),
        ))  # fmt: skip
        numbers = value.reshape(-1)[:_LISTED].tolist()
        self._list.replaceChildren(*(
            element("li", f"{float(number):.3g}".replace("-", "−")) for number in numbers
        ))  # fmt: skip
