"""The course of one number: its operands one after the other with what they make, then its stages.

    0 ── term ── term ── … ── stage ── stage ── the value
         what is so far: a sum of products, of exponentials, of squares, the largest

Several such legs follow one another where an operator goes over its operands more than once: a
mean and then a spread, one gate and then the next. Everything in it is taken from explanations.
What the terms of an operator do not add up to (nor are the largest of) has only stages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.explain import Explanation, Group, Source, explain
from tensorama.explain.account import Stage

_ADDED = ("products", "reduction", "elements", "steps")  # bodies whose terms may add up
_SAME = 1e-6  # of a number: what was added up in another order


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Terms one after the other, (n,) each.

    kind: "sum", "product" (a sum of products), "power" (a sum of exponentials), "square" (a sum of
    squared distances from a mean), "largest" or "smallest". gained: what each brings. sofar: what
    there is after each.
    """

    kind: str
    groups: tuple[Group, ...]
    gained: np.ndarray
    sofar: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """`run`: the terms, None where they tell nothing one by one. `stages`: in order; of these so
    many as `given` come with the last term. `about`: which gate it is that comes about, "" of the
    number itself."""

    explained: Explanation
    run: Run | None
    stages: Sequence[Stage]
    given: int = 0
    about: str = ""

    @property
    def terms(self) -> int:
        """How many of the steps are terms."""
        return len(self.run.gained) if self.run else 0

    @property
    def count(self) -> int:
        """How many steps there are."""
        return self.terms + len(self.stages) - self.given

    def stages_done(self, done: int) -> int:
        """How many stages are reached after so many steps."""
        return self.given + done - self.terms if done >= self.terms else 0

    def value(self, done: int) -> Any:
        """What there is after so many steps; None before the first."""
        stages = self.stages_done(done)
        if stages:
            return self.stages[stages - 1].value
        return self.run.sofar[done - 1] if self.run and done else None

    def part(self, stage: Stage) -> Group | None:
        """The product that a stage is, if it is one of several that are added up."""
        found = (g for g in self.explained.groups if g.name == stage.name and not g.share.ndim)
        return next((group for group in found if len(group.tensors) > 1), None)

    def reached(self, done: int) -> list[Group]:
        """The terms that took part so far."""
        if self.run is None:
            return list(self.explained.groups) if done else []
        if done >= self.terms:
            return list(self.explained.groups)
        return list(_between(self.run.groups, 0, done))

    def current(self, done: int) -> list[Group]:
        """The term that was last, as a group of one; none where a stage was."""
        if self.run is None or not 0 < done <= self.terms:
            return []
        return list(_between(self.run.groups, done - 1, done))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How a number comes about: one leg after the other, and all of its stages."""

    explained: Explanation
    legs: Sequence[Leg]
    stages: Sequence[Stage]

    @property
    def count(self) -> int:
        """How many steps there are."""
        return sum(leg.count for leg in self.legs)

    def at(self, done: int) -> tuple[Leg, int]:
        """The leg one is in after so many steps, and how many of its own are done."""
        for leg in self.legs[:-1]:
            if done <= leg.count:
                return leg, done
            done -= leg.count
        return self.legs[-1], done

    def stages_done(self, done: int) -> int:
        """How many of the number's stages are reached after so many steps."""
        reached = 0
        for leg in self.legs:
            here = min(done, leg.count)
            if leg.about:  # of these steps the last one alone is a stage of the number
                reached += here == leg.count
            else:
                reached += leg.stages_done(here)
            done -= here
            if not done:
                break
        return reached

    def value(self, done: int) -> Any:
        """What there is after so many steps; None before the first."""
        leg, here = self.at(done)
        return leg.value(here)

    def reached(self, done: int) -> list[Group]:
        """The terms that took part so far, in the leg one is in."""
        leg, here = self.at(done)
        return leg.reached(here)

    def current(self, done: int) -> list[Group]:
        """The term that was last, as a group of one; none where a stage was."""
        leg, here = self.at(done)
        return leg.current(here)


def course(explained: Explanation, trace: Trace | None = None) -> Course:
    """How this number comes about, step by step. trace: its run, to look into its gates."""
    stages = list(_with_parts(explained)) if explained.node else []
    legs = _spread(explained, stages) or (_gates(trace, explained, stages) if trace else [])
    return Course(explained, legs or [_leg(explained, stages)], stages)


def _leg(explained: Explanation, stages: Sequence[Stage], about: str = "") -> Leg:
    """The terms of a number as far as they come to one of its stages, and the stages after it."""
    for run in _runs(explained):
        least = 1 + (run.kind == "power")  # its own power is a stage before their sum
        for given in range(least, len(stages) + 1):
            if _same(stages[given - 1].value, run.sofar[-1]):
                return Leg(explained, run, stages, given, about)
    return Leg(explained, None, stages, 0, about)


def _spread(explained: Explanation, stages: Sequence[Stage]) -> list[Leg]:
    """A number that was brought to the middle and the size of others: their mean, then their
    spread. [] if it is none, or these are not theirs."""
    if explained.body != "normalisation":
        return []
    values = {stage.name: stage.value for stage in stages}
    names = [stage.name for stage in stages]
    before = names[: names.index("normalised")] if "normalised" in names else []
    ends = [name for name in before if name == "mean" or name == before[-1]]
    most = max((group.share.size for group in explained.groups), default=0)
    groups = [group for group in explained.groups if group.share.size == most and group.tensors]
    if not ends or ends == ["mean"] or most < 2:
        return []
    cells = np.sum([group.values[0].reshape(-1).astype(np.float64) for group in groups], axis=0)
    mean, size = float(values.get("mean", 0.0)), float(values[ends[-1]])
    squares = np.square(cells - mean)
    fits = -1e-6 <= (size**2 - squares.mean()) / (size**2 or 1.0) <= 0.5
    if not fits or ("mean" in values and not _same(mean, cells.mean())):
        return []
    first = replace(
        groups[0], tensors=groups[0].tensors[:1], roles=groups[0].roles[:1],
        indices=groups[0].indices[:1], values=(cells.reshape(groups[0].share.shape),),
        inside=groups[0].inside[:1], measure=None,
    )  # fmt: skip
    legs, start = [], 0
    for name in ends:
        gained = cells if name == "mean" else squares
        group = replace(first, share=gained.reshape(first.share.shape))
        run = Run("sum" if name == "mean" else "square", (group,), gained, np.cumsum(gained))
        stop = names.index(name) + 1
        legs.append(Leg(explained, run, stages[start:stop]))
        start = stop
    return [*legs, Leg(explained, None, stages[start:])] if stages[start:] else legs


def _gates(trace: Trace, explained: Explanation, stages: Sequence[Stage]) -> list[Leg]:
    """A number that gates let through: the products of each gate, then what it does."""
    if explained.body != "gates":
        return []
    sources = {
        source.role: source for group in explained.groups if not group.share.ndim
        for source in group.term(0).sources
    }  # fmt: skip
    legs: list[Leg] = []
    waiting: list[Stage] = []
    for stage in stages:
        leg = _gate(trace, sources.get(stage.name), stage)
        if leg is None:
            waiting.append(stage)
            continue
        if waiting:
            legs.append(Leg(explained, None, waiting))
        waiting = []
        legs.append(leg)
    if waiting:
        legs.append(Leg(explained, None, waiting))
    return legs if any(leg.about for leg in legs) else []


def _gate(trace: Trace, source: Source | None, stage: Stage) -> Leg | None:
    """How a gate comes about that the operator recorded; None where nothing tells."""
    if source is None or source.tensor not in trace.inner:
        return None
    inner = explain(trace, source.tensor, source.index, fused=False)
    leg = _leg(inner, inner.steps, stage.name)
    return leg if leg.run and _same(inner.value, stage.value) else None


_known: WeakKeyDictionary[Trace, tuple[tuple[str, tuple[int, ...]], Course]] = WeakKeyDictionary()


def course_of(trace: Trace, tensor: str, index: tuple[int, ...]) -> Course | None:
    """The course of a number of a run; None where it cannot be explained."""
    known = _known.get(trace)
    if known is None or known[0] != (tensor, index):
        try:
            known = (tensor, index), course(explain(trace, tensor, index), trace)
        except TensoramaError:
            return None
        _known[trace] = known
    return known[1]


def _runs(explained: Explanation) -> Iterator[Run]:
    """In which ways the terms could make the number, the likeliest first."""
    groups = [group for group in explained.groups if group.share.size and group.tensors]
    if not groups or any(group.share.dtype.kind not in "biuf" for group in groups):
        return
    largest = max(groups, key=lambda group: group.share.size)
    if largest.values[0].dtype.kind not in "biuf":
        return
    values = largest.values[0].reshape(-1).astype(np.float64)
    with np.errstate(all="ignore"):
        if explained.body == "softmax":
            powers = np.exp(values - values.max())
            yield Run("power", (largest,), powers, np.cumsum(powers))
        elif explained.body == "winner":
            yield Run("largest", (largest,), values, np.maximum.accumulate(values))
            yield Run("smallest", (largest,), values, np.minimum.accumulate(values))
        elif explained.body in _ADDED or (explained.body == "gates" and largest.share.ndim):
            kind = "product" if len(largest.tensors) > 1 else "sum"
            for chosen in ([largest], groups):
                shares = np.concatenate([g.share.reshape(-1) for g in chosen]).astype(np.float64)
                if len(shares) > 1:
                    yield Run(kind, tuple(chosen), shares, np.cumsum(shares))


def _with_parts(explained: Explanation) -> Iterator[Stage]:
    """The stages, and before one that is a sum of products of gates these products."""
    parts = [g for g in explained.groups if not g.share.ndim and len(g.tensors) > 1]
    total = sum(float(part.share) for part in parts) if explained.body == "gates" else math.nan
    for stage in explained.steps:
        if len(parts) > 1 and _same(stage.value, total):
            yield from (Stage(part.name, part.share[()]) for part in parts)
            total = math.nan
        yield stage


def _same(one: Any, other: Any) -> bool:
    if np.asarray(one).dtype.kind not in "biuf":
        return False
    one, other = float(one), float(other)
    return one == other or abs(one - other) <= _SAME * max(abs(one), abs(other), 1e-3)


def _between(groups: Sequence[Group], first: int, last: int) -> Iterator[Group]:
    """The terms from `first` up to `last`, of groups one after the other, as lists."""
    start = 0
    for group in groups:
        here = slice(max(0, first - start), max(0, last - start))
        start += group.share.size
        if group.share.reshape(-1)[here].size:
            yield replace(
                group,
                indices=tuple(tuple(a.reshape(-1)[here] for a in i) for i in group.indices),
                values=tuple(value.reshape(-1)[here] for value in group.values),
                inside=tuple(inside.reshape(-1)[here] for inside in group.inside),
                share=group.share.reshape(-1)[here],
                measure=None if group.measure is None else group.measure.reshape(-1)[here],
            )
