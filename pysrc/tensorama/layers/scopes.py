"""Groups by the names that authors gave: `/layer1/layer1.0/conv1/Conv` lies in layer1.0."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from tensorama.engine.contract.slices import Slices
from tensorama.layers.authored import unwrapped
from tensorama.layers.layer import Layer
from tensorama.layers.unit import PAUSE, Unit, Wires, certain_level, nest

Path = tuple[str, ...]
_DEEPEST = 12  # names are no program: deeper scopes are not looked at


def scope_of(layer: Layer) -> Path:
    """The scopes around a layer, outermost first: those of the node that it starts with."""
    if not layer.work:
        return ()
    node = layer.work[0]
    if node.scope:
        return node.scope[:_DEEPEST]
    name = node.name or next(filter(None, node.outputs), "")
    return tuple(unwrapped(name, node.op)[:-1][:_DEEPEST])


def _fill_in(names: dict[int, Path], wires: Wires) -> Slices[None]:
    """Give layers of which a file notes no scope, as PyTorch's of a Split, that in which all lies
    that reads them, where it notes these and what they read."""
    for number, layer in enumerate(wires.layers):
        if not number % PAUSE:
            yield
        reads, readers = wires.reads[number], wires.readers[number]
        around = [wires.layers[other] for other in (*reads, *readers)]
        noted = all(other.work and other.work[0].scope for other in around)
        if reads and readers and noted and layer.work and not names.get(number):
            names[number] = _shared([names[other] for other in readers])


def _shared(paths: Sequence[Path]) -> Path:
    """What all begin with."""
    first, last = min(paths), max(paths)
    same = (a == b for a, b in zip(first, last, strict=False))
    return first[: len([*takewhile(bool, same)])]


def scoped(leaves: Sequence[Unit], wires: Wires) -> Slices[list[Unit]]:
    """Put leaves into groups as their authors did, groups into groups; the outermost come back.

    A scope around a single thing, or around everything, is no group.
    """
    names: dict[int, Path] = {}
    for unit in leaves:
        names[unit.first] = scope_of(wires.layers[unit.first])
        if not len(names) % PAUSE:
            yield
    yield from _fill_in(names, wires)
    top = Unit(sorted(names), "group", list(leaves))
    waiting = [(top, 0)]
    while waiting:
        parent, depth = waiting.pop()
        level = yield from certain_level(parent.children, wires)
        inside: dict[str, list[int]] = {}
        for place, unit in enumerate(level.units):
            scope = names[unit.first]
            if len(scope) > depth:
                inside.setdefault(scope[depth], []).append(place)
        sets = [(places, "block", scope) for scope, places in inside.items() if len(places) > 1]
        inputs = sum(unit.kind == "input" for unit in level.units)
        if len(sets) == 1 and len(sets[0][0]) + inputs == len(level.units):
            parent.children = level.units
            waiting.append((parent, depth + 1))
            continue
        parent.children = (yield from nest(level, sets, wires)).units
        waiting.extend((unit, depth + 1) for unit in parent.children if unit.children)
    return top.children
