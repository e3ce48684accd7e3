"""Networks with a memory: RNN, GRU and LSTM read a sequence step by step.

All three share one loop (`_read`): the inputs of every time step are multiplied by W at once, then
a cell function of the family computes one step from that product and the state before it. What a
cell computes inside (its gates) is recorded for every step, in the shape of the output Y.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.squash import Squash, squashers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

States = tuple[np.ndarray, ...]
Gates = Mapping[str, np.ndarray]
# one step: (x·W for this step, states before) -> (states after, gates); the first state is h
Cell = Callable[[np.ndarray, States], tuple[States, Gates]]
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


@op("RNN", since=7, needs=("record",))
def rnn(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray | None = None,
    sequence_lens: np.ndarray | None = None,
    initial_h: np.ndarray | None = None,
    *,
    activation_alpha: Sequence[float] = (),
    activation_beta: Sequence[float] = (),
    activations: Sequence[str] = (),
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    layout: int = 0,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Read a sequence with a simple recurrent cell.

    x (T,N,I), w (D,H,I), r (D,H,H), b (D,2H) → y (T,D,N,H), y_h (D,N,H);  D is 2 if bidirectional
    hₜ = f(xₜ·Wᵀ + hₜ₋₁·Rᵀ + Wb + Rb).  layout 1 (since opset 14) puts N before T.
    https://onnx.ai/onnx/operators/onnx__RNN.html
    """

    def cell(weights: Weights, squash: Sequence[Squash]) -> Cell:
        (f,) = squash

        def step(wx: np.ndarray, states: States) -> tuple[States, Gates]:
            h = f(wx + contract.matmul(states[0], weights.r.T) + weights.rb)
            return (h,), {}

        return step

    squash = squashers(
        activations, ("Tanh",), _directions(direction), activation_alpha, activation_beta, clip
    )
    stacked = _stack(x, w, r, b, None, 1, hidden_size, direction)
    cells = [cell(weights, s) for weights, s in zip(stacked, squash, strict=True)]
    return _read(x, stacked, cells, (initial_h,), sequence_lens, direction, layout, record)


@op("GRU", since=7, needs=("record",))
def gru(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray | None = None,
    sequence_lens: np.ndarray | None = None,
    initial_h: np.ndarray | None = None,
    *,
    activation_alpha: Sequence[float] = (),
    activation_beta: Sequence[float] = (),
    activations: Sequence[str] = (),
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    layout: int = 0,
    linear_before_reset: int = 0,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Read a sequence with gated recurrent units, which choose what to keep and what to renew.

    x (T,N,I), w (D,3H,I), r (D,3H,H), b (D,6H) → y (T,D,N,H), y_h (D,N,H)
    z = f(x·Wzᵀ + h·Rzᵀ + Wbz + Rbz) (update gate), r = f(x·Wrᵀ + h·Rrᵀ + Wbr + Rbr) (reset gate)
    c = g(x·Whᵀ + (r⊙h)·Rhᵀ + Rbh + Wbh), or with linear_before_reset
    c = g(x·Whᵀ + r⊙(h·Rhᵀ + Rbh) + Wbh);  h = (1-z)⊙c + z⊙h
    https://onnx.ai/onnx/operators/onnx__GRU.html
    """

    def cell(weights: Weights, squash: Sequence[Squash]) -> Cell:
        (f, g), n = squash, weights.hidden
        r_gates, r_candidate = weights.r[: 2 * n].T, weights.r[2 * n :].T
        rb_gates, rb_candidate = weights.rb[: 2 * n], weights.rb[2 * n :]

        def step(wx: np.ndarray, states: States) -> tuple[States, Gates]:
            (h,) = states
            zr = f(wx[:, : 2 * n] + contract.matmul(h, r_gates) + rb_gates)
            z, reset = zr[:, :n], zr[:, n:]
            if linear_before_reset:
                memory = reset * (contract.matmul(h, r_candidate) + rb_candidate)
            else:
                memory = contract.matmul(reset * h, r_candidate) + rb_candidate
            candidate = g(wx[:, 2 * n :] + memory)
            after = (1 - z) * candidate + z * h
            return (after,), {"update_gate": z, "reset_gate": reset, "candidate": candidate}

        return step

    squash = squashers(
        activations,
        ("Sigmoid", "Tanh"),
        _directions(direction),
        activation_alpha,
        activation_beta,
        clip,
    )
    stacked = _stack(x, w, r, b, None, 3, hidden_size, direction)
    cells = [cell(weights, s) for weights, s in zip(stacked, squash, strict=True)]
    return _read(x, stacked, cells, (initial_h,), sequence_lens, direction, layout, record)


@op("LSTM", since=7, needs=("record",))
def lstm(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray | None = None,
    sequence_lens: np.ndarray | None = None,
    initial_h: np.ndarray | None = None,
    initial_c: np.ndarray | None = None,
    p: np.ndarray | None = None,
    *,
    activation_alpha: Sequence[float] = (),
    activation_beta: Sequence[float] = (),
    activations: Sequence[str] = (),
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    input_forget: int = 0,
    layout: int = 0,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Read a sequence with long short-term memory: a cell state that gates write, keep and show.

    x (T,N,I), w (D,4H,I), r (D,4H,H), b (D,8H), p (D,3H)
    → y (T,D,N,H), y_h (D,N,H), y_c (D,N,H)
    i = f(x·Wiᵀ + h·Riᵀ + Pi⊙c + Wbi + Rbi) (input gate), k likewise with Wf, Rf, Pf (forget gate)
    g = g(x·Wcᵀ + h·Rcᵀ + Wbc + Rbc) (candidate);  c = k⊙c + i⊙g
    o = f(x·Woᵀ + h·Roᵀ + Po⊙c + Wbo + Rbo) (output gate);  h = o⊙h(c)
    With input_forget, k = 1 - i.
    https://onnx.ai/onnx/operators/onnx__LSTM.html
    """

    def cell(weights: Weights, squash: Sequence[Squash]) -> Cell:
        f, g, show = squash
        p_input, p_output, p_forget = np.split(weights.p, 3)
        r_all = weights.r.T

        def step(wx: np.ndarray, states: States) -> tuple[States, Gates]:
            h, c = states
            sums = wx + contract.matmul(h, r_all) + weights.rb
            at_i, at_o, at_f, at_c = np.split(sums, 4, axis=1)
            i = f(at_i + p_input * c)
            forget = 1 - i if input_forget else f(at_f + p_forget * c)
            candidate = g(at_c)
            c = forget * c + i * candidate
            o = f(at_o + p_output * c)
            gates = {"input_gate": i, "output_gate": o, "forget_gate": forget}
            return (o * show(c), c), {**gates, "candidate": candidate, "cell": c}

        return step

    squash = squashers(
        activations,
        ("Sigmoid", "Tanh", "Tanh"),
        _directions(direction),
        activation_alpha,
        activation_beta,
        clip,
        unclipped=1,
    )
    stacked = _stack(x, w, r, b, p, 4, hidden_size, direction)
    cells = [cell(weights, s) for weights, s in zip(stacked, squash, strict=True)]
    start = (initial_h, initial_c)
    return _read(x, stacked, cells, start, sequence_lens, direction, layout, record)


def _directions(direction: str) -> int:
    if direction not in ("forward", "reverse", "bidirectional"):
        raise OperatorError(
            f'direction is "{direction}"; it can be forward, reverse or bidirectional'
        )
    return 2 if direction == "bidirectional" else 1


def _stack(
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
    count, hidden = _directions(direction), r.shape[2]
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


def _read(
    x: np.ndarray,
    stacked: Sequence[Weights],
    cells: Sequence[Cell],
    initial: Sequence[np.ndarray | None],
    sequence_lens: np.ndarray | None,
    direction: str,
    layout: int,
    record: Record,
) -> tuple[np.ndarray, ...]:
    """Read the whole sequence in every direction; record the gates in the shape of Y.

    Gives y (T,D,N,H) and the last value of each state (D,N,H), all with N first for layout 1.
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
    lengths = _lengths(sequence_lens, total, batch)
    ys, lasts, inner = [], [], []
    for d, (weights, cell) in enumerate(zip(stacked, cells, strict=True)):
        backward = direction == "reverse" or d == 1
        start = tuple(
            np.zeros((batch, hidden), weights.w.dtype)
            if s is None
            else s[d].astype(weights.w.dtype)
            for s in initial
        )
        y, last, gates = _read_one_way(x, weights, cell, start, lengths, backward)
        ys.append(y)
        lasts.append(last)
        inner.append(gates)

    def shaped(parts: Sequence[np.ndarray], time: bool) -> np.ndarray:
        joined = np.stack(parts, axis=1 if time else 0).astype(x.dtype, copy=False)
        if layout:  # (T,D,N,H) → (N,T,D,H), (D,N,H) → (N,D,H)
            joined = joined.transpose(2, 0, 1, 3) if time else joined.swapaxes(0, 1)
        return joined

    for name in inner[0]:
        record(name, shaped([gates[name] for gates in inner], time=True))
    states = [shaped([last[s] for last in lasts], time=False) for s in range(len(initial))]
    return (shaped(ys, time=True), *states)


def _lengths(sequence_lens: np.ndarray | None, total: int, batch: int) -> np.ndarray | None:
    """How many steps count in each sequence; None when all do."""
    if sequence_lens is None:
        return None
    if sequence_lens.shape != (batch,):
        raise OperatorError(f"sequence_lens needs one length for each of the {batch} sequences")
    if sequence_lens.size and (sequence_lens.min() < 0 or sequence_lens.max() > total):
        raise OperatorError(f"sequence_lens must lie between 0 and the {total} steps of X")
    return None if bool((sequence_lens == total).all()) else sequence_lens


def _read_one_way(
    x: np.ndarray,
    weights: Weights,
    cell: Cell,
    states: States,
    lengths: np.ndarray | None,
    backward: bool,
) -> tuple[np.ndarray, States, dict[str, np.ndarray]]:
    """One direction: y (T,N,H) in the order of x, the last states (N,H), the gates (T,N,H)."""
    total, batch = x.shape[:2]
    x = _turned(x, lengths) if backward else x
    rows = x.reshape(total * batch, x.shape[2]).astype(weights.w.dtype, copy=False)
    wx = contract.matmul(rows, weights.w.T).reshape(total, batch, len(weights.wb)) + weights.wb
    y = np.zeros((total, batch, weights.hidden), weights.w.dtype)
    inner: dict[str, np.ndarray] = {}
    for t in range(total):
        after, gates = cell(wx[t], states)
        alive: slice | np.ndarray = slice(None)
        if lengths is None:
            states = after
        else:  # a sequence that has ended keeps its state and shows zeros
            alive = t < lengths
            keep = (t < lengths)[:, None]
            states = tuple(np.where(keep, new, old) for new, old in zip(after, states, strict=True))
        y[t, alive] = after[0][alive]
        for name, gate in gates.items():
            inner.setdefault(name, np.zeros_like(y))[t, alive] = gate[alive]
    if backward:
        y = _turned(y, lengths)
        inner = {name: _turned(gate, lengths) for name, gate in inner.items()}
    return y, states, inner


def _turned(x: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Reverse each sequence in time, only as far as it counts. x (T,N,…)"""
    if lengths is None:
        return x[::-1]
    steps = np.arange(len(x))[:, None]
    order = np.where(steps < lengths, lengths - 1 - steps, steps)
    turned: Any = x[order, np.arange(x.shape[1])]
    return turned
