"""What a network is fed with that takes no drawing: the panels of its inputs, or words."""

from __future__ import annotations

from typing import Any

from tensorama.app import later
from tensorama.app.desk import Desk
from tensorama.inputs import in_words
from tensorama.view import ffi


class Fed:
    """Has the ways to give inputs and to read outputs stand in the side column, once they came."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._ways: Any = None  # made when a network needs them for the first time
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(self._say)
        desk.spoken.listen(self._say)
        desk.asked.listen(self._asked)
        desk.store.listen(lambda before, after: self._begin(), "reading")

    def _asked(self, name: str) -> None:
        if name == "readAs":
            self.desk.session.background(self._bring(True))

    async def _bring(self, asked: bool = False) -> None:
        await later.bring(later.WAYS)
        self._begin()
        if asked and self._ways:
            self._ways.choose()

    def _begin(self) -> None:
        if self.desk.state.reading[0] and not later.is_here(later.WAYS):
            self.desk.session.background(self._bring())
            return
        if self.desk.session.trace is None:
            return
        if self._ways is None and later.is_here(later.WAYS):
            from tensorama.app.ways import Ways  # comes later than this

            self._ways = Ways(self.desk)
        if self._ways:
            self._ways.begin()
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
        if self._ways:
            self._ways.dispose()
