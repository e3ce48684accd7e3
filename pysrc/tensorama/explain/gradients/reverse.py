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
from tensorama.engine.contract.slices import Parts
from tensorama.engine.plan import Call, plan
from tensorama.engine.replacing import read
from tensorama.errors import FeedError, UnsupportedError
from tensorama.explain.explained import checked
from tensorama.explain.gradients.backward import Backward, wide
from tensorama.explain.gradients.insides import carried_in, leads_inside
from tensorama.explain.gradients.rule import UNKNOWN, rule_of
from tensorama.explain.origin import Origins, origins
from tensorama.onnxfile import Node
from tensorama.phrases import phrase

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Dark:
    """A node that let no gradient through, why, and the tensors that are dark because of it."""

    node: Node
    sentence: str
    tensors: frozenset[str]


class Influence(Mapping[str, Array]):
    """How much a number changes with each cell of what it came from: tensor or weight → gradient.

    Each gradient has the shape of its tensor, the number's own among them; sequences of tensors
    are passed, and are not here themselves. What cannot have touched
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
) -> Parts[Influence]:
    """As `influence`, with pauses between and within nodes."""
    known = origins(trace)
    place = checked(known, tensor, index)
    value = wide(known.array(tensor))
    if value.dtype.kind != "f":
        raise FeedError(
            phrase('"{tensor}" holds no floats: nothing changes it by a little.', tensor=tensor)
        )
    seed = np.zeros_like(value)
    seed[place] = 1
    return (yield from pulled_back(trace, {tensor: seed}, weights))


def pulled_back(trace: Trace, seeds: Mapping[str, Array], weights: bool = True) -> Parts[Influence]:
    """The gradients of a sum over cells of tensors, each cell times its number in `seeds`."""
    calls = plan(trace.model, trace.model.graph)
    back = _Way(origins(trace), weights, {**seeds})
    with np.errstate(all="ignore"):  # infinities and NaN are values like others
        for number, step in enumerate(reversed(trace.steps)):
            yield from back.through(step, calls[step.node.index], {})
            yield (number + 1) / len(trace.steps)
    return back.influence()


@dataclass(slots=True)
class _Way:
    """The way back through a run; `lit` are the gradients so far, `behind` what is dark."""

    known: Origins
    weights: bool  # whether all is asked for, or only what depends on the feeds
    lit: dict[str, Any]
    behind: dict[str, set[int]] = field(default_factory=dict)  # dark tensor -> numbers of nodes
    stopped: list[tuple[Node, str]] = field(default_factory=list)
    ended: dict[str, None] = field(default_factory=dict)

    def through(self, step: Step, call: Call, names: Mapping[str, str]) -> Slices[None]:
        """Pass one node, if the way leads through it. names: what the trace calls its tensors."""
        made = {name: names.get(name, name) for name in step.outputs}  # without what was replaced
        if not any(name in self.lit or name in self.behind for name in made.values()):
            return
        inputs = [names.get(name, name) for name in step.node.inputs]
        around = [names.get(name, name) for name in sorted(read(step.node))]
        if not any(self._wanted(name) for name in around):
            return  # it was made of nothing that could change by a little
        shadows = set[int]().union(*(self.behind.get(name, ()) for name in made.values()))
        if shadows:
            self._darken(around, shadows)
            return
        dys = [self.lit.get(made[name]) if name in made else None for name in step.node.outputs]
        if leads_inside(call):
            yield from self._inside(step, call, inputs, dys, names)
            return
        wanted = [self._wanted(name) for name in inputs]
        try:
            gradients = yield from _turned(Backward(step, call, dys, wanted))
        except UnsupportedError as error:
            self._stop(step.node, str(error), around)
            return
        for name, wish, gradient in zip(inputs, wanted, gradients, strict=False):
            if wish and gradient is UNKNOWN:
                said = phrase(
                    'How {node} changes with "{name}" is not known here.',
                    node=step.node.label,
                    name=name,
                )
                self._stop(step.node, said, [name])
            elif wish and gradient is not None:
                self._add(name, gradient)

    def _inside(
        self,
        step: Step,
        call: Call,
        inputs: Sequence[str],
        dys: Sequence[Array | None],
        names: Mapping[str, str],
    ) -> Slices[None]:
        """Pass the graphs inside of a node, the last that ran first."""
        ran = self.known.insides(names.get(step.label, step.label))
        for name, gradient in carried_in(call, inputs, ran, dys):
            if self._wanted(name):
                self._add(name, gradient)
        for inside in reversed(ran):
            for inner, one in reversed(inside.steps):
                yield from self.through(one, inner, inside.names)
                yield

    def _add(self, name: str, gradient: Any) -> None:
        value, before = self.known.array(name), self.lit.get(name)
        if isinstance(value, list):  # a sequence, whose gradient is one
            assert [*map(np.shape, gradient)] == [*map(np.shape, value)], name
            pairs = zip(gradient, before or [0] * len(gradient), strict=True)
            self.lit[name] = [one + other for one, other in pairs]
            return
        assert gradient.shape == np.shape(value), f"{name}: {gradient.shape}, {np.shape(value)}"
        self.lit[name] = gradient if before is None else before + gradient

    def _wanted(self, name: str) -> bool:
        if not name or not (self.weights or self.known.leads(name)):
            return False
        if _floats(self.known.array(name)):
            return True
        self.ended[name] = None
        return False

    def _stop(self, node: Node, sentence: str, names: Collection[str]) -> None:
        self.stopped.append((node, sentence))
        self._darken(names, {len(self.stopped) - 1})

    def _darken(self, names: Collection[str], shadows: set[int]) -> None:
        for name in names:
            if self._wanted(name):
                self.behind.setdefault(name, set()).update(shadows)

    def influence(self) -> Influence:
        """What was found: from the number asked for back to the feeds."""
        gradients = {
            name: found
            for name, found in self.lit.items()
            if name not in self.behind and isinstance(found, np.ndarray)
        }
        dark = [
            Dark(node, sentence, frozenset(n for n, by in self.behind.items() if number in by))
            for number, (node, sentence) in enumerate(self.stopped)
        ]
        return Influence(gradients, dark, list(self.ended))


def _floats(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_floats, value))
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _turned(at: Backward) -> Slices[Sequence[Array | None]]:
    """What the rule of a node gives. UnsupportedError if there is none for it."""
    node, rule = at.call.node, rule_of(at.call.node)
    if rule is None:
        raise UnsupportedError(
            phrase("How {node} changes with its inputs is not known here.", node=node.label)
        )
    beyond = [i + 1 for i, dy in enumerate(at.dys) if dy is not None and i >= rule.outputs]
    if beyond:
        raise UnsupportedError(
            phrase(
                "How output {number} of {node} changes with its inputs is not known here.",
                number=beyond[0],
                node=node.label,
            )
        )
    if hasattr(rule.function, "slices"):
        return (yield from rule.function.slices(at))
    return rule.function(at)
