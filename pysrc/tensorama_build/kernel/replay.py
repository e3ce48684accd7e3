"""Plays programs: rows of calls as numbers, see `tensorama.engine.kernel.program`."""

from __future__ import annotations

from collections.abc import Sequence

from tensorama.engine.kernel.program import CLOCK, FUNCTIONS

from .text import Function, Module, Value, raw

WORD = 4


def add_replay(module: Module) -> None:
    """Write it into the module, behind the functions that it calls.

    Words from address `word` to `end`; `table` has an address per base; each look at the clock adds
    the milliseconds since the one before to the next float64 at `times`.
    """
    f = module.replay("word end table times")
    before = f.let(raw("call $clock", kind="f64"))
    with f.loop(f.word < f.end):
        number = f.let(raw("i32.load", f.word, kind="i32"))
        f.step(f.word, WORD)
        with f.when(number == CLOCK):
            now = f.let(raw("call $clock", kind="f64"))
            passed = raw("f64.sub", now, before)
            f.store(f.times, raw("f64.add", raw("f64.load", f.times, kind="f64"), passed))
            f.set(before, now)
            f.step(f.times, 8)
        with f.otherwise():
            _play_one(f, module, number, list(enumerate(FUNCTIONS, CLOCK + 1)))


def _play_one(f: Function, module: Module, number: Value, rest: Sequence[tuple[int, str]]) -> None:
    """Call the function of that number, which is one of the rest: half by half it is found."""
    if len(rest) > 1:
        low, high = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        with f.when(number < high[0][0]):
            _play_one(f, module, number, low)
        with f.otherwise():
            _play_one(f, module, number, high)
        return
    name = rest[0][1]
    arguments, parameters = [], module.written(name).parameters
    for place, parameter in enumerate(parameters.values()):
        base = raw(f"i32.load offset={2 * WORD * place}", f.word, kind="i32")
        value = raw(f"i32.load offset={2 * WORD * place + WORD}", f.word, kind="i32")
        if parameter.kind == "f32":
            arguments.append(raw("f32.reinterpret_i32", value, kind="f32"))
        else:
            start = raw("i32.load", f.table + base * WORD, kind="i32")
            arguments.append(start + value)
    f.call(name, *arguments)
    f.step(f.word, 2 * WORD * len(parameters))
