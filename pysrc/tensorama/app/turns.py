"""One piece of work at a time: what begins later takes the place of what is not finished yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from tensorama.errors import AbandonedError
from tensorama.phrases import phrase

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Turn:
    task: asyncio.Task[Any]
    reason: str = ""  # why it was given up, if it was
    superseded: bool = False


class Turns:
    """Gives each piece of work its turn; `on_end` is called when nothing is being done any more.

    Work that is called off, or that something newer takes the place of, ends at its next pause, and
    whoever waits for it gets an AbandonedError. So what work does after its last pause is done
    whole or not at all.
    """

    def __init__(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._now: _Turn | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._now is not None

    async def take(self, what: str, work: Coroutine[Any, Any, T]) -> T:
        """The result of this work, which `what` names; what was being done is given up for it."""
        self._give_up(phrase("something newer was begun"), superseded=True)
        turn = self._now = _Turn(asyncio.ensure_future(work))
        try:
            return await turn.task
        except asyncio.CancelledError as error:
            if not turn.reason:
                raise  # not this work was called off, but whoever waits for it
            told = phrase("{what} was given up: {reason}.", what=what, reason=turn.reason)
            raise AbandonedError(told, turn.superseded) from error
        finally:
            if self._now is turn:
                self._now = None
                self._on_end()

    def call_off(self) -> bool:
        """Give up what is being done; False if there is nothing."""
        return self._give_up(phrase("it was called off"), superseded=False)

    def _give_up(self, reason: str, superseded: bool) -> bool:
        turn = self._now
        if turn is None or not turn.task.cancel():
            return False
        turn.reason, turn.superseded = reason, superseded
        return True
