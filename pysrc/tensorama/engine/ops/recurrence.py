"""The loop of all recurrent operators: read a sequence step by step, forward, backward or both.

The inputs of every time step are multiplied by W at once; a cell function, which `recurrent` gives,
computes one step from that product and the state before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract.limits import complain_of_steps
from tensorama.engine.contract.pieces import PIECE
from tensorama.engine.contract.slices import Pace
from tensorama.engine.kernel import active
from tensorama.engine.kernel.recurrent import Direction, Known, sequence
from tensorama.errors import OperatorError

States = tuple[np.ndarray, ...]
Gates = Mapping[str, np.ndarray]
# one step: (x·W for this step, states before) -> (states after, gates); the first state is h
Cell = Callable[[np.ndarray, States], tuple[States, Gates]]
_steps = Pace(1e3)  # per second
Record = Callable[[str, np.ndarray], None]


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one direction; `gates` is how many gates lie side by side in each."""

    w: np.ndarray  # (gates·H, I)
    r: np.ndarray  # (gates·H, H)
    wb: np.ndarray  # (gates·H)
    rb: np.ndarray  # (gates·H)
    p: np.ndarray  # (peepholes·H)
    gates: int

    @property
    def hidden(self) -> int:
        return self.r.shape[-1]


def directions(direction: str) -> int:
    if direction not in ("forward", "reverse", "bidirectional"):
        raise OperatorError(
            f'direction is "{direction}"; it can be forward, reverse or bidirectional'
        )
    return 2 if direction == "bidirectional" else 1


def stack(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray | None,
    p: np.ndarray | None,
    gates: int,
    hidden_size: int | None,
    direction: str,
) -> list[Weights]:
    """Check the weights' shapes and take them apart by direction."""
    if x.ndim != 3 or w.ndim != 3 or r.ndim != 3:
        raise OperatorError("X, W and R must have 3 dimensions each")
    count, hidden = directions(direction), r.shape[2]
    if hidden_size is not None and hidden_size != hidden:
        raise OperatorError(f"hidden_size is {hidden_size}, but R is for {hidden}")
    expected = {
        "W": (w, (count, gates * hidden, x.shape[2])),
        "R": (r, (count, gates * hidden, hidden)),
        "B": (b, (count, 2 * gates * hidden)),
        "P": (p, (count, 3 * hidden)),
    }
    for name, (array, shape) in expected.items():
        if array is not None and array.shape != shape:
            raise OperatorError(f"{name} must have shape {shape} here, {array.shape} came")
    dtype = _computed_in(x.dtype)
    b = np.zeros((count, 2 * gates * hidden), dtype) if b is None else b.astype(dtype, copy=False)
    p = np.zeros((count, 3 * hidden), dtype) if p is None else p.astype(dtype, copy=False)
    half = gates * hidden
    w, r = w.astype(dtype, copy=False), r.astype(dtype, copy=False)
    return [Weights(w[d], r[d], b[d, :half], b[d, half:], p[d], gates) for d in range(count)]


def _computed_in(dtype: np.dtype) -> np.dtype:
    """float16 sums over many steps are made in float32 and rounded at the end."""
    return np.dtype(np.float64) if dtype == np.float64 else np.dtype(np.float32)


def read(
    x: np.ndarray,
    stacked: Sequence[Weights],
    cells: Sequence[Cell],
    initial: Sequence[np.ndarray | None],
    sequence_lens: np.ndarray | None,
    direction: str,
    layout: int,
    record: Record,
    known: Known | None = None,
) -> contract.Slices[tuple[np.ndarray, ...]]:
    """Read the whole sequence in every direction; record the gates in the shape of Y.

    known: the cell as the kernel knows it, if it does.
    Gives y (T,D,N,H) and the last value of each state (D,N,H), all with N first for layout 1.
    Between steps the run can pause.
    """
    if layout:
        x = x.swapaxes(0, 1)
        initial = [None if s is None else s.swapaxes(0, 1) for s in initial]
    total, batch, hidden = x.shape[0], x.shape[1], stacked[0].hidden
    for state in initial:
        if state is not None and state.shape != (len(cells), batch, hidden):
            raise OperatorError(
                f"the initial state must have shape {(len(cells), batch, hidden)} "
                f"(directions, batch, hidden), {state.shape} came"
            )
    complain_of_steps(total * len(cells))
    lengths = lengths_of(sequence_lens, total, batch)
    backward = [direction == "reverse" or d == 1 for d in range(len(cells))]
    kernel = active()
    floats = all(a is None or a.dtype == np.float32 for a in (x, stacked[0].w, *initial))
    if kernel and known and floats and lengths is None and x.size and hidden:
        y, inner, lasts = yield from sequence(
            kernel, known, x, _directions(stacked, initial, backward)
        )
    else:
        y, inner, lasts = yield from _step_by_step(x, stacked, cells, initial, lengths, backward)

    def shaped(joined: np.ndarray, time: bool) -> np.ndarray:
        joined = joined.astype(x.dtype, copy=False)
        if layout:  # (T,D,N,H) → (N,T,D,H), (D,N,H) → (N,D,H)
            joined = joined.transpose(2, 0, 1, 3) if time else joined.swapaxes(0, 1)
        return joined

    for name, gate in inner.items():
        record(name, shaped(gate, time=True))
    return (shaped(y, time=True), *(shaped(last, time=False) for last in lasts))


def _directions(
    stacked: Sequence[Weights], initial: Sequence[np.ndarray | None], backward: Sequence[bool]
) -> list[Direction]:
    """The directions as the kernel takes them."""
    made = []
    for d, (own, back) in enumerate(zip(stacked, backward, strict=True)):
        w, r = np.ascontiguousarray(own.w), np.ascontiguousarray(own.r)
        start = [None if s is None else np.ascontiguousarray(s[d]) for s in initial]
        made.append(Direction(w, r, own.wb, own.rb, start, back))
    return made


def _step_by_step(
    x: np.ndarray,
    stacked: Sequence[Weights],
    cells: Sequence[Cell],
    initial: Sequence[np.ndarray | None],
    lengths: np.ndarray | None,
    backward: Sequence[bool],
) -> contract.Slices[tuple[np.ndarray, Gates, list[np.ndarray]]]:
    """The cells' own way. Gives y, gates and last states."""
    total, batch, hidden, dtype = *x.shape[:2], stacked[0].hidden, stacked[0].w.dtype
    y = np.zeros((total, len(cells), batch, hidden), dtype)
    inner, lasts = dict[str, np.ndarray](), []
    for d, (weights, cell) in enumerate(zip(stacked, cells, strict=True)):
        start = tuple(
            np.zeros((batch, hidden), dtype) if s is None else s[d].astype(dtype) for s in initial
        )
        steps = _Steps(weights, cell, lengths, y, inner, d)
        lasts.append((yield from steps.read(turned(x, lengths) if backward[d] else x, start)))
        if backward[d]:
            for made in (y, *inner.values()):
                made[:, d] = turned(made[:, d], lengths).copy()
    return y, inner, [np.stack([last[s] for last in lasts]) for s in range(len(initial))]


def lengths_of(sequence_lens: np.ndarray | None, total: int, batch: int) -> np.ndarray | None:
    """How many steps count in each sequence; None when all do."""
    if sequence_lens is None:
        return None
    if sequence_lens.shape != (batch,):
        raise OperatorError(f"sequence_lens needs one length for each of the {batch} sequences")
    if sequence_lens.size and (sequence_lens.min() < 0 or sequence_lens.max() > total):
        raise OperatorError(f"sequence_lens must lie between 0 and the {total} steps of X")
    return None if bool((sequence_lens == total).all()) else sequence_lens


@dataclass(frozen=True, slots=True)
class _Steps:
    """One direction, number d: step after step, written into y and the gates (T,D,N,H)."""

    weights: Weights
    cell: Cell
    lengths: np.ndarray | None
    y: np.ndarray
    inner: dict[str, np.ndarray]
    d: int

    def read(self, x: np.ndarray, states: States) -> contract.Slices[States]:
        """Give the last states (N,H); what the steps read of x is multiplied some at a time."""
        total, batch = x.shape[:2]
        w, wb = self.weights.w, self.weights.wb
        some = max(1, PIECE // max(1, batch * len(wb) * w.itemsize))
        for first in range(0, total, some):
            part = x[first : first + some]
            rows = part.reshape(-1, x.shape[2]).astype(w.dtype, copy=False)
            wx = yield from contract.matmul_slices(rows, w.T)
            wx = wx.reshape(len(part), batch, len(wb)) + wb
            for t in range(len(part)):
                started = perf_counter()
                states = self._step(first + t, wx[t], states)
                if _steps.learn(1, perf_counter() - started):
                    yield
        return states

    def _step(self, t: int, wx: np.ndarray, states: States) -> States:
        seen = states
        if self.lengths is not None:  # one that ended before is no part of a scale made for all
            there = (t <= self.lengths)[:, None]
            seen = tuple(np.where(there, state, np.float32(0)) for state in states)
        after, gates = self.cell(wx, seen)
        alive: slice | np.ndarray = slice(None)
        if self.lengths is None:
            states = after
        else:  # a sequence that has ended keeps its state and shows zeros
            alive = t < self.lengths
            keep = alive[:, None]
            states = tuple(np.where(keep, new, old) for new, old in zip(after, states, strict=True))
        self.y[t, self.d, alive] = after[0][alive]
        for name, gate in gates.items():
            if name not in self.inner:
                self.inner[name] = np.zeros_like(self.y)
            self.inner[name][t, self.d, alive] = gate[alive]
        return states


def turned(x: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Reverse each sequence in time, only as far as it counts. x (T,N,…)"""
    if lengths is None:
        return x[::-1]
    steps = np.arange(len(x))[:, None]
    order = np.where(steps < lengths, lengths - 1 - steps, steps)
    result: Any = x[order, np.arange(x.shape[1])]
    return result
