"""Graphs inside of nodes: what a branch, a loop or a function gave was made within it.

The gradient of a node's outputs becomes that of what its graphs gave; from there the way back leads
through their nodes, turn by turn, and comes out at what went in (see `explain.inside`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tensorama.engine.plan import Call
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.explain.inside import Inside, has_inside

Array = np.ndarray


def leads_inside(call: Call) -> bool:
    """Whether the way back through a node is that through its graphs."""
    scans = call.node.op == "Scan" and call.operator.since > 8
    return has_inside(call) and (call.body is not None or call.node.op in ("If", "Loop") or scans)


def carried_in(
    call: Call, inputs: Sequence[str], ran: Sequence[Inside], dys: Sequence[Array | None]
) -> Iterator[tuple[str, Array]]:
    """What the graphs gave, by the trace's names, with the gradients of the node's outputs.

    inputs: the trace's names of what went in, which is what a loop without turns gives.
    """
    if call.body is not None or call.node.op == "If":
        gives, count, firsts, axes = [ran[0].gives], len(dys), list[str](), list[int]()
    elif call.node.op == "Loop":
        gives, firsts, axes = [turn.gives[1:] for turn in ran], [*inputs[2:]], []
        count = len(firsts)
    else:
        scanned = int(call.attributes["num_scan_inputs"])
        gives, firsts = [turn.gives for turn in ran], [*inputs[:-scanned]]
        count, axes = len(firsts), [*call.attributes.get("scan_output_axes", ())]
    backward = call.attributes.get("scan_output_directions") or ()
    for place, dy in enumerate(dys):
        if dy is None:
            continue
        if place < count:
            yield (gives[-1] if gives else firsts)[place], dy
            continue
        number = place - count
        axis = axes[number] if number < len(axes) else 0
        parts = np.moveaxis(dy, axis, 0)
        turned = number < len(backward) and backward[number]
        for names, part in zip(gives, parts[::-1] if turned else parts, strict=True):
            yield names[place], part


@differentiates("slice", domain="local")
def turn_of_a_scan(at: Backward) -> Gradients:
    """Nothing but for the slice that this turn took."""
    found = np.zeros_like(at.x)
    fixed = at.call.attributes["fixed"]
    found[tuple(fixed.get(axis, slice(None)) for axis in range(found.ndim))] = at.dy
    return (found,)
