"""Reverse mode: from one number of a run back to everything that it was computed from.

A gradient says how much that number would change with each cell of an earlier tensor or weight, by
how much of a tiny step. The nodes are passed once, from the last to the first; each one's rule
takes the gradient of its outputs to its inputs, and where two ways meet their shares add up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Step, Trace
from tensorama.engine.contract import Slices, whole
from tensorama.engine.plan import Call, plan
from tensorama.engine.replacing import read
from tensorama.errors import FeedError, UnsupportedError
from tensorama.explain.explained import checked
from tensorama.explain.gradients.backward import Backward, wide
from tensorama.explain.gradients.rule import rule_of
from tensorama.explain.origin import origins
from tensorama.onnxfile import Node

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Dark:
    """A node that let no gradient through, why, and the tensors that are dark because of it."""

    node: Node
    sentence: str
    tensors: frozenset[str]


class Influence(Mapping[str, Array]):
    """How much a number changes with each cell of what it came from: tensor or weight → gradient.

    Each gradient has the shape of its tensor, the number's own among them. What cannot have touched
    the number is not here. Nor is what stands behind a node without a rule: `dark` names these
    nodes and what is dark behind them. `ended` names tensors that hold no floats (whole numbers,
    truth values, text): there is no tiny step in them, so the way back ends there.
    """

    def __init__(
        self, gradients: Mapping[str, Array], dark: Sequence[Dark], ended: Sequence[str]
    ) -> None:
        self._gradients, self.dark, self.ended = gradients, tuple(dark), tuple(ended)

    def __getitem__(self, name: str) -> Array:
        return self._gradients[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._gradients)

    def __len__(self) -> int:
        return len(self._gradients)

    def __repr__(self) -> str:
        dark = f", {len(self.dark)} nodes dark" if self.dark else ""
        return f"<Influence of {len(self)} tensors{dark}>"


@told("Following this number back")
def influence(trace: Trace, tensor: str, index: Sequence[int], weights: bool = True) -> Influence:
    """How much one number of a run changes with each earlier tensor and weight: its gradients.

    tensor, index: a cell as for `explain`; it must hold a float. Without `weights` only what
    depends on the feeds gets a gradient, which is half the work. Raises FeedError for a cell that
    is not there or has no gradient.
    """
    return whole(influence_slices(trace, tensor, index, weights))


def influence_slices(
    trace: Trace, tensor: str, index: Sequence[int], weights: bool = True
) -> Slices[Influence]:
    """As `influence`, with pauses between and within nodes."""
    known = origins(trace)
    place = checked(known, tensor, index)
    value = wide(known.array(tensor))
    if value.dtype.kind != "f":
        raise FeedError(f'"{tensor}" holds no floats: nothing changes it by a little.')
    seed = np.zeros_like(value)
    seed[place] = 1
    return (yield from pulled_back(trace, {tensor: seed}, weights))


def pulled_back(
    trace: Trace, seeds: Mapping[str, Array], weights: bool = True
) -> Slices[Influence]:
    """The gradients of a sum over cells of tensors, each cell times its number in `seeds`."""
    graph = trace.model.graph
    calls = plan(trace.model, graph)
    back = _Way({**graph.weights, **trace}, None if weights else varying(trace), {**seeds})
    with np.errstate(all="ignore"):  # infinities and NaN are values like others
        for step in reversed(trace.steps):
            if back.meets(step):
                yield from back.through(step, calls[step.node.index])
    return back.influence()


def varying(trace: Trace) -> Collection[str]:
    """The tensors that depend on what was fed, not on weights alone."""
    varying = set(trace.feeds)
    for step in trace.steps:
        if not varying.isdisjoint(read(step.node)):
            varying.update(step.node.outputs)
    return varying


@dataclass(slots=True)
class _Way:
    """The way back through a graph; `lit` are the gradients so far, `behind` what is dark."""

    values: Mapping[str, Any]
    among: Collection[str] | None  # the only tensors that are asked for, if not all
    lit: dict[str, Array]
    behind: dict[str, set[int]] = field(default_factory=dict)  # dark tensor -> dark nodes' numbers
    stopped: dict[int, tuple[Node, str]] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)

    def meets(self, step: Step) -> bool:
        """Whether the way back comes through a node."""
        return any(name in self.lit or name in self.behind for name in step.outputs)

    def through(self, step: Step, call: Call) -> Slices[None]:
        """Pass one node."""
        node = step.node
        shadows = set[int]().union(*(self.behind.get(name, ()) for name in step.outputs))
        if shadows:
            self._darken(node, shadows)
            return
        if not any(self._wanted(name) for name in read(node)):
            return  # it was made of nothing that could change by a little
        wanted = [self._wanted(name) for name in node.inputs]
        made = step.outputs  # one that was replaced came from somewhere else
        dys = [self.lit.get(name) if name in made else None for name in node.outputs]
        try:
            gradients = yield from _turned(Backward(step, call, dys, wanted))
        except UnsupportedError as error:
            self.stopped[node.index] = node, str(error)
            self._darken(node, {node.index})
            return
        for name, wish, gradient in zip(node.inputs, wanted, gradients, strict=False):
            if wish and gradient is not None:
                self._add(name, gradient)
        yield

    def _add(self, name: str, gradient: Array) -> None:
        value = self.values[name]
        assert gradient.shape == np.shape(value), f"{name}: {gradient.shape}, {np.shape(value)}"
        known = self.lit.get(name)
        self.lit[name] = gradient if known is None else known + gradient

    def _wanted(self, name: str) -> bool:
        if not name or (self.among is not None and name not in self.among):
            return False
        if _floats(self.values.get(name)):
            return True
        self.ended[name] = None
        return False

    def _darken(self, node: Node, shadows: set[int]) -> None:
        for name in read(node):
            if self._wanted(name):
                self.behind.setdefault(name, set()).update(shadows)

    def influence(self) -> Influence:
        """What was found: from the number asked for back to the feeds."""
        gradients = {name: found for name, found in self.lit.items() if name not in self.behind}
        dark = [
            Dark(node, sentence, frozenset(n for n, by in self.behind.items() if number in by))
            for number, (node, sentence) in self.stopped.items()
        ]
        return Influence(gradients, dark, list(self.ended))


def _floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _turned(at: Backward) -> Slices[Sequence[Array | None]]:
    """What the rule of a node gives. UnsupportedError if there is none for it."""
    node, rule = at.call.node, rule_of(at.call.node)
    if rule is None:
        raise UnsupportedError(f"How {node.label} changes with its inputs is not known here.")
    beyond = [i + 1 for i, dy in enumerate(at.dys) if dy is not None and i >= rule.outputs]
    if beyond:
        raise UnsupportedError(
            f"How output {beyond[0]} of {node.label} changes with its inputs is not known here."
        )
    if hasattr(rule.function, "slices"):
        return (yield from rule.function.slices(at))
    return rule.function(at)
