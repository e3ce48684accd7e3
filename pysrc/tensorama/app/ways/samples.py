"""The samples that an input can be given, to compare what is shown with them: real runs of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tensorama.app.actions import running
from tensorama.app.feeding import Feeding
from tensorama.app.state import Gift, State, pen
from tensorama.inputs import Drawing, input_kind, sample_digit
from tensorama.inputs.ways import ways_of
from tensorama.inputs.ways.picture import BESIDE
from tensorama.onnxfile import Model

_DIGITS = range(10)
_MOST = 24  # samples


@dataclass(frozen=True, slots=True)
class Sample:
    """Something to feed: what a person calls it, and the State in which it is fed."""

    name: str
    state: State
    lacks: str = ""  # the picture beside the model's file that is not here yet


def samples_of(model: Model, state: State, pictures: dict[str, Any], language: str) -> list[Sample]:
    """The samples of the network's input, and what else a person gave to it before; other inputs
    stay what they are."""
    drawing = input_kind(model)
    if isinstance(drawing, Drawing):
        return [
            Sample(str(digit), running.drawn(state, pen(sample_digit(digit)), digit))
            for digit in _DIGITS
        ]
    for way in ways_of(model):
        own = dict(state.given).get(way.tensor, ())
        found = [
            Sample(
                name, running.gave(state, way.tensor, gift),
                gift[1] if _is_beside(gift) and gift[1] not in pictures else "",
            )
            for name, gift in way.offers(own, pictures, language)
        ]  # fmt: skip
        if found:
            return found[:_MOST]
    return []


def feeding(sample: Sample, pictures: dict[str, Any]) -> Feeding:
    """How a sample is fed."""
    state = sample.state
    return Feeding(
        state.strokes, state.seed, dict(state.sizes), state.given, pictures, state.sample
    )


def fed_like(state: State) -> tuple[Any, ...]:
    """All that decides what a network is fed with."""
    return state.strokes, state.seed, state.sizes, state.given


def _is_beside(gift: Gift) -> bool:
    return gift[0] == "picture" and str(gift[1]).startswith(BESIDE)
