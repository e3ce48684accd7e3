"""Groups by order: what repeats, and at last what is simply too much."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import eq

from tensorama.engine.contract.slices import Slices
from tensorama.layers.kinds import CALLED
from tensorama.layers.patterns import COMPUTING
from tensorama.layers.story import MANY
from tensorama.layers.unit import Level, Set, Unit, Wires, is_input, nest
from tensorama.layers.words import numbered_name, times
from tensorama.phrases import phrase

_INPUTS = 5  # so many inputs, or kinds of them, stand by themselves
MOST = 14  # no level is longer
_LONGEST = 48  # the longest pattern that is looked for


def repeated(level: Level, wires: Wires) -> Slices[Level]:
    """Make blocks of neighbours that come again and again in the same order."""
    units = level.units
    if len(units) <= MANY and (len(units) < 4 or not any(unit.children for unit in units)):
        return level
    best: tuple[int, int, int] = (0, 0, 0)  # how many are in it, start, length of the pattern
    alike = [unit.alike for unit in units]
    for length in range(2, min(_LONGEST, len(units) // 2) + 1):
        yield
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
    return (yield from nest(level, sets, wires))


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


def limited(level: Level, wires: Wires) -> Slices[Level]:
    """Let no level be too long: equal neighbours become one, then parts are made.

    Inputs stand outside the parts; only where they are many they are a group of their own.
    """
    if len(level.units) <= MOST:
        return level
    sets: list[Set] = []
    start = 0
    for _, run in groupby(level.units, key=lambda unit: unit.alike):
        count = len(list(run))
        if 4 <= count < len(level.units) and level.units[start].kind != "input":
            sets.append((range(start, start + count), "stage", ""))
        start += count
    level = yield from nest(level, sets, wires)
    for unit in level.units:
        if unit.kind == "stage" and not unit.name:
            unit.name = times(CALLED[unit.children[0].kind], len(unit.children))
    level = yield from _fewer_inputs(level, wires)
    aside = _inputs(level)
    while len(level.units) > MOST:
        count = len(level.units) - aside
        parts = -(-count // max(2, MANY - aside))
        cuts = [aside + count * part // parts for part in range(parts + 1)]
        sets = [(range(a, b), "group", "") for a, b in pairwise(cuts)]
        blocks = all(unit.children and unit.kind != "group" for unit in level.units[aside:])
        level = yield from nest(level, sets, wires)
        made = level.units[aside:]
        for unit in made:
            unit.settled = bool(unit.children)
        if blocks and len({child.kind for unit in made for child in unit.children}) == 1:
            for unit, start, end in zip(made, cuts, cuts[1:], strict=False):
                unit.offset = start - aside
                span = f"{start - aside + 1}–{end - aside}"
                unit.name = numbered_name(CALLED[unit.children[0].kind], span)
    return level


def _inputs(level: Level) -> int:
    """How many inputs stand in front of other things."""
    return next((i for i, unit in enumerate(level.units) if not is_input(unit)), 0)


def _fewer_inputs(level: Level, wires: Wires) -> Slices[Level]:
    """Put inputs that are called alike but for a number into one group, or if need be all."""
    count = _inputs(level)
    if count <= _INPUTS:
        return level
    names = [re.split(r"[\d:]", wires.layers[unit.first].name)[0] for unit in level.units[:count]]
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        alike.setdefault(name.rstrip("._/-"), []).append(place)
    if len(alike) > _INPUTS:
        alike = {phrase("inputs"): list(range(count))}
    sets: list[Set] = [(places, "group", "") for places in alike.values()]
    firsts = {level.units[places[0]].first: name for name, places in alike.items()}
    level = yield from nest(level, sets, wires)
    for unit in level.units:
        if unit.children and is_input(unit):
            unit.name = times(firsts[unit.first] or phrase("inputs"), len(unit.leaves))
    return level
