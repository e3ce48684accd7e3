"""What the tree is put together from, and how its parts hang together."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tensorama.engine.contract.slices import Slices
from tensorama.layers.layer import Layer

Size = tuple[int, int]
PAUSE = 256  # units that are looked at in one slice


@dataclass(slots=True, eq=False)
class Unit:
    """A leaf, or a group while the tree is being made.

    `leaves`: numbers of its layers. `scope`: the name that the author gave to a group. `size`:
    height and width of its picture, if it has them and more than one cell. `alike`: equal numbers
    are equal structure, 0 is not known yet. `offset`: how many blocks stand before its first, in
    what it is a part of. `settled`: it was cut out of a row whose units are groups already.
    """

    leaves: list[int]
    kind: str
    children: list[Unit] = field(default_factory=list)
    scope: str = ""
    name: str = ""
    size: Size | None = None
    alike: int = 0
    offset: int = 0
    settled: bool = False

    @property
    def first(self) -> int:
        return self.leaves[0]

    @property
    def last(self) -> int:
        return self.leaves[-1]


@dataclass(frozen=True, slots=True)
class Wires:
    """Which leaf reads which, by their numbers; `sizes` has each leaf's height and width."""

    layers: tuple[Layer, ...]
    reads: list[list[int]]
    readers: list[list[int]]
    sizes: list[Size | None]

    def leaf(self, number: int) -> Unit:
        return Unit([number], self.layers[number].kind, size=self.sizes[number])

    def group(self, children: list[Unit], kind: str, scope: str = "") -> Unit:
        """One unit of several, in the order in which they stand."""
        leaves = sorted(leaf for child in children for leaf in child.leaves)
        return Unit(leaves, kind, children, scope, size=self.sizes[leaves[-1]])


@dataclass(frozen=True, slots=True)
class Level:
    """Units side by side in an order to compute them, and who among them reads whom.

    `enters`: for each, the leaves outside that it reads. `sinks`: those that are read outside or by
    nobody.
    """

    units: list[Unit]
    reads: list[list[int]]
    readers: list[list[int]]
    enters: list[set[int]]
    sinks: set[int]


def is_input(unit: Unit) -> bool:
    """Is this a model's input, or a group of such?"""
    return unit.kind == "input" or (bool(unit.children) and all(map(is_input, unit.children)))


def level_of(units: Sequence[Unit], wires: Wires) -> Slices[Level | None]:
    """Order some units; None where two read from each other, so that there is no order."""
    place: dict[int, int] = {}
    for number, unit in enumerate(units):
        for start in range(0, len(unit.leaves), PAUSE):
            place.update(dict.fromkeys(unit.leaves[start : start + PAUSE], number))
            if start or not number % PAUSE:
                yield
    reads: list[set[int]] = [set() for _ in units]
    yield
    readers: list[set[int]] = [set() for _ in units]
    yield
    enters: list[set[int]] = [set() for _ in units]
    yield
    sinks = set()
    read_by = wires.readers
    seen = 0
    for number, unit in enumerate(units):
        for leaf in unit.leaves:
            seen += 1
            if not seen % PAUSE:
                yield
            for before in wires.reads[leaf]:
                other = place.get(before, -1)
                if other < 0:
                    enters[number].add(before)
                elif other != number:
                    reads[number].add(other)
                    readers[other].add(number)
            for after in read_by[leaf]:
                if after not in place:
                    sinks.add(number)
            if not read_by[leaf]:
                sinks.add(number)
    missing = [len(names) for names in reads]
    yield
    ready = [(unit.first, number) for number, unit in enumerate(units) if not missing[number]]
    heapq.heapify(ready)
    yield
    order: list[int] = []
    while ready:
        number = heapq.heappop(ready)[1]
        order.append(number)
        if not len(order) % PAUSE:
            yield
        for reader in readers[number]:
            missing[reader] -= 1
            if not missing[reader]:
                heapq.heappush(ready, (units[reader].first, reader))
    if len(order) < len(units):
        return None
    new = {old: number for number, old in enumerate(order)}
    yield
    sorted_reads, sorted_readers = list[list[int]](), list[list[int]]()
    for number, old in enumerate(order):
        sorted_reads.append(sorted([new[other] for other in reads[old]]))
        sorted_readers.append(sorted([new[other] for other in readers[old]]))
        if not number % PAUSE:
            yield
    return Level(
        units=[units[old] for old in order],
        reads=sorted_reads,
        readers=sorted_readers,
        enters=[enters[old] for old in order],
        sinks={new[old] for old in sinks},
    )


def certain_level(units: Sequence[Unit], wires: Wires) -> Slices[Level]:
    """Order units that are known to have an order."""
    level = yield from level_of(units, wires)
    assert level is not None, "groups are convex"
    return level


Set = tuple[Collection[int], str, str]  # places in a level, kind, scope


def nest(level: Level, sets: Sequence[Set], wires: Wires) -> Slices[Level]:
    """Make groups of the units at these places.

    Where this would make groups that read from each other, each becomes the runs of it that stand
    next to each other. Of all the units no group is made: it would be the level once more.
    """
    sets = [one for one in sets if 1 < len(one[0]) < len(level.units)]
    if not sets:
        return level
    made = yield from level_of(_nested(level, sets, wires), wires)
    if made is None:
        runs = [(run, *one[1:]) for one in sets for run in _runs(sorted(one[0])) if len(run) > 1]
        made = yield from certain_level(_nested(level, runs, wires), wires)
    return made


def _nested(level: Level, sets: Sequence[Set], wires: Wires) -> list[Unit]:
    inside = {place for places, *_ in sets for place in places}
    units = [unit for place, unit in enumerate(level.units) if place not in inside]
    for places, kind, scope in sets:
        units.append(wires.group([level.units[p] for p in sorted(places)], kind, scope))
    return units


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Parts of a rising sequence without a gap."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] + 1 == place:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs
