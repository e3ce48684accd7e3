"""From a model to the tree that a person walks through: stages, blocks, layers."""

from __future__ import annotations

from collections.abc import Mapping

from tensorama.boundary import told
from tensorama.layers.blocks import with_blocks
from tensorama.layers.find import find_layers
from tensorama.layers.layer import Layer
from tensorama.layers.patterns import (
    COMPUTING,
    attentions,
    kind_of_group,
    with_attentions,
    with_transformers,
)
from tensorama.layers.scopes import scoped
from tensorama.layers.signature import Signatures
from tensorama.layers.stages import MOST, limited, repeated
from tensorama.layers.story import MANY, staged
from tensorama.layers.unit import Level, Size, Unit, Wires, certain_level
from tensorama.layers.words import content, named
from tensorama.onnxfile import Model

_BLOCKS = frozenset({"block", "residual", "inception", "group"})
_FEW = 8  # an author's group of so few things is not taken apart
_FEWEST = 5  # boxes that tell a story; where there are fewer, the widest is open from the start
_WIDE = 0.4  # as a part of all leaves
_SHELL = 0.75  # a group that holds more than this part of what is around it is a shell around it
_SHELLS = 24  # so many shells may lie in each other; below them rows are only cut into equal parts


@told("Grouping the layers of this model")
def layer_tree(
    model: Model,
    shapes: Mapping[str, tuple[int, ...]],
    layers: tuple[Layer, ...] | None = None,
) -> Layer:
    """Give the tree of a model's layers: its leaves are those of `find_layers`, in order.

    Groups come from the scopes of names, where the file has them; inside these and elsewhere from
    wiring (what forks and comes together is a block), from operators (attention, dense pairs),
    from repetition, and where many things stand in a row from the size of their pictures. Every
    group is convex: no way leaves it and comes back. Only pictures' sizes depend on `shapes`
    (tensor name -> shape, as far as known); everything else is the same for every run. `layers`:
    those of `find_layers`, where they are known already.
    """
    layers = find_layers(model) if layers is None else layers
    if not layers:
        return Layer(model.graph.name or "network", "group", "nothing", "", ())
    wires = _wires(layers, shapes)
    maker = _Maker(wires)
    leaves = [wires.leaf(number) for number in range(len(layers))]
    root = Unit(list(range(len(layers))), "group", scoped(leaves, wires))
    maker.refine(root)
    return _finished(root, wires, model)


def _wires(layers: tuple[Layer, ...], shapes: Mapping[str, tuple[int, ...]]) -> Wires:
    number = {layer.name: place for place, layer in enumerate(layers)}
    reads = [sorted(number[name] for name in layer.reads) for layer in layers]
    readers: list[list[int]] = [[] for _ in layers]
    for place, before in enumerate(reads):
        for other in before:
            readers[other].append(place)
    return Wires(layers, reads, readers, [_size(shapes.get(layer.tensor)) for layer in layers])


def _size(shape: tuple[int, ...] | None) -> Size | None:
    """Height and width of maps; None for what has no place in a picture."""
    if shape is None or len(shape) != 4 or shape[2] * shape[3] <= 1:
        return None
    return shape[2], shape[3]


class _Maker:
    """Refines groups from the outside to the inside."""

    def __init__(self, wires: Wires) -> None:
        self.wires = wires
        self.hearts: dict[int, set[int]] = {}
        for leaves in attentions(wires):
            core = [
                n for n in leaves if not wires.readers[n] or leaves.isdisjoint(wires.readers[n])
            ]
            self.hearts[max(core, default=max(leaves))] = leaves
        self.signatures = Signatures(wires)
        self.outer = self._outer()

    def _outer(self) -> set[int]:
        """Inputs, and leaves that only prepare what comes in at the side, as masks do.

        Nothing is computed in them or before them, and who reads them has more to read.
        """
        wires, prepared = self.wires, set[int]()
        for number, layer in enumerate(wires.layers):
            before = wires.reads[number]
            idle = layer.kind not in COMPUTING and bool(before) and prepared.issuperset(before)
            if layer.kind == "input" or idle:
                prepared.add(number)
        begins = {
            number
            for number, before in enumerate(wires.reads)
            if number not in prepared and prepared.issuperset(before)
        }
        found: set[int] = set()
        for number in sorted(prepared):
            aside = begins.isdisjoint(wires.readers[number])
            if wires.layers[number].kind == "input" or (
                aside and found.issuperset(wires.reads[number])
            ):
                found.add(number)
        return found

    def refine(self, root: Unit) -> None:
        """Group the children of this unit and of all below it.

        This ends, and soon: no group is made of all that is in a unit, so each is smaller than what
        is around it, and all but a few (`_SHELLS`) are smaller by a good part. Hence no leaf lies
        deeper than that few and the logarithm of their count, and each level's work is once for
        each leaf in it.
        """
        waiting = [(root, 0)]
        while waiting:
            unit, shells = waiting.pop()
            level = certain_level(unit.children, self.wires)
            seen_at_once = MANY if unit.kind == "attention" else _FEW
            if shells > _SHELLS:
                level = limited(level, self.wires)
            elif unit is root:
                level = limited(self._told(level), self.wires)
            elif len(level.units) > seen_at_once or unit.name in ("neck", "head"):
                level = limited(self._grouped(level, unit.name or unit.scope), self.wires)
            unit.children = level.units
            for child in level.units:
                self._name_kind(child)
            inner = [child.kind for child in level.units if child.children]
            if unit.scope and len(inner) > 1 and len({*inner}) == 1 and _BLOCKS.issuperset(inner):
                unit.kind = "stage"
            for child in level.units:
                thick = len(child.leaves) > _SHELL * len(unit.leaves)
                if child.children:
                    waiting.append((child, shells + thick))

    def _told(self, level: Level) -> Level:
        """Group what is seen first; a wide group is open from the start if there is little else."""
        made = self._grouped(level)
        if len(self.wires.layers) <= _FEW:
            return made
        while sum(unit.kind != "input" for unit in made.units) < _FEWEST:
            scopes = [unit for unit in level.units if unit.scope and unit.children]
            widest = max(scopes, key=lambda unit: len(unit.leaves), default=None)
            if widest is None or len(widest.leaves) < _WIDE * len(self.wires.layers):
                break
            units = [unit for unit in level.units if unit is not widest]
            level = certain_level([*units, *widest.children], self.wires)
            opened = self._grouped(level)
            if len(opened.units) > MOST:
                break
            made = opened
        return made

    def _grouped(self, level: Level, inside: str = "") -> Level:
        level, hourglass = with_blocks(level, self.wires, self.outer)
        level = with_attentions(level, self.wires, self.hearts)
        for unit in level.units:
            self._name_kind(unit)
        level = with_transformers(level, self.wires)
        self.signatures.give(level.units)
        level = staged(level, self.wires, hourglass, inside)
        self.signatures.give(level.units)
        level = repeated(level, self.wires)
        self.signatures.give(level.units)
        return level

    def _name_kind(self, unit: Unit) -> None:
        if unit.children and unit.kind == "block":
            unit.kind = kind_of_group(unit.leaves, self.wires, self.hearts, "block")
            if unit.kind == "embedding":
                unit.kind, unit.name = "group", unit.scope or "embeddings"
            if unit.kind == "attention" or unit.name:
                self._flatten(unit)

    def _flatten(self, unit: Unit) -> None:
        """Take blocks apart in what is small enough to be seen at once."""
        while len(unit.leaves) <= MANY:
            inner = [child for child in unit.children if child.children and not child.scope]
            if not inner:
                break
            parts = [part for child in inner for part in child.children]
            parts += [child for child in unit.children if child not in inner]
            unit.children = certain_level(parts, self.wires).units


def _finished(root: Unit, wires: Wires, model: Model) -> Layer:
    """Turn units into layers, from the bottom to the top."""
    signatures = Signatures(wires)
    signatures.give([root])
    order, waiting = [], [root]
    while waiting:
        unit = waiting.pop()
        order.append(unit)
        waiting.extend(unit.children)
    root.name = model.graph.name or "network"
    for unit in order:
        names = named(unit.children, wires, unit.offset)
        for child, name in zip(unit.children, names, strict=True):
            child.name = name
    promised = {value.name for value in model.graph.outputs}
    made: dict[int, Layer] = {}
    for unit in reversed(order):
        if unit.children:
            children = tuple(made.pop(id(child)) for child in unit.children)
            made[id(unit)] = _group(unit, children, wires, promised)
        else:
            made[id(unit)] = _leaf(wires.layers[unit.first], unit.alike)
    return made[id(root)]


def _leaf(layer: Layer, alike: int) -> Layer:
    return Layer(
        name=layer.name,
        kind=layer.kind,
        op=layer.op,
        tensor=layer.tensor,
        tensors=layer.tensors,
        nodes=layer.nodes,
        reads=layer.reads,
        work=layer.work,
        same_as=alike,
    )


def _group(unit: Unit, children: tuple[Layer, ...], wires: Wires, promised: set[str]) -> Layer:
    inside = set(unit.leaves)
    read = sorted({n for leaf in unit.leaves for n in wires.reads[leaf] if n not in inside})
    leaving = [
        leaf
        for leaf in unit.leaves
        if not inside.issuperset(wires.readers[leaf])
        or not promised.isdisjoint(wires.layers[leaf].tensors)
    ]
    leaving = leaving or [unit.last]
    op, repeats = content(children)
    return Layer(
        name=unit.name,
        kind=unit.kind,
        op=op,
        tensor=wires.layers[leaving[-1]].tensor,
        tensors=tuple(wires.layers[leaf].tensor for leaf in leaving),
        reads=tuple(wires.layers[number].name for number in read),
        children=children,
        repeats=repeats,
        same_as=unit.alike,
    )
