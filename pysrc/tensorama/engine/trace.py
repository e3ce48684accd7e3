"""What a run leaves behind: every tensor, in the order in which it came to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from tensorama.onnxfile import Model, Node


def frozen(value: Any) -> Any:
    """A value that nobody can change: of an array a view without the right to write.

    The array that owns the memory loses that right as well; else a view could take it back.
    """
    if type(value) is list:
        return [frozen(item) for item in value]
    if not isinstance(value, np.ndarray):
        return value
    owner: Any = value
    while isinstance(owner, np.ndarray) and owner.flags.writeable:
        owner.setflags(write=False)
        owner = owner.base
    return value.view()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Step:
    """One computed node: what went in, what came out, how long it took.

    `inputs` and `outputs` map tensor names to arrays; `inner` has what the operator recorded of its
    inside (gates, attention scores), by a name of its own. `seconds` is measured wall time.
    """

    node: Node
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    seconds: float
    inner: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What comes before the / in the names of what lies inside of the node."""
        return self.node.name or next(iter(self.outputs), "")


class Played(Protocol):
    """Steps that were computed in one go, see `engine.replay`."""

    @property
    def tensors(self) -> Mapping[str, Any]:
        """All that they gave, by name."""

    def steps(self) -> list[Step]:
        """One by one."""


class Trace(Mapping[str, Any]):
    """Every tensor of one run: tensor name -> numpy array, inputs first, then as computed.

    It is what was recorded and stays so: arrays cannot be written to, and feeds are copies unless
    nobody could write to what was given. `trace.model` is what ran, `trace.steps` how,
    `trace.outputs` only what the model promises, and `trace.inner` maps "node/part" to what
    operators recorded inside.
    """

    __eq__, __hash__ = object.__eq__, object.__hash__  # two runs are two, whatever came out

    def __init__(self, model: Model, feeds: Mapping[str, Any]) -> None:
        self.model = model
        self.feeds: Mapping[str, Any] = MappingProxyType(dict(feeds))
        self._steps: list[Step] = []
        self._told: tuple[Step, ...] = ()  # the same, for others
        self._late: list[Played] = []  # what has been played and not been asked for as steps
        self._inner: dict[str, Any] = {}
        self._tensors: dict[str, Any] = dict(feeds)

    def add(self, step: Step) -> None:
        """Keep what one step computed."""
        self._gather()
        self._tensors.update(step.outputs)
        self._keep(step)

    def add_played(self, played: Played) -> None:
        """Keep what a row of steps computed; what each of them was is put together when asked."""
        self._late.append(played)
        self._tensors.update(played.tensors)

    @property
    def steps(self) -> Sequence[Step]:
        """All steps so far, in the order in which they were computed."""
        self._gather()
        if len(self._told) < len(self._steps):
            self._told = tuple(self._steps)
        return self._told

    @property
    def inner(self) -> Mapping[str, Any]:
        """What operators recorded of their inside, as "node/part"."""
        self._gather()
        return MappingProxyType(self._inner)

    def _gather(self) -> None:
        for played in self._late:
            for step in played.steps():
                self._keep(step)
        self._late.clear()

    def _keep(self, step: Step) -> None:
        self._steps.append(step)
        for name, array in step.inner.items():
            self._inner[f"{step.label}/{name}"] = array

    def retimed(self, seconds: Mapping[int, float]) -> Trace:
        """The same with other times: those of another run on the same feeds, by nodes' numbers."""
        again = Trace(self.model, self.feeds)
        for step in self.steps:
            again.add(replace(step, seconds=seconds.get(step.node.index, step.seconds)))
        return again

    def __getitem__(self, name: str) -> Any:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def weight_or_tensor(self, name: str) -> Any:
        """The array of that name, be it computed or a weight of the model."""
        return self._tensors[name] if name in self._tensors else self.model.graph.weights[name]

    @property
    def outputs(self) -> dict[str, Any]:
        """The tensors that the model promises as its outputs."""
        return {v.name: self.weight_or_tensor(v.name) for v in self.model.graph.outputs}

    @property
    def seconds(self) -> float:
        """Time spent in operators, without what lay between them."""
        return sum(step.seconds for step in self.steps)

    def __repr__(self) -> str:
        return f"<Trace of {len(self._tensors)} tensors, {self.seconds * 1000:.1f} ms>"
