"""The story that sizes tell: maps shrink in stages, grow, are fused in a neck, end in heads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from tensorama.engine.contract.slices import Slices
from tensorama.layers.patterns import COMPUTING
from tensorama.layers.unit import Level, Set, Size, Unit, Wires, is_input, nest
from tensorama.phrases import Phrase, phrase

MANY = 12  # so many things in a row are still seen at a glance
_STEM = 5  # so many units before the first block are a stem, so many after the last one a head
_GROWN = 1.5  # maps that have so many times the cells are larger; less is a matter of borders
_BRANCHES = (phrase("branch"), phrase("detection"))
_TURNS = 4  # sizes that fall and rise more often tell no story

Named = tuple[Sequence[int], str, str]  # places, kind, name


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbours whose pictures have one height and width."""

    size: Size
    places: range

    @property
    def area(self) -> int:
        return self.size[0] * self.size[1]

    def called(self, word: Phrase) -> Phrase:
        high, wide = self.size
        return phrase("{name} · {high}×{wide}", name=word, high=high, wide=wide)


def staged(
    level: Level, wires: Wires, hourglass: bool, inside: str = "", beside: Collection[int] = ()
) -> Slices[Level]:
    """Make stages of neighbours whose pictures have one height and width, and what these make up.

    Where sizes only fall, what comes before the first block is the stem and what comes after the
    last the head. Where they fall and rise again they go down and up. Where they then fall once
    more, or come together from several sizes, this is the neck, and what follows the head.
    `hourglass`: sizes fall and rise again, whatever the number of units. `inside`: the name of the
    group whose level this is, "" for the whole network. `beside`: where groups begin that their
    author put beside the one that was opened here; they are no part of its story.
    """
    begin = _begin(level.units, wires) if not inside else 0
    yield
    runs, tail = _runs(level.units, begin)
    yield
    if _apart(level, runs):
        return (yield from _named(level, [*_branches(level, runs, tail)], wires))
    if len(level.units) <= MANY and not hourglass and inside != "neck":
        return level
    rise = next((i for i in range(1, len(runs)) if _grows(runs[i - 1], runs[i])), 0)
    if inside == "neck":
        named = [*_ways(runs)]
    elif rise and not any(_grows(b, a) for a, b in pairwise(runs[rise:])):
        named = [*_hourglass(runs, rise)]
    elif rise and _turns(runs) <= _TURNS and _computes(level, runs[rise].places, wires):
        named = [*_pyramid(level, runs, rise, tail)]
    else:
        named = [*_falling(level, runs, tail, hourglass)]
    aside = next((i for i, unit in enumerate(level.units) if not is_input(unit)), 0)
    if begin - aside > 1 and not any(places[0] < begin for places, *_ in named if places):
        named.append((range(aside, begin), "group", ""))
    named = [
        ([place for place in places if level.units[place].first not in beside], kind, name)
        for places, kind, name in named
    ]
    stages = sum(len(places) > 1 for places, kind, _ in named if kind == "stage")
    if stages < 1 + (not rise and inside != "neck"):
        return level
    return (yield from _named(level, named, wires))


def _computes(level: Level, places: range, wires: Wires) -> bool:
    """Is there more in these places and behind than what is cut and put together?"""
    return any(
        wires.layers[leaf].kind in COMPUTING
        for unit in level.units[places[0] :]
        for leaf in unit.leaves
    )


def _named(level: Level, named: Sequence[Named], wires: Wires) -> Slices[Level]:
    sets: list[Set] = [(places, kind, "") for places, kind, _ in named]
    known = {
        min(level.units[place].first for place in places): name
        for places, _, name in named
        if len(places) > 1 or (places and name.startswith(_BRANCHES))
    }
    made = yield from nest(level, sets, wires)
    for unit in made.units:
        if unit.children and not unit.name and not unit.scope and unit.first in known:
            unit.name = known[unit.first]
    return made


def _begin(units: Sequence[Unit], wires: Wires) -> int:
    """Where the story begins: before it nothing is computed, only arranged."""
    for place, unit in enumerate(units):
        if any(wires.layers[leaf].kind in COMPUTING for leaf in unit.leaves):
            return place
    return 0


def _runs(units: Sequence[Unit], begin: int) -> tuple[list[_Run], int]:
    """Neighbours of one size, and where the tail without sizes begins.

    Between two of a size, what has none goes with the one before.
    """
    sized = [
        place
        for place, unit in enumerate(units)
        if unit.size and not is_input(unit) and place >= begin
    ]
    if not sized:
        return [], 0
    ends = [*sized[1:], sized[-1] + 1]
    runs = []
    for size, same in groupby(zip(sized, ends, strict=True), key=lambda at: units[at[0]].size):
        first, *others = same
        if size:
            runs.append(_Run(size, range(first[0], (others[-1] if others else first)[1])))
    return runs, sized[-1] + 1


def _grows(before: _Run, after: _Run) -> bool:
    return after.area >= _GROWN * before.area


def _turns(runs: Sequence[_Run]) -> int:
    """How often falling becomes rising, or the other way round."""
    ways = [_grows(a, b) for a, b in pairwise(runs) if _grows(a, b) or _grows(b, a)]
    return sum(a != b for a, b in pairwise(ways))


def _apart(level: Level, runs: Sequence[_Run]) -> bool:
    """Do runs of different sizes lie side by side, each reading from outside alone?"""
    if len(runs) < 2 or len({run.size for run in runs}) < len(runs):
        return False
    alone = all(
        other in run.places for run in runs for place in run.places for other in level.reads[place]
    )
    return alone and all(level.enters[run.places[0]] for run in runs)


def _branches(level: Level, runs: Sequence[_Run], tail: int) -> Iterator[Named]:
    """Branches for several sizes: of a detector, if boxes of all are put into one list."""
    joined = any(
        sum(not run_reads.isdisjoint(run.places) for run in runs) > 1
        for run_reads in map(set, level.reads[tail:])
    )
    for run in runs:
        yield run.places, "stage", run.called(_BRANCHES[joined])


def _ways(runs: Sequence[_Run]) -> Iterator[Named]:
    """Within a neck: up to larger maps, down to smaller ones."""
    before = runs[0] if runs else None
    for run in runs:
        up = before is run or (before is not None and _grows(before, run))
        yield run.places, "stage", run.called(phrase("up") if up else phrase("down"))
        before = run


def _falling(level: Level, runs: Sequence[_Run], tail: int, hourglass: bool) -> Iterator[Named]:
    """Stages, with a stem and a head around them where there are blocks."""
    units = level.units
    begin = next((i for i, unit in enumerate(units) if unit.kind != "input"), 0)
    blocks = [i for i, unit in enumerate(units) if unit.children and unit.size]
    first, end = begin, tail
    if blocks and not hourglass:
        if blocks[0] - begin <= _STEM:
            yield range(begin, blocks[0]), "group", phrase("stem")
            first = blocks[0]
        if len(units) - blocks[-1] - 1 <= _STEM:
            end = blocks[-1] + 1
        yield range(end, len(units)), "group", phrase("head")
    number = 0
    for run in runs:
        places = range(max(run.places[0], first), min(run.places[-1] + 1, end))
        if len(places) > 1:
            number += 1
            yield places, "stage", run.called(phrase("stage {number}", number=number))


def _hourglass(runs: Sequence[_Run], rise: int) -> Iterator[Named]:
    """Down to the smallest maps, and up again."""
    downs = ups = 0
    for number, run in enumerate(runs):
        if len(run.places) < 2:
            continue
        if number < rise - 1:
            downs += 1
            word = phrase("down {number}", number=downs)
        elif number >= rise:
            ups += 1
            word = phrase("up {number}", number=ups)
        else:
            word = phrase("bottom")
        yield run.places, "stage", run.called(word)


def _pyramid(level: Level, runs: Sequence[_Run], rise: int, tail: int) -> Iterator[Named]:
    """Stages; the neck, where maps of several sizes are fused; and the head behind it."""
    first = runs[rise].places[0]
    groups = [place for place in runs[rise - 1].places if level.units[place].children]
    if groups:  # what only leads on to the neck; a block's last layer does not
        first = min(first, groups[-1] + 1 + (not level.units[groups[-1]].scope))
    run_of = {place: number for number, run in enumerate(runs) for place in run.places}
    fused = [place for place in range(first, tail) if len(_sources(level, run_of, place)) > 1]
    end = fused[-1] + 1 if fused else first
    size = level.units[end - 1].size
    if end < tail and level.units[end].children and level.units[end].size == size:
        end += 1  # what a block makes of what was fused, and the layer that ends it
        ending = level.units[end] if end < tail else None
        if ending and not ending.children and level.reads[end] == [end - 1] and ending.size == size:
            end += 1
    number = 0
    for run in runs[:rise]:
        places = range(run.places[0], min(run.places[-1] + 1, first))
        if len(places) > 1:
            number += 1
            yield places, "stage", run.called(phrase("stage {number}", number=number))
    yield range(first, end), "stage", phrase("neck")
    if len(level.units) - end > 2 or not any(unit.scope for unit in level.units[end:]):
        yield range(end, len(level.units)), "group", phrase("head")


def _sources(level: Level, run_of: Mapping[int, int], place: int) -> set[int]:
    """The runs that a unit reads from; what was only resized for it counts as it was before."""
    found = set[int]()
    for other in level.reads[place]:
        resized = level.units[other].kind == "resize" and level.reads[other]
        found.update(run_of[at] for at in (resized or [other]) if at in run_of)
    return found
