"""Files that a person drops on the box or picks: one, several, or folders with files in them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import PurePosixPath
from typing import Any

from tensorama.app.frame import Frame
from tensorama.errors import MissingFileError, TensoramaError
from tensorama.view import ffi

Given = dict[str, Any]  # paths below what was given → the browser's files
_MOST = 2000  # files in all folders together


class Files:
    """Hears of dropped and picked files; `on_files` gets the work of collecting them."""

    def __init__(
        self, frame: Frame, on_files: Callable[[Coroutine[Any, Any, Given]], object]
    ) -> None:
        self.frame, self._on_files = frame, on_files
        self._handlers = ffi.Handlers()
        field, box = frame.part("file"), frame.box
        on = self._handlers.on
        self._handlers.do(frame.button("file"), "click", lambda: field.click())
        on(field, "change", self._picked)
        for event in ("dragenter", "dragover"):
            on(box, event, self._dragged)
        on(box, "dragleave", self._left)
        on(box, "drop", self._dropped)

    def _picked(self, event: Any) -> None:
        self._take([], event.target.files)
        event.target.value = ""

    def _dragged(self, event: Any) -> None:
        event.preventDefault()
        self.frame.part("drop").hidden = False

    def _left(self, event: Any) -> None:
        inside = ffi.found(event.relatedTarget)
        if inside is None or not self.frame.box.contains(inside):
            self.frame.part("drop").hidden = True

    def _dropped(self, event: Any) -> None:
        event.preventDefault()
        self.frame.part("drop").hidden = True
        entries = [ffi.found(item.webkitGetAsEntry()) for item in event.dataTransfer.items]
        folders = [entry for entry in entries if entry is not None and entry.isDirectory]
        self._take(folders, event.dataTransfer.files)

    def _take(self, folders: list[Any], files: Any) -> None:
        """Hand on what was given; the browser forgets a list of files after its event."""
        names = {folder.name for folder in folders}  # they stand among the files too
        given = {str(file.name): file for file in files if file.name not in names}
        if given or folders:
            self._on_files(_with_folders(given, folders))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


async def _with_folders(given: Given, folders: list[Any]) -> Given:
    """These files and all that lie in these folders and below."""
    waiting = [(str(folder.name), folder) for folder in folders]
    found = dict(given)
    while waiting:
        path, folder = waiting.pop()
        for entry in await _entries(folder):
            if entry.isDirectory:
                waiting.append((f"{path}/{entry.name}", entry))
            else:
                found[f"{path}/{entry.name}"] = await _told(entry.file)
            if len(found) + len(waiting) > _MOST:
                raise TensoramaError(
                    f"There are more than {_MOST:,} files in this folder: drop only the model's."
                )
    return found


async def _entries(folder: Any) -> list[Any]:
    """What lies in a folder; the browser tells it in portions, the last of them empty."""
    reader = folder.createReader()
    found: list[Any] = []
    while True:
        portion = await _told(reader.readEntries)
        if not portion.length:
            return found
        found += portion


async def _told(ask: Callable[[Any, Any], None]) -> Any:
    """What a function of JavaScript tells to the first of its two callbacks."""
    return await ffi.promise_of(lambda done, failed: ask(done, failed))


class Waiting:
    """What a person gave of a model while a file of it was missing, for when that comes."""

    def __init__(self) -> None:
        self._given: Given = {}
        self._locations: tuple[str, ...] | None = None

    def joined(self, given: Given) -> Given:
        """What was given now, and if it is what was missing, what was given before it."""
        before, self._given = self._given, {}
        locations, self._locations = self._locations, None
        if locations is None:
            return given
        if locations:
            wanted = {PurePosixPath(location).name for location in locations}
            fits = not wanted.isdisjoint(PurePosixPath(name).name for name in given)
        else:
            fits = any(name.lower().endswith(".onnx") for name in given)
        return {**before, **given} if fits else given

    def keep(self, given: Given, error: MissingFileError) -> None:
        """Remember what was given: this is missing."""
        self._given, self._locations = given, error.locations
