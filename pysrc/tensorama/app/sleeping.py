"""Boxes take turns with the graphics card: of many on one page, those that nobody looks at sleep.

A browser lets a page have eight to sixteen pictures that the graphics card draws, and takes the
oldest away when there are more. So only a few are awake; the others are still pictures until they
come into the window again, or the pointer or the keys come to them.
"""

from __future__ import annotations

from typing import Any

from tensorama.app.desk import Desk
from tensorama.view import ffi
from tensorama.view.stage import Stage

MOST = 6  # that are awake at a time
_NEAR = "200px"  # to the window, and one wakes already
_WAKING = ("pointerenter", "pointerdown", "focusin")


class Sleeper:
    """One box, and whether it is in the window."""

    def __init__(self, desk: Desk, stage: Stage) -> None:
        self.desk, self.stage = desk, stage
        self.near = True
        self._handlers = ffi.Handlers()
        element = desk.frame.box
        for event in _WAKING:
            self._handlers.do(element, event, self._wanted)
        observer = self._handlers.keep(self._passed)
        how = ffi.options(rootMargin=_NEAR)
        self._observer = ffi.js.IntersectionObserver.new(observer, how)
        self._observer.observe(element)

    @property
    def idle(self) -> bool:
        """Whether its picture is whole and could stand still."""
        return self.desk.session.model is not None and not self.stage.moving

    def _passed(self, entries: Any, observer: Any) -> None:
        self.near = bool(entries[-1].isIntersecting)
        if self.near and sum(other.near and other.stage.awake for other in _here) < MOST:
            self._wanted()

    def _wanted(self) -> None:
        """Be awake now; another one may have to sleep for it."""
        _here.remove(self)
        _here.append(self)
        self.stage.wake()
        make_room()

    def leave(self) -> None:
        """Forget it."""
        self._observer.disconnect()
        self._handlers.remove()


_here: list[Sleeper] = []  # those that were wanted last stand last


def join(desk: Desk) -> None:
    """From now on this box takes turns with the others."""
    if isinstance(desk.stage, Stage):
        _here.append(Sleeper(desk, desk.stage))
        make_room()


def leave(desk: Desk) -> None:
    """It stands on the page no longer."""
    for sleeper in [sleeper for sleeper in _here if sleeper.desk is desk]:
        _here.remove(sleeper)
        sleeper.leave()


def make_room() -> None:
    """Let as many sleep as are too many, first those that are out of sight."""
    awake = [sleeper for sleeper in _here if sleeper.stage.awake]
    ready = sorted((s for s in awake[:-1] if s.idle), key=lambda sleeper: sleeper.near)
    for sleeper in ready[: max(0, len(awake) - MOST)]:
        sleeper.stage.sleep()
