"""Gradients of one operator, compared with finite differences in float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import tensorama as tr
from engine.cases import Case
from engine.reference import model_of
from tensorama.engine.contract import whole
from tensorama.engine.plan import plan
from tensorama.engine.run import compute
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import UNKNOWN, rule_of

Array = np.ndarray
STEP, CELLS = 1e-5, 8
# operators that compute in float32 whatever comes: longer steps, compared less closely
_COARSE = {"MatMulNBits": 1e-2, "GroupQueryAttention": 1e-2, "LinearAttention": 1e-2, "MoE": 2e-3}
# inputs that tell sizes or places, as floats
_FIXED = {"Resize": (1, 2), "Upsample": (1,), "OneHot": (0, 1)}


class Turned:
    """A case in float64, and what its rule makes of a random change of its outputs."""

    def __init__(self, case: Case, only: int | None = None) -> None:
        """only: the one output that changes; all by default that the rule knows."""
        self.step = _COARSE.get(case.op, STEP)
        self.close = 1e-2 if case.op in _COARSE else 1e-5
        model = tr.load(model_of(case).SerializeToString())
        (node,) = model.graph.nodes
        names = [name for name in node.inputs if name]
        given = [value for value in case.inputs if value is not None]
        self.values = dict(zip(names, map(widened, given), strict=True))
        self._compute = lambda values: compute(model, node, values)
        step = self._compute(self.values)
        call = plan(model, model.graph)[node.index]
        rule = rule_of(node)
        assert rule is not None
        random = np.random.default_rng(1)
        self.dys: list[Any] = [
            changed(y, random) if i < rule.outputs and only in (None, i) else None
            for i, y in enumerate(step.outputs.get(name) for name in node.outputs)
        ]
        self.outputs = list(node.outputs)
        fixed = _FIXED.get(case.op, ())
        wanted = [
            floats(self.values.get(name)) and i not in fixed for i, name in enumerate(node.inputs)
        ]
        work: Any = rule.function
        at = Backward(step, call, self.dys, wanted)
        with np.errstate(all="ignore"):
            found = whole(work.slices(at)) if hasattr(work, "slices") else work(at)
        self.gradients: Mapping[str, Array | None] = {
            name: gradient
            for name, gradient, wish in zip(node.inputs, found, wanted, strict=False)
            if wish
        }
        unknown = {n for n, g in self.gradients.items() if g is UNKNOWN}
        self.wanted = [
            n for n, wish in zip(node.inputs, wanted, strict=True) if wish and n not in unknown
        ]

    def weighed(self, values: Mapping[str, Any]) -> float:
        """The outputs, each cell times its change, added up."""
        made = self._compute(values).outputs
        return sum(
            float(np.sum(part * change))
            for name, dy in zip(self.outputs, self.dys, strict=True)
            if dy is not None
            for part, change in (
                zip(made[name], dy, strict=True) if isinstance(dy, list) else [(made[name], dy)]
            )
        )


def changed(value: Any, random: np.random.Generator) -> Any:
    """A random change of floats, of a sequence one for each of its tensors; None of others."""
    if isinstance(value, list) and all(map(floats, value)):
        return [random.standard_normal(part.shape) for part in value]
    return random.standard_normal(value.shape) if floats(value) else None


def widened(value: Any) -> Any:
    """Floats as float64."""
    if isinstance(value, list):
        return [widened(part) for part in value]
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    return value


def floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def faults(turned: Turned) -> Iterator[str]:
    """What is wrong with the gradients of some cells of each input; "" for each that is right.

    Corners of a function (where the slopes of both sides differ) say nothing and give nothing.
    """
    with np.errstate(all="ignore"):
        before = turned.weighed(turned.values)
        for name in turned.wanted:
            value = turned.values[name]
            gradient = turned.gradients.get(name)
            if gradient is not None and gradient.shape != value.shape:
                yield f"{name} has the shape {value.shape}, its gradient {gradient.shape}"
                continue
            for cell in _some(value.size):
                right, left = (_slope(turned, name, cell, side, before) for side in (1, -1))
                if not np.isclose(right, left, 1e-2 + 10 * turned.step, 1e-4):
                    continue
                found = 0.0 if gradient is None else float(gradient.reshape(-1)[cell])
                slope = (right + left) / 2
                noise = turned.close / 10 + 1e-9 * abs(before)
                near = np.isclose(found, slope, turned.close, noise)
                yield "" if near else f"{name}[{cell}]: {found}, by differences {slope}"


def _some(size: int) -> list[int]:
    if size <= CELLS:
        return [*range(size)]
    chosen = np.random.default_rng(0).choice(size, CELLS, replace=False)
    return sorted({0, size - 1, *chosen.tolist()})


def _slope(turned: Turned, name: str, cell: int, side: int, before: float) -> float:
    moved = turned.values[name].copy()
    step = side * turned.step * max(1.0, abs(float(moved.reshape(-1)[cell])))
    moved.reshape(-1)[cell] += step
    return (turned.weighed({**turned.values, name: moved}) - before) / step
