"""With how many pixels a frame is drawn: with fewer while something moves where that takes long.

What rests is always drawn with all of them, and so is everything where frames come quickly.
"""

from __future__ import annotations

_SHARES = (1.0, 0.7, 0.5, 0.3)  # of the width and of the height
_SLOW = (0.019, 0.04, 0.04)  # seconds for which a frame with these shares waits for the card
_VERY_SLOW = 0.15
_TWICE = 2  # slow frames in a row; one alone may be anything's fault
_SOON = 1.5  # seconds: what moves again within so long goes on moving
_REST = 0.2  # seconds after which what moved rests
_TRUSTED = 60.0  # seconds after which a device may have become quicker


class Pixels:
    """Watches how long frames wait for the graphics card, and says with what share of the pixels'
    width and height the next one is drawn."""

    def __init__(self) -> None:
        self._step, self._since = 0, 0.0
        self._slow = 0
        self._moved = float("-inf")
        self._going_on = False

    @property
    def fewer(self) -> bool:
        """Whether a frame with all of them is still to come."""
        return self._going_on and self._step > 0

    def share(self, now: float, waited: float, moves: bool) -> float:
        """For the frame at `now` (seconds), which had to wait so long: whether it `moves` what is
        seen tells the difference."""
        if moves:
            begins, self._moved = now - self._moved > _SOON, now
            if begins:
                self._begin(now)
            else:
                self._judge(now, waited)
            self._going_on = not begins
        elif now - self._moved > _REST:
            self._going_on = False
        return _SHARES[self._step] if self._going_on else _SHARES[0]

    def _begin(self, now: float) -> None:
        self._slow = 0
        if self._step and now - self._since > _TRUSTED:
            self._step, self._since = self._step - 1, now

    def _judge(self, now: float, waited: float) -> None:
        last = len(_SHARES) - 1
        if self._step == last:
            return
        very = waited > _VERY_SLOW
        self._slow = self._slow + 1 if waited > _SLOW[self._step] else 0
        if self._slow >= _TWICE or very:
            self._step, self._since = min(last, self._step + 1 + very), now
            self._slow = 0
