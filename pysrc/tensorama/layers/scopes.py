"""Groups by the names that authors gave: `/layer1/layer1.0/conv1/Conv` lies in layer1.0."""

from __future__ import annotations

from collections.abc import Sequence

from tensorama.engine.contract.slices import Slices
from tensorama.layers.authored import unwrapped
from tensorama.layers.layer import Layer
from tensorama.layers.unit import PAUSE, Unit, Wires, certain_level, nest

_DEEPEST = 12  # names are no program: deeper scopes are not looked at


def scope_of(layer: Layer) -> tuple[str, ...]:
    """The scopes around a layer, outermost first: those of the node that it starts with."""
    if not layer.work:
        return ()
    node = layer.work[0]
    if node.scope:
        return node.scope[:_DEEPEST]
    name = node.name or next(filter(None, node.outputs), "")
    return tuple(unwrapped(name, node.op)[:-1][:_DEEPEST])


def scoped(leaves: Sequence[Unit], wires: Wires) -> Slices[list[Unit]]:
    """Put leaves into groups as their authors did, groups into groups; the outermost come back.

    A scope around a single thing, or around everything, is no group.
    """
    names: dict[int, tuple[str, ...]] = {}
    for unit in leaves:
        names[unit.first] = scope_of(wires.layers[unit.first])
        if not len(names) % PAUSE:
            yield
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
