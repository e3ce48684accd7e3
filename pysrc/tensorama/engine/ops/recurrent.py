"""Networks with a memory: RNN, GRU and LSTM read a sequence step by step.

Each gives its cell to the loop in `recurrence`. What a cell computes inside (its gates) is recorded
for every step, in the shape of the output Y.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine import contract
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.kernel.recurrent import Known
from tensorama.engine.ops.recurrence import (
    Cell,
    Gates,
    Record,
    States,
    Weights,
    directions,
    read,
    stack,
)
from tensorama.engine.ops.squash import Squash, are_default, squashers
from tensorama.engine.registry import op

RNN = Known("rnn", (), states=(0,))
LSTM = Known(
    "lstm", ("input_gate", "output_gate", "forget_gate", "candidate", "cell"), states=(0, 5)
)
_GATES = ("update_gate", "reset_gate", "candidate")
GRU = [Known("gru", _GATES, states=(0,), flags=(linear,)) for linear in (0, 1)]


@op("RNN", since=7, needs=("record",))
@replayable("x", "w", "r", "b", "initial_h", derived=True)
@contract.sliced
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
) -> contract.Slices[tuple[np.ndarray, ...]]:
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
        activations, ("Tanh",), directions(direction), activation_alpha, activation_beta, clip
    )
    stacked = stack(x, w, r, b, None, 1, hidden_size, direction)
    cells = [cell(weights, s) for weights, s in zip(stacked, squash, strict=True)]
    known = RNN if are_default(activations, ("Tanh",), clip) else None
    slices = read(x, stacked, cells, (initial_h,), sequence_lens, direction, layout, record, known)
    return (yield from slices)


@op("GRU", since=7, needs=("record",))
@replayable("x", "w", "r", "b", "initial_h", derived=True)
@contract.sliced
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
) -> contract.Slices[tuple[np.ndarray, ...]]:
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
        directions(direction),
        activation_alpha,
        activation_beta,
        clip,
    )
    stacked = stack(x, w, r, b, None, 3, hidden_size, direction)
    cells = [cell(weights, s) for weights, s in zip(stacked, squash, strict=True)]
    plain = are_default(activations, ("Sigmoid", "Tanh"), clip)
    known = GRU[bool(linear_before_reset)] if plain else None
    slices = read(x, stacked, cells, (initial_h,), sequence_lens, direction, layout, record, known)
    return (yield from slices)


@op("LSTM", since=7, needs=("record",))
@replayable("x", "w", "r", "b", "initial_h", "initial_c", derived=True)
@contract.sliced
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
) -> contract.Slices[tuple[np.ndarray, ...]]:
    """Read a sequence with long short-term memory: a cell state that gates write, keep and show.

    x (T,N,I), w (D,4H,I), r (D,4H,H), b (D,8H), p (D,3H)
    → y (T,D,N,H), y_h (D,N,H), y_c (D,N,H)
    i = f(x·Wiᵀ + h·Riᵀ + Pi⊙c + Wbi + Rbi) (input gate), k likewise with Wf, Rf, Pf (forget gate)
    g = g(x·Wcᵀ + h·Rcᵀ + Wbc + Rbc) (candidate);  c = k⊙c + i⊙g
    o = f(x·Woᵀ + h·Roᵀ + Po⊙c + Wbo + Rbo) (output gate);  h = o⊙h(c)
    With input_forget, k = 1 - i.
    https://onnx.ai/onnx/operators/onnx__LSTM.html
    """

    return (
        yield from lstm_slices(
            x, w, r, b, sequence_lens, initial_h, initial_c, p, activation_alpha=activation_alpha,
            activation_beta=activation_beta, activations=activations, clip=clip,
            direction=direction, hidden_size=hidden_size, input_forget=input_forget,
            layout=layout, record=record,
        )
    )  # fmt: skip


def lstm_slices(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray | None,
    sequence_lens: np.ndarray | None,
    initial_h: np.ndarray | None,
    initial_c: np.ndarray | None,
    p: np.ndarray | None,
    *,
    activation_alpha: Sequence[float],
    activation_beta: Sequence[float],
    activations: Sequence[str],
    clip: float | None,
    direction: str,
    hidden_size: int | None,
    input_forget: int,
    layout: int = 0,
    record: Record,
    seen: Callable[[np.ndarray], np.ndarray] | None = None,
) -> contract.Slices[tuple[np.ndarray, ...]]:
    """What `lstm` says; `seen`: how each state h looks to the weights that it is multiplied by."""
    squash = squashers(
        activations,
        ("Sigmoid", "Tanh", "Tanh"),
        directions(direction),
        activation_alpha,
        activation_beta,
        clip,
        unclipped=1,
    )
    stacked = stack(x, w, r, b, p, 4, hidden_size, direction)
    cells = [
        _lstm_cell(weights, s, bool(input_forget), seen)
        for weights, s in zip(stacked, squash, strict=True)
    ]
    start = (initial_h, initial_c)
    plain = are_default(activations, ("Sigmoid", "Tanh", "Tanh"), clip)
    known = LSTM if plain and p is None and not input_forget and seen is None else None
    slices = read(x, stacked, cells, start, sequence_lens, direction, layout, record, known)
    return (yield from slices)


def _lstm_cell(
    weights: Weights,
    squash: Sequence[Squash],
    input_forget: bool,
    seen: Callable[[np.ndarray], np.ndarray] | None,
) -> Cell:
    f, g, show = squash
    p_input, p_output, p_forget = np.split(weights.p, 3)
    r_all = weights.r.T

    def step(wx: np.ndarray, states: States) -> tuple[States, Gates]:
        h, c = states
        sums = wx + contract.matmul(h if seen is None else seen(h), r_all) + weights.rb
        at_i, at_o, at_f, at_c = np.split(sums, 4, axis=1)
        i = f(at_i + p_input * c)
        forget = 1 - i if input_forget else f(at_f + p_forget * c)
        candidate = g(at_c)
        c = forget * c + i * candidate
        o = f(at_o + p_output * c)
        gates = {"input_gate": i, "output_gate": o, "forget_gate": forget}
        return (o * show(c), c), {**gates, "candidate": candidate, "cell": c}

    return step
