"""The course of one number: its operands one after the other with what they make, then its stages.

    0 ── term ── term ── … ── stage ── stage ── the value
         what is so far: a sum of products, of exponentials, the largest

Everything in it is taken from an `Explanation`. What the terms of an operator do not add up to (nor
are the largest of) has only stages.
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
from tensorama.explain import Explanation, Group, explain
from tensorama.explain.account import Stage

_SAME = 1e-6  # of a number: what was added up in another order


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Terms one after the other, (n,) each.

    kind: "sum", "product" (a sum of products), "power" (a sum of exponentials), "largest" or
    "smallest". gained: what each brings. sofar: what there is after each.
    """

    kind: str
    groups: tuple[Group, ...]
    gained: np.ndarray
    sofar: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """`run`: the terms, None where they tell nothing one by one. `stages`: all of them, in order;
    of these so many as `given` come with the last term."""

    explained: Explanation
    run: Run | None
    stages: Sequence[Stage]
    given: int

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


def course(explained: Explanation) -> Course:
    """How this number comes about, step by step."""
    stages = list(_with_parts(explained)) if explained.node else []
    for run in _runs(explained):
        least = 1 + (run.kind == "power")  # its own power is a stage before their sum
        for given in range(least, len(stages) + 1):
            if _same(stages[given - 1].value, run.sofar[-1]):
                return Course(explained, run, stages, given)
    return Course(explained, None, stages, 0)


_known: WeakKeyDictionary[Trace, tuple[tuple[str, tuple[int, ...]], Course]] = WeakKeyDictionary()


def course_of(trace: Trace, tensor: str, index: tuple[int, ...]) -> Course | None:
    """The course of a number of a run; None where it cannot be explained."""
    known = _known.get(trace)
    if known is None or known[0] != (tensor, index):
        try:
            known = (tensor, index), course(explain(trace, tensor, index))
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
        elif explained.body in ("products", "reduction", "elements", "steps"):
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
