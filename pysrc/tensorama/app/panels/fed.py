"""What a network is fed with that takes no drawing: the panels of its inputs, or words."""

from __future__ import annotations

import re
from typing import Any

from tensorama.app import later
from tensorama.app.desk import Desk
from tensorama.app.feeding import DROP_A_PHOTO
from tensorama.inputs import in_words
from tensorama.view import ffi

_ARRAYS = re.compile(r"\.(npy|npz|csv|json|safetensors)$", re.IGNORECASE)


class Fed:
    """Has the ways to give inputs and to read outputs stand in the side column, once they came."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._ways: Any = None  # made when a network needs them for the first time
        self._handlers = ffi.Handlers()
        self._handlers.on(ffi.document, "paste", self._pasted)
        desk.takes = self._takes
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(self._say)
        desk.spoken.listen(self._say)
        desk.asked.listen(self._asked)
        desk.store.listen(lambda before, after: self._begin(), "reading")

    def _asked(self, name: str) -> None:
        if name == "readAs":
            self.desk.session.background(self._bring(True))
        if name == "photo":
            self.desk.session.background(self._bring_photo())

    async def _bring_photo(self) -> None:
        await self._bring()
        if self._ways:
            self._ways.ask_for_photo()

    def _pasted(self, event: Any) -> None:
        files = [*event.clipboardData.files] if ffi.found(event.clipboardData) else []
        if self._ways is None and files and self._takes(str(files[0].name), files[0]):
            event.preventDefault()

    def _takes(self, name: str, file: Any) -> bool:
        """Take a photo or numbers in place of a drawing; later `Ways` does that."""
        is_one = str(file.type or "").startswith("image/") or _ARRAYS.search(name)
        if self.desk.session.draws and is_one:
            self.desk.session.background(self._take(name, file))
            return True
        return False

    async def _take(self, name: str, file: Any) -> None:
        await self._bring()
        if self.desk.takes is not None and self._ways:
            self.desk.takes(name, file)

    async def _bring(self, asked: bool = False) -> None:
        await later.bring(later.WAYS)
        self._begin()
        if asked and self._ways:
            self._ways.choose()

    def _begin(self) -> None:
        state, draws = self.desk.state, self.desk.session.draws
        if (state.reading[0] or (draws and state.given)) and not later.is_here(later.WAYS):
            self.desk.session.background(self._bring())
            return
        if self.desk.session.trace is None:
            return
        if self._ways is None and later.is_here(later.WAYS):
            from tensorama.app.ways import Ways  # comes later than this

            self._ways = Ways(self.desk)
        if self._ways:
            self._ways.begin()
        elif draws:
            drop = self.desk.frame.part("drop")
            drop.dataset.say = DROP_A_PHOTO
            drop.textContent = self.desk.say(DROP_A_PHOTO)
        self._say()
        self.desk.resized.tell()

    def _say(self, finished: bool = True) -> None:
        """Say what the run that is shown was fed with, where no panel does."""
        trace, session = self.desk.session.trace, self.desk.session
        given = {name for name, _ in self.desk.state.given}  # which its panel says
        shown = {*self._ways.tensors, *given} if self._ways else set()
        feeds = {n: v for n, v in (trace.feeds if trace else {}).items() if n not in shown}
        said = trace is not None and not session.draws and (bool(feeds) or not shown)
        part = self.desk.frame.part("made-up")
        part.hidden = not said
        if said and finished:
            part.querySelector("span").textContent = self.desk.say(in_words(feeds))
            ffi.found(part.querySelector("button")).hidden = not feeds

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
        if self._ways:
            self._ways.dispose()
