"""Which parts of a network have the same structure, whatever their sizes."""

from __future__ import annotations

from collections.abc import Sequence

from tensorama.engine.contract.slices import Slices
from tensorama.layers.layer import Layer
from tensorama.layers.unit import PAUSE, Unit, Wires

# The attributes that make two operators different things; all others are sizes or weights.
_MATTERING = ("kernel_shape", "strides", "dilations", "axis", "perm", "direction", "mode")


class Signatures:
    """Numbers structures: two units get one number if they are built alike."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._known: dict[object, int] = {}

    def give(self, units: Sequence[Unit]) -> Slices[None]:
        """Number these units and all in them that have no number yet."""
        waiting = [unit for unit in units if not unit.alike]
        order = []
        while waiting:
            unit = waiting.pop()
            order.append(unit)
            waiting.extend(unit.children)
        yield
        for number, unit in enumerate(reversed(order)):
            if not number % PAUSE:
                yield
            key: object = _leaf(self._wires.layers[unit.first])
            if unit.children:
                key = yield from self._key(unit)
            unit.alike = self._known.setdefault(key, len(self._known) + 1)

    def _key(self, unit: Unit) -> Slices[object]:
        """What its children are alike to, and which of them each reads."""
        place: dict[int, int] = {}
        for number, child in enumerate(unit.children):
            place.update(dict.fromkeys(child.leaves, number))
            yield
        key = []
        for number, child in enumerate(unit.children):
            read: set[int] = set()
            for seen, leaf in enumerate(child.leaves):
                read.update(place.get(other, -1) for other in self._wires.reads[leaf])
                if not (seen + 1) % PAUSE:
                    yield
            key.append((child.alike, tuple(sorted(read - {number}))))
        return tuple(key)


def _leaf(layer: Layer) -> object:
    return layer.op, tuple(
        (name, node.attributes[name])
        for node in layer.work
        for name in _MATTERING
        if name in node.attributes
    )
