"""Networks with a memory, read backwards: from the last step to the first.

The gates that the run recorded are used; only what it did not keep is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract import Slices, whole
from tensorama.engine.ops.recurrence import directions, lengths_of, turned
from tensorama.engine.ops.squash import squashers
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray
States = tuple[Array, ...]
Slope = Callable[[Array], Array]  # of an activation, by what came out of it


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction, its time running as it was read. Arrays of steps are (T,N,…)."""

    x: Array
    before: Array  # (T,N,H) the state before each step
    gates: Mapping[str, Array]
    r: Array
    rb: Array
    p: Array
    slopes: Sequence[Slope]
    show: Callable[[Array], Array]  # what an LSTM shows of its cell
    start: States
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Back:
    """One step back: gradients of x·Wᵀ + Wb, of what R multiplied, and of the states before."""

    sums: Array
    recurrent: Array
    states: States


Step = Callable[[Direction, int, States], Back]


@differentiates("RNN", outputs=2)
@contract.sliced
def rnn(at: Backward) -> Slices[Gradients]:
    """Through the activation of each step to its input and to the state before."""

    def step(own: Direction, t: int, states: States) -> Back:
        change = states[0] * own.slopes[0](own.gates["h"][t])
        return Back(change, change, (contract.matmul(change, own.r),))

    return (yield from _read_back(at, step, ("Tanh",), 1))


@differentiates("GRU", outputs=2)
@contract.sliced
def gru(at: Backward) -> Slices[Gradients]:
    """Through the three gates of each step."""
    linear = at.attributes["linear_before_reset"]

    def step(own: Direction, t: int, states: States) -> Back:
        (dh,), h, n = states, own.before[t], own.r.shape[1]
        z, reset, new = (own.gates[k][t] for k in ("update_gate", "reset_gate", "candidate"))
        f, g = own.slopes
        into_new = dh * (1 - z) * g(new)
        before = dh * z
        r_new = own.r[2 * n :]
        if linear:
            memory = contract.matmul(h, r_new.T) + own.rb[2 * n :]
            by_reset, through = into_new * memory, into_new * reset
            before = before + contract.matmul(through, r_new)
        else:
            through = into_new
            met = contract.matmul(into_new, r_new)
            by_reset, before = met * h, before + met * reset
        gates = np.concatenate((dh * (h - new) * f(z), by_reset * f(reset)), axis=1)
        before = before + contract.matmul(gates, own.r[: 2 * n])
        recurrent = np.concatenate((gates, through), axis=1)
        return Back(np.concatenate((gates, into_new), axis=1), recurrent, (before,))

    return (yield from _read_back(at, step, ("Sigmoid", "Tanh"), 3))


@differentiates("LSTM", outputs=3)
@contract.sliced
def lstm(at: Backward) -> Slices[Gradients]:
    """Through the gates of each step, and along the cell, which carries far."""
    coupled = at.attributes["input_forget"]

    def step(own: Direction, t: int, states: States) -> Back:
        dh, dc = states
        names = ("input_gate", "output_gate", "forget_gate", "candidate", "cell")
        i, o, keep, new, cell = (own.gates[name][t] for name in names)
        c_before = own.gates["cell"][t - 1] if t else own.start[1]
        f, g, shows = own.slopes
        p_i, p_o, p_f = np.split(own.p, 3)
        shown = own.show(cell)
        at_o = dh * shown * f(o)
        dc = dc + dh * o * shows(shown) + at_o * p_o
        if coupled:
            at_i, at_f = dc * (new - c_before) * f(i), np.zeros_like(i)
        else:
            at_i, at_f = dc * new * f(i), dc * c_before * f(keep)
        sums = np.concatenate((at_i, at_o, at_f, dc * i * g(new)), axis=1)
        before = dc * keep + at_i * p_i + at_f * p_f
        return Back(sums, sums, (contract.matmul(sums, own.r), before))

    return (yield from _read_back(at, step, ("Sigmoid", "Tanh", "Tanh"), 4))


def _read_back(
    at: Backward, step: Step, default: Sequence[str], gates: int
) -> Slices[list[Array | None]]:
    """All directions, step by step from the end; then the weights at once."""
    given = at.attributes
    count, layout = directions(given["direction"]), given["layout"]
    y, inner = _recorded(at)
    x, w, r = at.inputs[:3]
    hidden = r.shape[2]
    half = gates * hidden
    b = at.input(3)
    b = np.zeros((count, 2 * half), x.dtype) if b is None else b
    p = at.input(7)
    p = np.zeros((count, 3 * hidden), x.dtype) if p is None else p
    starts = [at.input(5), at.input(6)][: 2 if gates == 4 else 1]
    dys: list[Array | None] = [*at.dys, None, None]
    if layout:
        x, y = x.swapaxes(0, 1), y.transpose(1, 2, 0, 3)
        inner = {name: gate.transpose(1, 2, 0, 3) for name, gate in inner.items()}
        starts = [None if s is None else s.swapaxes(0, 1) for s in starts]
        dys = [
            None if dy is None else dy.transpose(1, 2, 0, 3) if i == 0 else dy.swapaxes(0, 1)
            for i, dy in enumerate(dys)
        ]
    if gates == 1:
        inner = {"h": y}
    lengths = lengths_of(at.input(4), x.shape[0], x.shape[1])
    alive = None if lengths is None else (np.arange(len(x))[:, None] < lengths)[..., None]
    slopes = _slopes(given, default, count)
    functions = squashers(
        given["activations"], default, count, given["activation_alpha"], given["activation_beta"],
        None,
    )  # fmt: skip
    zeros = np.zeros((x.shape[1], hidden), x.dtype)
    by_x, found = np.zeros_like(x), []
    for d in range(count):
        back = d == 1 or given["direction"] == "reverse"

        def timed(steps: Array, back: bool = back) -> Array:
            return turned(steps, lengths) if back else steps

        start = tuple(zeros if s is None else s[d] for s in starts)
        h = timed(y[:, d])
        own = Direction(
            timed(x), np.concatenate((start[0][None], h))[:-1],
            {name: timed(gate[:, d]) for name, gate in inner.items()},
            r[d], b[d, half:], p[d], slopes[d], functions[d][-1], start, given,
        )  # fmt: skip
        dy = None if dys[0] is None else timed(dys[0][:, d])
        last = tuple(zeros if final is None else final[d] for final in dys[1 : 1 + len(starts)])
        sums, recurrent, states = yield from _steps(own, step, dy, last, alive)
        flat = sums.reshape(-1, half)
        part = yield from contract.matmul_slices(flat, w[d])
        by_x += timed(part.reshape(x.shape))
        by_w = yield from contract.matmul_slices(flat.T, own.x.reshape(-1, x.shape[2]))
        by_r = yield from _by_r(own, recurrent, gates)
        by_b = np.concatenate((flat.sum(axis=0), recurrent.reshape(-1, half).sum(axis=0)))
        found.append([by_w, by_r, by_b, *states, _by_p(own, sums) if gates == 4 else None])
    stacked = [
        None if any(part is None for part in parts) else np.stack(parts)
        for parts in zip(*found, strict=True)
    ]
    weights, firsts, by_p = stacked[:3], [*stacked[3:-1], None][:2], stacked[-1]
    if layout:
        by_x = by_x.swapaxes(0, 1)
        firsts = [None if first is None else first.swapaxes(0, 1) for first in firsts]
    return [by_x, *weights, None, *firsts, by_p][: len(at.inputs)]


def _steps(
    own: Direction, step: Step, dy: Array | None, last: States, alive: Array | None
) -> Slices[tuple[Array, Array, States]]:
    """Gradients of what W and R gave at every step, and of the states before the first."""
    sums: list[Array] = []
    recurrent: list[Array] = []
    states = last
    for t in reversed(range(len(own.x))):
        if dy is not None:
            shown = dy[t] if alive is None else dy[t] * alive[t]
            states = (states[0] + shown, *states[1:])
        seen = states if alive is None else tuple(state * alive[t] for state in states)
        made = step(own, t, seen)
        sums.append(made.sums)
        recurrent.append(made.recurrent)
        if alive is None:
            states = made.states
        else:  # a sequence that had ended kept its state
            states = tuple(
                np.where(alive[t], new, old) for new, old in zip(made.states, states, strict=True)
            )
        if t % 16 == 0:
            yield
    return np.stack(sums[::-1]), np.stack(recurrent[::-1]), states


def _by_r(own: Direction, recurrent: Array, gates: int) -> Slices[Array]:
    """What R met: the states before; the candidate of a GRU, what its reset gate let through."""
    h = own.before
    flat = recurrent.reshape(-1, recurrent.shape[2])
    by_r = yield from contract.matmul_slices(flat.T, h.reshape(-1, h.shape[2]))
    if gates == 3 and not own.given["linear_before_reset"]:
        n = h.shape[2]
        met = (own.gates["reset_gate"] * h).reshape(-1, n)
        by_r[2 * n :] = yield from contract.matmul_slices(flat[:, 2 * n :].T, met)
    return by_r


def _by_p(own: Direction, sums: Array) -> Array:
    """The peepholes of an LSTM: what each gate saw of the cell."""
    cell = own.gates["cell"]
    before = np.concatenate((own.start[1][None], cell))[:-1]
    at_i, at_o, at_f, _ = np.split(sums, 4, axis=2)
    parts = [
        (change * seen).sum(axis=(0, 1))
        for change, seen in ((at_i, before), (at_o, cell), (at_f, before))
    ]
    return np.concatenate(parts)


def _recorded(at: Backward) -> tuple[Array, Mapping[str, Array]]:
    """Y and the gates; computed again if Y was not kept."""
    y = at.outputs[0]
    gates: dict[str, Array] = dict(at.step.inner)
    if y is None:
        function: Any = at.call.operator.function
        record = gates.__setitem__
        y = whole(function.slices(*at.inputs, **at.call.attributes, record=record))[0]
    return y, {name: gate.astype(y.dtype, copy=False) for name, gate in gates.items()}


_SLOPES: Mapping[str, Callable[[Array, float, float], Array]] = {
    # by what came out, alpha and beta
    "affine": lambda y, a, b: np.full_like(y, a),
    "elu": lambda y, a, b: np.where(y < 0, y + y.dtype.type(a), 1).astype(y.dtype),
    "hardsigmoid": lambda y, a, b: ((y > 0) & (y < 1)) * y.dtype.type(a),
    "leakyrelu": lambda y, a, b: np.where(y < 0, y.dtype.type(a), y.dtype.type(1)),
    "relu": lambda y, a, b: (y > 0).astype(y.dtype),
    "scaledtanh": lambda y, a, b: y.dtype.type(b) * (y.dtype.type(a) - y * y / y.dtype.type(a)),
    "sigmoid": lambda y, a, b: y * (1 - y),
    "softplus": lambda y, a, b: -np.expm1(-y),
    "softsign": lambda y, a, b: np.square(1 - np.abs(y)),
    "tanh": lambda y, a, b: 1 - y * y,
    "thresholdedrelu": lambda y, a, b: (y != 0).astype(y.dtype),
}
_ALPHAS = {
    "affine": 1.0, "elu": 1.0, "hardsigmoid": 0.2, "leakyrelu": 0.01, "scaledtanh": 1.0,
    "thresholdedrelu": 1.0,
}  # fmt: skip
_BETAS = {"affine": 0.0, "hardsigmoid": 0.5, "scaledtanh": 1.0}


def _slopes(given: Mapping[str, Any], default: Sequence[str], count: int) -> list[list[Slope]]:
    """The slopes of each direction's activations; parameters are dealt as `squashers` does."""
    names = [name.lower() for name in given["activations"] or [*default] * count]
    alphas, betas = list(given["activation_alpha"]), list(given["activation_beta"])
    # what an LSTM shows of its cell is not clipped
    clips = [*[given["clip"] or 0] * min(len(default), 2), 0][: len(default)] * count
    made = []
    for name, clip in zip(names, clips, strict=True):
        alpha = alphas.pop(0) if name in _ALPHAS and alphas else _ALPHAS.get(name, 0.0)
        beta = betas.pop(0) if name in _BETAS and betas else _BETAS.get(name, 0.0)
        made.append(_slope(name, alpha, beta, clip))
    each = len(default)
    return [made[d * each : (d + 1) * each] for d in range(count)]


def slope_of(name: str, parameters: Sequence[float]) -> Slope | None:
    """The slope of an activation by what came out of it; None if it is not known."""
    if name not in _SLOPES:
        return None
    given = list(parameters)
    alpha = given.pop(0) if name in _ALPHAS and given else _ALPHAS.get(name, 0.0)
    beta = given.pop(0) if name in _BETAS and given else _BETAS.get(name, 0.0)
    return _slope(name, alpha, beta, 0)


def _slope(name: str, alpha: float, beta: float, clip: float) -> Slope:
    def slope(y: Array) -> Array:
        inside = _SLOPES[name](y, alpha, beta)
        if clip <= 0:
            return inside
        ((function,),) = squashers([name], (name,), 1, [alpha], [beta], None)
        low, high = np.sort(function(np.array([-clip, clip], y.dtype)))
        close = 4 * np.finfo(y.dtype).eps * max(1, abs(low), abs(high))
        return np.where((y > low + close) & (y < high - close), inside, y.dtype.type(0))

    return slope
