"""Who reads a number: found by computing its readers again as if it were 0."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeGuard

import numpy as np

from tensorama.app.state import CellName
from tensorama.engine import Trace, compute


def strongest_reader(
    trace: Trace, tensor: str, index: tuple[int, ...], drawn: Collection[str]
) -> CellName | None:
    """The cell that would change most if this one were 0 (were it 1 more, if it is 0).

    What is between this tensor and the next ones that are drawn is computed again. None where
    nothing that is drawn would change.
    """
    weights = trace.model.graph.weights
    other = np.array(trace[tensor] if tensor in trace else weights[tensor])
    other[index] = _other(other[index])
    changed: dict[str, Any] = {tensor: other}
    best: tuple[float, CellName | None] = (0.0, None)
    for step in trace.steps:
        if changed.keys().isdisjoint(step.node.inputs):
            continue
        again = compute(trace.model, step.node, {**step.inputs, **changed})
        for name, value in again.outputs.items():
            if name in drawn:
                best = max(best, _change(name, step.outputs[name], value), key=lambda b: b[0])
            else:
                changed[name] = value
    return best[1]


def _change(name: str, recorded: Any, value: Any) -> tuple[float, CellName | None]:
    """How far the cell of a tensor that would change most is changed, and which it is."""
    if not _numeric(recorded) or not _numeric(value) or recorded.shape != value.shape:
        return 0.0, None
    if not recorded.size:
        return 0.0, None
    with np.errstate(all="ignore"):
        far = np.abs(value.astype(np.float64) - recorded.astype(np.float64))
    far = np.nan_to_num(far, nan=0.0, posinf=0.0)
    place = int(far.argmax())
    at = np.unravel_index(place, recorded.shape)
    return float(far.flat[place]), (name, tuple(map(int, at)))


def _other(value: Any) -> Any:
    if value.dtype.kind == "b":
        return not value
    return (
        value - value if value and value == value and abs(value) < np.inf else value.dtype.type(1)
    )


def _numeric(value: Any) -> TypeGuard[np.ndarray]:
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf"
