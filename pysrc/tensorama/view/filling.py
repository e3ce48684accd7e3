"""Numbers on their way to the graphics card: those that are seen, a few milliseconds a frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tensorama.engine.contract.slices import Slices
from tensorama.view import ffi
from tensorama.view.maps import Maps

Numbers = Callable[[int], np.ndarray | None]
_AT_REST, _IN_MOVEMENT = 0.012, 0.003  # seconds of a frame
_SHARE = 0.2  # where frames take long anyway: this part of one,
_LONGEST = 0.1  # and at most so many seconds


class Filling:
    """Fills the maps of one scene with the numbers of one run after the other."""

    def __init__(self, maps: Maps) -> None:
        self.maps = maps
        self.going_on = False  # there is more to bring in the next frame
        self._numbers: Numbers | None = None
        self._stale: set[int] = set()  # blocks whose numbers are not on the card
        self._begun: tuple[int, Slices[None]] | None = None  # the block that is being brought
        self._began = 0.0  # when it last brought some

    def take(self, numbers: Numbers) -> None:
        """From now on these are the numbers: `numbers(block)` gives (maps, rows, cols), or None."""
        self._numbers = numbers
        self.begin_again()

    def begin_again(self) -> None:
        """Nothing is on the card any more."""
        self._stale, self._begun = set(range(len(self.maps.scene.blocks))), None

    def fill(self, shown: np.ndarray, moving: bool) -> bool:
        """Bring some more numbers of the blocks that are seen, (B,) of bool; tell if there were."""
        went_on, self.going_on = self.going_on, False
        self._share_scale(shown)
        if self._numbers is None or not self._stale:
            return False
        waiting = [block for block in np.flatnonzero(shown).tolist() if block in self._stale]
        if not waiting:
            return False
        before, self._began = self._began, _now()
        seconds = _IN_MOVEMENT if moving else _AT_REST
        if went_on and not moving:
            seconds = max(seconds, min(_LONGEST, _SHARE * (self._began - before)))
        until = self._began + seconds
        for block in waiting:
            if not self._bring(block, until):
                self.going_on = True
                break
            self._stale.discard(block)
            if _now() > until:
                self.going_on = block != waiting[-1]
                break
        self.maps.upload_values()
        self._share_scale(shown)
        return True

    def _bring(self, block: int, until: float) -> bool:
        """Bring a block's numbers, or as many as there is time for; tell whether it has all."""
        if self._begun is None or self._begun[0] != block:
            values = self._numbers(block) if self._numbers else None
            if values is None:
                self.maps.leave_empty(block)
                return True
            self._begun = block, self.maps.setting(block, values)
        for _ in self._begun[1]:
            if _now() > until:
                return False
        self._begun = None
        return True

    def _share_scale(self, shown: np.ndarray) -> None:
        """What is seen now sets the scale that a whole network shares."""
        self.maps.uniforms.uNetworkScale.value = self.maps.network_scale(shown) or 1.0


def _now() -> float:
    return float(ffi.performance.now()) / 1000
