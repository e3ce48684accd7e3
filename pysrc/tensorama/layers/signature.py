"""Which parts of a network have the same structure, whatever their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tensorama.layers.layer import Layer
from tensorama.layers.unit import Unit, Wires

# The attributes that make two operators different things; all others are sizes or weights.
_MATTERING = ("kernel_shape", "strides", "dilations", "axis", "perm", "direction", "mode")


class Signatures:
    """Numbers structures: two units get one number if they are built alike."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._known: dict[object, int] = {}

    def give(self, units: Sequence[Unit]) -> None:
        """Number these units and all in them that have no number yet."""
        waiting = [unit for unit in units if not unit.alike]
        order = []
        while waiting:
            unit = waiting.pop()
            order.append(unit)
            waiting.extend(unit.children)
        for unit in reversed(order):
            unit.alike = self._number(unit)

    def _number(self, unit: Unit) -> int:
        if not unit.children:
            key: object = _leaf(self._wires.layers[unit.first])
        else:
            place = {leaf: i for i, child in enumerate(unit.children) for leaf in child.leaves}
            key = tuple(
                (child.alike, tuple(sorted(self._read(child, place)))) for child in unit.children
            )
        return self._known.setdefault(key, len(self._known) + 1)

    def _read(self, child: Unit, place: dict[int, int]) -> Iterable[int]:
        own = place[child.first]
        return {
            place.get(n, -1)
            for leaf in child.leaves
            for n in self._wires.reads[leaf]
            if place.get(n) != own
        }


def _leaf(layer: Layer) -> object:
    return layer.op, tuple(
        (name, node.attributes[name])
        for node in layer.work
        for name in _MATTERING
        if name in node.attributes
    )
