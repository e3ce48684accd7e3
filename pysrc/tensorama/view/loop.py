"""The frame loop: the browser's next frame when something asked for it, and only then."""

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
        self._last = self._asked = 0.0
        self.waited = 0.0  # seconds, until the browser had time for this frame

    @property
    def waiting(self) -> bool:
        """Whether a frame is still to come."""
        return self._frame is not None

    def request(self) -> None:
        """Call `draw` soon; asking again before that changes nothing."""
        if self._frame is None:
            self._asked = _now()
            self._frame = ffi.window.requestAnimationFrame(self._tick_proxy)

    def _tick(self, milliseconds: float) -> None:
        self._frame = None
        seconds, now = milliseconds / 1000, _now()
        self.waited = now - self._asked
        elapsed = min(_LONGEST_FRAME, max(0.0, seconds - self._last))
        moving = self._draw(elapsed if self._last else _FIRST_FRAME, now)
        self._last = seconds if moving else 0.0
        if moving:
            self.request()

    def dispose(self) -> None:
        """Draw nothing any more."""
        if self._frame is not None:
            ffi.window.cancelAnimationFrame(self._frame)
        self._handlers.remove()


def _now() -> float:
    return float(ffi.performance.now()) / 1000
