"""The runs of the open model: what was asked for last is run, and what lies between is left out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tensorama.app.running import run_gently
from tensorama.app.turns import Turns
from tensorama.engine import Step, Trace
from tensorama.model import Model
from tensorama.phrases import phrase

_LONG = 0.4  # seconds from which on a person is told of a run


@dataclass(frozen=True, slots=True)
class _Wanted:
    model: Model
    feeds: Mapping[str, Any]
    finished: bool  # the input is whole, as a drawing is once the pen is lifted


class Runs:
    """Runs one model at a time.

    `show(trace, finished)` takes each run that nothing newer follows, and those of unfinished
    inputs, and may pause; `tell(text, part)` is told how far a long one is, and of its end by None.
    """

    def __init__(
        self,
        show: Callable[[Trace, bool], Awaitable[None]],
        tell: Callable[[str | None, float | None], None],
    ) -> None:
        self._show, self._tell = show, tell
        self._turns = Turns(lambda: tell(None, None))
        self._wanted: _Wanted | None = None
        self._running: asyncio.Future[Trace] | None = None

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        return self._running is not None

    async def run(self, model: Model, feeds: Mapping[str, Any], finished: bool) -> Trace:
        """The newest run, once it is shown. Raises what a run raises, and AbandonedError."""
        self._wanted = _Wanted(model, feeds, finished)
        if self._running is None:
            self._running = asyncio.ensure_future(
                self._turns.take(phrase("The run"), self._all_wanted())
            )
        return await asyncio.shield(self._running)

    def call_off(self) -> None:
        """Give up what is being run."""
        if self._turns.call_off():
            self._wanted = self._running = None

    async def _all_wanted(self) -> Trace:
        """Run what was asked for last, until nothing newer is waiting."""
        mine = self._running
        try:
            while True:
                assert self._wanted is not None
                wanted, self._wanted = self._wanted, None
                trace = await run_gently(wanted.model, wanted.feeds, self._telling(wanted.model))
                newer: object = self._wanted
                if newer is None or not wanted.finished:
                    await self._show(trace, wanted.finished)
                if newer is None and self._wanted is None:
                    return trace
        finally:
            if self._running is mine:
                self._running = None

    def _telling(self, model: Model) -> Callable[[Step, int], None]:
        began, count = time.perf_counter(), len(model.graph.nodes)

        def tell(step: Step, number: int) -> None:
            if time.perf_counter() - began > _LONG:
                self._tell(phrase("Computing {node}", node=step.node.label), number / count)

        return tell
