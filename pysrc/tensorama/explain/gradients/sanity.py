"""Is a map worth anything? Delete what it calls important; randomise what was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.engine.contract import Slices, whole
from tensorama.engine.contract.slices import Parts, part
from tensorama.errors import FeedError
from tensorama.explain.gradients.attribution import attribute_slices, filled
from tensorama.explain.gradients.backward import wide
from tensorama.explain.gradients.question import Attribution, Question
from tensorama.phrases import phrase

Array = np.ndarray
_AGAIN = 0.1  # of the work with shuffled weights, what it takes to run with them
_HEAP = 1 << 18  # values that are shuffled at once


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
) -> Parts[Deletion]:
    """As `deletion`, with pauses."""
    ask = Question.of(trace, made.tensor, made.index)
    name = _tested(ask, made, at)
    scores = made.maps[name] if made.shares else np.abs(made.maps[name])
    value = wide(trace[name])
    cover = filled(value, baseline)
    random = np.random.default_rng(seed)
    best = np.argsort(-scores.reshape(-1), kind="stable")
    counts = np.round(np.linspace(0, scores.size, steps + 1)).astype(np.int64)
    yield None
    found = np.empty((1 + orders, len(counts)))
    for curve in range(len(found)):
        order = random.permutation(scores.size) if curve else best
        for number, count in enumerate(counts):
            gone = np.zeros(scores.size, bool)
            gone[order[:count]] = True
            left = np.where(gone.reshape(scores.shape), cover, value)
            done = (curve * len(counts) + number) / found.size
            other = yield from part(ask.run({name: left}), done, 1 / found.size)
            found[curve, number] = ask.answer(other)
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
) -> Parts[Randomized]:
    """As `randomized`, with pauses."""
    ask, random = Question.of(trace, made.tensor, made.index), np.random.default_rng(seed)
    shuffled = {}
    for name, weight in trace.model.graph.weights.items():
        if isinstance(weight, np.ndarray) and weight.dtype.kind == "f" and weight.size > 1:
            mixed = yield from _mixed(weight.reshape(-1), random)
            shuffled[name] = mixed.reshape(weight.shape)
            yield None
    other = yield from part(ask.run(shuffled), 0, _AGAIN)
    again = attribute_slices(other, made.tensor, made.index, made.method, **options)
    found = yield from part(again, _AGAIN, 1 - _AGAIN)
    name = _tested(ask, made, at)
    alike = 0.0
    if name in found.maps:
        alike = yield from _alike(made.maps[name], found.maps[name])
    return Randomized(found, alike)


def _mixed(values: Array, random: np.random.Generator) -> Slices[Array]:
    """The values in another order, each of all orders as likely; with pauses.

    Each goes to one of several heaps, which are shuffled one by one (Rao, 1961; Sandelius, 1962).
    """
    if values.size <= _HEAP:
        return random.permuted(values)
    count = -(-values.size // _HEAP) + 1
    heaps: list[list[Array]] = [[] for _ in range(count)]
    for first in range(0, values.size, _HEAP):
        some = values[first : first + _HEAP]
        to = random.integers(0, count, some.size, np.uint16)
        for number, heap in enumerate(heaps):
            heap.append(some[to == number])
        yield
    found = []
    for heap in heaps:
        found.append(random.permuted(np.concatenate(heap)))
        yield
    return np.concatenate(found)


def _tested(ask: Question, made: Attribution, at: str | None) -> str:
    """The tensor whose map is tested: the one named, the only one, or the input."""
    name = at or (next(iter(made.maps)) if len(made.maps) == 1 else ask.asked(None)[0])
    if name not in made.maps or name not in ask.trace:
        raise FeedError(phrase('The map says nothing of "{name}".', name=name))
    return name


def _alike(one: Array, other: Array) -> Slices[float]:
    """Spearman's correlation of what each place counts, for the number or against it.

    Of places that neither map speaks of (where the input is 0, say) nothing is compared.
    """
    spoken = (one != 0) | (other != 0)
    a = _ranks(one[spoken])
    yield
    b = _ranks(other[spoken])
    yield
    return float(np.corrcoef(a, b)[0, 1]) if a.size and np.ptp(a) and np.ptp(b) else 0.0


def _ranks(values: Array) -> Array:
    """The place of each value in their order; equal ones share theirs."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[where]
    return ranks
