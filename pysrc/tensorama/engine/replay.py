"""Short nodes in a row, played again by the kernel in one go.

Of a small network's time in a page most is Python's: some twenty microseconds for each node, to
look at shapes and to find addresses, again and again the same. So the first run that may do so
listens: where an operator has promised that all it does to numbers are calls of the kernel (see
`kernel.recorder`), these calls are kept, with every address as a place in the tensor that it
belongs to. Neighbouring nodes of that kind make a `Stretch`: a program that the kernel plays in one
call from then on. All that the nodes of a stretch give lies in one fresh block of memory, so each
run has arrays of its own; the kernel looks at the clock behind each node, so the seconds of each
are measured, in the mean over the plays so far, since a browser's clock is coarse.

Exporters write long rows of nodes that do nothing but arithmetic with shapes. What follows from the
shapes of the feeds alone is known from that run on and not computed again.

A stretch is played only for what it was made from: feeds of the same shapes, and what comes from
other nodes in the same shape, type and order in memory; where numbers decide, the same numbers.
Before it is used at all it must give the very bits that the nodes gave. Everything else is
computed node by node as ever. Nodes with much work stay out of it: they gain nothing, and a page
must breathe between them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine import kernel
from tensorama.engine.constants import depends_on_more
from tensorama.engine.draft import BLOCK_BYTES, STRETCH_WORK, Draft
from tensorama.engine.kernel import Kernel
from tensorama.engine.kernel.recorder import Recorder, promise_of
from tensorama.engine.plan import Call
from tensorama.engine.stretch import Played, Stretch, Values
from tensorama.engine.trace import Step
from tensorama.onnxfile import Graph

TRIALS = 32  # plays of a stretch before it is used, to have measured it; fewer if it has much work
FEWEST = 2  # nodes that are worth a stretch
LITTLE = 256  # cells of what is kept because it follows from shapes
KEPT = 4  # shapes of feeds whose stretches are kept for a graph


class Tape:
    """The stretches of a graph for feeds of certain shapes, by the number of their first node."""

    def __init__(self, player: Kernel) -> None:
        self.player, self.stretches = player, dict[int, Stretch]()
        self.complete = False  # once a run has gone through to its end


_tapes: WeakKeyDictionary[Graph, dict[Any, Tape]] = WeakKeyDictionary()


def tape_of(graph: Graph, feeds: Values, player: Kernel) -> Tape | None:
    """The tape for feeds of these shapes; None if what comes are no plain arrays."""
    arrays = feeds.values()
    if any(type(array) is not np.ndarray for array in arrays):
        return None
    key = tuple((array.shape, array.strides) for array in arrays)
    tapes = _tapes.setdefault(graph, {})
    tape = tapes.get(key)
    if tape is None or tape.player is not player:
        while len(tapes) >= KEPT:
            del tapes[next(iter(tapes))]
        tape = tapes[key] = Tape(player)
    return tape


def parameters(call: Call) -> list[tuple[str, str]]:
    """The inputs of a node with the operator's names for them; "*" for those of a variadic tail."""
    names = call.operator.inputs
    return [
        (names[place] if place < len(names) else "*", name)
        for place, name in enumerate(call.node.inputs)
        if name
    ]


class Replay:
    """One run's view of the stretches: plays those that are known, listens where none are yet."""

    def __init__(self, graph: Graph, feeds: Values, listen: bool = True) -> None:
        player = kernel.active()  # a page loads it now, so that no node is charged with that
        replaced = not feeds.keys().isdisjoint(graph.weights)
        tape = None if player is None or replaced else tape_of(graph, feeds, player)
        self._stretches = tape.stretches if tape else {}
        filled = tape is None or tape.complete or not listen
        self._tape = None if filled else tape  # to be filled
        self._fixed = {} if self._tape is None else dict(graph.weights)
        self._known: dict[str, Any] = {}  # what follows from the shapes of the feeds
        self._draft: Draft | None = None
        self._heard: list[Step] = []

    def play(self, number: int, values: Values) -> Played | None:
        """Compute the stretch that begins with that node; None if none does or it does not fit."""
        stretch = self._stretches.get(number)
        return None if stretch is None else stretch.play(values)

    def ear(self, call: Call) -> Recorder | None:
        """The kernel to compute a node with, so that its calls are heard; None if it is no use."""
        if self._tape is None or not call.plain or "scope" in call.operator.needs:
            return None
        promise = promise_of(call.operator.function)
        if promise is None or self._unknown(call, promise.passed):
            return None
        fixed = [self._fixed.get(name) for name in call.node.inputs]
        return Recorder(self._tape.player, fixed, BLOCK_BYTES // 2)

    def _unknown(self, call: Call, passed: Collection[str] = ()) -> bool:
        """Whether an input besides these parameters can be another in another run."""
        return any(
            name not in self._fixed and name not in self._known
            for parameter, name in parameters(call)
            if parameter not in passed
        )

    def fixed(self, step: Step) -> None:
        """Hear of a node that gives the same in every run."""
        if self._tape is None:
            return
        self._fixed.update(step.outputs)
        if self._draft is not None:
            self._draft.add_fixed(step)

    def heard(self, call: Call, step: Step, ear: Recorder | None, values: Values) -> None:
        """Take in a node that was computed; a stretch ends with one that cannot be played."""
        if self._tape is None:
            return
        if self._draft is not None and self._add(self._draft, call, step, ear):
            return
        self._close(values)
        draft = Draft(call.node.index, self._tape.player.scratch, self._fixed, self._known)
        self._heard = []
        if self._add(draft, call, step, ear):
            self._draft = draft

    def _add(self, draft: Draft, call: Call, step: Step, ear: Recorder | None) -> bool:
        promise = promise_of(call.operator.function)
        if self._follows(call, step):
            by_shape = promise is not None and promise.by_shape
            passed = promise.passed if promise and by_shape else ()
            names = [name for parameter, name in parameters(call) if parameter in passed]
            if not draft.add_known(step, names):
                return False
            self._known.update(step.outputs)
        elif ear is None or ear.calls is None or promise is None:
            return False
        else:
            if not draft.add(step, ear.calls, promise.derived):
                return False
            for parameter, name in parameters(call):
                if parameter not in promise.passed:
                    draft.hold(name)
        self._heard.append(step)
        return True

    def _follows(self, call: Call, step: Step) -> bool:
        """Whether what a node gives follows from the shapes of the feeds; only little is kept."""
        promise = promise_of(call.operator.function)
        passed = promise.passed if promise is not None and promise.by_shape else ()
        if not call.plain or not step.inputs or depends_on_more(call):
            return False
        small = all(isinstance(y, np.ndarray) and y.size <= LITTLE for y in step.outputs.values())
        return small and not step.inner and not self._unknown(call, passed)

    def _close(self, values: Values) -> None:
        """End the stretch; keep it if it gives to the last bit what the nodes have given."""
        draft, self._draft = self._draft, None
        if draft is None or self._tape is None or len(self._heard) < FEWEST:
            return
        stretch = draft.finished(self._tape.player)
        played = None
        for _ in range(min(TRIALS, STRETCH_WORK // max(1, draft.work))):
            played = stretch.play(values, fill=0xFF)  # what is not written shows as NaN
        if played and all(
            played.tensors[name].tobytes() == y.tobytes()
            for step in self._heard
            for name, y in step.outputs.items()
        ):
            self._stretches[stretch.first] = stretch

    def end(self, values: Values) -> None:
        """The run is through."""
        self._close(values)
        if self._tape is not None:
            self._tape.complete = True
