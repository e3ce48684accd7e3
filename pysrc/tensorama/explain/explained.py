"""A number explained: computed again from its operands, with every stage and every share."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.errors import FeedError
from tensorama.explain import mathml
from tensorama.explain.account import Account, Operand, Path, Scalar, Stage, Terms, Values
from tensorama.explain.cell import Cell, taken, widened
from tensorama.explain.declare import account
from tensorama.explain.holding import Parts, held, unfinished
from tensorama.explain.origin import Origins, origins
from tensorama.onnxfile import Node
from tensorama.phrases import Phrase, phrase, sentences, word

_TRIED = 200  # terms among which some that count are looked for
_TAG, _LINE = re.compile("<[^>]*>"), 42  # letters of a line of numbers
_SPECIFICATIONS = {
    "": "https://onnx.ai/onnx/operators/onnx__{op}.html",
    "ai.onnx.ml": "https://onnx.ai/onnx/operators/onnx_aionnxml_{op}.html",
    "com.microsoft": "https://github.com/microsoft/onnxruntime/blob/main/docs/"
    "ContribOperators.md#com.microsoft.{op}",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One cell that took part: of which tensor, where, and what it holds.

    `inside` is False beyond the edge of the tensor, where `value` is what stands in for a cell.
    """

    tensor: str
    index: tuple[int, ...]
    value: Scalar
    role: str
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Term:
    """One share of a value, and the cells that it was made from; `name`: what it is part of."""

    share: Scalar
    sources: tuple[Source, ...]
    measure: Scalar = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Terms that belong together, as arrays over their grid (see `account.Terms`).

    tensors, indices, values, inside: for each operand which tensor it is of, an integer array for
    each axis of that, what stands there, and where that is a cell at all; all of the grid's shape.
    """

    name: str
    tensors: tuple[str, ...]
    roles: tuple[str, ...]
    indices: tuple[tuple[np.ndarray, ...], ...]
    values: tuple[np.ndarray, ...]
    inside: tuple[np.ndarray, ...]
    share: np.ndarray
    measure: np.ndarray | None = None

    def parts(self) -> Iterator[Parts]:
        """Each operand: its role, tensor, indices, values, and where it is inside."""
        return zip(self.roles, self.tensors, self.indices, self.values, self.inside, strict=True)

    def term(self, place: int) -> Term:
        """One of the terms, by its number along the flattened grid."""
        sources = tuple(
            Source(
                tensor,
                tuple(int(axis.flat[place]) for axis in index),
                values.flat[place],
                role,
                bool(inside.flat[place]),
            )
            for role, tensor, index, values, inside in self.parts()
        )
        measure = None if self.measure is None else self.measure.flat[place]
        return Term(self.share.flat[place], sources, measure, self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Where one number comes from.

    `recorded` is what the run left, `value` the same computed again from the operands. `steps` are
    stages of that, `groups` the shares as arrays, `terms` the same one by one, the largest
    first. `formula` and `numbers` are MathML, with names and with the numbers. `said` are sentences
    for a learner (`sentence` as one text), `source` the page of the specification. `body` names how
    a page draws it. `node` made it; None for what was fed in or stands in the file. `paths` are the
    ways through trees, of what trees made; `pair` the query and the key of a score.
    """

    tensor: str
    index: tuple[int, ...]
    recorded: Scalar
    value: Scalar
    node: Node | None
    body: str
    steps: Sequence[Stage]
    groups: Sequence[Group]
    said: Sequence[Phrase]
    formula: str = ""
    source: str = ""
    paths: Sequence[Path] = ()
    pair: Sequence[np.ndarray] = ()

    @property
    def sentence(self) -> str:
        """What a learner reads."""
        return sentences(self.said)

    @property
    def count(self) -> int:
        """How many terms there are."""
        return sum(group.share.size for group in self.groups)

    @property
    def terms(self) -> list[Term]:
        """All terms, those that weighed most first."""
        return list(self.strongest(self.count))

    def strongest(self, most: int) -> Iterator[Term]:
        """The terms that weighed most, the strongest first."""
        weights = [_weight(group) for group in self.groups]
        owners = np.repeat(np.arange(len(weights)), [len(weight) for weight in weights])
        places = np.concatenate(
            [np.arange(len(weight)) for weight in weights] or [np.zeros(0, int)]
        )
        order = np.argsort(-np.concatenate(weights or [np.zeros(0)]), kind="stable")
        for number in order[:most].tolist():
            yield self.groups[owners[number]].term(int(places[number]))

    @property
    def numbers(self) -> str:
        """The formula with its numbers, as MathML: the largest terms, and the stages after them."""
        return _numbers(self)


@told("Explaining this number")
def explain(trace: Trace, tensor: str, index: Sequence[int], fused: bool = True) -> Explanation:
    """Where a number comes from: its operands, its formula, the value computed again.

    tensor: the name of a recorded tensor or of a weight. index: one integer for each axis, negative
    ones count from the end. fused: explain what only changes one cell (an activation, a scale, a
    bias) together with what made that cell, if nothing else reads it. Raises FeedError for what is
    not there, UnsupportedError for an operator that declares nothing.
    """
    known = origins(trace)
    place = checked(known, tensor, index)
    at = tuple(np.asarray(part) for part in place)
    cell = known.cell(tensor, at)
    recorded = taken(known.array(tensor), at)
    if cell is None:
        return _given(known, tensor, place, recorded)
    way = way_of(known, cell) if fused else [(cell, account(cell))]
    first, of = way[-1]
    with np.errstate(all="ignore"):  # infinities and NaN are values like others
        worked = of.work(lambda operand: values_of(first, operand))
        stages, formula = [*worked.stages], worked.formula
        said: list[Phrase] = [worked.said]
        for later, change in reversed(way[:-1]):
            value = stages[-1].value
            done = change.work(_with(later, change.changes, value))
            stages += done.stages
            said.append(done.said)
            formula = mathml.within(change.wraps, formula) if change.wraps else formula
    groups = [_group(first, terms) for terms in worked.terms]
    value, last, odd = held(stages[-1].value, recorded)
    stages += last
    said += odd or unfinished(value, [part for group in groups for part in group.parts()])
    node = cell.call.node
    domain = "" if node.domain == "ai.onnx" else node.domain
    return Explanation(
        tensor, place, recorded, value, node, of.body,
        [Stage(word(stage.name), stage.value) for stage in stages], groups, said,
        mathml.framed(mathml.equals(mathml.name("y"), formula)) if formula else "",
        _SPECIFICATIONS.get(domain, "").format(op=node.op), worked.paths, worked.pair,
    )  # fmt: skip


def values_of(cell: Cell, operand: Operand) -> Any:
    """What stands at the cells of an operand, floats as float64."""
    values = widened(taken(cell.whole(operand), operand.index))
    if operand.inside is not None:
        values = np.where(operand.there, values, np.asarray(operand.beyond, values.dtype))
    return values if values.ndim else values[()]


def way_of(known: Origins, cell: Cell) -> list[tuple[Cell, Account]]:
    """The cell, the one that it is only a change of, and so on, with what is declared of each.

    Not of what was moved there: that is a cell of its own, beside what it is changed with.
    """
    way = [(cell, account(cell))]
    while (changed := _changed(known, *way[-1])) is not None:
        of = account(changed)
        if of.body == "movement" and len(way[-1][1].operands) > 1:
            break
        way.append((changed, of))
    return way


def _changed(known: Origins, cell: Cell, of: Account) -> Cell | None:
    """The cell that this one is only a change of, if nothing else reads it."""
    if of.changes is None:
        return None
    tensor = cell.named(of.changes)
    others = (cell.named(o) for o in of.operands if o is not of.changes)
    if known.readers[tensor] > 1 or not all(name in known.still for name in others):
        return None
    return known.cell(tensor, of.changes.index)


def _with(cell: Cell, changed: Operand | None, value: Scalar) -> Values:
    """The values of operands, of one of them the value that was computed again."""
    return lambda operand: value if operand is changed else values_of(cell, operand)


def _group(cell: Cell, terms: Terms) -> Group:
    shape = np.broadcast_shapes(
        terms.share.shape,
        *(np.broadcast_shapes(*(axis.shape for axis in o.index)) for o in terms.operands),
    )

    def spread(array: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(array), shape)

    return Group(
        word(terms.name),
        tuple(cell.named(o) for o in terms.operands),
        tuple(word(o.role) for o in terms.operands),
        tuple(tuple(spread(axis) for axis in o.index) for o in terms.operands),
        tuple(spread(values_of(cell, o)) for o in terms.operands),
        tuple(spread(o.there) for o in terms.operands),
        spread(terms.share),
        None if terms.measure is None else spread(terms.measure),
    )


def _weight(group: Group) -> np.ndarray:
    """How much each term counts, in order of size; what has no size counts by its measure."""
    share = group.share.reshape(-1)
    if share.dtype.kind not in "biufc":
        return np.ones(share.size)
    weight = np.abs(share.astype(np.complex128 if share.dtype.kind == "c" else np.float64))
    if group.measure is not None and not weight.any():
        weight = np.abs(group.measure.reshape(-1).astype(np.float64))
    return np.where(np.isnan(weight), np.inf, weight)


def _given(known: Origins, tensor: str, index: tuple[int, ...], recorded: Scalar) -> Explanation:
    fed = tensor in known.trace.feeds
    said = (
        phrase("This number was given to the network: it is part of the input.")
        if fed
        else phrase("This number stands in the file: it was learned, or its author put it there.")
    )
    stage = Stage(phrase("input") if fed else phrase("weight"), widened(recorded)[()])
    return Explanation(
        tensor, index, recorded, stage.value, None, "input" if fed else "weight", [stage], [],
        [said],
    )  # fmt: skip


def checked(known: Origins, tensor: str, index: Sequence[int]) -> tuple[int, ...]:
    """An index of a cell, counted from the front. FeedError if there is no such cell."""
    try:
        array = known.array(tensor)
    except KeyError:
        raise FeedError(phrase('There is no tensor "{name}" in this run.', name=tensor)) from None
    try:
        given = tuple(operator.index(part) for part in index)
    except TypeError:
        raise FeedError(phrase("An index is one whole number for each axis.")) from None
    shape = _shape(tensor, array, given)
    if len(given) != len(shape):
        raise FeedError(phrase(
            '"{name}" has {axes} axes; the index {index} has {count} numbers.',
            name=tensor, axes=len(shape), index=str(given), count=len(given),
        ))  # fmt: skip
    if any(not -size <= part < size for part, size in zip(given, shape, strict=True)):
        raise FeedError(phrase(
            'The index {index} lies outside of "{name}" of the shape {shape}.',
            index=str(given), name=tensor, shape=str(shape),
        ))  # fmt: skip
    return tuple(part % size for part, size in zip(given, shape, strict=True))


def _shape(tensor: str, value: Any, index: tuple[int, ...]) -> tuple[int, ...]:
    """A recorded value's shape; of a sequence the shape of the tensor that the index names."""
    several = isinstance(value, list) and all(isinstance(item, np.ndarray) for item in value)
    if several and index and -len(value) <= index[0] < len(value):
        return len(value), *value[index[0]].shape
    if several:
        raise FeedError(phrase(
            '"{name}" is a sequence of {count} tensors: an index names first one of them.',
            name=tensor, count=len(value),
        ))  # fmt: skip
    if not isinstance(value, np.ndarray | np.generic):
        raise FeedError(phrase(
            '"{name}" is not one array: a cell of it cannot be named by an index.', name=tensor
        ))  # fmt: skip
    return np.shape(value)


def _numbers(explained: Explanation) -> str:
    """A line such as 1.394 · 0.187 + … + 0.010 = 2.433, of as many terms as have room in it."""
    total = _total(explained)
    if total is None:
        return ""
    counting = (term for term in explained.strongest(_TRIED) if term.share)
    parts = [_factors(explained, term) for term in islice(counting, 3)]
    lines = (_line(explained, parts[:most], total) for most in range(len(parts), 0, -1))
    return next((line for line in lines if len(_TAG.sub("", line)) <= _LINE), "")


def _total(explained: Explanation) -> Any:
    """What all terms add up to; None where no stage is that."""
    if not {group.share.dtype.kind for group in explained.groups} <= set("biuf"):
        return None
    total = sum(float(group.share.sum()) for group in explained.groups)
    numbers = [s.value for s in explained.steps if np.asarray(s.value).dtype.kind in "biuf"]
    return next(
        (v for v in numbers if math.isclose(float(v), total, rel_tol=1e-6, abs_tol=1e-9)), None
    )


def _factors(explained: Explanation, term: Term) -> str:
    """A term by its factors; of one factor alone the other stands nowhere."""
    if len(term.sources) < 2:
        return mathml.number(term.share)
    factors = [mathml.number(source.value) for source in term.sources]
    return mathml.op("·").join(factors) if explained.body == "products" else factors[0]


def _line(explained: Explanation, parts: Sequence[str], total: Any) -> str:
    more = [mathml.op("…")] if explained.count > len(parts) else []
    row = mathml.row(mathml.op("+").join([*parts, *more]))
    return mathml.framed(mathml.equals(row, mathml.number(total)))
