"""The clock of a run: where in it one is, and how its layers and links are lit for that.

A run of milliseconds is stretched to seconds. Time in the stretched run is called position: 0 is
before the first layer, `length` after the last. Nothing here asks for the time; it is handed in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tensorama.scene.run import playback

SPEEDS = (0.5, 1.0, 2.0, 4.0)
LEAST, MOST = 0.9, 6.0  # seconds that a run is stretched to at speed 1
_EACH = 0.04  # seconds for each layer of a big network, as long as that is below the next
_EACH_MOST = 4.0
_STEP = 0.32  # seconds in which a step is walked, however long it took
_AGAIN = 0.9  # seconds of rest between two rounds of a loop
_NEVER = np.inf


def stretched(seconds: float, count: int) -> float:
    """For how long a run of so many measured seconds and so many layers is shown at speed 1."""
    return max(LEAST, min(MOST, seconds), min(_EACH_MOST, _EACH * count))


class Player:
    """Plays a run of B blocks: forward, step by step, or wherever a hand drags it.

    A segment is a stretch of blocks that follow each other and are seen as one item (a block, or a
    closed group); a step is a segment. `whole`: the run is over and no step is the current one.
    `bright` (B,): which blocks are lit by more than half, when the clock was last advanced;
    `dawns`: another number whenever that has changed.
    """

    def __init__(self) -> None:
        self.speed = 1.0
        self.loop = False
        self.calm = False  # nothing rises, flares or flows: what is computed is lit at once
        self.playing = False
        self.whole = False
        self.position = 0.0
        self.seconds = np.zeros(0)  # (B,) measured
        self.ends = np.zeros(0)  # (B,) positions at which blocks are computed
        self.items = np.zeros(0, int)  # (S,) what each segment is seen as
        self.bounds = np.zeros(1, int)  # (S+1,) the block with which each segment begins
        self._faces = np.zeros(0, int)  # (B,) the block whose picture shows each block
        self._goal: float | None = None  # the position that a step walks to
        self._clock = 0.0
        self._last: float | None = None
        self._lit_at = np.zeros(0)  # (B,) by the clock; also in the future, see `flash`
        self._done = np.zeros(0, bool)
        self._flashing = False
        self._changed = True
        self.bright = np.zeros(0, bool)
        self.dawns = 0

    # the run ---------------------------------------------------------------------------------

    def begin(self, items: ArrayLike, faces: ArrayLike) -> None:
        """Another network, and nothing of it is computed yet."""
        count = len(np.asarray(items))
        self._lit_at, self._done = np.full(count, _NEVER), np.zeros(count, bool)
        self.seconds, self.ends = np.zeros(count), np.arange(1.0, count + 1)
        self.position, self._goal = 0.0, None
        self.playing = self.whole = self._flashing = False
        self.bright, self.dawns = np.zeros(count, bool), self.dawns + 1
        self.fold(items, faces)

    def fold(self, items: ArrayLike, faces: ArrayLike) -> None:
        """Blocks are seen as these items (B,) now, which show the pictures of these blocks (B,)."""
        seen = np.asarray(items, int)
        starts = np.flatnonzero(np.diff(seen, prepend=-1)) if len(seen) else np.zeros(0, int)
        self.items, self.bounds = seen[starts], np.append(starts, len(seen))
        self._faces, self._changed = np.asarray(faces, int), True

    def take(self, seconds: ArrayLike) -> None:
        """A run was measured: (B,) seconds of each block. One stays at the step one was at."""
        at, goal = self._passed(self.position), self._goal
        to = None if goal is None else self._passed(goal)
        self.seconds = np.asarray(seconds, float)
        total = stretched(float(self.seconds.sum()), len(self.seconds))
        self.ends = playback.schedule(self.seconds, total)
        self.position, self._goal = self._after(at), None if to is None else self._after(to)
        self._changed = True

    @property
    def length(self) -> float:
        """The position at which all is computed; at speed 1 also the seconds until there."""
        return float(self.ends[-1]) if len(self.ends) else 0.0

    def start_of(self, segment: int) -> float:
        """The position at which a segment begins."""
        block = self.bounds[segment]
        return float(self.ends[block - 1]) if block else 0.0

    def end_of(self, segment: int) -> float:
        """The position at which a segment is computed."""
        return float(self.ends[self.bounds[segment + 1] - 1])

    def segment_at(self, position: float) -> int:
        """The segment that is computed at a position; what lies outside counts as an end."""
        block = min(int(np.searchsorted(self.ends, position - 1e-9)), len(self.ends) - 1)
        return int(np.searchsorted(self.bounds, block, side="right")) - 1

    def _passed(self, position: float) -> float:
        """How many blocks are computed at a position, part of one included: 0..B."""
        if not 0 < position < self.length:
            return len(self.ends) if position > 0 else 0.0
        block = int(np.searchsorted(self.ends, position))
        start = self.ends[block - 1] if block else 0.0
        return block + float((position - start) / (self.ends[block] - start))

    def _after(self, blocks: float) -> float:
        """The position at which so many blocks are computed."""
        return float(np.interp(blocks, np.arange(len(self.ends) + 1), np.append(0, self.ends)))

    @property
    def step(self) -> int | None:
        """The current segment; None when the run is seen as a whole or nothing has begun."""
        if self.whole or not len(self.items) or self.position <= 0:
            return None
        return self.segment_at(self.position)

    # what a person does ----------------------------------------------------------------------

    def play(self, from_start: bool = False) -> None:
        """Go on from where one is; from the end, and if asked to, from the start."""
        if from_start or self.whole or self.position >= self.length:
            self._go(0.0)
        self.playing, self._goal, self._last, self._changed = True, None, None, True

    def pause(self) -> None:
        """Stay where one is."""
        self.playing, self._goal, self._changed = False, None, True

    def seek(self, position: float) -> None:
        """Be at this position at once."""
        self._go(min(max(position, 0.0), self.length))
        self._goal = None

    def place(self, share: float) -> None:
        """Be where this share 0..1 of the blocks is computed, at once; 1: all is."""
        if share >= 1:
            self.finish()
        else:
            self.pause()
            self.seek(self._after(share * len(self.ends)))

    @property
    def walking(self) -> bool:
        """Whether it walks to a step."""
        return self._goal is not None

    @property
    def share(self) -> float:
        """The share of the blocks that is computed, 0..1; it stands however long each took."""
        return (
            1.0 if self.whole or not self.length else self._passed(self.position) / len(self.ends)
        )

    def walk(self, steps: int) -> None:
        """Walk on by so many steps, and stay; before the first and after the last is the whole."""
        at = self.position if self._goal is None else self._goal
        step = None if self._goal is None and self.step is None else self.segment_at(at)
        self.pause()
        count = len(self.items)
        if step is None:
            to = steps - 1 if steps > 0 else count + steps
        else:
            unfinished = steps > 0 and at < self.end_of(step) - 1e-9
            to = step + steps - unfinished
        if not 0 <= to < count:
            self.finish()
        elif steps > 0:
            self.reach(to)
        else:
            self.seek(self.end_of(to))

    def reach(self, segment: int) -> None:
        """Walk through a segment and stay at its end; what lies between is skipped."""
        start, end = self.start_of(segment), self.end_of(segment)
        inside = not self.whole and start < self.position < end
        self.pause()
        self._go(self.position if inside else start)
        self._goal = end

    def finish(self) -> None:
        """Be at the end: everything is computed, nothing is current."""
        self._go(self.length)
        self.playing, self.whole, self._goal = False, True, None

    def flash(self, total: float) -> None:
        """A run that was computed just now passes over the lit picture within `total` seconds."""
        self.finish()
        self._settle()
        self._lit_at = self._clock + playback.schedule(self.seconds, total)
        self._flashing = True

    def _go(self, position: float) -> None:
        self.position, self.whole, self._flashing = position, False, False
        self._changed = True

    # the clock -------------------------------------------------------------------------------

    def advance(self, now: float) -> bool:
        """It is now this time (seconds of any clock); tell whether anything still changes."""
        passed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._clock += passed
        changed, self._changed = self._changed, False
        rate = self._move(passed)
        self._settle(rate)
        recent = np.isfinite(self._lit_at) & (self._clock - self._lit_at < playback.REST)
        moving = self.playing or self._goal is not None or bool(recent.any())
        was_moving, self._last = self._last is not None, now if moving else None
        relit = moving or was_moving or changed  # once more at rest, however long a frame took
        if relit:
            bright = self.lit() > 0.5
            self.dawns += not np.array_equal(bright, self.bright)
            self.bright = bright
        return relit

    def _move(self, passed: float) -> float:
        """Move the position on, and tell how fast it runs."""
        if self.playing:
            self.position += passed * self.speed
            rest = _AGAIN * self.speed if self.loop else 0.0
            if self.position >= self.length + rest:
                if self.loop:
                    self.position = 0.0
                else:
                    self.position, self.playing, self.whole = self.length, False, True
            return self.speed
        if self._goal is not None:
            start = self.start_of(self.segment_at(self._goal))
            rate = _NEVER if self.calm else max(self._goal - start, 1e-6) / _STEP
            self.position = (
                self._goal if self.calm else min(self._goal, self.position + passed * rate)
            )
            if self.position >= self._goal:
                self._goal = None
            return rate
        return _NEVER

    def _settle(self, rate: float = _NEVER) -> None:
        """Light what is computed by now, from the moment on at which it was."""
        done = self.ends <= self.position + 1e-9
        new = done & ~self._done
        self._lit_at[new] = self._clock - (self.position - self.ends[new]) / rate
        if self.calm:
            self._lit_at[done] = -np.inf  # long ago
        self._lit_at[~done] = _NEVER
        self._done = done

    # how it is lit ---------------------------------------------------------------------------

    def lit(self) -> np.ndarray:
        """How far each block is lit, (B,): 0 before it is computed, then 1."""
        if self._flashing:
            return np.ones(len(self._lit_at))
        return playback.lit(self._clock, self._lit_at)

    def flare(self) -> np.ndarray:
        """How strongly each block flares because it was just computed, (B,)."""
        return playback.flare(self._clock, self._lit_at)

    def travel(self, links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How the run passes along links (K,2) between blocks that are seen.

        → how far it has come, 0..1 (K,), and how bright that is, 0..1 (K,). What flows into the
        current step is bright until the next one; behind it, the light fades.
        """
        source, target = links.T
        if self._flashing:
            way = playback.travel(self._clock, self._lit_at[source], self._lit_at[target])
            return way, ((way > 0) & (way < 1)).astype(float)
        way, bright = np.ones(len(links)), self.flare()[target]
        step = self.step
        if step is not None:
            start, end = self.start_of(step), self.end_of(step)
            current = target == self._faces[self.bounds[step]]
            along = min(1.0, (self.position - start) / max(end - start, 1e-9))
            way[current] = 1.0 if self.calm else along
            bright[current] = 1.0
        return way, bright
