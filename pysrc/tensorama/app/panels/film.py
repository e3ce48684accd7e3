"""A training as a film: moments of one network, its accuracy and loss, one open at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.moments import folder_of, moments_in
from tensorama.app.sources import Address
from tensorama.app.state import Origin
from tensorama.phrases import phrase
from tensorama.view import ffi

_WIDE, _HIGH, _EDGE = 600, 48, 4  # units of the curve
_PAUSE = 0.7  # seconds that a moment is seen while it plays


class Film:
    """Goes from moment to moment: what is drawn, open and looked at stays."""

    def __init__(self, desk: Desk) -> None:
        self.desk, frame = desk, desk.frame
        self._panel, self._told = frame.part("film"), frame.part("film-told")
        self._line = self._panel.querySelector("input")
        self._play = self._panel.querySelector("button")
        self._curves = self._panel.querySelector(".tr-film-curves")
        self._moments: list[dict[str, Any]] = []
        self._folder = ""
        self._wanted = 0
        self._going = self._playing = False
        self._handlers = ffi.Handlers()
        self._handlers.do(self._line, "input", self._moved)
        self._handlers.do(self._play, "click", self._toggle)
        desk.session.opened.listen(self._follow)
        desk.spoken.listen(self._write)

    def _follow(self) -> None:
        """Another network is open: a moment of a training, or none."""
        folder = folder_of(self.desk.state.model.address)
        if folder != self._folder:
            self._folder, self._moments, self._playing = folder, [], False
            if folder:
                self.desk.session.background(self._fetch(folder))
        self._write()

    async def _fetch(self, folder: str) -> None:
        moments = await moments_in(folder, fetch_bytes)
        if folder == self._folder:
            self._moments = moments
            self._curves.innerHTML = _curves(moments)
            self._line.max = str(len(moments) - 1)
            self._write()

    @property
    def _at(self) -> int | None:
        """Which moment is open."""
        name = self.desk.state.model.address.rpartition("/")[2]
        found = (n for n, moment in enumerate(self._moments) if moment["file"] == name)
        return next(found, None)

    def _write(self) -> None:
        at = self._at
        if self._panel.hidden != (at is None):
            self._panel.hidden = at is None
            self.desk.resized.tell()
        if at is None:
            return
        moment, last = self._moments[at], self._moments[-1]
        if not self._going:
            self._line.value = str(at)
        texts = (
            phrase("Step {step:,} of {last:,}", step=moment["step"], last=last["step"]),
            phrase("{accuracy:.1f} % read right", accuracy=moment["accuracy"]),
            phrase("loss {loss:.3f}", loss=moment["loss"]),
        )
        told = [self.desk.say(text) for text in texts]
        for part, text in zip(self._told.children, told, strict=True):
            part.textContent = text
        self._line.setAttribute("aria-valuetext", ", ".join(told))
        self._panel.style.setProperty("--at", f"{100 * at / (len(self._moments) - 1):.2f}%")
        self._play.classList.toggle("tr-playing", self._playing)

    def _moved(self) -> None:
        self._playing = False
        self._go(int(self._line.value))

    def _toggle(self) -> None:
        """Play on from here, from the beginning where it is at its end, or hold."""
        self._playing = not self._playing
        last = len(self._moments) - 1
        if self._playing:
            self._go(0 if self._at == last else (self._at or 0) + 1)
        self._write()

    def _go(self, moment: int) -> None:
        self._wanted = moment
        if not self._going:
            self.desk.session.background(self._walk())

    async def _walk(self) -> None:
        """Open what is wanted until that is open; while it plays the next is wanted then."""
        self._going = True
        try:
            while self._folder and self._at != self._wanted:
                file = self._moments[self._wanted]["file"]
                kept = replace(self.desk.state, model=Origin())
                await self.desk.session.open(Address(f"{self._folder}/{file}"), kept)
                if self._playing and self._wanted == self._at:
                    await asyncio.sleep(_PAUSE)
                    self._next()
        finally:
            self._going = False
            self._playing = self._playing and self._at != len(self._moments) - 1
            self._write()

    def _next(self) -> None:
        if self._playing and self._wanted < len(self._moments) - 1:
            self._wanted += 1

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._playing = False
        self._handlers.remove()


def _curves(moments: list[dict[str, Any]]) -> str:
    """Accuracy and loss as two lines, each over its own range; moments stand side by side."""
    lines = []
    for name in ("accuracy", "loss"):
        values = [float(moment[name]) for moment in moments]
        most = max(*values, 1e-9)
        points = " ".join(
            f"{_WIDE * n / (len(values) - 1):.1f},"
            f"{_HIGH - _EDGE - (_HIGH - 2 * _EDGE) * value / most:.1f}"
            for n, value in enumerate(values)
        )
        lines.append(f'<polyline class="tr-film-{name}" points="{points}"/>')
    return "".join(lines)
