"""Files that a person drops on the box or picks: one, several, or folders with files in them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import PurePosixPath
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.sources import Handed
from tensorama.errors import AbandonedError, MissingFileError, TensoramaError
from tensorama.phrases import joined, phrase
from tensorama.view import ffi

Given = dict[str, Any]  # paths below what was given → the browser's files
_MODELS = (".onnx", ".data", ".onnx_data", ".weights", ".bin", ".zip")  # as they are picked
_MOST = 2000  # files in all folders together


class Files:
    """Opens the model among dropped or picked files; what is wrong is said with its name."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.frame = desk, desk.frame
        self._waiting = Waiting()
        self._handlers = ffi.Handlers()
        field, box = desk.frame.part("file"), desk.frame.box
        desk.asked.listen(self._asked)
        on = self._handlers.on
        on(field, "change", self._picked)
        for event in ("dragenter", "dragover"):
            on(box, event, self._dragged)
        on(box, "dragleave", self._left)
        on(box, "drop", self._dropped)

    def _asked(self, name: str) -> None:
        if name == "file":
            self.frame.part("file").click()

    def _picked(self, event: Any) -> None:
        self._take([], event.target.files, _MODELS)
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

    def _take(self, folders: list[Any], files: Any, models: tuple[str, ...] = ()) -> None:
        """Hand on what was given; the browser forgets a list of files after its event.

        models: endings of names that are certainly not for the network that is open.
        """
        names = {folder.name for folder in folders}  # they stand among the files too
        given = {str(file.name): file for file in files if file.name not in names}
        if not folders and len(given) == 1:
            name, file = next(iter(given.items()))
            if not name.lower().endswith(models) and self._is_taken(name, file):
                return
        if given or folders:
            self.desk.session.background(self._open(_with_folders(given, folders)))

    def _is_taken(self, name: str, file: Any) -> bool:
        """Whether it is no model but something for the network that is open."""
        return self.desk.takes is not None and self.desk.takes(name, file)

    async def _open(self, coming: Coroutine[Any, Any, Given]) -> None:
        self.desk.asked.tell("refuse")  # of a model that is no longer wanted
        given = self._waiting.joined(await coming)
        name = ""
        try:
            source = Handed(given)
            name = source.name
            missing = await self.desk.session.open(source)
        except AbandonedError:
            raise
        except MissingFileError as error:
            self._waiting.keep(given, error)
            raise _about(name, error) from error
        except TensoramaError as error:
            raise _about(name, error) from error
        if missing:
            self.desk.said.tell(missing)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def _about(name: str, error: TensoramaError) -> TensoramaError:
    """The same error, with the name of the file, if that is known."""
    return TensoramaError(joined(": ", filter(None, (name, error.sentence))))


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
                raise TensoramaError(phrase(
                    "There are more than {most:,} files in this folder: drop only the model's.",
                    most=_MOST,
                ))  # fmt: skip
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
        has_model = any(name.lower().endswith(".onnx") for name in given)
        wanted = {PurePosixPath(location).name for location in locations}
        has_wanted = not wanted.isdisjoint(PurePosixPath(name).name for name in given)
        fits = has_wanted and not has_model if wanted else has_model
        return {**before, **given} if fits else given

    def keep(self, given: Given, error: MissingFileError) -> None:
        """Remember what was given: this is missing."""
        self._given, self._locations = given, error.locations
