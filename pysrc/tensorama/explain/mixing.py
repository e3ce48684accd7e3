"""A mixture of values by attention: all of it, from the query and the keys to the mixture.

One operator may have made it, or MatMul, Softmax and MatMul with scales and masks between them, as
exporters write attention down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.explain.account import Index
from tensorama.explain.declare import account
from tensorama.explain.explained import Explanation, Group, Source, explain
from tensorama.explain.origin import Origins, origins
from tensorama.phrases import phrase

_ROLES = (phrase("query"), phrase("key"))
_FAR = 10  # operators between the parts of an attention: scales, masks, what moves or drops


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """What one query looks at: a weight, a score and a share of the result for each key.

    made: the mixture. weights, scores: their cells along the keys, as one operand each. parts: the
    shares of the mixture, one after the other along the keys; several for the same keys where a
    value is a sum itself. fit: of the key that weighs most, the query and the key as the two
    operands of their products, of the tensor "" where they were made inside of the operator; None
    where they are not two rows. query: the position that looks, best: the key that weighs most.
    """

    made: Explanation
    weights: Group
    scores: Group
    parts: Sequence[Sequence[Group]]
    fit: Group | None
    query: int
    best: int

    @property
    def shares(self) -> np.ndarray:
        """How much of the result comes from each key."""
        return np.concatenate(
            [
                sum(one.share.reshape(len(one.share), -1).sum(axis=1) for one in part)
                for part in self.parts
            ]
        )

    def value(self, key: int) -> Source | None:
        """The cell of the value at a key, if it is one cell."""
        for first, *others in self.parts:
            if key < len(first.share):
                alone = first.share.ndim == 1 and not others
                return first.term(key).sources[1] if alone else None
            key -= len(first.share)
        return None


def mixture_of(trace: Trace, explained: Explanation) -> Mixture | None:
    """The attention that a number is the result of, also if it was moved since; else None."""
    known = origins(trace)
    try:
        made = _unmoved(trace, explained)
        parts = _parts(known, made)
        return _mixture(trace, made, parts) if parts else None
    except TensoramaError:  # something on the way is not declared
        return None


def _unmoved(trace: Trace, explained: Explanation) -> Explanation:
    """What was moved to where the number stands."""
    for _ in range(_FAR):
        if explained.body != "movement" or not explained.groups:
            break
        source = explained.groups[0].term(0).sources[0]
        if not source.inside:
            break
        explained = explain(trace, source.tensor, source.index)
    return explained


def _parts(known: Origins, made: Explanation) -> list[Group]:
    """The products of weights and values, weights first."""
    if made.body == "attention":
        return [group for group in made.groups if group.roles and group.roles[0] == "weight"]
    if made.body != "products" or not made.groups:
        return []
    group = max(made.groups, key=lambda g: g.share.size)
    if group.share.ndim != 1 or len(group.tensors) != 2:
        return []
    for one in (0, 1):
        found = _softmax(known, group.tensors[one], group.indices[one])
        if found is not None:
            tensor, index = found
            return [
                replace(
                    group, tensors=(tensor, group.tensors[1 - one]), roles=("weight", "value"),
                    indices=(index, group.indices[1 - one]),
                    values=(group.values[one], group.values[1 - one]),
                    inside=(group.inside[one], group.inside[1 - one]),
                )
            ]  # fmt: skip
    return []


def _softmax(known: Origins, tensor: str, index: Index) -> tuple[str, Index] | None:
    """The cells of a softmax that these are, after what only moves or changes each for itself."""
    for _ in range(_FAR):
        cell = known.cell(tensor, index)
        if cell is None:
            return None
        of = account(cell)
        if of.body == "softmax":
            return (tensor, index) if cell.op == "Softmax" else None
        moved = of.operands[0] if of.body == "movement" and of.operands else None
        operand = of.changes or moved
        if operand is None or not operand.there.all():
            return None
        shape = index[0].shape
        tensor = cell.named(operand)
        index = tuple(np.broadcast_to(axis, shape) for axis in operand.index)
    return None


def _mixture(trace: Trace, made: Explanation, parts: list[Group]) -> Mixture | None:
    """All of it, from what was mixed backwards."""
    pieces: list[list[Group]] = []
    for part in parts:
        same = next((p for p in pieces if _same(_keys(p[0]), _keys(part))), None)
        if same is None:
            pieces.append([part])
        else:
            same.append(part)
    firsts = [piece[0] for piece in pieces]
    index = tuple(map(np.concatenate, zip(*map(_keys, firsts), strict=True)))
    numbers = np.concatenate([p.values[0].reshape(len(p.share), -1)[:, 0] for p in firsts])
    if not numbers.size:
        return None
    best = int(np.nan_to_num(numbers).argmax())
    tensor = parts[0].tensors[0]
    own = tuple(int(axis[best]) for axis in index)
    row = explain(trace, tensor, own, fused=False).groups[0]
    counted = slice(numbers.size)  # behind it a buffer that is not filled yet
    scores = replace(
        row, indices=(tuple(axis.reshape(-1)[counted] for axis in row.indices[0]),),
        values=(row.values[0].reshape(-1)[counted],),
        inside=(row.inside[0].reshape(-1)[counted],), share=row.share.reshape(-1)[counted],
        measure=None,
    )  # fmt: skip
    if scores.share.size != numbers.size or not _same(scores.indices[0], index):
        return None
    weights = replace(
        scores, name="weights", tensors=(tensor,), roles=("weight",), indices=(index,),
        values=(numbers,), share=numbers,
    )  # fmt: skip
    along = next((axis for axis, part in enumerate(index) if np.ptp(part)), len(index) - 1)
    asking = along - 1 if along == len(index) - 1 else along + 1
    query = own[asking] if len(own) > 1 else 0
    return Mixture(made, weights, scores, pieces, _fit(trace, scores, best), query, best)


def _keys(part: Group) -> Index:
    """The cells of the weights that a part has, one for each key."""
    return tuple(axis.reshape(len(part.share), -1)[:, 0] for axis in part.indices[0])


def _same(one: Index, other: Index) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def _fit(trace: Trace, scores: Group, best: int) -> Group | None:
    """The query and the key that weighs most, as operands of their products, in this order."""
    group = _products(trace, scores, best)
    if group is None or scores.share.size == 1:
        return group
    other = _products(trace, scores, 0 if best else 1)
    if other is None or not group.tensors[0] or _same(group.indices[0], other.indices[0]):
        return group
    return replace(
        group, tensors=group.tensors[::-1], indices=group.indices[::-1],
        values=group.values[::-1], inside=group.inside[::-1],
    )  # fmt: skip


def _products(trace: Trace, scores: Group, place: int) -> Group | None:
    source = scores.term(place).sources[0]
    found = _product(origins(trace), source.tensor, source.index)
    if found is None:
        return None
    explained = explain(trace, *found, fused=False)
    group = max(explained.groups, key=lambda g: g.share.size)
    if len(group.tensors) == 2 and group.share.ndim == 1:
        return replace(group, roles=_ROLES)
    return _within(explained) if explained.pair else None


def _within(explained: Explanation) -> Group:
    """A query and a key that were made, or turned, inside of the operator: cells of no tensor."""
    query, key = explained.pair
    products = query * key
    fit = explained.steps[0].value
    nowhere = (np.zeros(query.shape, int),)
    return Group(
        "products", ("", ""), _ROLES, (nowhere, nowhere), (query, key),
        (np.ones(query.shape, bool),) * 2, products * (fit / (products.sum() or 1.0)),
    )  # fmt: skip


def _product(
    known: Origins, tensor: str, index: tuple[int, ...], far: int = 0
) -> tuple[str, tuple[int, ...]] | None:
    """The sum of products that a score was made of, before scales and masks."""
    cell = known.cell(tensor, tuple(map(np.asarray, index)))
    if cell is None or far == _FAR:
        return None
    of = account(cell)
    if of.body == "products":
        return tensor, index
    if of.body not in ("elements", "movement"):
        return None
    for operand in of.operands:
        name = cell.named(operand)
        if known.leads(name) and operand.there.all():
            found = _product(known, name, tuple(int(axis) for axis in operand.index), far + 1)
            if found is not None:
                return found
    return None
