"""Times as they are from the second run on.

The first run of a network pays for much that is paid for once: the browser compiles what it runs
for the first time, memory grows, caches are cold. Told as it was, it would teach that the first
layer takes most of the time. So a short run is done twice more behind the picture: the first of
these learns to play rows of short nodes in one go (see `engine.replay`), the second is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tensorama import engine
from tensorama.app.running import breathe
from tensorama.engine import Trace
from tensorama.errors import TensoramaError

SHORT = 0.2  # seconds; what takes longer is worth hardly less when it is warm
AGAIN = 2  # runs


async def timed_again(trace: Trace, wanted: Callable[[], bool]) -> Trace | None:
    """Run a short network again on the same feeds; the trace with the times of that.

    The page gets its turn meanwhile. None if the run was long, or is no longer `wanted`.
    """
    if trace.seconds > SHORT:
        return None
    seconds: dict[int, float] = {}
    try:
        for _ in range(AGAIN):
            await asyncio.sleep(0)
            turn = time.perf_counter()
            for step in engine.steps_with_pauses(trace.model, trace.feeds):
                if step is not None:
                    seconds[step.node.index] = step.seconds
                turn = await breathe(turn)
                if not wanted():
                    return None
    except (TensoramaError, MemoryError):  # nobody asked for these runs
        return None
    return trace.retimed(seconds)
