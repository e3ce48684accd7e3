"""The figure of the network that is open: drawn with pauses, told of, and only once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tensorama.app.running import gently, keep_running
from tensorama.app.turns import Turns
from tensorama.errors import TensoramaError
from tensorama.figure import figure_slices
from tensorama.figure.drawing import Drawing
from tensorama.phrases import phrase

if TYPE_CHECKING:  # which knows the page
    from tensorama.app.desk import Desk


class Figured:
    """Draws one figure at a time; what was asked for last stays. `tell(done)` is told how far a
    long one is, 0..1, and of the end of each by None."""

    def __init__(self, desk: Desk, tell: Callable[[float | None], None]) -> None:
        self.desk, self._tell = desk, tell
        self._turns = Turns(lambda: tell(None))
        self._last: tuple[object, asyncio.Future[Drawing]] | None = None

    async def drawn(self, style: str, level: int, dark: bool, pdf: bool) -> Drawing:
        """The figure; that of a PDF is in English.

        Raises TensoramaError where it cannot be drawn, of that AbandonedError if it was given up.
        """
        session = self.desk.session
        if session.model is None:
            raise TensoramaError(phrase("No model is open yet."))
        wanted = session.scene, style, level, dark, pdf
        if self._last is None or self._last[0] != wanted:
            slices = figure_slices(
                session.scene, session.model.graph.weights, session.name, style, level, dark,
                str if pdf else self.desk.say,
            )  # fmt: skip
            drawing = self._turns.take(phrase("The figure"), gently(slices, self._tell))
            self._last = wanted, keep_running(drawing)
        last = self._last
        try:
            return await asyncio.shield(last[1])
        except TensoramaError:
            if self._last is last:
                self._last = None
            raise

    def is_last(self, drawing: Drawing) -> bool:
        """Whether nothing else was asked for since this was drawn."""
        last = self._last and self._last[1]
        return bool(last and last.done() and last.result() is drawing)

    def call_off(self) -> None:
        """Give up what is being drawn."""
        self._turns.call_off()

    def forget(self) -> None:
        """Draw anew what is asked for next, as words are other ones now."""
        self._last = None
