"""How RNN, GRU and LSTM read a sequence: which step a cell belongs to, and what it read there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tensorama.explain.account import Index, Operand
from tensorama.explain.cell import Cell, widened
from tensorama.explain.quantised import all_of, in_steps
from tensorama.explain.squashes import Bend, bends


@dataclass(frozen=True, slots=True)
class Spot:
    """One unit j of direction d, at step t of sequence n; t is -1 if no step was made."""

    t: int
    d: int
    n: int
    j: int


@dataclass(frozen=True, eq=False)
class Reading:
    """A recurrent node, as one of its cells sees it. Indices are (t,n,…) whatever the layout."""

    cell: Cell

    @property
    def quantized(self) -> bool:
        """Whether weights are stored as integers, the other way round: (D,K,G·H)."""
        return self.cell.op == "DynamicQuantizeLSTM"

    @property
    def layout(self) -> bool:
        """Whether batches stand before time."""
        return bool(self.cell.attributes.get("layout", 0))

    @property
    def hidden(self) -> int:
        """How many units there are."""
        return self.cell.shape(2)[1 if self.quantized else 2]

    @property
    def gates_count(self) -> int:
        """How many gates lie one after the other in each weight."""
        return {"RNN": 1, "GRU": 3}.get(self.cell.op, 4)

    @property
    def batch(self) -> int:
        """How many sequences there are."""
        return self.cell.shape(0)[0 if self.layout else 1]

    @property
    def steps(self) -> int:
        """How many steps the longest can have."""
        return self.cell.shape(0)[1 if self.layout else 0]

    def length(self, n: int) -> int:
        """How many steps sequence n has."""
        return int(self.cell.array(4)[n]) if self.cell.has(4) else self.steps

    def backward(self, d: int) -> bool:
        """Whether a direction reads from the end."""
        return d == 1 or self.cell.attributes["direction"] == "reverse"

    def spot(self) -> Spot:
        """Where the cell is."""
        at = [int(part) for part in self.cell.at]
        if self.cell.part or self.cell.output == 0:
            n, t, d, j = at if self.layout else (at[2], at[0], at[1], at[3])
            return Spot(t, d, n, j)
        n, d, j = at if self.layout else (at[1], at[0], at[2])
        length = self.length(n)
        return Spot(-1 if not length else 0 if self.backward(d) else length - 1, d, n, j)

    def previous(self, spot: Spot) -> int | None:
        """The step that was made before; None if it is the first."""
        if self.backward(spot.d):
            return spot.t + 1 if spot.t + 1 < self.length(spot.n) else None
        return spot.t - 1 if spot.t else None

    def _y(self, t: int, spot: Spot, units: Any) -> Index:
        where = (spot.n, t, spot.d) if self.layout else (t, spot.d, spot.n)
        return (*map(np.asarray, where), np.asarray(units))

    def inner(self, spot: Spot, part: str) -> Operand:
        """The unit's cell of a recorded gate."""
        role = part.replace("_", " ")
        return Operand(self.cell.inner(part), self._y(spot.t, spot, spot.j), role)

    def start(self, spot: Spot, which: int, units: Any) -> Operand | None:
        """What a state (0: h, 1: c) began with; None if with zeros."""
        position = 5 + which
        if not self.cell.has(position):
            return None
        where = (spot.n, spot.d) if self.layout else (spot.d, spot.n)
        role = "memory at the start" if which else "state at the start"
        return Operand(position, (*map(np.asarray, where), np.asarray(units)), role)

    def before(self, spot: Spot, which: int, units: Any) -> tuple[Operand, ...]:
        """Units of a state (0: h, 1: c) before this step, if they are recorded anywhere."""
        t = self.previous(spot)
        if t is None:
            start = self.start(spot, which, units)
            return () if start is None else (start,)
        if which:
            name: str | None = self.cell.inner("cell")
        else:
            name = self.cell.call.node.outputs[0]
            name = self.cell.known_as(name) if name else None
        role = "memory before" if which else "state before"
        return (Operand(name, self._y(t, spot, units), role),) if name else ()

    def memory(self, spot: Spot, units: Any) -> Any:
        """The memory cells of an LSTM before this step."""
        return self._known(self.before(spot, 1, units), np.shape(units))

    def _known(self, operands: Sequence[Operand], shape: tuple[int, ...]) -> Any:
        if not operands:
            return np.zeros(shape)[()]
        whole = self.cell.whole(operands[0])
        return widened(np.asarray(whole)[operands[0].index])

    def state(self, spot: Spot) -> np.ndarray:
        """All units of the state before this step, as the weights see them."""
        if not self.quantized:
            return self._plain_state(spot)
        # what is rounded to 256 steps are the states of all sequences, where they still count
        made = spot.t if not self.backward(spot.d) else self.length(spot.n) - 1 - spot.t
        states = np.zeros((self.batch, self.hidden), np.float32)
        for n in range(self.batch):
            length = self.length(n)
            if made > length:
                continue
            t = length - 1 - made if self.backward(spot.d) else made
            states[n] = self._plain_state(Spot(t, spot.d, n, spot.j))
        return in_steps(states)[spot.n].astype(np.float64)

    def _plain_state(self, spot: Spot) -> np.ndarray:
        units = np.arange(self.hidden)
        operands = self.before(spot, 0, units)
        t = self.previous(spot)
        if operands or t is None:
            return np.asarray(self._known(operands, units.shape))
        return self._told(Spot(t, spot.d, spot.n, spot.j))

    def _told(self, spot: Spot) -> np.ndarray:
        """The state after a step, where Y is not recorded: from gates, or step by step."""
        parts, units = self.cell.step.inner, np.arange(self.hidden)

        def gate(name: str) -> np.ndarray:
            return np.asarray(widened(parts[name][self._y(spot.t, spot, units)]))

        if self.cell.op not in ("RNN", "GRU"):
            show = self.bends(spot.d, ("Sigmoid", "Tanh", "Tanh"), unclipped=1)[2]
            return np.asarray(gate("output_gate") * show(gate("cell")))
        key = spot.t, spot.d, spot.n
        if key not in self._states:
            order = range(self.length(spot.n))
            h = self._known([o for o in (self.start(spot, 0, units),) if o], units.shape)
            for t in reversed(order) if self.backward(spot.d) else order:
                self._states[t, spot.d, spot.n] = h = self._after(Spot(t, spot.d, spot.n, 0), h)
        return self._states[key]

    def _after(self, spot: Spot, h: np.ndarray) -> np.ndarray:
        """The state after a step of an RNN or a GRU that follows the state h."""
        if self.cell.op == "RNN":
            (f,) = self.bends(spot.d, ("Tanh",))
            return np.asarray(f(self.sums(spot, 0, h)))
        where = self._y(spot.t, spot, np.arange(self.hidden))
        inner = self.cell.step.inner
        z, c = (np.asarray(widened(inner[name][where])) for name in ("update_gate", "candidate"))
        return np.asarray((1 - z) * c + z * h)

    @cached_property
    def _states(self) -> dict[tuple[int, int, int], np.ndarray]:
        """States that are not recorded and were computed here, by step, direction and sequence."""
        return {}

    @cached_property
    def inputs(self) -> np.ndarray:
        """X as (T,N,I)."""
        x = self.cell.array(0)
        x = x.swapaxes(0, 1) if self.layout else x
        if self.quantized:
            longest = max(map(self.length, range(self.batch)), default=0)
            return in_steps(x[:longest])
        return x

    def weights(self, which: int, d: int) -> np.ndarray:
        """W (1) or R (2) of a direction: (G·H,K)."""
        stored = np.asarray(widened(self.cell.array(which)[d]))
        if not self.quantized:
            return stored
        scale, zero = (
            np.asarray(widened(self.cell.array(8 + 2 * (which - 1) + k)[d])) for k in (0, 1)
        )
        return (stored.T - np.reshape(zero, (-1, 1))) * np.reshape(scale, (-1, 1))

    def _row(self, which: int, spot: Spot, number: int) -> Operand:
        """The row of W or R of a gate of this unit."""
        row, count = (
            number * self.hidden + spot.j,
            self.cell.shape(which)[1 if self.quantized else 2],
        )
        along, d = np.arange(count), np.full(count, spot.d)
        rows = np.full(count, row)
        role = "weights of the input" if which == 1 else "weights of the state"
        return Operand(which, (d, along, rows) if self.quantized else (d, rows, along), role)

    def given(self, spot: Spot, number: int) -> tuple[Operand, ...]:
        """What the step reads of X, and the weights for it."""
        along = np.arange(self.cell.shape(0)[2])
        where = (spot.n, spot.t) if self.layout else (spot.t, spot.n)
        x = Operand(0, (*map(np.asarray, where), along), "input")
        return x, self._row(1, spot, number)

    def products(self, spot: Spot, number: int) -> np.ndarray:
        """The input's values times their weights."""
        row = self.weights(1, spot.d)[number * self.hidden + spot.j]
        return np.asarray(widened(self.inputs[spot.t, spot.n])) * row

    def recalled(self, spot: Spot, number: int) -> tuple[Operand, ...]:
        """What the step recalls of the state before it, and the weights for it."""
        if self.previous(spot) is None and self.start(spot, 0, 0) is None:
            return ()
        units = np.arange(self.hidden)
        return (*self.before(spot, 0, units), self._row(2, spot, number))

    def echoes(self, spot: Spot, number: int) -> np.ndarray:
        """The state's values times their weights."""
        return self.state(spot) * self.weights(2, spot.d)[number * self.hidden + spot.j]

    def biases(self, spot: Spot, number: int) -> list[tuple[str, Operand, np.ndarray]]:
        """Both biases of a gate of this unit."""
        if not self.cell.has(3):
            return []
        made = []
        for name, begin in (("input bias", 0), ("state bias", self.gates_count * self.hidden)):
            place = begin + number * self.hidden + spot.j
            index = (np.asarray(spot.d), np.asarray(place))
            share = np.asarray(widened(self.cell.array(3)[index]))
            made.append((name, Operand(3, index, "bias"), share))
        return made

    def peephole(self, spot: Spot, place: int) -> tuple[Operand, Any]:
        """The weight by which a gate sees the memory cell: input, output, forget."""
        index = (np.asarray(spot.d), np.asarray(place * self.hidden + spot.j))
        return Operand(7, index, "peephole"), widened(self.cell.array(7)[index])

    def sums(self, spot: Spot, number: int, h: np.ndarray) -> np.ndarray:
        """What goes into a gate of all units after the state h: (H)"""
        part = slice(number * self.hidden, (number + 1) * self.hidden)
        x = np.asarray(widened(self.inputs[spot.t, spot.n]))
        sums = self.weights(1, spot.d)[part] @ x + self.weights(2, spot.d)[part] @ h
        if self.cell.has(3):
            bias = np.asarray(widened(self.cell.array(3)[spot.d])).reshape(2, -1)
            sums = sums + bias.sum(axis=0)[part]
        return sums

    def gates(self, spot: Spot, number: int, bend: Bend) -> np.ndarray:
        """A gate of all units: (H)"""
        return np.asarray(bend(self.sums(spot, number, self.state(spot))))

    def bends(self, d: int, usual: Sequence[str], unclipped: int = 0) -> list[Bend]:
        """The functions of a direction."""
        given = self.cell.attributes
        names = list(given["activations"]) or [*usual] * (d + 1)
        made = bends(
            names, given["activation_alpha"], given["activation_beta"], given["clip"], len(usual),
            unclipped,
        )  # fmt: skip
        return made[d * len(usual) : (d + 1) * len(usual)]

    def rounders(self) -> list[Operand]:
        """What has a say in how products of 8-bit numbers are rounded: all of the input, what the
        states of all sequences began with, scales and zero points."""
        cell = self.cell
        d = cell.at[1] if cell.part or cell.output == 0 else cell.at[0]
        made = [all_of(cell, 0, "input")]
        for position, role in ((5, "state at the start"), (6, "memory at the start")):
            if cell.has(position):
                made.append(all_of(cell, position, role, [d]))
        for position in range(8, 12):
            made.append(all_of(cell, position, "zero point" if position % 2 else "scale", [d]))
        return made

    def reach(self) -> list[Operand]:
        """All that many cells at once can have been computed from."""
        cell = self.cell
        (first, *rest), (times, along) = cell.spread(self.steps, cell.shape(0)[2])
        at = [first, *rest]
        if cell.part or cell.output == 0:
            n, t, d = (at[0], at[1], at[2]) if self.layout else (at[2], at[0], at[1])
        else:
            n, d = (at[0], at[1]) if self.layout else (at[1], at[0])
            t = None
        back = (d == 1) | (cell.attributes["direction"] == "reverse")
        seen = np.asarray(True) if t is None else np.where(back, times >= t, times <= t)
        where = (n, times) if self.layout else (times, n)
        operands = [
            Operand(0, (*where, along), "input", (seen, np.asarray(True), np.asarray(True)))
        ]
        for position in range(1, len(cell.inputs)):
            if not cell.has(position):
                continue
            shape, role = cell.shape(position), "weights"
            fixed: list[np.ndarray] = {
                4: [n], 5: [n, d] if self.layout else [d, n], 6: [n, d] if self.layout else [d, n],
            }.get(position, [d])  # fmt: skip
            _, axes = cell.spread(*shape[len(fixed) :])
            shaped = [f.reshape(f.shape[:-2] + (1,) * len(axes)) for f in fixed]
            operands.append(Operand(position, (*shaped, *axes), role))
        return operands + self.rounders() if self.quantized else operands
