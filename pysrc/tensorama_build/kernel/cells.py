"""Work that is done to each cell by itself, or to each row: the bends, scaling, softmax.

Most take (x, y, n): n floats from address x to address y. What is left over behind the last four
goes through the same arithmetic, one float at a time in the first lane.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

from .text import Function, Module, Value, constant, least, most, pick, raw, splat, whole

Bend = Callable[..., Value]


def add_cells(module: Module) -> None:
    """Write all of them into the module."""
    _each(module, "relu", lambda f, x: most(x, 0.0))
    _each(module, "clip", lambda f, x, low, high: least(most(x, low), high))
    _each(module, "leaky_relu", lambda f, x, alpha: pick(x < 0.0, x * alpha, x))
    _each(module, "hard_sigmoid", _hard_sigmoid)
    _each(module, "hard_swish", lambda f, x: x * _hard_sigmoid(f, x, 1 / 6, 0.5))
    _each(module, "elu", elu)
    for name in ("sqrt", "abs", "neg", "floor", "ceil", "nearest"):
        _each(module, name, lambda f, x, name=name: raw(f"f32x4.{name}", x))
    _each(module, "reciprocal", lambda f, x: 1.0 / x)
    _each(module, "exp", exp)
    _each(module, "sigmoid", sigmoid)
    _each(module, "tanh", tanh)
    _each(module, "erf", erf)
    _each(module, "gelu", gelu)
    _each(module, "gelu_tanh", gelu_tanh)
    _each(module, "silu", lambda f, x, alpha: x * sigmoid(f, f.let(x * alpha)))
    _scale_shift(module)
    _softmax(module)
    _widen(module)


def _each(module: Module, name: str, bend: Bend) -> None:
    """Bend each of n cells; the function's floats are given on, each four times."""
    f = module.exported(name)
    given = [f.let(splat(p)) for p in f.parameters.values() if p.kind == "f32"]
    x = f.let(constant(0.0, "v128"))
    with f.loop(f.n > 0):
        many = f.n >= 4
        with f.when(many):
            f.set(x, f.load(f.x))
        with f.otherwise():
            f.set(x, _load_first(f.x))
        y = f.let(bend(f, x, *given))
        with f.when(many):
            f.store(f.y, y)
        with f.otherwise():
            f.store_first(f.y, y)
        step = f.let(pick(many, constant(4, "i32"), 1))
        f.step(f.x, step * 4)
        f.step(f.y, step * 4)
        f.set(f.n, f.n - step)


def _load_first(address: Value) -> Value:
    return raw("v128.load32_zero", address, kind="v128")


def polynomial(f: Function, x: Value, *coefficients: float) -> Value:
    """A polynomial of x, its highest power first."""
    result = constant(coefficients[0], "v128")
    for c in coefficients[1:]:
        result = f.madd(result, x, constant(c, "v128"))
    return f.let(result)


def exp(f: Function, x: Value) -> Value:
    """e to the power x = 2ⁿ·eʳ with |r| ≤ ln 2 / 2: ln 2 in two parts, Taylor's series for eʳ.

    2ⁿ is multiplied in two halves, so that results near both ends of the range come out right.
    """
    bounded = f.let(least(most(x, -104.0), 89.0))
    n = f.let(raw("f32x4.nearest", bounded * 1.4426950408889634))
    r = f.let(f.madd(n, constant(-0.693145751953125, "v128"), bounded))
    r = f.let(f.madd(n, constant(-1.42860682030941723212e-6, "v128"), r))
    e = polynomial(f, r, 1.9841270e-4, 1.3888889e-3, 8.3333333e-3, 4.1666667e-2, 1.6666667e-1,
                    0.5, 1.0, 1.0)  # fmt: skip
    whole = f.let(raw("i32x4.trunc_sat_f32x4_s", n))
    half = f.let(raw("i32x4.shr_s", whole, constant(1, "i32")))
    rest = raw("i32x4.sub", whole, half)
    return f.let(e * _power_of_two(half) * _power_of_two(rest))


def _power_of_two(n: Value) -> Value:
    return raw("i32x4.shl", raw("i32x4.add", n, whole(127)), constant(23, "i32"))


def elu(f: Function, x: Value, alpha: Value) -> Value:
    """x where positive, alpha·(eˣ − 1) elsewhere: near 0 by Taylor's series, to lose no digits."""
    below = f.let(least(x, 0.0))
    near = polynomial(f, below, *(1 / factorial(k) for k in range(9, 0, -1))) * below
    bent = alpha * pick(below > -0.5, f.let(near), f.let(exp(f, below) - 1.0))
    return f.let(pick(x < 0.0, bent, x))


def _hard_sigmoid(f: Function, x: Value, alpha: Value | float, beta: Value | float) -> Value:
    """A sigmoid of straight lines."""
    return f.let(least(most(x * alpha + beta, 0.0), 1.0))


def sigmoid(f: Function, x: Value) -> Value:
    """1 / (1 + e⁻ˣ)"""
    return f.let(1.0 / (exp(f, f.let(-x)) + 1.0))


def tanh(f: Function, x: Value) -> Value:
    """An odd polynomial near 0; elsewhere 1 − 2 / (e²ˣ + 1) with the sign of x."""
    size = f.let(raw("f32x4.abs", x))
    square = f.let(x * x)
    near = polynomial(f, square, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2,
                       1.33314422036e-1, -3.33332819422e-1)  # fmt: skip
    near = f.let(f.madd(near * square, x, x))
    far = 1.0 - 2.0 / (exp(f, f.let(size + size)) + 1.0)
    sign = raw("v128.and", x, constant(-0.0, "v128"))
    return f.let(pick(size < 0.625, near, raw("v128.or", raw("f32x4.abs", far), sign)))


def erf(f: Function, x: Value) -> Value:
    """x·P(x²) / Q(x²) on |x| ≤ 4 and ±1 beyond, as in `ops.activations`."""
    x = f.let(least(most(x, -4.0), 4.0))
    square = f.let(x * x)
    p = polynomial(f, square, -2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06,
                    -5.69250639462346e-05, -7.34990630326855e-04, -2.95459980854025e-03,
                    -1.60960333262415e-02)  # fmt: skip
    q = polynomial(
        f,
        square,
        -1.45660718464996e-05,
        -2.13374055278905e-04,
        -1.68282697438203e-03,
        -7.37332916720468e-03,
        -1.42647390514189e-02,
    )
    return f.let(x * p / q)


def gelu(f: Function, x: Value) -> Value:
    """x/2 · (1 + erf(x/√2))"""
    return f.let(x * 0.5 * (erf(f, f.let(x * 0.7071067811865476)) + 1.0))


def gelu_tanh(f: Function, x: Value) -> Value:
    """x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))"""
    bent = f.let((x + x * x * x * 0.044715) * 0.7978845608028654)
    return f.let(x * 0.5 * (tanh(f, bent) + 1.0))


def _scale_shift(module: Module) -> None:
    """y = x · factor + shift, with one factor and shift per channel: planes of `size` floats."""
    f = module.exported("scale_shift")
    with f.each(0, f.planes) as plane:
        place = f.let((plane % f.channels) * 4)
        factor, shift = f.let(f.load_splat(f.factor + place)), f.let(f.load_splat(f.shift + place))
        left = f.let(f.size)
        with f.loop(left >= 4):
            f.store(f.y, f.madd(f.load(f.x), factor, shift))
            f.step(f.x, 16)
            f.step(f.y, 16)
            f.step(left, -4)
        with f.loop(left > 0):
            f.store_first(f.y, f.madd(_load_first(f.x), factor, shift))
            f.step(f.x, 4)
            f.step(f.y, 4)
            f.step(left, -1)


def _softmax(module: Module) -> None:
    """Rows of n floats: e^(x − largest) / sum. Sums run in four lanes, the rest is added last."""
    f = module.exported("softmax")
    with f.each(0, f.rows):
        lowest = constant(float("-inf"), "v128")
        top, x, left = f.let(lowest), f.let(f.x), f.let(f.n)
        with f.loop(left >= 4):
            f.set(top, most(top, f.load(x)))
            f.step(x, 16)
            f.step(left, -4)
        lanes = [raw(f"f32x4.extract_lane {lane}", top, kind="f32") for lane in range(4)]
        largest = f.let(most(most(lanes[0], lanes[1]), most(lanes[2], lanes[3])))
        with f.loop(left > 0):
            f.set(largest, most(largest, f.load_one(x)))
            f.step(x, 4)
            f.step(left, -1)
        away, total = f.let(splat(largest)), f.let(constant(0.0, "v128"))
        f.set(x, f.x)
        y = f.let(f.y)
        f.set(left, f.n)
        with f.loop(left >= 4):
            e = exp(f, f.let(f.load(x) - away))
            f.store(y, e)
            f.set(total, total + e)
            f.step(x, 16)
            f.step(y, 16)
            f.step(left, -4)
        lanes = [raw(f"f32x4.extract_lane {lane}", total, kind="f32") for lane in range(4)]
        whole = f.let((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        with f.loop(left > 0):
            e = exp(f, f.let(_load_first(x) - away))
            f.store_first(y, e)
            f.set(whole, whole + raw("f32x4.extract_lane 0", e, kind="f32"))
            f.step(x, 4)
            f.step(y, 4)
            f.step(left, -1)
        f.set(total, splat(whole))
        f.set(left, f.n)
        with f.loop(left >= 4):
            f.store(f.y, f.load(f.y) / total)
            f.step(f.y, 16)
            f.step(left, -4)
        with f.loop(left > 0):
            f.store(f.y, f.load_one(f.y) / whole)
            f.step(f.y, 4)
            f.step(left, -1)
        f.set(f.x, x)


def _widen(module: Module) -> None:
    """n float16 at x to float32 at y: the bits moved, the exponent put right by a product."""
    f = module.exported("widen")
    with f.loop(f.n > 0):
        many = f.n >= 4
        half = f.let(constant(0.0, "v128"))
        with f.when(many):
            f.set(half, raw("v128.load16x4_u align=2", f.x, kind="v128"))
        with f.otherwise():
            one = raw("i32.load16_u", f.x, kind="i32")
            f.set(half, raw("i32x4.splat", one, kind="v128"))
        sign = raw("i32x4.shl", raw("v128.and", half, whole(0x8000)), constant(16, "i32"))
        size = f.let(raw("v128.and", half, whole(0x7FFF)))
        moved = f.let(raw("i32x4.shl", size, constant(13, "i32")))
        endless = raw("i32x4.gt_s", size, whole(0x7BFF))
        value = pick(endless, raw("v128.or", moved, whole(0x7F800000)), moved * 2.0**112)
        value = f.let(raw("v128.or", value, sign))
        with f.when(many):
            f.store(f.y, value)
            f.step(f.x, 8)
            f.step(f.y, 16)
        with f.otherwise():
            f.store_first(f.y, value)
            f.step(f.x, 2)
            f.step(f.y, 4)
        f.set(f.n, pick(many, f.n - 4, f.n - 1))
