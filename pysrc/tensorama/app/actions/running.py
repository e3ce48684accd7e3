"""Where in the run one is, how fast it is shown, and what the network is fed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tensorama.app.state import SPEEDS, Gift, State, pen
from tensorama.inputs import sample_digit


def placed(state: State, share: float) -> State:
    """Be where this share 0..1 of the blocks is computed; 1: all is."""
    return replace(state, position=min(1.0, max(0.0, share)))


def next_speed(state: State) -> State:
    """The next speed, after the fastest the slowest."""
    return replace(state, speed=SPEEDS[(SPEEDS.index(state.speed) + 1) % len(SPEEDS)])


def at_speed(state: State, speed: float) -> State:
    """This speed."""
    return replace(state, speed=SPEEDS[SPEEDS.index(speed)])


def looped(state: State) -> State:
    """Begin again at the end, or not."""
    return replace(state, loop=not state.loop)


def drawn(
    state: State, strokes: Sequence[Sequence[tuple[float, float]]], sample: int | None = None
) -> State:
    """These strokes are on the pad, and nothing is given in their place; `sample`: they are this
    sample digit."""
    return replace(state, strokes=pen(strokes), sample=sample, given=())


def sampled(state: State, digit: int) -> State:
    """A sample digit is on the pad."""
    return drawn(state, sample_digit(digit), digit)


def cleared(state: State) -> State:
    """Nothing is on the pad, and nothing is given in its place."""
    return replace(state, strokes=(), sample=None, given=())


def reseeded(state: State) -> State:
    """Feed other noise."""
    return replace(state, seed=state.seed + 1)


def read_as(state: State, kind: str, tensor: str) -> State:
    """This output is read as this; "": as the file says."""
    return replace(state, reading=(kind, tensor))


def given(state: State, gifts: tuple[tuple[str, Gift], ...]) -> State:
    """Give these to the inputs, and nothing else."""
    return replace(state, given=gifts)


def gave(state: State, name: str, gift: Gift | None) -> State:
    """Give this to an input; None: what it has by itself."""
    given = dict(state.given)
    if gift is None:
        given.pop(name, None)
    else:
        given[name] = gift
    return replace(state, given=tuple(sorted(given.items())))
