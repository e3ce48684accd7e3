"""Compute one node: gather its inputs, call its operator, keep what came.

Errors get node, operator, input names and shapes here, once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, whole
from tensorama.engine.contract.limits import taken
from tensorama.engine.contract.slices import SLICE_SECONDS
from tensorama.engine.kernel import using
from tensorama.engine.kernel.door import Refused
from tensorama.engine.kernel.recorder import Recorder
from tensorama.engine.plan import Call, plan
from tensorama.engine.scope import Record
from tensorama.engine.sentences import in_words
from tensorama.engine.trace import Step, frozen
from tensorama.engine.work import NODE, Work
from tensorama.errors import OperatorError, TensoramaError
from tensorama.onnxfile import Graph, Model, Node
from tensorama.onnxfile.order import taken_from_around
from tensorama.onnxfile.tensors import is_hollow
from tensorama.onnxfile.types import narrow_type, to_type, unmarked
from tensorama.phrases import phrase

_UNENDING = 1 << 36  # bytes that only a view can seem to have: of one number, again and again
_LITTLE = 1 << 16  # bytes on which no operator works for long, unless each meets each of another
_LITTLE_TOGETHER = 1 << 28  # the product of bytes that may meet: a window as large as a picture
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a model, as its nodes know it: the model, and the account of its work."""

    model: Model
    work: Work = field(default_factory=Work)


@dataclass(frozen=True, slots=True)
class _Around:
    """What an operator with a graph as an attribute (If, Loop, Scan) sees of its run: a `Scope`."""

    run_: Run
    values: Values  # what is visible around the node

    def run(
        self, graph: Graph, arguments: Sequence[Any], record: Record | None = None
    ) -> Slices[list[Any]]:
        """Compute an inner graph; its inputs by position. Gives its outputs by position."""
        names = [value.name for value in graph.inputs]
        values = {name: self.values[name] for name in taken_from_around(graph)}
        values |= graph.weights
        values.update(zip(names, arguments, strict=True))
        return (yield from self._computed(graph, values, record))

    def call(self, graph: Graph, arguments: Sequence[Any], record: Record) -> Slices[list[Any]]:
        """Compute the graph of a local function: it sees its arguments alone; record its inside."""
        names = [value.name for value in graph.inputs]
        values = dict(zip(names, arguments, strict=True))
        return (yield from self._computed(graph, values, record))

    def _computed(
        self, graph: Graph, values: dict[str, Any], record: Record | None
    ) -> Slices[list[Any]]:
        work, since_pause = self.run_.work, 0.0
        work.spend(NODE)
        for call in plan(self.run_.model, graph):
            products = taken()
            step = short_step(call, values)
            if step is None:
                step = yield from step_in_slices(self.run_, call, values)
            work.spend_on(step.inputs.values(), step.outputs.values(), taken() - products)
            values.update(step.outputs)
            if record is not None:
                _tell(step, record)
            since_pause += step.seconds
            if since_pause > SLICE_SECONDS / 4:
                since_pause = 0.0
                yield
        return [values[value.name] for value in graph.outputs]


def _tell(step: Step, record: Record) -> None:
    """Record what a node inside of another gave, and what it recorded itself."""
    for name, value in step.outputs.items():
        record(name, value)
    for part, value in step.inner.items():
        record(f"{step.label}/{part}", value)


def short_step(call: Call, values: Values) -> Step | None:
    """Compute a node with little work in one go; None if it may need more than that.

    Around it, numpy must be told to keep quiet about infinities and NaN.
    """
    if not call.lean:
        return None
    arguments = [values[name] if name else None for name in call.node.inputs]
    if not (call.plain or call.operator.own_types) and any(map(narrow_type, arguments)):
        return None
    if hasattr(call.operator.function, "slices"):
        sizes = sorted(a.nbytes for a in arguments if isinstance(a, np.ndarray))
        if sum(sizes) > _LITTLE or math.prod(sizes[-2:]) > _LITTLE_TOGETHER:
            return None
    try:
        return _at_once(call, arguments)
    except Refused:
        return None


def computed(run: Run, call: Call, values: Values, ear: Recorder | None = None) -> Step:
    """Compute one node without pauses; the short way for nodes that need nothing special."""
    if ear is not None or not call.simple:
        return whole(step_in_slices(run, call, values, ear))
    try:
        return _at_once(call, [values[name] if name else None for name in call.node.inputs])
    except Refused:
        return whole(step_in_slices(run, call, values))


def _at_once(call: Call, arguments: list[Any]) -> Step:
    """Compute a node that needs nothing but its inputs. Raises Refused if the kernel will not."""
    node, started = call.node, time.perf_counter()
    try:
        result = call.operator.function(*arguments, **call.attributes)
    except Refused:
        raise
    except Exception as error:  # whatever numpy or Python has to say of what stands in a file
        raise _complete(node, arguments, error) from error
    seconds = time.perf_counter() - started
    return Step(node, _named(node.inputs, arguments), _outputs(node, result), seconds)


def step_in_slices(
    run: Run, call: Call, values: Values, ear: Recorder | None = None
) -> Slices[Step]:
    """ear: the kernel to compute with, if not the usual one."""
    node = call.node
    arguments: list[Any] = [values[name] if name else None for name in node.inputs]
    narrow: dict[np.dtype, int] = {}
    if not call.plain and not call.operator.own_types:
        narrow = {a.dtype: narrow_type(a) for a in arguments if narrow_type(a)}
        if narrow:
            arguments = [unmarked(a) if narrow_type(a) else a for a in arguments]
    inner: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    if not call.lean:
        for need, supply in _SUPPLIERS.items():
            if need in call.operator.needs:
                extras[need] = supply(run, values, inner)
    try:
        try:
            result, seconds = yield from _result(call, arguments, extras, ear)
        except Refused:  # numpy says what is wrong, or knows a way
            if ear is not None:
                ear.calls = None
            with using(None):
                result, seconds = whole(_result(call, arguments, extras, None))
    except Exception as error:  # whatever numpy or Python has to say of what stands in a file
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
        with _quiet(ear):
            result = function(*arguments, **call.attributes, **extras)
        return result, time.perf_counter() - started
    work = function.slices(*arguments, **call.attributes, **extras)
    seconds = 0.0
    while True:
        try:
            with _quiet(ear):
                next(work)
        except StopIteration as stop:
            return stop.value, seconds + time.perf_counter() - started
        seconds += time.perf_counter() - started
        yield
        started = time.perf_counter()


def _quiet(ear: Recorder | None) -> AbstractContextManager[Any]:
    """What the operators need around them: their infinities and NaN are values like others."""
    return np.errstate(all="ignore") if ear is None else _hearing(ear)


@contextmanager
def _hearing(ear: Recorder) -> Iterator[None]:
    with np.errstate(all="ignore"), using(ear):
        yield


def _round_to_narrow(kinds: Mapping[np.dtype, int], outputs: dict[str, Any]) -> None:
    """Give outputs the narrow type of the inputs where they share its carrier."""
    for name, value in outputs.items():
        if isinstance(value, np.ndarray) and value.dtype in kinds:
            outputs[name] = frozen(to_type(value, kinds[value.dtype]))


_SUPPLIERS: Mapping[str, Callable[[Run, Values, dict[str, Any]], Any]] = {
    "record": lambda run, values, inner: _recorder(inner),
    "scope": lambda run, values, inner: _Around(run, values),
    "work": lambda run, values, inner: run.work,
}


def _recorder(inner: dict[str, Any]) -> Record:
    def record(name: str, value: Any) -> None:
        inner[name] = frozen(value)

    return record


def _outputs(node: Node, result: Any) -> dict[str, Any]:
    if type(result) is np.ndarray and len(node.outputs) == 1:
        return {node.outputs[0]: _kept(node, result)}
    results = result if isinstance(result, tuple) else (result,)
    if len(results) < len(node.outputs) and any(node.outputs[len(results) :]):
        raise _with_context(
            node, [], f"{len(node.outputs)} outputs are named, only {len(results)} can be computed"
        )
    outputs = {}
    for name, value in zip(node.outputs, results, strict=False):
        if not name:
            continue
        outputs[name] = _kept(node, np.asarray(value) if isinstance(value, np.generic) else value)
    return outputs


def _kept(node: Node, value: Any) -> Any:
    """A result as it is recorded. OperatorError if nobody could ever go through all of it."""
    strange = isinstance(value, np.ndarray) and not 0 < value.nbytes < _UNENDING
    if strange and (value.size or is_hollow(value.shape)):
        shape = ",".join(map(str, value.shape))
        raise _with_context(node, [], f"a result of the shape ({shape}) is beyond all measure")
    return frozen(value)


def _named(names: Sequence[str], arguments: Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, arguments, strict=True) if name}


def _with_context(node: Node, arguments: Sequence[Any], fact: str) -> OperatorError:
    """Add node, operator, input names and shapes to an operator's short fact."""
    shown = ", ".join(
        f"{name} {_shape(value)}"
        for name, value in zip(node.inputs, arguments, strict=False)
        if name
    )
    whole = f"{fact.rstrip('.')}{f'; {shown}' if shown else ''}"
    return OperatorError(phrase("{node}: {fact}.", node=node.label, fact=whole), node.name)


def _shape(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"({','.join(map(str, value.shape))})"
    return type(value).__name__
