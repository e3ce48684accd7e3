"""The frame loop: draws in the browser's next frame when something asked for it, and only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.view import ffi

_LONGEST_FRAME = 0.1  # seconds of movement shown in one frame, however long it took
_FIRST_FRAME = 0.016  # of movement in the first frame after a rest


class Loop:
    """Calls `draw(seconds, now)` in a frame that was asked for, and in the next as long as it says
    that there is more.

    `seconds`: how far everything moves on since the last frame; `now`: the time in seconds.
    """

    def __init__(self, draw: Callable[[float, float], bool]) -> None:
        self._draw = draw
        self._handlers = ffi.Handlers()
        self._tick_proxy = self._handlers.keep(self._tick)
        self._frame: Any = None
        self._last = 0.0
        self.frames = 0

    @property
    def waiting(self) -> bool:
        """Whether a frame is still to be drawn."""
        return self._frame is not None

    def request(self) -> None:
        """Draw soon; asking again before that changes nothing."""
        if self._frame is None:
            self._frame = ffi.window.requestAnimationFrame(self._tick_proxy)

    def _tick(self, milliseconds: float) -> None:
        self._frame = None
        seconds = milliseconds / 1000
        elapsed = min(_LONGEST_FRAME, max(0.0, seconds - self._last))
        moving = self._draw(
            elapsed if self._last else _FIRST_FRAME, float(ffi.performance.now()) / 1000
        )
        self._last = seconds if moving else 0.0
        self.frames += 1
        if moving:
            self.request()

    def dispose(self) -> None:
        """Draw nothing any more."""
        if self._frame is not None:
            ffi.window.cancelAnimationFrame(self._frame)
        self._handlers.remove()
