"""The run loop: look up, gather inputs, call, keep.

It knows no operator. Errors get node, operator, input names and shapes here, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.engine import ops as _ops  # noqa: F401  (registers the operators)
from tensorama.engine.constants import constant_nodes, constant_steps
from tensorama.engine.contract import Slices, whole
from tensorama.engine.feeds import check_feeds
from tensorama.engine.forecast import complain_if_too_large
from tensorama.engine.kernel import using
from tensorama.engine.kernel.recorder import Recorder
from tensorama.engine.plan import Call, plan, plan_slices
from tensorama.engine.replay import Played, Replay
from tensorama.engine.sentences import in_words
from tensorama.engine.trace import Step, Trace
from tensorama.errors import OperatorError, TensoramaError
from tensorama.onnxfile import Graph, Model, Node
from tensorama.onnxfile.types import narrow_type, to_type, unmarked

# What goes wrong inside numpy or Python when an operator is given what it cannot take.
_FAILURES = (
    ValueError, TypeError, IndexError, KeyError, ArithmeticError, AttributeError, MemoryError,
)  # fmt: skip


def check(model: Model) -> None:
    """Raise UnsupportedError or GraphError if any node of the model cannot be computed here."""
    plan(model, model.graph)


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
        for part in _compute(model, trace.feeds, pausing=False):
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


def steps_with_pauses(model: Model, feeds: Mapping[str, Any]) -> Iterator[Step | None]:
    """As `steps`, with None wherever the work can pause, before the first node and within nodes, so
    that a page can breathe.

    Between two of these lie about 20 milliseconds at most, but for operators without slices. What
    is wrong with the model is said when the first is asked for.
    """
    return _one_by_one(_compute(model, check_feeds(model, feeds), pausing=True))


def compute(model: Model, node: Node, values: Mapping[str, Any]) -> Step:
    """Compute one node of the model from given values of its inputs, by tensor name.

    Weights need not be given. Raises OperatorError if it cannot compute.
    """
    call = plan(model, model.graph)[node.index]
    assert call.node is node, "the node is of another graph"
    with np.errstate(all="ignore"):
        return _step(model, call, {**model.graph.weights, **values})


def _one_by_one(parts: Iterator[Step | Played | None]) -> Iterator[Step | None]:
    for part in parts:
        if isinstance(part, Played):
            yield from part.steps()
        else:
            yield part


def _compute(
    model: Model, feeds: Mapping[str, Any], pausing: bool
) -> Iterator[Step | Played | None]:
    """The nodes in order: steps, rows of steps in one go, and None for pauses."""
    calls = yield from plan_slices(model, model.graph)
    yield from complain_if_too_large(model, feeds)
    known, constant = _constants(model, feeds)
    yield None
    replay = Replay(model.graph, feeds)
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
                step = yield from _step_in_slices(model, call, values, ear)
            else:
                step = _step(model, call, values, ear)
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


@dataclass(frozen=True, slots=True)
class Scope:
    """Lets an operator run a graph that it has as an attribute (If, Loop, Scan)."""

    model: Model
    values: Mapping[str, Any]  # what is visible around the node

    def run(self, graph: Graph, arguments: Sequence[Any]) -> list[Any]:
        """Compute an inner graph; its inputs by position. Gives its outputs by position."""
        names = [value.name for value in graph.inputs]
        values = {**self.values, **graph.weights, **dict(zip(names, arguments, strict=True))}
        for call in plan(self.model, graph):
            values.update(_step(self.model, call, values).outputs)
        return [values[value.name] for value in graph.outputs]

    def call(
        self, graph: Graph, arguments: Sequence[Any], record: Callable[[str, Any], None]
    ) -> list[Any]:
        """Compute the graph of a local function: it sees its arguments alone; record its inside."""
        names = [value.name for value in graph.inputs]
        values = dict(zip(names, arguments, strict=True))
        for call in plan(self.model, graph):
            step = _step(self.model, call, values)
            values.update(step.outputs)
            for name, value in step.outputs.items():
                record(name, value)
        return [values[value.name] for value in graph.outputs]


def _step(model: Model, call: Call, values: Mapping[str, Any], ear: Recorder | None = None) -> Step:
    """Compute one node without pauses; the short way for nodes that need nothing special."""
    if ear is not None or not call.simple:
        return whole(_step_in_slices(model, call, values, ear))
    node = call.node
    arguments = [values[name] if name else None for name in node.inputs]
    started = time.perf_counter()
    try:
        result = call.operator.function(*arguments, **call.attributes)
    except (TensoramaError, *_FAILURES) as error:
        raise _complete(node, arguments, error) from error
    seconds = time.perf_counter() - started
    return Step(node, _named(node.inputs, arguments), _outputs(node, result), seconds)


def _step_in_slices(
    model: Model, call: Call, values: Mapping[str, Any], ear: Recorder | None = None
) -> Slices[Step]:
    """ear: the kernel to compute with, if not the usual one."""
    node = call.node
    arguments: list[Any] = [values[name] if name else None for name in node.inputs]
    narrow: dict[np.dtype, int] = {}
    if not call.operator.own_types:
        narrow = {a.dtype: narrow_type(a) for a in arguments if narrow_type(a)}
        if narrow:
            arguments = [unmarked(a) if narrow_type(a) else a for a in arguments]
    inner: dict[str, Any] = {}
    extras: dict[str, Any] = {
        need: _supply(need, model, values, inner)
        for need in ("record", "scope")
        if need in call.operator.needs
    }
    try:
        result, seconds = yield from _result(call, arguments, extras, ear)
    except (TensoramaError, *_FAILURES) as error:
        raise _complete(node, arguments, error) from error
    outputs = _outputs(node, result)
    if narrow:
        _round_to_narrow(narrow, outputs)
    return Step(node, _named(node.inputs, arguments), outputs, seconds, inner)


def _complete(node: Node, arguments: Sequence[Any], error: Exception) -> Exception:
    """The error with its node, unless it has one: then it comes from a graph inside this node."""
    if not isinstance(error, TensoramaError):
        return _with_context(node, arguments, in_words(error))
    if not isinstance(error, OperatorError) or error.node is not None:
        return error
    return _with_context(node, arguments, str(error))


def _result(
    call: Call, arguments: Sequence[Any], extras: Mapping[str, Any], ear: Recorder | None
) -> Slices[tuple[Any, float]]:
    """What the operator's function gives, and the seconds that it took without the pauses."""
    function = call.operator.function
    started = time.perf_counter()
    if not hasattr(function, "slices"):  # see `contract.slices`
        with _hearing(ear):
            result = function(*arguments, **call.attributes, **extras)
        return result, time.perf_counter() - started
    work = function.slices(*arguments, **call.attributes, **extras)
    seconds = 0.0
    while True:
        try:
            with _hearing(ear):
                next(work)
        except StopIteration as stop:
            return stop.value, seconds + time.perf_counter() - started
        seconds += time.perf_counter() - started
        yield
        started = time.perf_counter()


@contextmanager
def _hearing(ear: Recorder | None) -> Iterator[None]:
    """What the operators need around them: their infinities and NaN are values like others."""
    with np.errstate(all="ignore"), using(ear) if ear else nullcontext():
        yield


def _round_to_narrow(kinds: Mapping[np.dtype, int], outputs: dict[str, Any]) -> None:
    """Give outputs the narrow type of the inputs where they share its carrier."""
    for name, value in outputs.items():
        if isinstance(value, np.ndarray) and value.dtype in kinds:
            outputs[name] = _frozen(to_type(value, kinds[value.dtype]))


def _supply(need: str, model: Model, values: Mapping[str, Any], inner: dict[str, Any]) -> Any:
    suppliers: Mapping[str, Callable[[], Any]] = {
        "record": lambda: inner.__setitem__,
        "scope": lambda: Scope(model, values),
    }
    return suppliers[need]()


def _outputs(node: Node, result: Any) -> dict[str, Any]:
    if type(result) is np.ndarray and len(node.outputs) == 1:
        return {node.outputs[0]: _frozen(result)}
    results = result if isinstance(result, tuple) else (result,)
    if len(results) < len(node.outputs) and any(node.outputs[len(results) :]):
        raise _with_context(
            node, [], f"{len(node.outputs)} outputs are named, only {len(results)} can be computed"
        )
    outputs = {}
    for name, value in zip(node.outputs, results, strict=False):
        if not name:
            continue
        if isinstance(value, np.generic):
            value = np.asarray(value)
        if isinstance(value, np.ndarray):
            value = _frozen(value)
        outputs[name] = value
    return outputs


def _frozen(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.setflags(write=False)
    return view


def _named(names: Sequence[str], arguments: Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, arguments, strict=True) if name}


def _with_context(node: Node, arguments: Sequence[Any], fact: str) -> OperatorError:
    """Add node, operator, input names and shapes to an operator's short fact."""
    shown = ", ".join(
        f"{name} {_shape(value)}"
        for name, value in zip(node.inputs, arguments, strict=False)
        if name
    )
    sentence = f"{node.label}: {fact.rstrip('.')}{f'; {shown}' if shown else ''}."
    return OperatorError(sentence, node.name)


def _shape(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"({','.join(map(str, value.shape))})"
    return type(value).__name__
