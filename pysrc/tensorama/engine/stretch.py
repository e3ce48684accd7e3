"""Nodes in a row as one program of the kernel, and what a play of it gives.

A browser's clock ticks every tenth of a millisecond, in which a small network runs through all its
nodes: one look shows nothing, or a tenth too much. So what a node takes is the mean over all plays
of its stretch so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tensorama.engine.kernel import Play
from tensorama.engine.kernel.door import Refused
from tensorama.engine.trace import Step
from tensorama.onnxfile import Node

Values = Mapping[str, Any]


class Coming(NamedTuple):
    """A tensor that a stretch takes from outside, as it must be."""

    base: int
    name: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype


class Made(NamedTuple):
    """A tensor that a stretch gives: part of the block, or of the tensor `source` from outside."""

    name: str
    source: str | None
    shape: tuple[int, ...]
    dtype: np.dtype
    offset: int
    strides: tuple[int, ...] | None  # None: cell after cell

    def taken(self, block: np.ndarray) -> np.ndarray:
        """The tensor itself, out of what it is part of."""
        return np.ndarray(self.shape, self.dtype, block, self.offset, self.strides)


class Known(NamedTuple):
    """A node that is not computed again: what it gives follows from shapes."""

    node: Node
    outputs: Mapping[str, Any]


Entry = Node | Step | Known


class Played:
    """What one play of a stretch gave; `after` is the number of the node behind it."""

    def __init__(
        self,
        stretch: Stretch,
        tensors: dict[str, Any],
        sums: list[float],
        block: np.ndarray,
        values: Values,
    ) -> None:
        self.tensors, self.after = tensors, stretch.after
        self._stretch, self._sums, self._block, self._values = stretch, sums, block, values
        self._plays = stretch.plays

    def steps(self) -> list[Step]:
        """The nodes as steps, each with the seconds that it takes."""
        seconds = (milliseconds / (1000 * self._plays) for milliseconds in self._sums)
        steps = []
        for number, entry in enumerate(self._stretch.entries):
            if isinstance(entry, Step):
                steps.append(entry)
                continue
            if isinstance(entry, Known):
                inputs = {name: self._tensor(name) for name in entry.node.inputs if name}
                steps.append(Step(entry.node, inputs, entry.outputs, 0.0))
                continue
            inputs = {name: self._tensor(name) for name in entry.inputs if name}
            outputs = {name: self.tensors[name] for name in entry.outputs if name in self.tensors}
            inside = {m.name: m.taken(self._block) for m in self._stretch.inner.get(number, ())}
            steps.append(Step(entry, inputs, outputs, next(seconds), inside))
        return steps

    def _tensor(self, name: str) -> Any:
        return self.tensors[name] if name in self.tensors else self._values[name]


class Stretch:
    """Nodes in a row that the kernel plays: those with the numbers `first` … `after` - 1."""

    def __init__(
        self,
        first: int,
        entries: Sequence[Entry],
        tensors: Mapping[str, Any],
        coming: Sequence[Coming],
        values: Mapping[str, np.ndarray],
        made: Sequence[Made],
        inner: Mapping[int, Sequence[Made]],
        block_bytes: int,
        play: Play,
    ) -> None:
        """What is the same in every run stands as its step among the nodes (`entries`).

        tensors: all names in their order, with those that are the same in every run; values: what
        tensors from outside must hold; inner: what operators record of their inside, by the place
        of the node among the entries.
        """
        self.first, self.after, self.entries = first, first + len(entries), entries
        self.inner = inner
        self._values = [(name, v.shape, v.dtype, v.tobytes()) for name, v in values.items()]
        self._tensors, self._coming, self._made = dict(tensors), coming, made
        self._bytes, self._play, self.plays = block_bytes, play, 0

    def play(self, values: Values, fill: int | None = None) -> Played | None:
        """Compute all nodes; None if what comes from outside is not what it was, or does not fit.

        fill: a byte to lay over the block beforehand.
        """
        coming = []
        for base, name, shape, strides, dtype in self._coming:
            array = values[name]
            if type(array) is not np.ndarray or array.dtype != dtype:
                return None
            if array.shape != shape or array.strides != strides:
                return None
            coming.append((base, array))
        for name, shape, dtype, held in self._values:
            array = values[name]
            if array.shape != shape or array.dtype != dtype or array.tobytes() != held:
                return None
        block = np.empty(self._bytes, np.uint8)
        if fill is not None:
            block.fill(fill)
        try:
            sums = self._play(block, coming)
        except Refused:  # by where it lies in memory, which is another place each time
            return None
        self.plays += 1
        if sums is None:  # node by node it is said what was wrong
            return None
        block.setflags(write=False)  # and so are all views of it
        tensors = self._tensors.copy()
        for name, source, shape, dtype, offset, lies in self._made:
            memory = block if source is None else values[source]
            tensors[name] = np.ndarray(shape, dtype, memory, offset, lies)
        return Played(self, tensors, sums, block, values)
