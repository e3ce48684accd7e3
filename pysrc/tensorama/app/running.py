"""Run a model without blocking the page: after each few milliseconds the page gets its turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from tensorama import engine
from tensorama.engine import Step, Trace
from tensorama.engine.contract.slices import Parts
from tensorama.onnxfile import Model

T = TypeVar("T")
PATIENCE = 0.02  # seconds of computing before the page gets its turn
LONG = 1.0  # seconds from which on a person is told how far something is

_tasks: set[asyncio.Future[Any]] = set()


def keep_running(work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
    """Let this go on by itself; asyncio forgets tasks that nobody holds."""
    task = asyncio.ensure_future(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


async def gently(slices: Parts[T], tell: Callable[[float], None] | None = None) -> T:
    """The result of sliced work; the page gets its turn meanwhile. `tell(done)` is told how far
    work is that takes over a second, 0..1, if the work says so."""
    began = turn = time.perf_counter()
    while True:
        try:
            done = next(slices)
        except StopIteration as stop:
            return stop.value
        if tell and done is not None and time.perf_counter() - began > LONG:
            tell(done)
        if time.perf_counter() - turn >= PATIENCE:  # `breathe`, where it costs nothing to ask
            turn = await breathe(turn)


async def breathe(turn: float) -> float:
    """Give the page its turn if ours began long enough ago; when ours began, or begins again."""
    if time.perf_counter() - turn < PATIENCE:
        return turn
    await asyncio.sleep(0)
    return time.perf_counter()


async def run_gently(
    model: Model,
    feeds: Mapping[str, Any],
    on_step: Callable[[Step, int], None] | None = None,
    listen: bool = True,
) -> Trace:
    """Compute everything as `engine.run` does, but let the page breathe between steps and
    within those that take long.

    `on_step(step, number)` is called after each node. Without `listen` the run is as short as it
    can be, but makes the next ones no shorter.
    """
    trace = Trace(model, engine.check_feeds(model, feeds))
    turn = time.perf_counter()
    number = 0
    for step in engine.steps_with_pauses(model, trace.feeds, listen):
        if step is not None:
            trace.add(step)
            number += 1
            if on_step:
                on_step(step, number)
        if time.perf_counter() - turn >= PATIENCE:
            turn = await breathe(turn)
    return trace
