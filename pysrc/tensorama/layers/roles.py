"""What a layer is to those around it: a query, a mask, a table of positions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import permutations
from typing import cast

from tensorama.layers.kinds import plain
from tensorama.layers.layer import Layer
from tensorama.layers.names import Part
from tensorama.layers.patterns import attentions
from tensorama.layers.unit import Wires
from tensorama.phrases import joined, phrase

_WAY = 4  # layers between a product and what made its operands
_GATES = ("Sigmoid", "HardSigmoid")
_SIDES = (phrase("query"), phrase("key"), phrase("value"))


def roles_of(parts: Sequence[Part], live: Collection[str]) -> dict[int, str]:
    """Name layers by what they are in an attention, an embedding or a squeeze and excitation,
    wherever the wiring tells.

    live: the tensors that depend on values of an input.
    """
    roles: dict[int, str] = {}
    for number, part in enumerate(parts):
        if part.work and plain(part.work[0].op) == "Gather":
            roles[number] = _gathered(part.work[0].inputs, live)
        elif part.kind == "merge" and part.words[:1] == ("Mul",) and len(part.reads) == 2:
            roles.update(_squeezed(number, parts))
    if any(p.kind == "attention" or any(plain(n.op) == "Softmax" for n in p.work) for p in parts):
        _attend(parts, roles)
    return roles


def _gathered(inputs: Sequence[str], live: Collection[str]) -> str:
    """What a Gather takes out of what: rows of a table by ids, or at places known before."""
    if inputs[0] in live:
        return phrase("selection")
    by_ids = len(inputs) > 1 and inputs[1] in live
    return phrase("embedding") if by_ids else phrase("positions")


def _squeezed(product: int, parts: Sequence[Part]) -> dict[int, str]:
    """The parts of a squeeze and excitation: what is averaged over the picture tells, through two
    small layers, how much each channel counts."""
    for gate, scaled in permutations(parts[product].reads):
        if not parts[gate].words[-1:] or parts[gate].words[-1] not in _GATES:
            continue
        way = [gate]
        while len(way) < _WAY and parts[way[-1]].kind != "pooling":
            if len(parts[way[-1]].reads) != 1:
                break
            way.append(parts[way[-1]].reads[0])
        pool = parts[way[-1]]
        if pool.kind == "pooling" and tuple(pool.reads) == (scaled,) and len(way) > 1:
            return {
                way[-1]: phrase("squeeze"), **dict.fromkeys(way[1:-1], phrase("reduce")),
                gate: phrase("excite"), product: phrase("rescale"),
            }  # fmt: skip
    return {}


def _attend(parts: Sequence[Part], roles: dict[int, str]) -> None:
    """Name what belongs to an attention: one operator, or spelled out in products and a softmax."""
    layers = cast("tuple[Layer, ...]", tuple(parts))  # kind, work and reads are enough here
    reads, readers = [sorted(part.reads) for part in parts], [list[int]() for _ in parts]
    for number, before in enumerate(reads):
        for other in before:
            readers[other].append(number)
    wires = Wires(layers, reads, readers, [None] * len(parts))
    for inside in attentions(wires):
        _Attention(parts, readers, inside, roles).name()


def _is_product(part: Part) -> bool:
    return part.kind == "dense" and len(part.reads) == 2


class _Attention:
    """One attention: weights = softmax(query · keyᵀ), times value."""

    def __init__(
        self,
        parts: Sequence[Part],
        readers: Sequence[Sequence[int]],
        inside: Collection[int],
        roles: dict[int, str],
    ) -> None:
        self.parts, self.readers, self.inside, self.roles = parts, readers, inside, roles

    def name(self) -> None:
        """Name everything around the product of queries and keys and that of weights and values."""
        fused = [n for n in self.inside if self.parts[n].kind == "attention"]
        products = [n for n in sorted(self.inside) if _is_product(self.parts[n])]
        if fused and len(self.parts[fused[0]].reads) >= len(_SIDES):
            heads, sides = fused[0], self.parts[fused[0]].reads[: len(_SIDES)]
        elif not fused and len(products) == 2:
            scores, heads = products
            weights = self._weights(scores, heads)
            values = [n for n in self.parts[heads].reads if n != weights]
            if weights is None or len(values) != 1:
                return
            self.roles |= {scores: phrase("scores"), heads: phrase("head outputs")}
            self.roles[weights] = phrase("attention weights")
            sides = [*self.parts[scores].reads, *values]
        else:
            return
        self._name_sides([self._made(side) for side in sides])
        after = [n for n in self.inside if n > heads and self.parts[n].kind == "dense"]
        self.roles.update(dict.fromkeys(after, phrase("projection")))

    def _name_sides(self, ways: list[list[int]]) -> None:
        """Name the layers on the ways to queries, keys and values; what is on several is all."""
        for side, way in zip(_SIDES, ways, strict=True):
            for number in way:
                shared = sum(number in other for other in ways) > 1
                self.roles[number] = joined(", ", _SIDES) if shared else side

    def _weights(self, scores: int, heads: int) -> int | None:
        """The layer that ends in the softmax; what comes in on the way to it is a mask."""
        number = scores
        for _ in range(_WAY):
            if heads in self.readers[number]:
                return number
            if len(self.readers[number]) != 1:
                return None
            before, number = number, self.readers[number][0]
            for other in self.parts[number].reads:
                if other != before and self.parts[other].kind not in ("input", "dense"):
                    self.roles.setdefault(other, phrase("mask"))
        return None

    def _made(self, number: int) -> list[int]:
        """The layers that made an operand, back to the dense one that began it."""
        way = [number]
        for _ in range(_WAY):
            part = self.parts[way[-1]]
            if part.kind == "dense" or len(part.reads) != 1:
                break
            if part.reads[0] not in self.inside:
                break
            way.append(part.reads[0])
        return way
