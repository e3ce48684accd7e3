"""A run with tensors replaced: only what depends on them is computed again.

What is replaced counts as given: in the new trace it stands among the feeds, and no step made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine.contract.slices import Parts
from tensorama.engine.feeds import check_feeds
from tensorama.engine.forecast import complain_if_too_large
from tensorama.engine.node import Run, step_in_slices
from tensorama.engine.plan import plan_slices
from tensorama.engine.trace import Step, Trace, frozen
from tensorama.errors import FeedError
from tensorama.onnxfile import Graph, Model, Node
from tensorama.onnxfile.order import taken_from_around


@told("Running this model")
def run_replaced(
    model: Model, feeds: Mapping[str, Any], replace: Mapping[str, Any], after: Trace | None = None
) -> Parts[Trace]:
    """Compute the model with the tensors or weights in `replace` as given there; with pauses.

    after: a trace of the same model, of which everything is taken over that depends neither on a
    feed that differs nor on what is replaced, here or there.
    """
    if after is not None and after.model is not model:
        raise FeedError("The trace to go on from is of another model.")
    calls = yield from plan_slices(model, model.graph)
    checked = check_feeds(model, feeds)
    given = {}
    for name, value in replace.items():
        given[name] = _given(model, name, value, after)
        yield None
    yield from complain_if_too_large(model, checked)
    known = {} if after is None else {step.node.index: step for step in after.steps}
    changed = set(given) | (set() if after is None else _differing(checked, after))
    trace, run = Trace(model, {**checked, **given}), Run(model)
    values = {**model.graph.weights, **trace.feeds}
    with np.errstate(all="ignore"):  # infinities and NaN are values like others
        for number, call in enumerate(calls):
            wanted = [name for name in call.node.outputs if name and name not in given]
            if not wanted:
                continue
            step = known.get(call.node.index)
            if step is None or not changed.isdisjoint((*read(call.node), *wanted)):
                changed.update(wanted)
                step = _without(given, (yield from step_in_slices(run, call, values)))
            values.update(step.outputs)
            trace.add(step)
            yield (number + 1) / len(calls)
    return trace


def _differing(feeds: Mapping[str, Any], after: Trace) -> set[str]:
    """What was given to the other run and is not the same in this one."""
    return {
        name
        for name in feeds.keys() | after.feeds.keys()
        if name not in feeds
        or name not in after.feeds
        or not (feeds[name] is after.feeds[name] or _same(feeds[name], after.feeds[name]))
    }


def _same(one: Any, other: Any) -> bool:
    arrays = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    return arrays and one.dtype == other.dtype and one.tobytes() == other.tobytes()


def read(node: Node) -> set[str]:
    """All that a node reads, graphs inside of it included."""
    names = {name for name in node.inputs if name}
    for value in node.attributes.values():
        if isinstance(value, Graph):
            names |= set(taken_from_around(value))
    return names


def _without(given: Mapping[str, Any], step: Step) -> Step:
    """A step without those outputs that something else was put in the place of."""
    outputs = {name: value for name, value in step.outputs.items() if name not in given}
    if len(outputs) == len(step.outputs):
        return step
    return Step(step.node, step.inputs, outputs, step.seconds, step.inner)


def _given(model: Model, name: str, value: Any, after: Trace | None) -> Any:
    """A value as it is recorded in the place of a tensor. FeedError if it cannot be that."""
    graph = model.graph
    if name not in graph.weights and not any(name in node.outputs for node in graph.nodes):
        raise FeedError(
            f'There is no tensor "{name}" that a node makes, nor a weight of that name, to be '
            "replaced; inputs are among the feeds."
        )
    array = np.array(value)
    before = graph.weights.get(name) if after is None else after.weight_or_tensor(name)
    if isinstance(before, np.ndarray):
        if array.shape != before.shape:
            raise FeedError(
                f'"{name}" has the shape {before.shape}; {array.shape} came to replace it.'
            )
        array = array.astype(before.dtype, copy=False)
    return frozen(array)
