"""Softmax along any axis, and its logarithm; the logarithm itself."""

from __future__ import annotations

from .cells import exp, polynomial
from .text import Function, Module, Value, constant, most, pick, raw, whole


def add_shares(module: Module) -> None:
    """Write all of them into the module, behind the bends."""
    _across(module, "softmax_across")
    _across(module, "log_softmax")


def _across(module: Module, name: str) -> None:
    """Along the middle of x (outer,n,inner): e^(x − largest) / sum, or x − largest − log(sum).

    Sums run in the order of n.
    """
    f = module.exported(name)
    row = f.let(f.inner * 4)
    with f.each(0, f.outer):
        left = f.let(f.inner)
        for many in (4, 1):
            with f.loop(left >= many):
                _share(f, row, many, name == "log_softmax")
                f.step(f.x, 4 * many)
                f.step(f.y, 4 * many)
                f.step(left, -many)
        for address in (f.x, f.y):
            f.step(address, (f.n - 1) * row)


def _share(f: Function, row: Value, many: int, log_: bool) -> None:
    """Four columns at once, or one."""

    def load(address: Value) -> Value:
        return f.load(address) if many == 4 else f.load_splat(address)

    def store(address: Value, value: Value) -> None:
        if many == 4:
            f.store(address, value)
        else:
            f.store_first(address, value)

    top, total = f.let(constant(float("-inf"), "v128")), f.let(constant(0.0, "v128"))
    end = f.let(f.n * row)
    with f.each(0, end, row) as at:
        f.set(top, most(top, load(f.x + at)))
    with f.each(0, end, row) as at:
        below = f.let(load(f.x + at) - top)
        e = exp(f, below)
        store(f.y + at, below if log_ else e)
        f.set(total, total + e)
    if log_:
        f.set(total, log(f, total))
    with f.each(0, end, row) as at:
        value = load(f.y + at)
        store(f.y + at, value - total if log_ else value / total)


def log(f: Function, x: Value) -> Value:
    """The natural logarithm of a sum that is 1 or more: x = 2ⁿ·m with m near 1, log m as a series.

    Infinity and NaN stay what they are.
    """
    bits = f.let(raw("i32x4.sub", x, whole(0x3F3504F3)))  # of √½: m lies between that and √2
    n = f.let(raw("i32x4.shr_s", bits, constant(23, "i32")))
    m = f.let(raw("i32x4.sub", x, raw("i32x4.shl", n, constant(23, "i32"))))
    r = f.let(m - 1.0)
    square = f.let(r * r)
    series = polynomial(f, r, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1,
                        1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
                        3.3333331174e-1)  # fmt: skip
    power = f.let(raw("f32x4.convert_i32x4_s", n))
    rest = f.let(series * r * square + power * -2.12194440e-4 - square * 0.5)
    result = f.let(r + rest + power * 0.693359375)
    return f.let(pick(x < float("inf"), result, x))
