"""Where in a run a tensor comes from: the step that computed it, a feed, a weight."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from tensorama.engine import Step, Trace
from tensorama.engine.plan import plan
from tensorama.explain.account import Index
from tensorama.explain.cell import Cell


@dataclass(slots=True, eq=False)
class Origins:
    """Who made and who reads each tensor of a trace."""

    trace: Trace
    makers: dict[str, tuple[Step, int]] = field(default_factory=dict)
    readers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for step in self.trace.steps:
            self.readers.update(set(step.node.inputs))
            for place, name in enumerate(step.node.outputs):
                if name:
                    self.makers[name] = step, place
        self.readers.update(value.name for value in self.trace.model.graph.outputs)

    def array(self, tensor: str) -> Any:
        """What was recorded of a tensor, or is stored as a weight. KeyError if there is none."""
        if tensor in self.trace:
            return self.trace[tensor]
        return self.trace.model.graph.weights[tensor]

    def cell(self, tensor: str, at: Index) -> Cell | None:
        """These cells of a tensor as their operator's declaration sees them; None if none did."""
        if tensor not in self.makers:
            return None
        step, output = self.makers[tensor]
        model = self.trace.model
        return Cell(step, plan(model, model.graph)[step.node.index], output, at)


_known: WeakKeyDictionary[Trace, Origins] = WeakKeyDictionary()


def origins(trace: Trace) -> Origins:
    """Who made what in this trace; kept as long as the trace is."""
    known = _known.get(trace)
    if known is None or len(known.makers) < len(trace) - len(trace.feeds):
        known = _known[trace] = Origins(trace)
    return known
