"""Graphs inside nodes: If chooses one, Loop and Scan repeat one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.ops.sequence import joined
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.engine.scope import Record, Scope
from tensorama.errors import OperatorError
from tensorama.onnxfile import Graph, ValueInfo
from tensorama.onnxfile.types import DTYPES

Array = np.ndarray
_TURNS = 8  # between two pauses, even if next to nothing is computed in them


@op("If", since=1, needs=("scope", "record"), own_types=True)
@sliced
def if_(
    cond: Array, *, then_branch: Graph, else_branch: Graph, scope: Scope, record: Record
) -> Slices[tuple[Any, ...]]:
    """Compute one of two graphs, and record what is inside of it. cond: one truth value.

    https://onnx.ai/onnx/operators/onnx__If.html
    """
    branch = then_branch if _truth(cond, "cond") else else_branch
    return tuple((yield from scope.run(branch, (), record)))


def _truth(value: Any, name: str) -> bool:
    if np.size(value) != 1:
        raise OperatorError(f"{name} must be one truth value, {np.size(value)} values came")
    return bool(np.asarray(value).item())


@op("Loop", since=1, needs=("scope",), own_types=True)
@sliced
def loop(
    m: Array | None = None,
    cond: Array | None = None,
    *v_initial: Any,
    body: Graph,
    scope: Scope,
) -> Slices[tuple[Any, ...]]:
    """Repeat a graph at most m times, while its condition holds.

    body: (i, condition, v…) → (condition, v…, s…); the last v and all s, stacked, come out.
    Without m and cond it goes on until the body's condition says no, or the run's account of work
    is empty. Within and between the turns the run can pause.
    https://onnx.ai/onnx/operators/onnx__Loop.html
    """
    if len(body.inputs) != 2 + len(v_initial):
        raise OperatorError(
            f"the body takes {len(body.inputs)} inputs; a counter, a condition and "
            f"{len(v_initial)} values come"
        )
    most = None if m is None else int(np.asarray(m).item())
    going: Any = np.array(True) if cond is None else cond
    carried, count = list(v_initial), 0
    scanned: list[list[Array]] = [[] for _ in body.outputs[1 + len(carried) :]]
    while (most is None or count < most) and _truth(going, "the condition"):
        given = [np.array(count, dtype=np.int64), going]
        # some exporters declare both as tensors of one value instead of scalars
        given = [_declared_rank(v, info) for v, info in zip(given, body.inputs, strict=False)]
        going, *rest = yield from scope.run(body, [*given, *carried])
        carried = rest[: len(carried)]
        for kept, value in zip(scanned, rest[len(carried) :], strict=True):
            kept.append(value)
        count += 1
        if count % _TURNS == 0:
            yield
    infos = body.outputs[1 + len(carried) :]
    return (*carried, *(_stacked(s, info, 0) for s, info in zip(scanned, infos, strict=True)))


def _declared_rank(value: Any, info: ValueInfo) -> Any:
    if info.shape is not None and np.size(value) == 1:
        return np.asarray(value).reshape((1,) * len(info.shape))
    return value


def _stacked(values: Sequence[Array], info: ValueInfo, axis: int) -> Array:
    """Stack what each turn gave; when there was no turn, an empty tensor of the declared kind."""
    if values:
        if any(value.shape != values[0].shape for value in values):
            raise OperatorError(f'"{info.name}" changes its shape from one turn to the next')
        return joined(values, axis_of(axis, values[0].ndim + 1), new_axis=True)
    shape = [size if isinstance(size, int) else 0 for size in info.shape or ()]
    shape.insert(axis, 0)
    return np.empty(shape, DTYPES.get(info.elem_type, np.dtype(np.float32)))


@op("Scan", since=9, needs=("scope",), own_types=True)
@sliced
def scan(
    *initial_state_and_scan_inputs: Any,
    body: Graph,
    num_scan_inputs: int,
    scan_input_axes: Sequence[int] = (),
    scan_input_directions: Sequence[int] = (),
    scan_output_axes: Sequence[int] = (),
    scan_output_directions: Sequence[int] = (),
    scope: Scope,
) -> Slices[tuple[Any, ...]]:
    """Run a graph over the slices of its inputs, handing a state from one to the next.

    body: (state…, slice…) → (state…, result…); the last states and all results, stacked, come out.
    Axes and directions (1 is backward) are given per input and per output; 0 when left out.
    https://onnx.ai/onnx/operators/onnx__Scan.html
    """
    split = len(initial_state_and_scan_inputs) - num_scan_inputs
    if num_scan_inputs < 1 or split < 0 or len(body.inputs) != split + num_scan_inputs:
        raise OperatorError(
            f"num_scan_inputs is {num_scan_inputs}, {split + num_scan_inputs} inputs came, "
            f"the body takes {len(body.inputs)}"
        )
    states = list(initial_state_and_scan_inputs[:split])
    inputs = [
        np.moveaxis(x, axis_of(axis, x.ndim), 0)[:: -1 if backward else 1]
        for x, axis, backward in zip(
            initial_state_and_scan_inputs[split:],
            scan_input_axes or [0] * num_scan_inputs,
            scan_input_directions or [0] * num_scan_inputs,
            strict=True,
        )
    ]
    if len({len(x) for x in inputs}) != 1:
        raise OperatorError(
            f"the inputs to scan have different lengths: {[len(x) for x in inputs]}"
        )
    infos = body.outputs[split:]
    results: list[list[Array]] = [[] for _ in infos]
    for slices in zip(*inputs, strict=True):
        given = yield from scope.run(body, [*states, *(np.asarray(s) for s in slices)])
        states = given[:split]
        for kept, value in zip(results, given[split:], strict=True):
            kept.append(value)
        yield
    axes = scan_output_axes or [0] * len(infos)
    turned = scan_output_directions or [0] * len(infos)
    stacked = (
        _stacked(values[:: -1 if backward else 1], info, axis)
        for values, info, axis, backward in zip(results, infos, axes, turned, strict=True)
    )
    return (*states, *stacked)


@op("Scan", since=8, needs=("scope",), own_types=True)
@sliced
def scan_batches(
    sequence_lens: Array | None,
    *initial_state_and_scan_inputs: Any,
    body: Graph,
    directions: Sequence[int] = (),
    num_scan_inputs: int,
    scope: Scope,
) -> Slices[tuple[Any, ...]]:
    """Scan of opset 8: axis 0 is the batch, axis 1 is scanned; shorter sequences end with zeros."""
    split = len(initial_state_and_scan_inputs) - num_scan_inputs
    longest = initial_state_and_scan_inputs[-1].shape[1]
    batches = []
    for n in range(initial_state_and_scan_inputs[-1].shape[0]):
        length = longest if sequence_lens is None else int(sequence_lens[n])
        mine = [x[n] if k < split else x[n, :length]
                for k, x in enumerate(initial_state_and_scan_inputs)]  # fmt: skip
        done = yield from scan.slices(  # type: ignore[attr-defined]
            *mine,
            body=body,
            num_scan_inputs=num_scan_inputs,
            scan_input_directions=directions,
            scope=scope,
        )
        rest = [(0, longest - length)]
        batches.append([
            value if k < split else np.pad(value, rest + [(0, 0)] * (value.ndim - 1))
            for k, value in enumerate(done)
        ])  # fmt: skip
    return tuple(np.stack(values) for values in zip(*batches, strict=True))
