"""Networks with a memory: RNN, GRU, LSTM. One step of a sequence, from the state before it.

The gates are recorded in the shape of Y, and each of their cells can be explained in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.movement import copied, unworked
from tensorama.explain.steps import Reading, Spot
from tensorama.phrases import Phrase, phrase, sentences, word

_LSTM = ("input_gate", "output_gate", "forget_gate", "candidate")
_GRU = ("update_gate", "reset_gate", "candidate")
_NAMES = {
    "input_gate": "how much of what is new is written",
    "output_gate": "how much of the memory is shown",
    "forget_gate": "how much of the old memory is kept",
    "update_gate": "how much of the old state is kept",
    "reset_gate": "how much of the old state the candidate sees",
    "candidate": "what could be written",
}


@declares("LSTM", parts=(*_LSTM, "cell"))
@declares("DynamicQuantizeLSTM", domain="com.microsoft", parts=(*_LSTM, "cell"))
def lstm(cell: Cell) -> Account:
    """Gates write, keep and show a memory: one of its cells, a gate, or what it shows."""
    return _step(cell, _lstm)


@declares("GRU", parts=_GRU)
def gru(cell: Cell) -> Account:
    """A gate mixes the old state with a new candidate."""
    return _step(cell, _gru)


@declares("RNN")
def rnn(cell: Cell) -> Account:
    """A sum over the input and the state before, bent by a function."""
    return _step(cell, _rnn)


def _step(cell: Cell, kind: Any) -> Account:
    reading = Reading(cell)
    if not cell.one:
        return Account(reading.reach(), unworked, "gates")
    of = _of_step(reading, reading.spot(), kind)
    if not reading.quantized:
        return of
    return replace(of, operands=[*of.operands, *reading.rounders()])


def _of_step(reading: Reading, spot: Spot, kind: Any) -> Account:
    cell = reading.cell
    if spot.t < 0:
        return _untouched(reading, spot)
    if spot.t >= reading.length(spot.n):
        said = Said(
            "This sequence ended after {length} steps: behind its end there are zeros.",
            {"length": reading.length(spot.n)},
        )
        asked = Operand(4, (np.asarray(spot.n),), "length")

        def ended(values: Values) -> Worked:
            return Worked([Stage("ended", np.float64(0))], [], said)

        return Account((asked,), ended, "gates")
    account: Account = kind(reading, spot, cell.part)
    return account


def _untouched(reading: Reading, spot: Spot) -> Account:
    """The last state of a sequence without steps: what it started with."""
    start = reading.start(spot, 1 if reading.cell.output == 2 else 0, spot.j)
    said = Said("This sequence has no steps: its state is what it started with.")
    if start is not None:
        return copied(start, said, "gates")
    return Account((), lambda values: Worked([Stage("start", np.float64(0))], [], said), "gates")


def gate(reading: Reading, spot: Spot, number: int, remembered: Any = None) -> list[Terms]:
    """What goes into one gate: the input's row, the state's row, biases, and a peephole."""
    terms = [
        Terms(reading.given(spot, number), reading.products(spot, number), "input"),
        Terms(reading.recalled(spot, number), reading.echoes(spot, number), "state"),
    ]
    for name, operand, share in reading.biases(spot, number):
        terms.append(Terms((operand,), share, name))
    if remembered is not None and reading.cell.has(7) and number < 3:
        place = (0, 1, 2)[number]
        operand, weight = reading.peephole(spot, place)
        terms.append(Terms((operand,), np.asarray(weight * remembered), "peephole"))
    return [term for term in terms if term.operands]


def total(terms: Sequence[Terms]) -> Any:
    """What shares add up to."""
    return np.float64(sum(term.share.sum() for term in terms))


def _gate_account(
    reading: Reading, part: str, terms: Sequence[Terms], bend: Any, formula: str
) -> Account:
    def work(values: Values) -> Worked:
        sums = total(terms)
        value = bend(sums)
        said = Said(
            "The {name} of this unit at this step: {meaning}. {count} products add up to {sum}, "
            "bent to {value}.",
            {
                "name": word(part.replace("_", " ")),
                "meaning": phrase(_NAMES[part]),
                "count": sum(term.share.size for term in terms if term.name in ("input", "state")),
                "sum": m.written(sums),
                "value": m.written(value),
            },
        )
        stages = [Stage("sum", sums), Stage(part.replace("_", " "), value)]
        return Worked(stages, terms, said, formula)

    operands = [operand for term in terms for operand in term.operands]
    return Account(operands, work, "gates")


def _lstm(reading: Reading, spot: Spot, part: str) -> Account:
    f, g, show = reading.bends(spot.d, ("Sigmoid", "Tanh", "Tanh"), unclipped=1)
    before = reading.memory(spot, spot.j)
    sums = [gate(reading, spot, number, before if number != 1 else None) for number in range(4)]
    opened, forget, candidate = f(total(sums[0])), f(total(sums[2])), g(total(sums[3]))
    if reading.cell.attributes["input_forget"]:
        forget = 1 - opened
    memory = forget * before + opened * candidate
    sums[1] = gate(reading, spot, 1, memory)
    shown = f(total(sums[1]))
    if part in _LSTM and not (part == "forget_gate" and reading.cell.attributes["input_forget"]):
        number = _LSTM.index(part)
        bend = _bent(reading, spot, ("Sigmoid", "Tanh", "Tanh"), int(number == 3))
        return _gate_account(reading, part, sums[number], g if number == 3 else f, bend)
    inner = {name: reading.inner(spot, name) for name in _LSTM}
    if part == "forget_gate":
        return _coupled(inner["input_gate"], opened)
    kept = (inner["forget_gate"], *reading.before(spot, 1, spot.j))
    terms = [
        Terms(kept, np.asarray(forget * before), "kept"),
        Terms((inner["input_gate"], inner["candidate"]), np.asarray(opened * candidate), "written"),
    ]
    stages = [
        Stage("input gate", opened),
        Stage("forget gate", forget),
        Stage("candidate", candidate),
        Stage("memory cell", memory),
    ]
    text = (
        "The forget gate keeps {forget} % of the memory {before}, the input gate writes {opened} % "
        "of {candidate}: the memory becomes {memory}."
    )
    values = {
        "forget": m.percent(forget),
        "before": m.written(before),
        "opened": m.percent(opened),
        "candidate": m.written(candidate),
        "memory": m.written(memory),
    }
    said: Phrase = Said(text, values)
    formula = m.row(
        m.name("f"), m.op("·"), m.name("c", "t−1"), m.op("+"), m.name("i"), m.op("·"), m.name("g")
    )
    if part != "cell" and reading.cell.output != 2:
        value = shown * show(memory)
        stages += [Stage("output gate", shown), Stage("bent", show(memory)), Stage("shown", value)]
        zero, open_ = np.asarray(0.0), np.asarray(shown)
        terms.append(Terms((inner["output_gate"],), zero, "output gate", open_))
        seen = Said(
            "The output gate shows {shown} % of {bent}.",
            {"shown": m.percent(shown), "bent": m.written(show(memory))},
        )
        said = sentences((said, seen))
        formula = m.row(m.name("o"), m.op("·"), m.call("tanh", formula))
    operands = [operand for term in terms for operand in term.operands]
    return Account(operands, lambda _: Worked(stages, terms, said, formula), "gates")


def _bent(reading: Reading, spot: Spot, usual: Sequence[str], which: int) -> str:
    """The formula of a gate: what goes into it, bent by one of the functions of a direction."""
    names = list(reading.cell.attributes["activations"]) or [*usual] * (spot.d + 1)
    name = names[spot.d * len(usual) + which]
    shown = {"sigmoid": "σ", "tanh": "tanh"}.get(name.lower(), name)
    return m.call(shown, m.row(
        m.name("W"), m.name("x", "t"), m.op("+"), m.name("R"), m.name("h", "t−1"), m.op("+"),
        m.name("b"),
    ))  # fmt: skip


def _coupled(opened: Operand, value: Any) -> Account:
    """A forget gate that is what the input gate leaves."""
    said = Said("What the input gate does not take: 1 − {opened}.", {"opened": m.written(value)})
    terms = [Terms((opened,), np.asarray(1 - value), "rest")]
    formula = m.row(m.number(1), m.op("−"), m.name("i"))
    return Account(
        (opened,), lambda _: Worked([Stage("rest", 1 - value)], terms, said, formula), "gates"
    )


def _gru(reading: Reading, spot: Spot, part: str) -> Account:
    f, g = reading.bends(spot.d, ("Sigmoid", "Tanh"))
    linear = bool(reading.cell.attributes["linear_before_reset"])
    update, reset = gate(reading, spot, 0), gate(reading, spot, 1)
    z, r = f(total(update)), f(total(reset))
    seen = gate(reading, spot, 2)
    if linear:  # the reset gate scales what the state says, its bias included
        seen = [
            Terms(t.operands, t.share * r, t.name) if t.name in ("state", "state bias") else t
            for t in seen
        ]
    else:  # it scales the state itself, each unit by its own gate
        gates = reading.gates(spot, 1, f)
        seen = [
            Terms(t.operands, t.share * gates, t.name) if t.name == "state" else t for t in seen
        ]
    candidate = g(total(seen))
    if part:
        number = _GRU.index(part)
        bend = _bent(reading, spot, ("Sigmoid", "Tanh"), int(number == 2))
        return _gate_account(reading, part, (update, reset, seen)[number], (f, f, g)[number], bend)
    before = reading.state(spot)[spot.j]
    value = (1 - z) * candidate + z * before
    inner = {name: reading.inner(spot, name) for name in _GRU}
    kept = (inner["update_gate"], *reading.before(spot, 0, spot.j))
    terms = [
        Terms(kept, np.asarray(z * before), "kept"),
        Terms(
            (inner["update_gate"], inner["candidate"]), np.asarray((1 - z) * candidate), "renewed"
        ),
        Terms((inner["reset_gate"],), np.asarray(0.0), "reset gate", np.asarray(r)),
    ]
    said = Said(
        "The update gate keeps {kept} % of the old state {before} and takes {rest} % of the "
        "candidate {candidate}.",
        {
            "kept": m.percent(z),
            "before": m.written(before),
            "rest": m.percent(1 - z),
            "candidate": m.written(candidate),
        },
    )
    stages = [
        Stage("update gate", z),
        Stage("reset gate", r),
        Stage("candidate", candidate),
        Stage("state", value),
    ]
    formula = m.row(
        m.op("("), m.number(1), m.op("−"), m.name("z"), m.op(")"), m.op("·"), m.name("c"),
        m.op("+"), m.name("z"), m.op("·"), m.name("h", "t−1"),
    )  # fmt: skip
    operands = [operand for term in terms for operand in term.operands]
    return Account(operands, lambda _: Worked(stages, terms, said, formula), "gates")


def _rnn(reading: Reading, spot: Spot, part: str) -> Account:
    (f,) = reading.bends(spot.d, ("Tanh",))
    terms = gate(reading, spot, 0)
    sums = total(terms)
    said = Said(
        "Of the input at this step come {input}, of the state before it {state}; their sum {sum} "
        "is bent to {value}.",
        {
            "input": m.written(terms[0].share.sum()),
            "state": m.written(sum(t.share.sum() for t in terms if t.name == "state")),
            "sum": m.written(sums),
            "value": m.written(f(sums)),
        },
    )
    formula = m.call(
        "f",
        m.row(
            m.name("W"), m.name("x", "t"), m.op("+"), m.name("R"), m.name("h", "t−1"), m.op("+"),
            m.name("b"),
        ),
    )  # fmt: skip
    operands = [operand for term in terms for operand in term.operands]
    stages = [Stage("sum", sums), Stage("state", f(sums))]
    return Account(operands, lambda _: Worked(stages, terms, said, formula), "gates")
