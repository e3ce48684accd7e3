"""Blocks from regions: which of the places where values fork and come together are worth a group.

No group is ever made of all that a level has, and none is a thin shell around another: so the tree
has an end, and it is not deep.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass, field

from tensorama.engine.contract.slices import Slices
from tensorama.layers.patterns import COMPUTING
from tensorama.layers.regions import regions
from tensorama.layers.unit import PAUSE, Level, Size, Unit, Wires, level_of

_FILLED = 0.6  # what is filled by one inner group to more than this part is only a shell around it
_SIZES = 3  # so many sizes of pictures are several
_FAR = 10  # if the largest has so many times the cells of the smallest
_SMALL = 10  # around a group of fewer leaves a shell is welcome


@dataclass(slots=True, eq=False)
class _Found:
    """What a region holds, counted while it grows: so a nest of a thousand is counted once."""

    parts: list[Unit] = field(default_factory=list)
    leaves: int = 0
    largest: int = 0
    computes: bool = False
    sizes: frozenset[Size] = frozenset()  # of the pictures inside, a few of them
    authored: bool = False  # it holds what an author made a group of, more than one layer

    def add(self, other: _Found) -> None:
        """Take over what another one holds; the shorter list goes to the longer one."""
        if len(self.parts) < len(other.parts):
            self.parts, other.parts = other.parts, self.parts
        self.parts += other.parts
        self.leaves += other.leaves
        self.largest = max(self.largest, other.largest)
        self.computes = self.computes or other.computes
        self.authored = self.authored or other.authored
        if not other.sizes <= self.sizes:
            self.sizes = _fewest(self.sizes | other.sizes)

    def closed(self, unit: Unit) -> _Found:
        """The same as one part."""
        return _Found([unit], self.leaves, self.leaves, self.computes, self.sizes, self.authored)


def _area(size: Size) -> int:
    return size[0] * size[1]


def _fewest(sizes: Set[Size]) -> frozenset[Size]:
    """The smallest and the largest of them: no more are told apart."""
    rising = sorted(sizes, key=_area)
    return frozenset(rising[: _SIZES - 1] + rising[-1:])


def _found(unit: Unit, wires: Wires) -> _Found:
    working = sum(wires.layers[leaf].kind in COMPUTING for leaf in unit.leaves)
    return _Found(
        parts=[unit],
        leaves=len(unit.leaves),
        largest=len(unit.leaves),
        computes=working > 0,
        sizes=_fewest({size for leaf in unit.leaves if (size := wires.sizes[leaf])}),
        authored=bool(unit.scope) and working > 1,
    )


def with_blocks(level: Level, wires: Wires, outer: Collection[int]) -> Slices[tuple[Level, bool]]:
    """Make groups of regions; says also whether sizes fall and rise again on this level.

    outer: leaves that count as outside the level although they are in it.
    """
    aside = frozenset(outer)
    outside = {i for i, unit in enumerate(level.units) if aside.issuperset(unit.leaves)}
    around, forks = yield from regions(level, outside)
    if not forks:
        return level, False
    units = []
    for unit in level.units:
        units.append(_found(unit, wires))
        if not len(units) % PAUSE:
            yield
    whole = sum(one.leaves for place, one in enumerate(units) if place not in outside)
    direct: dict[int, list[int]] = {}
    for place, merge in around.items():
        if place not in forks:
            direct.setdefault(merge, []).append(place)
    members: dict[int, _Found] = {}
    hourglass = False
    gone: set[int] = set()
    grouped = False
    for number, (merge, fork) in enumerate(sorted(forks.items())):
        if not number % PAUSE:
            yield  # a region stands before the one around it
        found = members.pop(merge, _Found())
        for place in (*direct.get(merge, ()), merge):  # a merge is no convolution: never gone
            if place not in gone:
                found.add(units[place])
        if _falls_and_rises(found, level.units[merge], wires):
            hourglass = True
        elif _worth(found, whole):
            squeezed = _squeezes(found, level, fork, merge, wires)
            if not squeezed or found.leaves + 1 < whole:
                if squeezed:
                    gone.add(fork)
                    found.add(units[fork])
                grouped = True
                found = found.closed(wires.group(found.parts, "block"))
        members.setdefault(around.get(merge, -1), _Found()).add(found)
    if not grouped:
        return level, hourglass
    made = members.pop(-1, _Found()).parts
    made += [
        unit
        for place, unit in enumerate(level.units)
        if place not in forks and place not in around and place not in gone
    ]
    return (yield from level_of(made, wires)) or level, hourglass


def _squeezes(found: _Found, level: Level, fork: int, merge: int, wires: Wires) -> bool:
    """Does a region begin with a convolution that makes only what its branches read?"""
    start = level.units[fork] if fork >= 0 else None
    if start is None or start.children or start.kind != "convolution":
        return False
    op = wires.layers[level.units[merge].first].op
    if not op.startswith("Concat") or fork in level.reads[merge]:
        return False
    if any(level.units[i].kind == "input" for i in level.reads[fork]):
        return False
    inside = {leaf for part in found.parts for leaf in part.leaves}
    return inside.issuperset(level.units[i].first for i in level.readers[fork])


def _worth(found: _Found, whole: int) -> bool:
    """Is a region more than a gate, less than everything, and no shell around another?

    What authors put into groups of their own is not put into others. Most of a level, in pictures
    of several sizes, is no block but the main road.
    """
    if len(found.parts) < 2 or found.leaves >= whole or found.authored:
        return False
    areas = [*map(_area, found.sizes)]
    if len(areas) == _SIZES and _FAR * min(areas) <= max(areas) and 2 * found.leaves > whole:
        return False
    if found.leaves < 3 and not found.computes:
        return False
    return not (found.largest >= _SMALL and found.largest > _FILLED * found.leaves)


def _falls_and_rises(found: _Found, end: Unit, wires: Wires) -> bool:
    """Does a region make its maps smaller and then larger again?"""
    size = wires.sizes[end.last]
    least = min(map(_area, found.sizes), default=None)
    return least is not None and size is not None and 2 * least <= _area(size)
