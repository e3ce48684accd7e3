"""Taking numbers along: onto the clipboard, or as files that the browser saves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from tensorama.app import later
from tensorama.app.amounts import size_words
from tensorama.app.desk import Desk
from tensorama.app.running import breathe
from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.layers import Layer
from tensorama.phrases import phrase
from tensorama.view import ffi

_ASKED = ("copyPython", "copyTable", "saveTensor", "saveTable", "saveLayer", "saveRun")
_PIECE = 1 << 20  # bytes that go out of Python at once
_SOON = 0.2  # seconds in which a file is made without a word
_REFUSED = phrase("The browser does not let the page copy. Take it as a file instead.")


class Values:
    """Does what the commands of that name ask for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.asked.listen(self._asked)

    def _asked(self, name: str) -> None:
        if name in _ASKED:
            self.desk.session.background(self._take(name))

    async def _take(self, name: str) -> None:
        await later.bring()
        files = import_module("tensorama.app.inspect.files")
        session = self.desk.session
        if session.trace is None:
            raise TensoramaError(phrase("No model is open yet."))
        if name == "saveRun":
            await self._save_several(files, files.of_run(session.trace), session.name)
        elif name == "saveLayer":
            layer = self._layer()
            arrays = files.of_layer(session.trace, layer)
            await self._save_several(files, arrays, session.name, layer.name)
        elif name == "copyPython":
            text = self._python(session.trace, f"{files.file_name(session.name)}.npz")
            await self._copy(text, phrase("The lines of Python are copied."))
        else:
            await self._of_tensor(files, name)

    async def _of_tensor(self, files: Any, name: str) -> None:
        tensor = self._tensor()
        value, called = self.desk.session.arrays[tensor], files.file_name(tensor)
        words = phrase("Writing {name}", name=tensor)
        if name == "copyTable":
            parts: list[str] = []
            await self._written(words, files.table_pieces(tensor, value, "\t"), value, parts.append)
            await self._copy("".join(parts), phrase("{name} is copied as a table.", name=tensor))
            return
        out = Outgoing()
        if name == "saveTable":
            pieces, kind = files.table_pieces(tensor, value), "csv"
            await self._written(words, pieces, value, lambda text: out.write(text.encode()))
        else:
            kind = "npy"
            await self._written(words, files.npy_pieces(tensor, value), value, out.write)
        out.finish()
        self._save(out.parts, f"{called}.{kind}", out.size)

    async def _written(
        self, words: str, pieces: Iterator[Any], value: Any, take: Callable[[Any], object]
    ) -> None:
        """Take pieces one after the other, while the page goes on; it can be called off."""
        whole = max(1, np.asarray(value).nbytes)

        def parts() -> Iterator[float]:
            done = 0
            for piece in pieces:
                take(piece)
                done += len(piece)
                yield min(1.0, done / whole)

        await self._gone_through(words, parts())

    def _tensor(self) -> str:
        """The tensor that is meant: of the pinned number, or of the layer that one is at."""
        chosen = self.desk.state.selected
        return chosen[0] if chosen else self._layer().tensor

    def _layer(self) -> Layer:
        """The layer that is meant: of the pinned number, or the one that one is at."""
        desk, chosen = self.desk, self.desk.state.selected
        if chosen:
            facts = import_module("tensorama.app.inspect.facts")
            found: Layer | None = facts.layer_of(desk, chosen[0])
        else:
            found = desk.items.scene.layer(desk.at) if desk.at is not None else None
        if found is None:
            raise TensoramaError(phrase("Pin a number first, or go to a layer."))
        return found

    def _python(self, trace: Trace, run: str) -> str:
        """The lines that compute the pinned number."""
        chosen, origin = self.desk.state.selected, self.desk.state.model
        if chosen is None:
            raise TensoramaError(phrase("Pin a cell first: click on one, or press Enter."))
        model = origin.address.rpartition("/")[2] or origin.name
        python = import_module("tensorama.explain.python")
        return str(python.as_python(trace, *chosen, model, run))

    async def _copy(self, text: str, said: str) -> None:
        try:
            await ffi.window.navigator.clipboard.writeText(text)
        except Exception:  # no clipboard, or it was not allowed
            self.desk.said.tell(_REFUSED)
            return
        self.desk.hinted.tell(said)

    # files -----------------------------------------------------------------------------------

    async def _save_several(self, files: Any, arrays: dict[str, Any], *names: str) -> None:
        """Save arrays as one .npz, while the page goes on."""
        out = Outgoing()
        words = phrase("Packing {size} of numbers", size=files.in_words(arrays))
        await self._gone_through(words, files.packing(arrays, out))
        out.finish()
        name = f"{files.file_name(*names)}.npz"
        self._save(out.parts, name, out.size, len(arrays))

    async def _gone_through(self, words: str, parts: Iterator[float]) -> None:
        """Do some work to its end, tell how far it is, and give it up if a person wants that."""
        await self.desk.session.in_turn(words, self._step_by_step(words, parts))

    async def _step_by_step(self, words: str, parts: Iterator[float]) -> None:
        progress, began = self.desk.session.progress, time.perf_counter()
        turn, told = began, False
        try:
            for part in parts:
                if told or time.perf_counter() - began > _SOON:
                    progress.tell(words, part)
                    told = True
                turn = await breathe(turn)
        finally:
            if told:
                progress.tell(None)

    def _save(self, parts: list[Any], name: str, size: int, count: int = 1) -> None:
        """Let the browser save a file."""
        ffi.save(parts, name)
        words = size_words(size)
        if count > 1:
            said = phrase("{name}: {count:,} tensors, {size}.", name=name, count=count, size=words)
        else:
            said = phrase("{name}: {size}.", name=name, size=words)
        self.desk.hinted.tell(said)

    def dispose(self) -> None:
        """Nothing is held."""


class Outgoing:
    """A file of which Python keeps nothing: its pieces go to the browser as they are written."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.size = 0
        self._waiting = bytearray()

    def write(self, data: Any) -> int:
        """Take bytes."""
        count = memoryview(data).nbytes
        self._waiting += data
        self.size += count
        self.flush()
        return count

    def flush(self) -> None:
        """Hand over what has come, once it is enough to be worth it."""
        if len(self._waiting) >= _PIECE:
            self.finish()

    def finish(self) -> None:
        """Hand over what is left."""
        self.parts.append(ffi.blob(bytes(self._waiting)))
        self._waiting.clear()
