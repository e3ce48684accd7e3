"""Find sizes for free axes with which a model runs.

First the usual sizes. Where they clash in the graph, the weight, window or constant that they clash
with says what is wanted: the axes that have a part in it are changed until the way is free. That
costs no computing (see `passage`). Where not everything can be foreseen, the model is run; if it
fails, other usual sizes are tried in turn, within bounds that are counted in nodes and runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tensorama import engine
from tensorama.engine.contract import Slices
from tensorama.errors import SizesError, TensoramaError
from tensorama.inputs.passage import Clash, Passage
from tensorama.inputs.sizes import CANDIDATES, Axis, Key
from tensorama.onnxfile import Model
from tensorama.phrases import counted, joined, phrase

Sizes = dict[Key, int]
Group = tuple[Axis, ...]  # axes that are given the same size together
_LARGEST = 1 << 14  # cells along one axis
_NODES = 30_000  # that are passed in all; a second or two in a page
_RUNS = 24
_PART = 8  # of the work that a run may do again and again, for all runs of a search
_NUMBERS = 1 << 24  # in all inputs of such a run
_MADE = 1 << 25  # numbers that all runs of a search may make


class Choices:
    """What the search asks of a choice of sizes: shapes and small values, or everything."""

    def __init__(
        self,
        shapes: Callable[[Sizes], Mapping[str, tuple[int, ...]]],
        small: Callable[[Sizes], Mapping[str, Any]],
        feeds: Callable[[Sizes], Mapping[str, Any]],
    ) -> None:
        self.shapes, self.small, self.feeds = shapes, small, feeds


def fitting(
    model: Model, axes: list[Axis], choices: Choices, given: Mapping[Key, int]
) -> Slices[Sizes]:
    """Sizes with which the model runs; those that are given stay. SizesError if none are found."""
    search = _Search(model, [axis for axis in axes if axis.key not in given], choices)
    sizes = {axis.key: given.get(axis.key, axis.size) for axis in axes}
    if not search.open:
        return sizes
    yield from search.way.prepare()
    found = yield from search.foreseen(sizes)
    clash = yield from search.clash(found)
    if clash is None and not search.way.unseen:
        return found
    first = yield from search.failure(found)
    if first is None:
        return found
    for other in search.others(found):
        if search.is_tired:
            break
        if (yield from search.clash(other)) is None and (yield from search.failure(other)) is None:
            return other
    raise SizesError(_sentence(search.open, first), tuple(axes), first)


def _made(step: engine.Step) -> int:
    """How many numbers a node gave."""
    return sum(made.size for made in step.outputs.values() if isinstance(made, np.ndarray))


def _sentence(axes: list[Axis], failed: str) -> str:
    names = joined(", ", [phrase('"{name}"', name=axis.name) for axis in axes])
    return counted(
        "The file leaves open the size {names}, and none that was tried fits. {failed}",
        "The file leaves open the sizes {names}, and none that was tried fits. {failed}",
        len(axes), names=names, failed=failed,
    )  # fmt: skip


class _Search:
    def __init__(self, model: Model, axes: list[Axis], choices: Choices) -> None:
        self.model, self.open, self.choices = model, axes, choices
        self.way = Passage(model)
        self.runs = self.made = 0
        self.work = engine.Work(_PART)  # for loops and the like, in all runs together

    @property
    def is_tired(self) -> bool:
        return self.runs >= _RUNS or self.way.visited > _NODES

    def clash(self, sizes: Sizes) -> Slices[Clash | None]:
        return self.way.clash(self.choices.shapes(sizes), self.choices.small(sizes))

    def failure(self, sizes: Sizes) -> Slices[str | None]:
        """Run the model: what it says if that fails.

        One that has made as many numbers as a search may make counts as one that fits: whether it
        does, who runs it will see.
        """
        self.runs += 1
        count = sum(map(math.prod, self.choices.shapes(sizes).values()))
        if count > _NUMBERS:
            return phrase("These sizes need {count:,} numbers, more than are tried.", count=count)
        try:
            feeds = self.choices.feeds(sizes)
            for step in engine.steps_with_pauses(self.model, feeds, work=self.work):
                self.made += _made(step) if step else 0
                if self.made > _MADE:
                    return None
                yield
        except TensoramaError as error:
            return error.sentence
        return None

    def foreseen(self, sizes: Sizes) -> Slices[Sizes]:
        """Change sizes from clash to clash until the way is free, or nothing helps.

        Where that ends in a corner it begins again, with batches before lengths.
        """
        first = yield from self._walked(sizes, [*self._groups()])
        if self.is_tired or (yield from self.clash(first)) is None:
            return first
        return (yield from self._walked(sizes, [*self._groups()][::-1]))

    def _walked(self, sizes: Sizes, groups: list[Group]) -> Slices[Sizes]:
        for _ in range(4 * len(self.open) + 8):
            clash = yield from self.clash(sizes)
            if clash is None or self.is_tired:
                break
            better = yield from self._beyond(clash, sizes, groups)
            if better is None:
                break
            sizes = better
        return sizes

    def others(self, sizes: Sizes) -> Iterator[Sizes]:
        """The usual sizes in turn, for axes together and for each."""
        for size in CANDIDATES:
            yield from (_with(sizes, group, size) for group in self._groups())

    def _groups(self) -> Iterator[Group]:
        """Which axes to change: pictures' edges together, several inputs' lengths together, then
        one by one, batches at last.

        Of lengths the last axis comes first: it is the one that usually meets weights.
        """
        sorts = ("picture", "channels", "length", "past", "batch")
        ordered = sorted(self.open, key=lambda axis: (sorts.index(axis.sort), -axis.places[0][1]))
        alike: dict[tuple[str, int], Group] = {}
        for axis in ordered:
            place = axis.places[0][1] if axis.sort == "length" else 0
            alike[axis.sort, place] = (*alike.get((axis.sort, place), ()), axis)
        together = [group for group in alike.values() if len(group) > 1]
        yield from (group for group in together if group[0].sort != "batch")
        yield from ((axis,) for axis in ordered)
        yield from (group for group in together if group[0].sort == "batch")

    def _beyond(self, clash: Clash, sizes: Sizes, groups: list[Group]) -> Slices[Sizes | None]:
        """Sizes that get farther than this clash, found by changing one group of axes."""
        for group in groups:
            size = max(sizes[axis.key] for axis in group)
            for probe in (size + 1, 2 * size + 1):
                other = yield from self._tried(clash, sizes, group, probe)
                if other != clash:
                    break
            if other == clash or self.is_tired:
                continue  # these axes have no part in it
            found = yield from self._solved(clash, sizes, group, probe, other)
            if found is None:
                continue
            if group[0].sort != "picture":
                return _with(sizes, group, found)
            if _gap(clash, clash) is not None:
                found = yield from self._usual_near(clash, sizes, group, found)
            return (yield from self._eased(clash, sizes, _with(sizes, group, found), group))
        return None

    def _tried(self, clash: Clash, sizes: Sizes, group: Group, size: int) -> Slices[Clash | None]:
        """Where the sizes clash with a group changed; None if they get farther than before."""
        if not 0 <= size <= _LARGEST:
            return clash
        found = yield from self.clash(_with(sizes, group, size))
        return found if found is not None and found.after <= clash.after else None

    def _solved(
        self, clash: Clash, sizes: Sizes, group: Group, probe: int, other: Clash | None
    ) -> Slices[int | None]:
        """A size for the group that leads beyond the clash; with `probe` it was `other`."""
        size = max(sizes[axis.key] for axis in group)
        hints = [*_straight(clash, size, probe, other), *_hints(clash, size, group)]
        tried = set()
        for hint in [*hints, *_usual(clash, size), probe]:
            if hint in tried or self.is_tired:
                continue
            tried.add(hint)
            if (yield from self._tried(clash, sizes, group, hint)) is None:
                return hint
            if len(tried) == 4 and _gap(clash, other) is not None:
                found = yield from self._bisected(clash, sizes, group, other)
                if found is not None:
                    return found
        return None

    def _bisected(
        self, clash: Clash, sizes: Sizes, group: Group, other: Clash | None
    ) -> Slices[int | None]:
        """The size at which two sizes meet, one of which grows with it in whatever way."""
        size = max(sizes[axis.key] for axis in group)
        rising = (_gap(clash, other) or 0) > (_gap(clash, clash) or 0)
        low, high = 1, 1 << 12
        while low <= high:
            middle = (low + high) // 2
            found = yield from self._tried(clash, sizes, group, middle)
            if found is None:
                return middle
            gap = _gap(clash, found)
            too_large = middle > size if gap is None else (gap > 0) == rising
            low, high = (low, middle - 1) if too_large else (middle + 1, high)
        return None

    def _usual_near(self, clash: Clash, sizes: Sizes, group: Group, found: int) -> Slices[int]:
        """A usual size that does as well."""
        for size in CANDIDATES:
            if not 0.6 * found < size < 1.6 * found:
                continue
            if (yield from self._tried(clash, sizes, group, size)) is None:
                return size
        return found

    def _eased(self, clash: Clash, before: Sizes, found: Sizes, group: Group) -> Slices[Sizes]:
        """Of axes that were changed together, give those their first size back that can have it."""
        for axis in group if len(group) > 1 else ():
            back = before[axis.key]
            if (yield from self._tried(clash, found, (axis,), back)) is None:
                found = {**found, axis.key: back}
        return found


def _with(sizes: Sizes, group: Group, size: int) -> Sizes:
    return {**sizes, **{axis.key: size for axis in group}}


def _straight(clash: Clash, size: int, probe: int, other: Clash | None) -> Iterator[int]:
    """Where two sizes meet if their distance changes evenly, as from `size` to `probe`."""
    here, there = _gap(clash, clash), _gap(clash, other)
    if here is not None and there is not None and here != there:
        yield size + round(here * (probe - size) / (here - there))


def _hints(clash: Clash, size: int, group: Group) -> Iterator[int]:
    """What the two sizes that should meet say: as many more, as many times, or as an area."""
    demand = clash.demand
    if demand is None or demand.sort == "least":
        return
    if demand.sort == "multiple" and size:
        yield demand.want // math.gcd(demand.want, demand.got // size)
    for got, want in ((demand.got, demand.want), (demand.want, demand.got)):
        yield size + want - got
        if got > 0 < want:
            yield round(size * want / got)
            yield round(size * (want / got) ** (1 / len(group)))


def _usual(clash: Clash, size: int) -> Iterator[int]:
    """Usual sizes: larger ones, where more is wanted; else in the usual order."""
    if clash.demand is not None and clash.demand.sort == "least":
        needed = size + clash.demand.want - clash.demand.got
        yield from sorted(c for c in CANDIDATES if c > size)
        yield needed
    else:
        yield from CANDIDATES


def _gap(clash: Clash, other: Clash | None) -> int | None:
    """How far apart two sizes are that should meet, if that is still the trouble."""
    if other is None or other.after != clash.after or other.demand is None:
        return None
    return None if other.demand.sort == "least" else other.demand.got - other.demand.want
