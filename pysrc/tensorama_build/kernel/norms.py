"""Means of rows, and rows brought to mean 0 and variance 1.

Sums run in double precision: rows may be long.
"""

from __future__ import annotations

from collections.abc import Callable

from .text import Function, Module, Value, constant, raw, splat

UPPER = "i8x16.shuffle " + " ".join(str(byte % 16) for byte in range(8, 24))  # the last two floats


def add_norms(module: Module) -> None:
    """Write them into the module."""
    _means(module)
    _normalize(module)


def _means(module: Module) -> None:
    """y has the mean of each row of n floats."""
    f = module.exported("means")
    with f.each(0, f.rows):
        f.store(f.y, _average(f, lambda x: x))
        f.step(f.x, f.n * 4)
        f.step(f.y, 4)


def _normalize(module: Module) -> None:
    """Bring rows to mean 0 and variance 1.

    y = (x − mean) / √(variance + ε) · scale + shift for rows of n floats, in this order. scale and
    shift are addresses of n floats, or 0. The mean (unless its address is 0) and 1/√… of each row
    are stored as well. Where `centre` is 0 the mean counts as 0: the mean square is brought to 1.
    """
    f = module.exported("normalize")
    with f.each(0, f.rows) as row:
        middle = f.let(constant(0.0, "v128"))
        with f.when(f.centre):
            f.set(middle, splat(_average(f, lambda x: x)))
        variance = _average(f, lambda x: _square(f, f.let(x - middle)))
        factor = f.let(1.0 / raw("f32.sqrt", variance + f.epsilon))
        with f.when(f.mean):
            f.store(f.mean + row * 4, raw("f32x4.extract_lane 0", middle, kind="f32"))
        f.store(f.inverse + row * 4, factor)
        _scale_row(f, middle, f.let(splat(factor)))


def _square(f: Function, x: Value) -> Value:
    return x * x


def _average(f: Function, bend: Callable[[Value], Value]) -> Value:
    """The mean of bend(x) over a row, as one float."""
    total = f.let(constant(0.0, "v128"))
    x, left = f.let(f.x), f.let(f.n)
    with f.loop(left >= 4):
        four = f.let(bend(f.load(x)))
        pairs = [_doubles(four), _doubles(raw(UPPER, four, four))]
        f.set(total, raw("f64x2.add", total, raw("f64x2.add", *pairs)))
        f.step(x, 16)
        f.step(left, -4)
    with f.loop(left > 0):
        nothing = Value("(f64.const 0)", "f64")
        one = raw("f64x2.replace_lane 1", _doubles(bend(f.load_splat(x))), nothing)
        f.set(total, raw("f64x2.add", total, one))
        f.step(x, 4)
        f.step(left, -1)
    lanes = [raw(f"f64x2.extract_lane {lane}", total, kind="f64") for lane in (0, 1)]
    count = raw("f64.convert_i32_s", f.n, kind="f64")
    mean = raw("f64.div", raw("f64.add", *lanes), count)
    return f.let(raw("f32.demote_f64", mean, kind="f32"))


def _doubles(x: Value) -> Value:
    """The first two of four floats in double precision."""
    return raw("f64x2.promote_low_f32x4", x)


def _scale_row(f: Function, middle: Value, factor: Value) -> None:
    """Write a row of y, and move x and y on."""
    scale, shift, left = f.let(f.scale), f.let(f.shift), f.let(f.n)
    with f.loop(left > 0):
        many = f.let(left >= 4)
        y = f.let(constant(0.0, "v128"))
        for load, store, step, condition in (
            (f.load, f.store, 4, many),
            (f.load_splat, f.store_first, 1, many == 0),
        ):
            with f.when(condition):
                f.set(y, (load(f.x) - middle) * factor)
                with f.when(f.scale):
                    f.set(y, y * load(scale))
                    f.step(scale, 4 * step)
                with f.when(f.shift):
                    f.set(y, y + load(shift))
                    f.step(shift, 4 * step)
                store(f.y, y)
                f.step(f.x, 4 * step)
                f.step(f.y, 4 * step)
                f.step(left, -step)
