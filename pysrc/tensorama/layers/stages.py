"""Groups by order: what is of one size, what repeats, and at last what is simply too much."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import eq

from tensorama.layers.patterns import COMPUTING
from tensorama.layers.unit import Level, Set, Unit, Wires, nest

MANY = 12  # so many things in a row are still seen at a glance
_MOST = 14
_LONGEST = 48  # the longest pattern that is looked for


def staged(level: Level, wires: Wires, hourglass: bool) -> Level:
    """Make stages of neighbours whose pictures have one height and width.

    Where there are blocks, what comes before the first is the stem and what comes after the last
    the head. `hourglass`: sizes fall and rise again.
    """
    if len(level.units) <= MANY and not hourglass:
        return level
    begin = next((i for i, unit in enumerate(level.units) if unit.kind != "input"), 0)
    end = len(level.units)
    groups = [i for i, unit in enumerate(level.units) if unit.children and unit.size]
    named: list[tuple[range, str]] = []
    if groups and not hourglass:
        named += [(range(begin, groups[0]), "stem"), (range(groups[-1] + 1, end), "head")]
        begin, end = groups[0], groups[-1] + 1
    runs = []
    for size, places in groupby(range(begin, end), key=lambda place: level.units[place].size):
        first, *others = places
        if size:
            runs.append((size, range(first, first + 1 + len(others))))
    if sum(len(run) > 1 for _, run in runs) < 2:
        return level
    smallest = min(range(len(runs)), key=lambda i: runs[i][0][0] * runs[i][0][1])
    counts: dict[str, int] = {}
    for number, (size, run) in enumerate(runs):
        word = "stage"
        if hourglass:
            word = "down" if number < smallest else "up" if number > smallest else "bottom"
        if len(run) > 1:
            counts[word] = counts.get(word, 0) + 1
            count = "" if word == "bottom" else f" {counts[word]}"
            named.append((run, f"{word}{count} · {size[0]}×{size[1]}"))
    sets: list[Set] = [
        (run, "group" if name in ("stem", "head") else "stage", "") for run, name in named
    ]
    known = {level.units[run[0]].first: name for run, name in named if len(run) > 1}
    made = nest(level, sets, wires)
    for unit in made.units:
        if unit.children and unit.first in known and not unit.name:
            unit.name = known[unit.first]
    return made


def repeated(level: Level, wires: Wires) -> Level:
    """Make blocks of neighbours that come again and again in the same order."""
    units = level.units
    if len(units) <= MANY and (len(units) < 4 or not any(unit.children for unit in units)):
        return level
    best: tuple[int, int, int] = (0, 0, 0)  # how many are in it, start, length of the pattern
    alike = [unit.alike for unit in units]
    for length in range(2, min(_LONGEST, len(units) // 2) + 1):
        same = bytes(map(eq, alike, alike[length:]))  # 1 where one pattern on is the same again
        if b"\1" * length not in same:
            continue
        start = 0
        for equal, run in groupby(same):
            count = len(list(run))
            times = count // length + 1
            if equal and times > 1 and times * length > best[0] and _worth(units, start, length):
                best = (times * length, _aligned(level, start, length, count % length), length)
            start += count
    total, start, length = best
    if total < 6:
        return level
    sets = [(range(at, at + length), "block", "") for at in range(start, start + total, length)]
    return nest(level, sets, wires)


def _worth(units: Sequence[Unit], start: int, length: int) -> bool:
    """Is there something to compute in the pattern, and is it more than one thing repeated?"""
    pattern = units[start : start + length]
    if len({unit.alike for unit in pattern}) == 1:
        return False
    return any(unit.children or unit.kind in COMPUTING for unit in pattern)


def _aligned(level: Level, start: int, length: int, spare: int) -> int:
    """Where the pattern should begin so that as little as possible passes from one to the next."""

    def crossing(at: int) -> int:
        return len({p for i in range(at, at + length) for p in level.reads[i] if p < at})

    return min(range(start, start + spare + 1), key=lambda at: (crossing(at + length), at))


def limited(level: Level, wires: Wires) -> Level:
    """Let no level be too long: equal neighbours become one, then parts are made."""
    if len(level.units) <= _MOST:
        return level
    sets: list[Set] = []
    start = 0
    for _, run in groupby(level.units, key=lambda unit: unit.alike):
        count = len(list(run))
        if 4 <= count < len(level.units) and level.units[start].kind != "input":
            sets.append((range(start, start + count), "stage", ""))
        start += count
    level = nest(level, sets, wires)
    for unit in level.units:
        if unit.kind == "stage" and not unit.name:
            unit.name = f"{unit.children[0].kind} ×{len(unit.children)}"
    while len(level.units) > _MOST:
        count = len(level.units)
        parts = -(-count // MANY)
        cuts = [count * part // parts for part in range(parts + 1)]
        sets = [(range(a, b), "group", "") for a, b in pairwise(cuts)]
        blocks = all(unit.children and unit.kind != "group" for unit in level.units)
        level = nest(level, sets, wires)
        if blocks and len({child.kind for unit in level.units for child in unit.children}) == 1:
            for unit, start, end in zip(level.units, cuts, cuts[1:], strict=False):
                unit.offset = start
                unit.name = f"{unit.children[0].kind} {start + 1}–{end}"
    return level
