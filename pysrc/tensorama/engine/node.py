"""Compute one node: gather its inputs, call its operator, keep what came.

Errors get node, operator, input names and shapes here, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, whole
from tensorama.engine.kernel import using
from tensorama.engine.kernel.door import Refused
from tensorama.engine.kernel.recorder import Recorder
from tensorama.engine.plan import Call, plan
from tensorama.engine.sentences import in_words
from tensorama.engine.trace import Step
from tensorama.errors import OperatorError, TensoramaError
from tensorama.onnxfile import Graph, Model, Node
from tensorama.onnxfile.types import narrow_type, to_type, unmarked

# What goes wrong inside numpy or Python when an operator is given what it cannot take.
_FAILURES = (
    ValueError, TypeError, IndexError, KeyError, ArithmeticError, AttributeError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Around:
    """What an operator with a graph as an attribute (If, Loop, Scan) sees of its run: a `Scope`."""

    model: Model
    values: Mapping[str, Any]  # what is visible around the node

    def run(self, graph: Graph, arguments: Sequence[Any]) -> list[Any]:
        """Compute an inner graph; its inputs by position. Gives its outputs by position."""
        names = [value.name for value in graph.inputs]
        values = {**self.values, **graph.weights, **dict(zip(names, arguments, strict=True))}
        for call in plan(self.model, graph):
            values.update(computed(self.model, call, values).outputs)
        return [values[value.name] for value in graph.outputs]

    def call(
        self, graph: Graph, arguments: Sequence[Any], record: Callable[[str, Any], None]
    ) -> list[Any]:
        """Compute the graph of a local function: it sees its arguments alone; record its inside."""
        names = [value.name for value in graph.inputs]
        values = dict(zip(names, arguments, strict=True))
        for call in plan(self.model, graph):
            step = computed(self.model, call, values)
            values.update(step.outputs)
            for name, value in step.outputs.items():
                record(name, value)
        return [values[value.name] for value in graph.outputs]


def computed(
    model: Model, call: Call, values: Mapping[str, Any], ear: Recorder | None = None
) -> Step:
    """Compute one node without pauses; the short way for nodes that need nothing special."""
    if ear is not None or not call.simple:
        return whole(step_in_slices(model, call, values, ear))
    node = call.node
    arguments = [values[name] if name else None for name in node.inputs]
    started = time.perf_counter()
    try:
        result = call.operator.function(*arguments, **call.attributes)
    except Refused:
        return whole(step_in_slices(model, call, values))
    except (TensoramaError, *_FAILURES) as error:
        raise _complete(node, arguments, error) from error
    seconds = time.perf_counter() - started
    return Step(node, _named(node.inputs, arguments), _outputs(node, result), seconds)


def step_in_slices(
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
        try:
            result, seconds = yield from _result(call, arguments, extras, ear)
        except Refused:  # numpy says what is wrong, or knows a way
            if ear is not None:
                ear.calls = None
            with using(None):
                result, seconds = whole(_result(call, arguments, extras, None))
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
        "scope": lambda: _Around(model, values),
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
