"""Any file as an input: picked or dropped; its bytes as the network gets them."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, button, element
from tensorama.errors import TensoramaError
from tensorama.inputs.ways import AnyFile, Gift
from tensorama.inputs.ways.anyfile import SAMPLES, Ends
from tensorama.inputs.ways.kept import keep
from tensorama.phrases import Phrase, phrase
from tensorama.view import ffi

_KEPT = 40  # files that can be gone back to
_WIDE = 64  # bytes in a row of the picture
_LETTERS = 160  # of the beginning that are shown
_SPACE = np.array([40, 46, 56], np.uint8)  # where there is no byte


class FileField(Panel):
    """The file's beginning as letters, and its bytes as a picture: dark 0, bright 255."""

    drops = phrase("Drop any file: the network says what it is. An ONNX file is opened instead")

    def __init__(self, desk: Desk, way: AnyFile, box: Any) -> None:
        self.desk, self.way = desk, way
        self._handlers = ffi.Handlers()
        say = desk.say
        self._letters = element("pre", className="tr-letters")
        self._canvas = element("canvas", className="tr-bytes")
        self._canvas.setAttribute("role", "img")
        self._file = element("input", type="file", hidden=True)
        row = element("p", className="tr-way-row")
        row.append(
            button(say(phrase("File …")), self._handlers, self._file.click,
                   say(phrase("Or drop any file on the page; it stays on this device"))),
        )  # fmt: skip
        self._samples = {
            name: button(name, self._handlers, partial(self._give, name)) for name in SAMPLES
        }
        row.append(*self._samples.values())
        self._note = element("p", className="tr-way-note")
        self._note.setAttribute("role", "status")
        box.append(self._letters, self._canvas, row, self._file, self._note)
        self._handlers.on(self._file, "change", self._picked)

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _give(self, name: str) -> None:
        gift = ("file", name)
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift))

    def takes(self, name: str, file: Any) -> bool:
        """Take any file that was dropped on the page, but a model."""
        if name.lower().endswith(".onnx"):
            return False
        self.desk.session.background(self._take(name, file))
        return True

    def _picked(self, event: Any) -> None:
        for file in [*event.target.files][:1]:
            self.desk.session.background(self._take(str(file.name), file))
        event.target.value = ""

    async def _take(self, name: str, file: Any) -> None:
        """Read the ends of a file and give them."""
        size, block = int(file.size), self.way.block
        if not size:
            raise TensoramaError(phrase("{name} is empty: it has no bytes.", name=name))
        try:
            head = (await file.slice(0, block).arrayBuffer()).to_bytes()
            tail = (await file.slice(max(0, size - block)).arrayBuffer()).to_bytes()
        except Exception as error:
            raise TensoramaError(phrase("{name} could not be read.", name=name)) from error
        key = f"{sha256(head + tail).hexdigest()[:8]} {name[:60]}"
        keep(self.desk.session.pictures, key, Ends(head, tail, size), _KEPT)
        self._give(key)

    def show(self) -> None:
        """Show the bytes, and what the file is called."""
        gift, session, say = self._gift, self.desk.session, self.desk.say
        source, ends = self.way.source(gift), self.way.ends(gift, session.pictures)
        for name, made in self._samples.items():
            made.setAttribute("aria-pressed", str(name == source).lower())
        head = self.way.seen(ends)[0]
        letters = head[:_LETTERS].decode("latin-1")
        self._letters.textContent = "".join(
            sign if sign.isprintable() or sign == "\n" else "·" for sign in letters
        )
        fed = session.trace.feeds.get(self.way.tensor) if session.trace else None
        if isinstance(fed, np.ndarray) and fed.size:
            self._draw(fed.reshape(-1)[: self.way.first + self.way.last])
        lacking = source not in SAMPLES and source not in session.pictures
        self._note.textContent = say(self._told(source, ends, lacking, len(head)))

    def _draw(self, numbers: np.ndarray) -> None:
        rows = -(-len(numbers) // _WIDE)
        image = np.full((rows * _WIDE, 4), 255, np.uint8)
        image[:, :3] = _SPACE
        there = np.flatnonzero(numbers != self.way.padding)
        image[there, :3] = numbers[there, None].astype(np.uint8)
        ffi.put_pixels(self._canvas, image.reshape(rows, _WIDE, 4))
        self._canvas.setAttribute(
            "aria-label", self.desk.say(phrase("The bytes that the network gets"))
        )

    def _told(self, source: str, ends: Ends, lacking: bool, seen: int) -> Phrase:
        name = source if source in SAMPLES else source.partition(" ")[2] or source
        if lacking:
            return phrase("The link was made with the file {name}; give it here.", name=name)
        if seen < self.way.least:
            return phrase(
                "{name}, {size:,} bytes: too few for the network, its makers would not ask it.",
                name=name, size=ends.size,
            )  # fmt: skip
        return phrase(
            "{name}, {size:,} bytes; the network gets the first {first:,} and the last {last:,}.",
            name=name, size=ends.size, first=self.way.first, last=self.way.last,
        )  # fmt: skip

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
