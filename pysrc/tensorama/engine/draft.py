"""A stretch while it is listened to: node by node, calls of the kernel become a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from tensorama.engine.kernel import Kernel
from tensorama.engine.kernel.door import Refused, address
from tensorama.engine.kernel.program import BLOCK, SCRATCH, Place, Program, Written, work
from tensorama.engine.kernel.recorder import Lasting
from tensorama.engine.stretch import Coming, Entry, Known, Made, Stretch, Values
from tensorama.engine.trace import Step

NODE_WORK = 16_000_000  # products or cells: about a millisecond
STRETCH_WORK = 32_000_000  # some milliseconds, on a phone ten
BLOCK_BYTES = 8 << 20  # whoever keeps one tensor of a stretch keeps its whole block
WRITTEN = frozenset(map(np.dtype, ("f4", "i4", "i8", "u1", "i1", "?")))  # what the kernel writes
ALIGNED = 16  # bytes
Call = tuple[str, Sequence[Any]]  # of the kernel: a function's name and arguments


class Draft:
    """A stretch while it is listened to."""

    def __init__(self, first: int, scratch: np.ndarray, fixed: Values, known: Values) -> None:
        """fixed: the tensors that are the same in every run, by name; known: those that follow
        from the shapes of the feeds.
        """
        self.first = first
        self._entries: list[Entry] = []
        self._tensors: dict[str, Any] = {}
        self._program = Program(scratch)
        self._coming: dict[str, Coming] = {}
        self._made: dict[str, Made] = {}
        self._inner: dict[int, list[Made]] = {}
        self._places: dict[str, Place] = {}
        self._scattered: set[int] = set()  # bases whose cells do not lie side by side
        self._bytes = self.work = 0
        self._scratch, self._fixed, self._known = scratch, fixed, known
        self._values: dict[str, np.ndarray] = {}

    def finished(self, kernel: Kernel) -> Stretch:
        """The stretch, ready to be played."""
        return Stretch(
            self.first,
            self._entries,
            self._tensors,
            tuple(self._coming.values()),
            self._values,
            tuple(self._made.values()),
            self._inner,
            self._bytes,
            kernel.player(self._program),
        )

    def add(self, step: Step, calls: Sequence[Call], derived: bool) -> bool:
        """Write down a node; False if it cannot be played, then the draft stays as it was.

        derived: arguments that are no tensors of the model are the same in every run.
        """
        amount = sum(work(name, arguments) for name, arguments in calls)
        if amount > NODE_WORK or self.work + amount > STRETCH_WORK:
            return False
        before = dict(self._coming), dict(self._made), dict(self._places), self._bytes
        written = self._written(step, calls, derived)
        if written is None or self._bytes > BLOCK_BYTES:
            self._coming, self._made, self._places, self._bytes = before
            return False
        for call in written:
            self._program.call(call)
        self._program.look()
        self._entries.append(step.node)
        self._tensors.update(dict.fromkeys(step.outputs))
        self.work += amount
        return True

    def add_fixed(self, step: Step) -> None:
        """Take in a node that gives the same in every run."""
        self._entries.append(step)
        self._tensors.update(step.outputs)

    def add_known(self, step: Step, passed: Sequence[str]) -> bool:
        """Take in a node whose outputs follow from the shapes of `passed` and from known inputs."""
        for name, x in step.inputs.items():
            if name not in passed:
                self.hold(name)
            elif name not in self._tensors and name not in self._fixed:
                if not isinstance(x, np.ndarray):
                    return False
                self._place_in(name, x, x)
        self._entries.append(Known(step.node, step.outputs))
        self._tensors.update(step.outputs)
        return True

    def hold(self, name: str) -> None:
        """Only play where this known tensor holds what it holds now."""
        if name in self._known and name not in self._tensors:
            self._values[name] = self._known[name]

    def _written(self, step: Step, calls: Sequence[Call], derived: bool) -> list[Written] | None:
        """The calls with places for arrays; None if one is not known or something does not fit."""
        results = []
        for name, y in step.outputs.items():
            made = self._laid_fresh(name, y, step) if calls else self._laid_over(name, y, step)
            if made is None:
                return None
            self._made[name] = made
            results.append((y, made.offset))
        inside = self._inner[len(self._entries)] = list[Made]()
        for name, y in step.inner.items():
            made = self._laid_fresh(name, y, step)
            if made is None:
                return None
            inside.append(made)
            results.append((y, made.offset))
        written: list[Written] = []
        for name, arguments in calls:
            places: list[Any] = [
                self._place(a, step, results, derived) if isinstance(a, np.ndarray) else a
                for a in arguments
            ]
            if None in places:
                return None
            try:
                written.append(self._program.written(name, places))
            except Refused:
                return None
        return written

    def _laid_fresh(self, name: str, y: Any, step: Step) -> Made | None:
        """A place of its own for a result that calls write."""
        if type(y) is not np.ndarray or y.dtype not in WRITTEN or not y.flags.c_contiguous:
            return None
        if not y.size or any(_holds(x, y) for x in step.inputs.values()):
            return None
        made = Made(name, None, y.shape, y.dtype, self._bytes, _strides(y))
        self._bytes += -(-y.nbytes // ALIGNED) * ALIGNED
        if name in step.outputs:
            self._places[name] = BLOCK, made.offset
        return made

    def _laid_over(self, name: str, y: Any, step: Step) -> Made | None:
        """The place of a view: in the input that it is a view of."""
        if type(y) is not np.ndarray or not y.size or y.dtype.hasobject:
            return None
        of = [n for n, x in step.inputs.items() if _holds(x, y)]
        free = [n for n in step.inputs if n not in self._fixed and n not in self._known]
        if len(of) != 1 or of != free:  # another input could say which part of it
            return None
        base, offset = self._place_in(of[0], step.inputs[of[0]], y)
        if base in self._scattered:
            return None
        self._places[name] = base, offset
        source = next((c.name for c in self._coming.values() if c.base == base), None)
        return Made(name, source, y.shape, y.dtype, offset, _strides(y))

    def _place(
        self,
        array: np.ndarray,
        step: Step,
        results: Sequence[tuple[np.ndarray, int]],
        derived: bool,
    ) -> Place | None:
        """Where an argument of a call lies, if there is exactly one answer.

        results: what the node gives, with offsets in the block.
        """
        if isinstance(array, Lasting):
            return self._program.base(array), 0
        if _holds(self._scratch, array):
            return SCRATCH, address(array) - address(self._scratch)
        places = {
            self._place_in(name, x, array) for name, x in step.inputs.items() if _holds(x, array)
        }
        places |= {
            (BLOCK, offset + address(array) - address(y))
            for y, offset in results
            if _holds(y, array)
        }
        if len(places) == 1 or (places and all(b in self._program.fixed for b, _ in places)):
            return min(places)  # what is the same in every run may well lie in several inputs
        if places or not derived or not self._in_order(step):
            return None
        return self._program.base(array), 0

    def _in_order(self, step: Step) -> bool:
        """Whether no input can have been copied to lie in order, and a copy be passed."""
        return all(
            name in self._fixed or name in self._known or x.flags.c_contiguous
            for name, x in step.inputs.items()
        )

    def _place_in(self, name: str, x: np.ndarray, part: np.ndarray) -> Place:
        if name not in self._places:
            if name in self._fixed or name in self._known:
                base = self._program.base(x)
                self.hold(name)
            else:
                base = self._program.base()
                self._coming[name] = Coming(base, name, x.shape, x.strides, x.dtype)
                if not x.flags.c_contiguous:
                    self._scattered.add(base)
            self._places[name] = base, 0
        base, offset = self._places[name]
        return base, offset + address(part) - address(x)


def _holds(whole: Any, part: np.ndarray) -> bool:
    """Whether an array begins inside another one's memory."""
    if not isinstance(whole, np.ndarray) or not whole.size:
        return False
    low, high = byte_bounds(whole)
    return low <= address(part) < high


def _strides(array: np.ndarray) -> tuple[int, ...] | None:
    """The strides of an array; None where they are those that numpy finds by itself, and sooner."""
    step, usual = array.itemsize, list[int]()
    for size in reversed(array.shape):
        usual.insert(0, step)
        step *= size
    return None if array.strides == tuple(usual) else array.strides
