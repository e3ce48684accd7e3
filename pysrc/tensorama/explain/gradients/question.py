"""A question to a run, "why is this number what it is?", and the form of every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.engine import Trace
from tensorama.engine.contract.slices import Parts, part
from tensorama.engine.replacing import read, run_replaced
from tensorama.errors import FeedError
from tensorama.explain.explained import checked
from tensorama.explain.gradients.backward import wide
from tensorama.explain.gradients.reverse import Dark, Influence, pulled_back
from tensorama.explain.origin import origins
from tensorama.phrases import phrase

Array = np.ndarray
_THERE = 0.35  # of the way there and back


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """How much each cell of some tensors has to do with a number.

    maps: tensor -> a number for each of its cells (of Grad-CAM one for all channels at a place).
    shares: whether these are parts of the number (above 0 speaks for it, below against it), or
    only how sensitive it is. Of integrated gradients `difference` is how far the number is from
    that of the baseline, and `gap` what of that the shares do not account for. dark: nodes that no
    gradient came through.
    """

    method: str
    tensor: str
    index: tuple[int, ...]
    value: float
    maps: Mapping[str, Array]
    shares: bool = True
    difference: float | None = None
    gap: float | None = None
    dark: tuple[Dark, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which number of which run, and that run with something changed."""

    trace: Trace
    tensor: str
    index: tuple[int, ...]

    @classmethod
    def of(cls, trace: Trace, tensor: str, index: Sequence[int]) -> Question:
        """FeedError if there is no such cell, or if it holds no float."""
        known = origins(trace)
        place = checked(known, tensor, index)
        if np.asarray(wide(known.array(tensor))).dtype.kind != "f":
            raise FeedError(
                phrase('"{tensor}" holds no floats: nothing changes it by a little.', tensor=tensor)
            )
        return cls(trace, tensor, place)

    @property
    def value(self) -> float:
        """The number."""
        return self.answer(self.trace)

    def answer(self, trace: Trace) -> float:
        """The same number in another run."""
        return float(wide(trace.weight_or_tensor(self.tensor))[self.index])

    def run(self, changed: Mapping[str, Array]) -> Parts[Trace]:
        """The run again with other values of some feeds or tensors."""
        model, feeds = self.trace.model, self.trace.feeds
        inputs = {value.name for value in model.graph.inputs}
        given = {**feeds, **{name: self._as_recorded(name, x) for name, x in changed.items()}}
        return (
            yield from run_replaced(
                model,
                {name: value for name, value in given.items() if name in inputs},
                {name: value for name, value in given.items() if name not in inputs},
                self.trace,
            )
        )

    def _as_recorded(self, name: str, value: Array) -> Array:
        return value.astype(self.trace.weight_or_tensor(name).dtype, copy=False)

    def influence(self, trace: Trace) -> Parts[Influence]:
        """The gradients of what depends on the feeds, in a run."""
        seed = np.zeros_like(wide(trace.weight_or_tensor(self.tensor)))
        seed[self.index] = 1
        return (yield from pulled_back(trace, {self.tensor: seed}, weights=False))

    def slopes(self, changed: Mapping[str, Array]) -> Parts[Influence]:
        """The same in the run with other values of some feeds or tensors."""
        other = yield from part(self.run(changed), 0, _THERE)
        return (yield from part(self.influence(other), _THERE, 1 - _THERE))

    def asked(self, at: str | None) -> list[str]:
        """The tensors to attribute to: the one named, else the inputs of floats, else embeddings.

        Where words come in as whole numbers, the rows that were looked up for them are the first
        that can change by a little.
        """
        if at is not None:
            if at not in self.trace or not _floats(self.trace[at]):
                raise FeedError(phrase('"{at}" is no tensor of floats in this run.', at=at))
            return [at]
        fed = [name for name, value in self.trace.feeds.items() if _floats(value)]
        if fed:
            return fed
        known = origins(self.trace)
        for step in self.trace.steps:
            names = [n for n in step.outputs if known.leads(n) and _floats(step.outputs[n])]
            if names and step.node.op in _LOOKED_UP and self.trace.feeds.keys() & read(step.node):
                return names[:1]
        raise FeedError(phrase("No input holds floats: name the tensor to attribute to as `at`."))

    def answered(self, method: str, maps: Mapping[str, Array], **more: Any) -> Attribution:
        """An answer to this question."""
        return Attribution(method, self.tensor, self.index, self.value, dict(maps), **more)


_LOOKED_UP = ("Gather", "TorchEmbedding", "EmbedLayerNormalization")


def _floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
