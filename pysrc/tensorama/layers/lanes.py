"""Lanes: rows that run beside each other until they are all merged, one group each.

A text net of many convolutions of different widths, each with a dense layer behind it, is so many
lanes; cut into pieces of equal length it would tell nothing.
"""

from __future__ import annotations

from collections import Counter

from tensorama.engine.contract.slices import Slices
from tensorama.layers.kinds import SORTS
from tensorama.layers.patterns import COMPUTING
from tensorama.layers.stages import MOST
from tensorama.layers.unit import PAUSE, Level, Wires, nest
from tensorama.phrases import phrase

_FEWEST = 4  # lanes that are many


def with_lanes(level: Level, wires: Wires) -> Slices[Level]:
    """Make a group of each lane, and of all with what merges them, where there are more units in
    them than are seen at a glance."""
    lanes, around = list[list[int]](), list[list[int]]()
    for place, branches in enumerate(level.reads):
        if not place % PAUSE:
            yield
        if len(branches) < _FEWEST:
            continue
        found = list(filter(None, (_lane(level, end) for end in branches)))
        long = [lane for lane in found if len(lane) > 1]
        if len(long) >= _FEWEST and sum(map(len, found)) > MOST:
            lanes += long
            around.append([*(number for lane in found for number in lane), place])
    if not lanes:
        return level
    firsts = [{level.units[place].first for place in places} for places in around]
    level = yield from nest(level, [(lane, "block", "") for lane in lanes], wires)
    for unit in level.units:
        if unit.children and not unit.scope and not unit.name:
            unit.name = _called(unit.leaves, wires)
    sets = [[n for n, unit in enumerate(level.units) if unit.first in group] for group in firsts]
    merged = yield from nest(level, [(places, "inception", "") for places in sets], wires)
    for unit in merged.units:
        if unit.kind == "inception" and not unit.name and not unit.scope:
            unit.name = _parallel(unit.leaves, wires)
    return merged


def _lane(level: Level, end: int) -> list[int]:
    """The row that ends here, as far back as nobody else reads from it or comes into it."""
    lane: list[int] = []
    while level.units[end].kind != "input":
        if len(level.readers[end]) != 1 or end in level.sinks:
            break
        lane.append(end)
        if len(level.reads[end]) != 1:
            break
        end = level.reads[end][0]
    return lane[::-1]


def _called(leaves: list[int], wires: Wires) -> str:
    """The name of the first layer of a lane that computes with weights."""
    layers = (wires.layers[leaf] for leaf in leaves)
    named = (layer.name for layer in layers if layer.kind in COMPUTING)
    return next(named, "").rpartition("/")[2]


def _parallel(leaves: list[int], wires: Wires) -> str:
    """What lanes are together: "parallel convolutions"."""
    kinds = Counter(wires.layers[leaf].kind for leaf in leaves)
    sorts = [kind for kind in SORTS if kinds[kind]]
    if not sorts:
        return phrase("parallel branches")
    return phrase("parallel {layers}", layers=SORTS[sorts[0]])
