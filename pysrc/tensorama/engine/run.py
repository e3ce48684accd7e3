"""The run loop: look up, gather inputs, call, keep.

It knows no operator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import ops as _ops  # noqa: F401  (registers the operators)
from tensorama.engine.constants import constant_nodes, constant_steps
from tensorama.engine.contract import Slices, whole
from tensorama.engine.feeds import check_feeds
from tensorama.engine.forecast import complain_if_too_large
from tensorama.engine.node import Run, computed, short_step, step_in_slices
from tensorama.engine.plan import plan, plan_slices
from tensorama.engine.replay import Played, Replay
from tensorama.engine.trace import Step, Trace
from tensorama.engine.work import Work
from tensorama.onnxfile import Model, Node


@told("Checking this model")
def check(model: Model) -> None:
    """Raise UnsupportedError or GraphError if any node of the model cannot be computed here."""
    plan(model, model.graph)


@told("Checking this model")
def check_with_pauses(model: Model) -> Slices[None]:
    """As `check`, with a pause after each node."""
    yield from plan_slices(model, model.graph)


def run(model: Model, feeds: Mapping[str, Any]) -> Trace:
    """Compute the whole model; give every tensor.

    feeds: input name -> array of the declared type and shape. Raises FeedError for wrong feeds,
    OperatorError for a node that cannot compute.
    """
    trace = Trace(model, check_feeds(model, feeds))
    with np.errstate(all="ignore"):  # infinities and NaN are values like others
        for part in _compute(Run(model), trace.feeds, pausing=False):
            if isinstance(part, Played):
                trace.add_played(part)
            elif part is not None:
                trace.add(part)
    return trace


def steps(model: Model, feeds: Mapping[str, Any]) -> Iterator[Step]:
    """Compute the model node by node; each `Step` comes as soon as it is done.

    What is wrong with the model or the feeds is said at once, not at the first step.
    """
    check(model)
    whole(complain_if_too_large(model, check_feeds(model, feeds)))
    return (step for step in steps_with_pauses(model, feeds) if step is not None)


def steps_with_pauses(
    model: Model, feeds: Mapping[str, Any], listen: bool = True, work: Work | None = None
) -> Iterator[Step | None]:
    """As `steps`, with None wherever the work can pause, before the first node and within nodes, so
    that a page can breathe.

    Between two of these lie about 20 milliseconds at most, but for operators without slices. What
    is wrong with the model is said when the first is asked for. Without `listen` this run is as
    short as it can be, and makes no later one shorter (see `replay`). With `work` it draws from an
    account that others draw from as well.
    """
    checked = check_feeds(model, feeds)
    run = Run(model, work or Work())
    return _one_by_one(_compute(run, checked, pausing=True, listen=listen))


@told("Computing this node")
def compute(model: Model, node: Node, values: Mapping[str, Any]) -> Step:
    """Compute one node of the model from given values of its inputs, by tensor name.

    Weights need not be given. Raises OperatorError if it cannot compute.
    """
    call = plan(model, model.graph)[node.index]
    assert call.node is node, "the node is of another graph"
    with np.errstate(all="ignore"):
        return computed(Run(model), call, {**model.graph.weights, **values})


def _one_by_one(parts: Iterator[Step | Played | None]) -> Iterator[Step | None]:
    for part in parts:
        if isinstance(part, Played):
            yield from part.steps()
        else:
            yield part


@told("Running this model")
def _compute(
    run: Run, feeds: Mapping[str, Any], pausing: bool, listen: bool = True
) -> Iterator[Step | Played | None]:
    """The nodes in order: steps, rows of steps in one go, and None for pauses."""
    model = run.model
    calls = yield from plan_slices(model, model.graph)
    yield from complain_if_too_large(model, feeds)
    known, constant = _constants(model, feeds)
    yield None
    replay = Replay(model.graph, feeds, listen)
    yield None
    values = {**model.graph.weights, **feeds}
    number = 0
    while number < len(calls):
        played = replay.play(number, values)
        if played is not None:
            values.update(played.tensors)
            number = played.after
            yield played
            continue
        call, step = calls[number], known.get(number)
        if step is None:
            ear = replay.ear(call)
            if pausing:
                if ear is None and call.simple:
                    with np.errstate(all="ignore"):
                        step = short_step(call, values)
                if step is None:
                    step = yield from step_in_slices(run, call, values, ear)
            else:
                step = computed(run, call, values, ear)
            if number in constant:
                known[number] = replace(step, seconds=0.0)  # from now on it costs nothing
        values.update(step.outputs)
        yield step
        if number in constant:
            replay.fixed(known[number])
        else:
            replay.heard(call, step, ear, values)
        number += 1
    replay.end(values)


def _constants(model: Model, feeds: Mapping[str, Any]) -> tuple[dict[int, Step], frozenset[int]]:
    """The steps known from earlier runs because they depend on weights alone, and which these are.

    Where a feed takes the place of a weight nothing is known.
    """
    graph = model.graph
    if not feeds.keys().isdisjoint(graph.weights):
        return {}, frozenset()
    constant = constant_nodes(graph, plan(model, graph))
    return (constant_steps(graph) if constant else {}), constant
