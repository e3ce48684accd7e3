"""How fast steps follow each other while they are played. Nothing here asks for the time."""

from __future__ import annotations

_SLOWEST = 0.45  # seconds of a step, where they are few
_LONGEST = 14.0  # seconds of all of them, where they are many
_STILL = 0.5  # seconds between changes, at least, where a person asked for stillness
_MOST = 0.25  # seconds that a frame counts for: a page that was hidden does not jump


class Pace:
    """Plays steps from one up to the last."""

    def __init__(self) -> None:
        self.playing = False
        self._place, self._last, self._each = 0.0, 0, _SLOWEST
        self._calm = False
        self._then: float | None = None
        self._told = 0

    def play(self, place: int, last: int, calm: bool = False) -> None:
        """Go on from here up to `last`."""
        self.playing, self._then, self._calm = last > place, None, calm
        self._place, self._last, self._told = float(place), last, place
        self._each = min(_SLOWEST, _LONGEST / max(last, 1))

    def pause(self) -> None:
        """Stay."""
        self.playing = False

    def at(self, now: float, speed: float = 1.0) -> int:
        """It is now this time (seconds of any clock): the step that one is at."""
        passed = 0.0 if self._then is None else min(max(0.0, now - self._then), _MOST)
        self._then = now
        self._place = min(self._place + passed * speed / self._each, self._last)
        ended = self._place >= self._last
        wait = max(1.0, _STILL / self._each) if self._calm else 1.0
        if ended or self._place - self._told >= wait:
            self._told = int(self._place)
        if ended:
            self.playing = False
        return self._told
