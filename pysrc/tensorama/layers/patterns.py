"""What a group is: recognised by operators and wiring, never by a name."""

from __future__ import annotations

from collections.abc import Collection

from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers.kinds import kind_of, plain
from tensorama.layers.layer import Layer
from tensorama.layers.unit import PAUSE, Level, Set, Unit, Wires, nest

COMPUTING = frozenset({"convolution", "dense", "recurrent", "attention", "embedding"})
_SUMS = frozenset({"Add", "Sum"})


def attentions(wires: Wires) -> list[set[int]]:
    """What `attention_slices` gives, at once."""
    return whole(attention_slices(wires))


def attention_slices(wires: Wires) -> Slices[list[set[int]]]:
    """The leaves of each attention: weights from a softmax times values, with their projections.

    softmax(q·kᵀ)·v, or one of the operators for it; q, k and v each up to where a dense layer made
    them, and the dense layer that takes the result on.
    """
    found = []
    taken: set[int] = set()
    for number, layer in enumerate(wires.layers):
        if not number % PAUSE:
            yield
        if layer.kind == "attention" or (
            _multiplies(layer) and any(_weighs(wires, other) for other in wires.reads[number])
        ):
            leaves = _projected(number, wires, taken)
            taken |= leaves
            found.append(leaves)
    return found


def _multiplies(layer: Layer) -> bool:
    """Is this a product of two tensors of which none is a weight?"""
    return bool(layer.work) and plain(layer.work[0].op) == "MatMul" and len(layer.reads) == 2


def _weighs(wires: Wires, number: int) -> bool:
    """Does this leaf end in a softmax over a product of two tensors?"""
    layer = wires.layers[number]
    if not any(plain(node.op) == "Softmax" for node in layer.work):
        return False
    for _ in range(4):
        if _multiplies(wires.layers[number]):
            return True
        before = [other for other in wires.reads[number] if wires.layers[other].work]
        number = max(before, default=number)
    return False


def _projected(heart: int, wires: Wires, taken: Collection[int]) -> set[int]:
    inside, opened = {heart}, {heart}
    for number in range(heart - 1, max(-1, heart - 60), -1):
        readers = wires.readers[number]
        layer = wires.layers[number]
        if opened.isdisjoint(readers) or not inside.issuperset(readers) or number in taken:
            continue
        if layer.kind in ("input", "embedding") or not layer.work:
            continue
        inside.add(number)
        if layer.kind != "dense" or _multiplies(layer):
            opened.add(number)
    after = heart
    for _ in range(4):
        if len(wires.readers[after]) != 1:
            break
        after = wires.readers[after][0]
        kind = wires.layers[after].kind
        if kind == "dense" and len(wires.reads[after]) == 1:
            return inside.union(range(heart, after + 1)) if after - heart < 3 else {*inside, after}
        if kind != "operation":
            break
    return inside


def kind_of_group(
    leaves: Collection[int], wires: Wires, hearts: dict[int, set[int]], otherwise: str
) -> str:
    """What these leaves are together.

    hearts: each attention's leaves by its last product.
    """
    kinds = [wires.layers[leaf].kind for leaf in leaves]
    inside = [hearts[leaf] for leaf in leaves if leaf in hearts]
    dense = [leaf for leaf in leaves if _is_dense(leaf, wires)]
    working = [kind for kind in kinds if kind in COMPUTING]
    if inside:
        others = [leaf for leaf in dense if leaf not in inside[0]]
        return "attention" if len(inside) == 1 and len(others) < 2 else otherwise
    if working and set(working) == {"recurrent"}:
        return "recurrent"
    if working and set(working) == {"embedding"}:
        return "embedding"
    if len(dense) == len(working) and 2 <= len(dense) <= 3 and _activated(dense, leaves, wires):
        return "mlp"
    return _merged(leaves, wires) or otherwise


def _is_dense(leaf: int, wires: Wires) -> bool:
    return wires.layers[leaf].kind == "dense" and not _multiplies(wires.layers[leaf])


def _activated(dense: list[int], leaves: Collection[int], wires: Wires) -> bool:
    """Does the first dense layer's way to the last one pass an activation?"""
    return any(
        kind_of(node.op) == "activation"
        for leaf in leaves
        if min(dense) <= leaf < max(dense)
        for node in wires.layers[leaf].work
    )


def _merged(leaves: Collection[int], wires: Wires) -> str:
    """What the way in which branches come together says."""
    inside = set(leaves)
    last = max(inside)
    if wires.layers[last].kind in ("normalization", "activation"):
        last = next((other for other in wires.reads[last] if other in inside), last)
    layer = wires.layers[last]
    op = plain(layer.work[0].op) if layer.work else ""
    branches = wires.reads[last]
    if op in ("Concat", "Max") and len(branches) >= 3:
        return "inception"
    if op not in _SUMS or len(branches) < 2:
        return ""
    outside = {other for leaf in inside for other in wires.reads[leaf] if other not in inside}
    computing = any(wires.layers[leaf].kind in COMPUTING - {"embedding"} for leaf in inside)
    if len(outside) == 1 and computing and any(_skips(b, inside, wires) for b in branches):
        return "residual"
    return ""


def _skips(branch: int, inside: set[int], wires: Wires) -> bool:
    """Is this branch the block's input, with at most two layers in between to fit its shape?"""
    for _ in range(3):
        if branch not in inside:
            return True
        if len(wires.reads[branch]) != 1:
            return False
        branch = wires.reads[branch][0]
    return False


def with_attentions(level: Level, wires: Wires, hearts: dict[int, set[int]]) -> Slices[Level]:
    """Make groups of those attentions, and of dense pairs, that lie loose between other things."""
    place = {unit.first: number for number, unit in enumerate(level.units) if not unit.children}
    sets: list[Set] = []
    for heart, leaves in hearts.items():
        if heart in place:
            places = [place[leaf] for leaf in leaves if leaf in place]
            if 1 < len(places) == len(leaves) < len(level.units):
                sets.append((places, "attention", ""))
    if not sets:
        return level
    used = {number for places, *_ in sets for number in places}
    for first in place.values():
        second = level.readers[first][0] if len(level.readers[first]) == 1 else first
        pair = [first, second]
        if second not in place.values() or not used.isdisjoint(pair) or second == first:
            continue
        leaves = {level.units[number].first for number in pair}
        dense = [leaf for leaf in leaves if _is_dense(leaf, wires)]
        if len(dense) == 2 and _activated(dense, leaves, wires):
            sets.append((pair, "mlp", ""))
            used.update(pair)
    return (yield from nest(level, sets, wires))


def with_transformers(level: Level, wires: Wires) -> Slices[Level]:
    """Put an attention and the dense layers behind it into one block."""
    sets: list[Set] = []
    at = 0
    while at < len(level.units):
        end, between = _transformer(level.units, at)
        if end:
            if between and end < len(level.units) and _is_norm(level.units[end]):
                end += 1
            if end - at < len([unit for unit in level.units if unit.kind != "input"]):
                sets.append((range(at, end), "block", ""))
        at = end or at + 1
    return (yield from nest(level, sets, wires))


def _transformer(units: list[Unit], at: int) -> tuple[int, bool]:
    """Where a block that starts at this place ends, 0 if none does; is there a norm between?"""
    end, between = at, False
    while end < len(units) and units[end].kind == "attention" and units[end].children:
        end += 1
        if end < len(units) and _is_norm(units[end]):
            end, between = end + 1, True
    if at < end < len(units) and units[end].kind == "mlp":
        return end + 1, between
    return 0, False


def _is_norm(unit: Unit) -> bool:
    return unit.kind == "normalization"
