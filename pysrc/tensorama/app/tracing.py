"""Which cells that are drawn made a number, and how much each of them weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.scene.drawing.threads import MOST, Ends, ends_of, strongest
from tensorama.scene.pictures.picture import Picture

if TYPE_CHECKING:  # fetched later than this, see `app.later`
    from tensorama.explain import Explanation, Group, Region

_FARTHEST = 12  # operators that only move cells, one after the other
Index = Sequence[np.ndarray]


@dataclass(frozen=True, slots=True)
class Traced:
    """`ends`: the cells that weighed most. `weights`: the names of the weights that took part."""

    ends: tuple[Ends, ...] = ()
    weights: tuple[str, ...] = ()


def traced(
    trace: Trace, tensor: str, index: tuple[int, ...], drawn: Mapping[str, tuple[int, Picture]]
) -> Traced:
    """What a number was made from, in the tensors that are drawn: their blocks and pictures."""
    from tensorama.explain import explain

    try:
        explained = explain(trace, tensor, index)
    except TensoramaError:
        return Traced()
    return traced_in(trace, (*explained.groups, *_within(trace, explained)), drawn)


def traced_in(
    trace: Trace, groups: Sequence[Group], drawn: Mapping[str, tuple[int, Picture]]
) -> Traced:
    """Where these terms are seen."""
    stored = trace.model.graph.weights
    ends: list[Ends] = []
    weights: dict[str, None] = {}
    for group in groups:
        for place, name in enumerate(group.tensors):
            if name in stored:
                weights[name] = None
            else:
                ends += _ends(trace, group, place, drawn)
    return Traced(tuple(strongest(ends)), tuple(weights))


def _within(trace: Trace, explained: Explanation) -> Iterator[Group]:
    """What gates that an operator keeps inside were made of: each product by its part of the gate's
    size, and its sign tells whether it moves the number up or down."""
    from tensorama.explain import explain

    if explained.body != "gates":
        return
    for group in explained.groups:
        if group.share.ndim or not _finite(group.share):
            continue
        for source in group.term(0).sources:
            below = [] if source.tensor in trace else explain(
                trace, source.tensor, source.index, fused=False
            ).groups  # fmt: skip
            sums = [part for part in below if part.share.ndim]
            whole = sum(float(np.abs(_finite(part.share)).sum()) for part in sums)
            scale = float(_finite(group.share)) * np.sign(float(source.value))
            for part in sums if whole else ():
                yield replace(part, share=_finite(part.share) * scale / whole)


def stepped(
    trace: Trace,
    tensor: str,
    index: tuple[int, ...],
    drawn: Mapping[str, tuple[int, Picture]],
    done: int,
) -> tuple[Traced, dict[int, Region]]:
    """What took part after so many steps to a number, and the cells that did in the last one:
    for their blocks the regions of them."""
    from tensorama.app.inspect.course import course_of

    course = course_of(trace, tensor, index)
    if course is None:
        return Traced(), {}
    pictures = dict(drawn.values())
    now: dict[int, Region] = {}
    current = [replace(g, share=np.ones(1), measure=None) for g in course.current(done)]
    for end in traced_in(trace, current, drawn).ends:
        cell = pictures[end.block].index(*(int(p[0]) for p in (end.charts, end.rows, end.cols)))
        if cell is not None:
            now[end.block] = tuple((part, part + 1) for part in cell)
    return traced_in(trace, course.reached(done), drawn), now


def _ends(
    trace: Trace, group: Group, place: int, drawn: Mapping[str, tuple[int, Picture]]
) -> Iterator[Ends]:
    """Where the cells of one operand are seen."""
    inside = group.inside[place].reshape(-1)
    weights, signs = (part[inside] for part in _weights(group))
    index = [axis.reshape(-1)[inside] for axis in group.indices[place]]
    if not len(weights):
        return
    kept = np.argsort(-weights, kind="stable")[: 2 * MOST]
    index, weights, signs = [axis[kept] for axis in index], weights[kept], signs[kept]
    for name, cells, which in _moved(trace, group.tensors[place], index, drawn):
        block, picture = drawn[name]
        end = ends_of(picture, block, cells, weights[which], signs[which])
        if end is not None:
            yield end


def _weights(group: Group) -> tuple[np.ndarray, np.ndarray]:
    """How much each term weighed, and its sign; without a share it counts by its measure."""
    share = group.share.reshape(-1)
    numbers = np.ones(share.size) if share.dtype.kind not in "biufc" else _finite(share)
    sizes, signs = np.abs(numbers), np.sign(numbers)
    if group.measure is not None and np.count_nonzero(sizes) < 2:  # one that won, and others
        measure = np.abs(_finite(group.measure.reshape(-1)))
        most = sizes.max(initial=0.0) or 1.0
        less = 0.2 * most * measure / (measure.max(initial=0.0) or 1.0)
        return np.where(sizes > 0, sizes, less), signs
    return sizes, signs


def _finite(numbers: np.ndarray) -> np.ndarray:
    return np.nan_to_num(numbers.real.astype(np.float64), posinf=1e30, neginf=-1e30)


def _moved(
    trace: Trace, tensor: str, index: Index, drawn: Mapping[str, tuple[int, Picture]], far: int = 0
) -> Iterator[tuple[str, list[np.ndarray], np.ndarray]]:
    """The same cells where they are drawn, which may be before they were moved: the tensor, the
    indices in it, and which of the cells those are."""
    from tensorama.explain.declare import account
    from tensorama.explain.origin import origins

    every = np.arange(len(index[0]) if len(index) else 1)
    if tensor in drawn:
        yield tensor, [*index], every
        return
    cell = origins(trace).cell(tensor, tuple(index))
    if cell is None or far == _FARTHEST:
        return
    try:
        declared = account(cell)
    except TensoramaError:
        return
    if declared.body != "movement":
        return
    for operand in declared.operands:
        if operand.role != "source":
            continue
        shape = every.shape
        there = np.broadcast_to(operand.there, shape)
        cells = [np.broadcast_to(axis, shape)[there] for axis in operand.index]
        for name, found, which in _moved(trace, cell.named(operand), cells, drawn, far + 1):
            yield name, found, every[there][which]
