"""From a model to the tree that a person walks through: stages, blocks, layers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from tensorama.boundary import told
from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers.blocks import with_blocks
from tensorama.layers.channels import channels_last
from tensorama.layers.find import find_layers
from tensorama.layers.lanes import with_lanes
from tensorama.layers.layer import Layer
from tensorama.layers.patterns import (
    COMPUTING,
    attention_slices,
    kind_of_group,
    with_attentions,
    with_transformers,
)
from tensorama.layers.scopes import scoped
from tensorama.layers.signature import Signatures
from tensorama.layers.stages import MOST, limited, repeated
from tensorama.layers.story import MANY, staged
from tensorama.layers.unit import PAUSE, Level, Size, Unit, Wires, certain_level
from tensorama.layers.words import content, named
from tensorama.onnxfile import Model
from tensorama.phrases import phrase

_DRAWN = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # by chance: no name
_BLOCKS = frozenset({"block", "residual", "inception", "group"})
_FEW = 8  # an author's group of so few things is not taken apart
_FEWEST = 5  # boxes that tell a story; where there are fewer, the widest is open from the start
_WIDE = 0.4  # as a part of all leaves
_SHELL = 0.75  # a group that holds more than this part of what is around it is a shell around it
_SHELLS = 24  # so many shells may lie in each other; below them rows are only cut into equal parts


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
    return whole(tree_slices(model, shapes, layers))


@told("Grouping the layers of this model")
def tree_slices(
    model: Model, shapes: Mapping[str, tuple[int, ...]], layers: tuple[Layer, ...]
) -> Slices[Layer]:
    """The same in slices, so that a page can breathe between them."""
    if not layers:
        return Layer(model.graph.name or phrase("network"), "group", phrase("nothing"), "", ())
    last = yield from channels_last(model.graph, shapes)
    wires = yield from _wires(layers, shapes, last)
    maker = yield from _maker(wires)
    leaves = []
    for number in range(len(layers)):
        leaves.append(wires.leaf(number))
        if not number % PAUSE:
            yield
    root = Unit(list(range(len(layers))), "group", (yield from scoped(leaves, wires)))
    yield from maker.refine(root)
    return (yield from _finished(root, wires, model))


def _wires(
    layers: tuple[Layer, ...], shapes: Mapping[str, tuple[int, ...]], last: set[str]
) -> Slices[Wires]:
    number = {layer.name: place for place, layer in enumerate(layers)}
    yield
    reads = list[list[int]]()
    readers: list[list[int]] = [[] for _ in layers]
    sizes = list[Size | None]()
    for place, layer in enumerate(layers):
        reads.append(sorted(number[name] for name in layer.reads))
        for other in reads[-1]:
            readers[other].append(place)
        if reads[-1] and layer.work and all(node.op == "Pad" for node in layer.work):
            sizes.append(sizes[reads[-1][0]])  # a border for what comes next: no size by itself
        else:
            sizes.append(_size(shapes.get(layer.tensor), layer.tensor in last))
        if not place % PAUSE:
            yield
    return Wires(layers, reads, readers, sizes)


def _size(shape: tuple[int, ...] | None, channels_last: bool) -> Size | None:
    """Height and width of maps; None for what has no place in a picture."""
    if shape is None or len(shape) != 4:
        return None
    high, wide = shape[1:3] if channels_last else shape[2:]
    return (high, wide) if high * wide > 1 else None


def _maker(wires: Wires) -> Slices[_Maker]:
    hearts: dict[int, set[int]] = {}
    for leaves in (yield from attention_slices(wires)):
        core = [n for n in leaves if not wires.readers[n] or leaves.isdisjoint(wires.readers[n])]
        hearts[max(core, default=max(leaves))] = leaves
    return _Maker(wires, hearts, (yield from _outer(wires)))


def _outer(wires: Wires) -> Slices[set[int]]:
    """Inputs, and leaves that only prepare what comes in at the side, as masks do.

    Nothing is computed in them or before them, and who reads them has more to read.
    """
    prepared = set[int]()
    for number, layer in enumerate(wires.layers):
        before = wires.reads[number]
        idle = layer.kind not in COMPUTING and bool(before) and prepared.issuperset(before)
        if layer.kind == "input" or idle:
            prepared.add(number)
        if not number % PAUSE:
            yield
    begins = set[int]()
    for number, before in enumerate(wires.reads):
        if number not in prepared and prepared.issuperset(before):
            begins.add(number)
        if not number % PAUSE:
            yield
    found: set[int] = set()
    for count, number in enumerate(sorted(prepared)):
        aside = begins.isdisjoint(wires.readers[number])
        if wires.layers[number].kind == "input" or (
            aside and found.issuperset(wires.reads[number])
        ):
            found.add(number)
        if not count % PAUSE:
            yield
    return found


class _Maker:
    """Refines groups from the outside to the inside."""

    def __init__(self, wires: Wires, hearts: dict[int, set[int]], outer: set[int]) -> None:
        self.wires, self.hearts, self.outer = wires, hearts, outer
        self.signatures = Signatures(wires)

    def refine(self, root: Unit) -> Slices[None]:
        """Group the children of this unit and of all below it.

        This ends, and soon: no group is made of all that is in a unit, so each is smaller than what
        is around it, and all but a few (`_SHELLS`) are smaller by a good part. Hence no leaf lies
        deeper than that few and the logarithm of their count, and each level's work is once for
        each leaf in it.
        """
        waiting = [(root, 0)]
        while waiting:
            unit, shells = waiting.pop()
            if unit.settled:
                waiting += [(child, shells) for child in unit.children if child.children]
                continue
            level = yield from certain_level(unit.children, self.wires)
            seen_at_once = MANY if unit.kind == "attention" else _FEW
            if shells > _SHELLS:
                level = yield from limited(level, self.wires)
            elif unit is root:
                level = yield from limited((yield from self._told(level)), self.wires)
            elif len(level.units) > seen_at_once or unit.name in ("neck", "head"):
                inside = unit.name or unit.scope or "group"
                level = yield from self._grouped(level, inside)
                level = yield from limited(level, self.wires)
            unit.children = level.units
            for child in level.units:
                yield from self._name_kind(child)
            inner = [child.kind for child in level.units if child.children]
            if unit.scope and len(inner) > 1 and len({*inner}) == 1 and _BLOCKS.issuperset(inner):
                unit.kind = "stage"
            for child in level.units:
                thick = len(child.leaves) > _SHELL * len(unit.leaves)
                if child.children:
                    waiting.append((child, shells + thick))

    def _told(self, level: Level) -> Slices[Level]:
        """Group what is seen first; a wide group is open from the start if there is little else."""
        made = yield from self._grouped(level)
        if len(self.wires.layers) <= _FEW:
            return made
        beside = set[int]()
        while sum(unit.kind != "input" for unit in made.units) < _FEWEST:
            scopes = [unit for unit in level.units if unit.scope and unit.children]
            widest = max(scopes, key=lambda unit: len(unit.leaves), default=None)
            if widest is None or len(widest.leaves) < _WIDE * len(self.wires.layers):
                break
            units = [unit for unit in level.units if unit is not widest]
            beside.update(unit.first for unit in scopes if unit is not widest)
            level = yield from certain_level([*units, *widest.children], self.wires)
            opened = yield from self._grouped(level, beside=beside)
            if len(opened.units) > MOST:
                break
            made = opened
        return made

    def _grouped(
        self, level: Level, inside: str = "", beside: Collection[int] = ()
    ) -> Slices[Level]:
        level = yield from with_lanes(level, self.wires)
        level, hourglass = yield from with_blocks(level, self.wires, self.outer)
        level = yield from with_attentions(level, self.wires, self.hearts)
        for number, unit in enumerate(level.units):
            yield from self._name_kind(unit)
            if not number % PAUSE:
                yield
        level = yield from with_transformers(level, self.wires)
        yield from self.signatures.give(level.units)
        level = yield from staged(level, self.wires, hourglass, inside, beside)
        yield from self.signatures.give(level.units)
        level = yield from repeated(level, self.wires)
        yield from self.signatures.give(level.units)
        return level

    def _name_kind(self, unit: Unit) -> Slices[None]:
        if unit.children and unit.kind == "block":
            unit.kind = kind_of_group(unit.leaves, self.wires, self.hearts, "block")
            if unit.kind == "embedding":
                unit.kind, unit.name = "group", unit.scope or phrase("embeddings")
            if unit.kind == "attention" or unit.name:
                yield from self._flatten(unit)

    def _flatten(self, unit: Unit) -> Slices[None]:
        """Take blocks apart in what is small enough to be seen at once."""
        while len(unit.leaves) <= MANY:
            inner = [child for child in unit.children if child.children and not child.scope]
            if not inner:
                break
            parts = [part for child in inner for part in child.children]
            parts += [child for child in unit.children if child not in inner]
            unit.children = (yield from certain_level(parts, self.wires)).units


def _finished(root: Unit, wires: Wires, model: Model) -> Slices[Layer]:
    """Turn units into layers, from the bottom to the top."""
    order, waiting = [], [root]
    while waiting:
        unit = waiting.pop()
        unit.alike = 0  # what was known of it is of the time before it was taken apart
        order.append(unit)
        waiting.extend(unit.children)
        if not len(order) % PAUSE:
            yield
    yield from Signatures(wires).give([root])
    name = model.graph.name
    root.name = phrase("network") if not name or _DRAWN.fullmatch(name) else name
    for number, unit in enumerate(order):
        if not number % PAUSE or unit.children:
            yield
        names = named(unit.children, wires, unit.offset)
        for child, name in zip(unit.children, names, strict=True):
            child.name = name
    promised = {value.name for value in model.graph.outputs}
    made: dict[int, Layer] = {}
    for number, unit in enumerate(reversed(order)):
        if not number % PAUSE:
            yield
        if unit.children:
            children = tuple(made.pop(id(child)) for child in unit.children)
            made[id(unit)] = yield from _group(unit, children, wires, promised)
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


def _group(
    unit: Unit, children: tuple[Layer, ...], wires: Wires, promised: set[str]
) -> Slices[Layer]:
    inside = set(unit.leaves)
    read, leaving = set[int](), list[int]()
    for number, leaf in enumerate(unit.leaves, 1):
        read.update(wires.reads[leaf])
        if not inside.issuperset(wires.readers[leaf]) or not promised.isdisjoint(
            wires.layers[leaf].tensors
        ):
            leaving.append(leaf)
        if not number % PAUSE:
            yield
    leaving = leaving or [unit.last]
    op, repeats = content(children)
    return Layer(
        name=unit.name,
        kind=unit.kind,
        op=op,
        tensor=wires.layers[leaving[-1]].tensor,
        tensors=tuple(wires.layers[leaf].tensor for leaf in leaving),
        reads=tuple(wires.layers[number].name for number in sorted(read - inside)),
        children=children,
        repeats=repeats,
        same_as=unit.alike,
    )
