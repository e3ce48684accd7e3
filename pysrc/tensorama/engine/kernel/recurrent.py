"""Sequences through the kernel: many steps of a recurrent network in one call, gates recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from tensorama.engine.contract.slices import Pace, Slices
from tensorama.engine.kernel import OWN_BYTES, SCRATCH_BYTES, Kernel, spare
from tensorama.engine.kernel.cells import copied, folded_in

Array = np.ndarray
FLOAT = 4  # bytes
ROOM = (SCRATCH_BYTES - OWN_BYTES) // FLOAT
_CELL_WORK = 32  # products that a cell with its bends is worth
_products = Pace(2e9)  # per second


@dataclass(frozen=True, slots=True)
class Known:
    """A cell that the kernel knows: its function, and what that records besides y.

    states: the places of the states among y and the gates; flags: what else the function takes.
    """

    name: str
    gates: tuple[str, ...]
    states: tuple[int, ...]
    flags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Direction:
    """The weights of one direction: w (G·H,I), r (G·H,H), two biases (G·H); and where it begins."""

    w: Array
    r: Array
    wb: Array
    rb: Array
    start: Sequence[Array | None]  # (N,H), None: zeros
    backward: bool


def sequence(
    kernel: Kernel, known: Known, x: Array, directions: Sequence[Direction]
) -> Slices[tuple[Array, Mapping[str, Array], list[Array]]]:
    """Read x (T,N,I) in every direction: y and gates (T,D,N,H), last states (D,N,H)."""
    total, batch = x.shape[:2]
    hidden, count = directions[0].r.shape[1], len(directions)
    shape = (total, count, batch, hidden)
    made = [np.empty(shape, np.float32) for _ in (known.name, *known.gates)]
    lasts = [np.empty(shape[1:], np.float32) for _ in known.states]
    for d, direction in enumerate(directions):
        own = [tensor[:, d] for tensor in made]
        states = yield from _read(kernel, known, x, direction, own)
        for state, last in zip(states, lasts, strict=True):
            copied(state, last[d])
    y, *gates = made
    return y, dict(zip(known.gates, gates, strict=True)), lasts


def _read(
    kernel: Kernel, known: Known, x: Array, direction: Direction, made: Sequence[Array]
) -> Slices[Sequence[Array]]:
    """One direction, so many steps at a time as a page can wait for. Gives the last states."""
    (total, batch, inputs), (across, hidden) = x.shape, direction.r.shape
    room = batch * (across + hidden) + max(batch * hidden, across)
    each = batch * (across + inputs)
    work = batch * (across * (inputs + hidden) + hidden * _CELL_WORK)
    states: Sequence[Array | None] = direction.start
    done = 0
    while done < total:
        some = min(int(_products.amount / work), (ROOM - room) // each, total - done)
        steps = max(1, some)
        low = total - done - steps if direction.backward else done
        part = slice(low, low + steps)
        memory = spare(kernel, room + steps * each)
        started = perf_counter()
        wx = _weighed(kernel, x[part], direction, memory[room:])
        order = slice(None, None, -1 if direction.backward else 1)
        wx, tensors = wx[order], [tensor[part][order] for tensor in made]
        kernel.call(
            known.name, wx, wx.strides[0], *(0 if s is None else s for s in states),
            direction.r, direction.rb, *tensors, tensors[0].strides[0],
            steps, batch, hidden, across, *known.flags, memory[:room], kernel.scratch,
        )  # fmt: skip
        states = [tensors[place][-1] for place in known.states]
        if _products.learn(work * steps, perf_counter() - started):
            yield
        done += steps
    return [state for state in states if state is not None]


def _weighed(kernel: Kernel, x: Array, direction: Direction, memory: Array) -> Array:
    """x·W + bias for some steps: x (t,N,I) → (t,N,G·H), in that memory."""
    (steps, batch, inputs), across = x.shape, len(direction.w)
    count = steps * batch
    wx = memory[: count * across].reshape(count, across)
    if not x.flags.c_contiguous:
        straight = memory[wx.size : wx.size + x.size].reshape(x.shape)
        copied(x, straight)
        x = straight
    rows, columns = x.reshape(count, inputs), direction.w.T
    kernel.call(
        "gemm", rows, *rows.strides, columns, *columns.strides, wx, wx.strides[0],
        count, across, inputs, 0, kernel.scratch,
    )  # fmt: skip
    folded_in("add", wx, direction.wb)
    return wx.reshape(steps, batch, across)
