"""What a network says along a sound: a curve, or the notes as a map of heat, and a list of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, colours, element, pin
from tensorama.engine import Trace
from tensorama.inputs.ways import Sound, ways_of
from tensorama.inputs.ways.sound import HEARD, MICROPHONE
from tensorama.outputs.readings import Heard, Timed, heard, timed
from tensorama.phrases import counted, phrase
from tensorama.view import ffi

_WIDTH, _HEIGHT = 352, 120  # pixels of a curve, two for each of CSS
_COLOURS = ("accent", "hairline", "ink")
_HOT = np.array([255, 176, 77])
_KEPT = 300  # moments of a live sound that are shown
_LISTED = 6
_AROUND, _SHOWN = 3, 0.3  # notes above and below those that are at least so strong
_FEWEST = 24  # notes that are shown


class AlongTime(Panel):
    """A press on the curve, or on a note in the list, pins its number."""

    name = "timed"
    instead = True

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._handlers, self._rows = ffi.Handlers(), ffi.Handlers()
        self._past = np.zeros(0)  # of a live sound
        self._canvas = element("canvas", className="tr-wave")
        self._canvas.setAttribute("role", "img")
        self._list = element("div", className="tr-found")
        self._note = element("p", className="tr-way-note")
        box.append(self._canvas, self._note, self._list)
        self._handlers.on(self._canvas, "click", self._pressed)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether an output goes along with time."""
        return trace is not None and timed(trace) is not None

    def show(self) -> None:
        """Draw what the run that is shown says."""
        trace = self.desk.session.trace
        found = timed(trace) if trace else None
        if found is None:
            return
        self._rows.remove()
        if found.called:
            self._show_notes(found)
        else:
            self._show_curve(found)

    # one number for each moment --------------------------------------------------------------

    def _show_curve(self, found: Timed) -> None:
        values = self._with_past(found)
        canvas = self._canvas
        canvas.width, canvas.height = _WIDTH, _HEIGHT
        pen, colour = canvas.getContext("2d"), colours(canvas, _COLOURS)
        pen.fillStyle = colour["hairline"]
        pen.fillRect(0, _HEIGHT // 2, _WIDTH, 1)
        pen.fillStyle = colour["accent"]
        wide = _WIDTH / len(values)
        for place, value in enumerate(np.clip(values, 0, 1).tolist()):
            pen.fillRect(place * wide, _HEIGHT * (1 - value), wide + 0.5, _HEIGHT * value)
        say = self.desk.say
        told = phrase(
            "“{name}” over {seconds} s: now {now} %, at most {most} %",
            name=found.tensor, seconds=f"{len(values) * found.seconds:.1f}",
            now=f"{100 * values[-1]:.0f}", most=f"{100 * values.max():.0f}",
        )  # fmt: skip
        self._note.textContent = say(told)
        canvas.setAttribute("aria-label", say(told))

    def _with_past(self, found: Timed) -> np.ndarray:
        """The numbers, behind those of what the microphone heard before."""
        values = found.values[:, 0].astype(np.float64)
        if not self._is_live():
            return values
        before = int(self.desk.session.pictures.get(HEARD, 0))
        past = self._past[:before] if before else self._past[:0]
        self._past = np.concatenate([past, values])
        return self._past[-_KEPT:]

    def _is_live(self) -> bool:
        trace, given = self.desk.session.trace, dict(self.desk.state.given)
        ways = ways_of(trace.model) if trace else ()
        sounds = (way for way in ways if isinstance(way, Sound) and way.memories)
        return any(way.source(given.get(way.tensor, ())) == MICROPHONE for way in sounds)

    # one number for each note ----------------------------------------------------------------

    def _show_notes(self, found: Timed) -> None:
        strong = np.flatnonzero(found.values.max(axis=0) >= _SHOWN)
        low, high = (int(strong[0]), int(strong[-1])) if strong.size else (0, 0)
        low, high = max(0, low - _AROUND), min(len(found.called), high + _AROUND + 1)
        high = min(len(found.called), max(high, low + _FEWEST))
        low = max(0, min(low, high - _FEWEST))
        shares = np.clip(found.values[:, low:high], 0, 1).T[::-1]
        image = np.full((*shares.shape, 4), 255, np.uint8)
        image[..., :3] = np.round(shares[..., None] * _HOT)
        ffi.put_pixels(self._canvas, image)
        notes, say = heard(found), self.desk.say
        told = phrase(
            "{notes} in {seconds} s; the picture goes from {low} to {high}",
            notes=counted("{count} note", "{count} notes", len(notes)),
            seconds=f"{len(found.values) * found.seconds:.1f}",
            low=found.called[low], high=found.called[high - 1],
        )  # fmt: skip
        self._note.textContent = say(told)
        self._canvas.setAttribute("aria-label", say(told))
        self._list.replaceChildren(*(self._row(found.tensor, note) for note in notes[:_LISTED]))

    def _row(self, tensor: str, note: Heard) -> Any:
        row = element("button", type="button", className="tr-row")
        row.append(element("span", note.name), element("i"))
        row.append(element("span", f"{note.begin:.1f} – {note.end:.1f} s"))
        row.children[1].style.setProperty("--share", f"{note.share:.4f}")
        row.title = f"{100 * note.share:.0f} %"
        self._rows.do(row, "click", partial(self._pin, tensor, note.cell))
        return row

    # pinning ---------------------------------------------------------------------------------

    def _pressed(self, event: Any) -> None:
        """Pin the number of the moment that was pressed on."""
        trace = self.desk.session.trace
        found = timed(trace) if trace else None
        if found is None or self._is_live():
            return
        box = self._canvas.getBoundingClientRect()
        count = len(found.values)
        at = min(count - 1, max(0, int((event.clientX - box.left) / box.width * count)))
        if not found.called:
            self._pin(found.tensor, (at,))

    def _pin(self, tensor: str, cell: tuple[int, ...]) -> None:
        desk, trace = self.desk, self.desk.session.trace
        if trace is not None and len(cell) != np.ndim(trace[tensor]):
            cell = (*cell, *(0,) * (np.ndim(trace[tensor]) - len(cell)))
        pin(desk, tensor, cell)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
        self._rows.remove()
