"""Is a map worth anything? Delete what it calls important; randomise what was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.engine.contract import Slices, whole
from tensorama.errors import FeedError
from tensorama.explain.gradients.attribution import attribute_slices, filled
from tensorama.explain.gradients.backward import wide
from tensorama.explain.gradients.question import Attribution, Question
from tensorama.phrases import phrase

Array = np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Deletion:
    """How a number falls as more and more is deleted: by a map, and at random.

    deleted (K): which share of the places is gone; answers (K): the number then, the most important
    places first; random (R,K): the same in R random orders.
    """

    deleted: Array
    answers: Array
    random: Array

    @property
    def advantage(self) -> float:
        """How much lower the number is on the way than by deleting at random, in the mean."""
        return float(self.random.mean() - self.answers.mean())


@told("Deleting what a map calls important")
def deletion(trace: Trace, made: Attribution, at: str | None = None, **options: Any) -> Deletion:
    """Delete what a map calls most important, in steps, and the same many places at random.

    A map that tells what made the number lets it fall faster than chance. at: of which tensor the
    map is to be tested, if there are several. Options: steps, orders, baseline, seed.
    """
    return whole(deletion_slices(trace, made, at, **options))


def deletion_slices(
    trace: Trace,
    made: Attribution,
    at: str | None = None,
    steps: int = 16,
    orders: int = 4,
    baseline: float | Array = 0.0,
    seed: int = 0,
) -> Slices[Deletion]:
    """As `deletion`, with pauses."""
    ask = Question.of(trace, made.tensor, made.index)
    name = _tested(ask, made, at)
    scores = made.maps[name] if made.shares else np.abs(made.maps[name])
    value = wide(trace[name])
    cover = filled(value, baseline)
    random = np.random.default_rng(seed)
    best = np.argsort(-scores.reshape(-1), kind="stable")
    counts = np.round(np.linspace(0, scores.size, steps + 1)).astype(np.int64)
    curves = []
    for order in [best, *(random.permutation(scores.size) for _ in range(orders))]:
        answers = []
        for count in counts:
            gone = np.zeros(scores.size, bool)
            gone[order[:count]] = True
            left = np.where(gone.reshape(scores.shape), cover, value)
            answers.append(ask.answer((yield from ask.run({name: left}))))
        curves.append(answers)
    found = np.array(curves)
    return Deletion(counts / max(1, scores.size), found[0], found[1:])


@dataclass(frozen=True, slots=True, eq=False)
class Randomized:
    """A map of the same network with its weights shuffled, and how like the true one it is.

    similarity: how far both put the places in one order, from −1 to 1. A method whose map hardly
    changes does not speak of what the network has learned.
    """

    attribution: Attribution
    similarity: float


@told("Trying a map on shuffled weights")
def randomized(
    trace: Trace, made: Attribution, at: str | None = None, seed: int = 0, **options: Any
) -> Randomized:
    """Make a map again with all weights shuffled, each within itself.

    options: those that the map was made with.
    """
    return whole(randomized_slices(trace, made, at, seed, **options))


def randomized_slices(
    trace: Trace, made: Attribution, at: str | None = None, seed: int = 0, **options: Any
) -> Slices[Randomized]:
    """As `randomized`, with pauses."""
    ask, random = Question.of(trace, made.tensor, made.index), np.random.default_rng(seed)
    shuffled = {
        name: random.permuted(weight.reshape(-1)).reshape(weight.shape)
        for name, weight in trace.model.graph.weights.items()
        if isinstance(weight, np.ndarray) and weight.dtype.kind == "f" and weight.size > 1
    }
    other = yield from ask.run(shuffled)
    found = yield from attribute_slices(other, made.tensor, made.index, made.method, **options)
    name = _tested(ask, made, at)
    alike = _alike(made.maps[name], found.maps[name]) if name in found.maps else 0.0
    return Randomized(found, alike)


def _tested(ask: Question, made: Attribution, at: str | None) -> str:
    """The tensor whose map is tested: the one named, the only one, or the input."""
    name = at or (next(iter(made.maps)) if len(made.maps) == 1 else ask.asked(None)[0])
    if name not in made.maps or name not in ask.trace:
        raise FeedError(phrase('The map says nothing of "{name}".', name=name))
    return name


def _alike(one: Array, other: Array) -> float:
    """Spearman's correlation of how strongly each place counts."""
    a, b = (_ranks(np.abs(values.reshape(-1))) for values in (one, other))
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def _ranks(values: Array) -> Array:
    """The place of each value in their order; equal ones share theirs."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[where]
    return ranks
