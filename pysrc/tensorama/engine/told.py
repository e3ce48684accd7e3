"""What can be told of a node before the run: its outputs' shapes, and their values if they are few.

Small tensors of numbers, out of which shapes are computed, are computed as in the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from tensorama.engine.plan import Call
from tensorama.engine.shapes import RULES, Seen, Shape
from tensorama.errors import TensoramaError

SMALL = 1024  # values of tensors that are computed, because they may decide over shapes
# a rule that cannot tell
UNCLEAR = (TypeError, ArithmeticError, LookupError, AttributeError, MemoryError)
_WRONG = (TensoramaError, ValueError)  # a rule that says what does not fit


def seen(call: Call, shapes: Mapping[str, Shape], values: Mapping[str, np.ndarray]) -> Seen:
    """What is known of a node's inputs."""
    names = call.node.inputs
    return Seen(
        [shapes.get(name) if name else None for name in names],
        [values.get(name) for name in names],
        call.attributes,
        len(call.node.outputs),
    )


def shapes_by_rule(call: Call, known: Seen) -> Sequence[Shape] | None:
    """The shapes of a node's outputs by its operator's rule, None where it cannot tell.

    What does not fit together is raised as the rule raises it: ValueError or TensoramaError.
    """
    node = call.node
    rule = RULES.get(node.op)
    if rule is None or call.operator.since == 0 or node.domain not in ("", "com.microsoft"):
        return None
    if node.domain and node.op == "Attention":  # which takes its weights as an input
        return None
    if any(name and not known.has(place) for place, name in enumerate(node.inputs)):
        return None
    try:
        return rule(known)
    except UNCLEAR:
        return None


def values_ahead(
    call: Call, shapes: Mapping[str, Shape], values: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray] | None:
    """A node's outputs, if they follow from small tensors that are known; else None."""
    node, needs = call.node, call.operator.needs
    if node.op == "Shape" and node.inputs[0] in shapes:
        shape = shapes[node.inputs[0]]
        start, end = call.attributes.get("start", 0), call.attributes.get("end")
        return {node.outputs[0]: np.array(shape[start:end], np.int64)}
    free = "seed" in call.operator.attributes or needs & {"scope", "record", "work"}
    if free or any(name and name not in values for name in node.inputs):
        return None
    if not _stays_small(call, shapes, values):
        return None
    given = [values[name] if name else None for name in node.inputs]
    try:
        with np.errstate(all="ignore"):
            done = call.operator.function(*given, **call.attributes)
    except Exception:  # whatever an operator raises: the run will say what is wrong
        return None
    results = done if isinstance(done, tuple) else (done,)
    named = zip(node.outputs, results, strict=False)
    return {n: np.asarray(y) for n, y in named if n and isinstance(y, np.ndarray | np.generic)}


def _stays_small(call: Call, shapes: Mapping[str, Shape], values: Mapping[str, np.ndarray]) -> bool:
    """Whether what comes of small tensors is small as well."""
    if call.node.op == "Constant":
        return True
    try:
        coming = shapes_by_rule(call, seen(call, shapes, values))
    except _WRONG:
        return False
    return coming is not None and sum(map(math.prod, coming)) <= SMALL
