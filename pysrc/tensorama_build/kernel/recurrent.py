"""Recurrent networks: some steps of a sequence in one call, with what happens inside recorded.

What is common: at `wx` stands x·W + its bias for each step, wx_t bytes from step to step (less than
0 where the sequence is read backwards), in it for each of n sequences a row of all gates: `across`
floats. `h` is the state before the first step, (n,hidden), and `rb` the bias of what is added for
the state; an address of 0 stands for zeros. y and the tensors of the gates lie y_t bytes from step
to step, in it (n,hidden). At `room` is space for a step's sums (n,across), for one more state and
for zeros, as much as the larger of a state and `rb`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .cells import sigmoid, tanh
from .text import Function, Module, Value, constant, most

MANY = 16  # sequences from which on the weights of the state are packed for them
Gate = Callable[..., Value]  # what goes into gate number …; what the state adds times a factor
Bend = Callable[..., Sequence[Value]]


def add_recurrent(module: Module) -> None:
    """Write all of them into the module."""
    _rnn(module)
    _lstm(module)
    _gru(module)


def _rnn(module: Module) -> None:
    """h = tanh(wx + h·R + rb)"""
    f = module.exported("rnn")
    _put_zeros(f, [f.h, f.rb])
    with f.loop(f.steps > 0):
        _product(f, f.h, f.r, f.across, f.room)
        _cells(f, [], [f.y], lambda gate: [tanh(f, f.let(gate(0)))])
        _move_on(f, [(f.h, f.y)], [f.y])


def _lstm(module: Module) -> None:
    """c = k·c + i·g, h = o·tanh(c); the gates i, o, k and the candidate g lie side by side."""
    f = module.exported("lstm")
    _put_zeros(f, [f.h, f.c, f.rb])

    def bend(gate: Gate, c: Value) -> Sequence[Value]:
        i, o, k = (sigmoid(f, f.let(gate(number))) for number in range(3))
        g = tanh(f, f.let(gate(3)))
        after = f.let(f.madd(k, c, i * g))
        return o * tanh(f, after), i, o, k, g, after

    made = [f.y, f.i, f.o, f.k, f.g, f.cell]
    with f.loop(f.steps > 0):
        _product(f, f.h, f.r, f.across, f.room)
        _cells(f, [f.c], made, bend)
        _move_on(f, [(f.h, f.y), (f.c, f.cell)], made)


def _gru(module: Module) -> None:
    """h = (1 − z)·c + z·h; the gates z, q and the candidate c lie side by side.

    Where `linear` is 1, q weighs what the state adds to the candidate, otherwise the state before.
    """
    f = module.exported("gru")
    _put_zeros(f, [f.h, f.rb])
    kept = f.let(f.room + f.n * f.across * 4)  # q·h
    size = f.let(f.hidden * 8)  # of two gates
    ones = constant(1.0, "v128")

    def gates(gate: Gate, h: Value) -> Sequence[Value]:
        z, q = (sigmoid(f, f.let(gate(number))) for number in range(2))
        return z, q, q * h

    def candidate(gate: Gate, z: Value, q: Value, h: Value) -> Sequence[Value]:
        factor = f.let(ones)
        with f.when(f.linear):
            f.set(factor, q)
        c = tanh(f, f.let(gate(2, factor)))
        return c, f.let(f.madd(z, h, (1.0 - z) * c))

    made = [f.y, f.z, f.q, f.cand]
    with f.loop(f.steps > 0):
        with f.when(f.linear):
            _product(f, f.h, f.r, f.across, f.room)
        with f.otherwise():
            _product(f, f.h, f.r, f.hidden * 2, f.room)
        _cells(f, [f.h], [f.z, f.q, kept], gates)
        with f.when(f.linear == 0):
            _product(f, kept, f.r + size * f.hidden, f.hidden, f.room + size)
        _cells(f, [f.z, f.q, f.h], [f.cand, f.y], candidate)
        _move_on(f, [(f.h, f.y)], made)


def _put_zeros(f: Function, states: Sequence[Value]) -> None:
    """Let zeros stand where no state or bias was given."""
    zeros = f.let(f.room + f.n * (f.across + f.hidden) * 4)
    end = zeros + most(f.n * f.hidden, f.across) * 4
    with f.each(zeros, end, 4) as cell:
        f.store(cell, constant(0.0, "f32"))
    for state in states:
        with f.when(state == 0):
            f.set(state, zeros)


def _product(f: Function, state: Value, r: Value, rows: Value, sums: Value) -> None:
    """sums (n,across), some of it: state (n,hidden) times rows of R."""
    width, across = f.hidden * 4, f.across * 4
    with f.when(f.n >= MANY):
        f.call("gemm", state, width, 4, r, 4, width, sums, across, f.n, rows, f.hidden, 0,
               f.scratch)  # fmt: skip
    with f.otherwise(), f.each(0, f.n) as row:
        f.call("dots", r, width, state + row * width, sums + row * across, rows, f.hidden)


def _cells(f: Function, read: Sequence[Value], made: Sequence[Value], bend: Bend) -> None:
    """Let `bend(gate, *read)` compute every cell of a step; read and made are (n,hidden)."""
    wx, sums = f.let(f.wx), f.let(f.room)
    sources, targets = [f.let(address) for address in read], [f.let(address) for address in made]
    with f.each(0, f.n):
        rb, left = f.let(f.rb), f.let(f.hidden)
        for count in (4, 1):

            def load(address: Value, count: int = count) -> Value:
                return f.load(address) if count == 4 else f.load_splat(address)

            def gate(number: int, factor: Value | None = None) -> Value:
                place = f.let(f.hidden * (4 * number))
                added = load(sums + place) + load(rb + place)
                return load(wx + place) + (added if factor is None else factor * added)

            with f.loop(left >= count):
                results = bend(gate, *[f.let(load(address)) for address in sources])
                for target, value in zip(targets, results, strict=True):
                    if count == 4:
                        f.store(target, value)
                    else:
                        f.store_first(target, value)
                for address in (wx, sums, rb, *sources, *targets):
                    f.step(address, 4 * count)
                f.step(left, -count)
        for address in (wx, sums):
            f.step(address, (f.across - f.hidden) * 4)


def _move_on(f: Function, states: Sequence[tuple[Value, Value]], made: Sequence[Value]) -> None:
    """To the next step: what was made is the state before it."""
    for state, after in states:
        f.set(state, after)
    for address in made:
        f.step(address, f.y_t)
    f.step(f.wx, f.wx_t)
    f.step(f.steps, -1)
