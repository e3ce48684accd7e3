"""Numbers as bytes and back: real value = (stored − zero point) · scale.

Cells stand in planes of `size`; of scales and zero points there is one for each plane, in turns of
`channels`, or where `along` is 1, one for each cell of a plane. Whether bytes have a sign is said
by a flip, 0 or 128 (see `integers`). An address of 0 says that there are no such zero points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .text import Function, Module, Value, constant, least, most, pick, raw, splat

Read = Callable[[Value, int], Value]  # so many cells from an address; one comes four times


class Beside(NamedTuple):
    """What belongs to a plane or a cell: its address, its bytes (0: one for all), its reader."""

    address: Value
    size: int
    read: Read
    without: Value  # what stands for it where the address is 0


def add_quantized(module: Module) -> None:
    """Write all of them into the module."""
    _dequantize(module)
    _quantize(module)
    _requantize(module)
    _dynamic_quantize(module)
    _floats(module)


def _dequantize(module: Module) -> None:
    """Bytes x as floats y = (x − zero point) · scale."""
    f = module.exported("dequantize")
    flip = f.let(_four(f.flip))

    def real(count: int, scale: Value, zero: Value) -> None:
        centred = raw("i32x4.sub", _bytes(flip)(f.x, count), zero)
        _store(f, _real(centred) * scale, count)

    _each(f, 1, 4, [_scales(f, f.scale), _zeros(f, flip, 1)], real)


def _quantize(module: Module) -> None:
    """Floats x as bytes: the nearest whole number to x / scale, half to even, + zero point."""
    f = module.exported("quantize")
    flip = f.let(_four(f.flip))

    def stored(count: int, scale: Value, zero: Value) -> None:
        _store_bytes(f, _floats_from(f)(f.x, count) / scale, zero, flip, count)

    _each(f, 4, 1, [_scales(f, f.scale), _zeros(f, flip, 1)], stored)


def _requantize(module: Module) -> None:
    """Sums x (int32) as bytes: the nearest to (x + bias) · factor, + one zero point for all."""
    f = module.exported("requantize")
    flip = f.let(_four(f.flip))

    def stored(count: int, bias: Value, factor: Value, zero: Value) -> None:
        sums = raw("i32x4.add", _floats_from(f)(f.x, count), bias)
        _store_bytes(f, _real(sums) * factor, zero, flip, count)

    bias = Beside(f.bias, 4, _floats_from(f), constant(0.0, "v128"))
    _each(f, 4, 1, [bias, _scales(f, f.factor), _zeros(f, flip, 0)], stored)


def _each(
    f: Function, x_size: int, y_size: int, beside: list[Beside], bend: Callable[..., None]
) -> None:
    """Let `bend(count, *beside)` compute every cell, four at once and then one by one.

    x_size, y_size: bytes of a cell.
    """
    with f.each(0, f.planes) as plane:
        place, left = f.let(plane % f.channels), f.let(f.size)
        at = [f.let(b.address + place * b.size) for b in beside]
        held = [f.let(b.without) for b in beside]
        for b, address, value in zip(beside, at, held, strict=True):
            with f.when(b.address):
                f.set(value, b.read(address, 1))
        for count in (4, 1):
            with f.loop(left >= count):
                for b, address, value in zip(beside, at, held, strict=True):
                    if b.size:
                        with f.when(f.along & (b.address != 0)):
                            f.set(value, b.read(address, count))
                            f.step(address, b.size * count)
                bend(count, *held)
                f.step(f.x, x_size * count)
                f.step(f.y, y_size * count)
                f.step(left, -count)


def _scales(f: Function, address: Value) -> Beside:
    return Beside(address, 4, _floats_from(f), splat(1.0))


def _zeros(f: Function, flip: Value, size: int) -> Beside:
    return Beside(f.zero, size, _bytes(flip), flip)


def _floats_from(f: Function) -> Read:
    """Cells of four bytes."""
    return lambda address, count: f.load(address) if count == 4 else f.load_splat(address)


def _bytes(flip: Value) -> Read:
    """Bytes, flipped, as whole numbers."""

    def read(address: Value, count: int) -> Value:
        if count == 1:
            stored = _four(raw("i32.load8_u", address, kind="i32"))
        else:
            stored = raw("v128.load32_zero", address, kind="v128")
            stored = raw("i16x8.extend_low_i8x16_u", stored)
            stored = raw("i32x4.extend_low_i16x8_u", stored)
        return raw("v128.xor", stored, flip)

    return read


def _four(value: Value) -> Value:
    return raw("i32x4.splat", value, kind="v128")


def _real(whole: Value) -> Value:
    return raw("f32x4.convert_i32x4_s", whole)


def _store(f: Function, y: Value, count: int) -> None:
    if count == 4:
        f.store(f.y, y)
    else:
        f.store_first(f.y, y)


def _store_bytes(f: Function, scaled: Value, zero: Value, flip: Value, count: int) -> None:
    """The nearest whole numbers plus a flipped zero point, cut at the limits of a byte."""
    low = f.let(_real(raw("i32x4.neg", flip)))
    moved = raw("f32x4.nearest", scaled) + _real(raw("i32x4.sub", zero, flip))
    whole = raw("i32x4.trunc_sat_f32x4_s", least(most(moved, low), low + 255.0))
    low_bytes = f.let(raw("v128.and", whole, _four(constant(255, "i32"))))
    pairs = raw("i16x8.narrow_i32x4_s", low_bytes, low_bytes)
    packed = raw("i8x16.narrow_i16x8_u", pairs, pairs)
    f.write("v128.store32_lane 0" if count == 4 else "v128.store8_lane 0", f.y, packed)


def _dynamic_quantize(module: Module) -> None:
    """Floats x as bytes without a sign, with the scale and zero point that fit just them."""
    f = module.exported("dynamic_quantize")
    low, high = f.let(constant(0.0, "v128")), f.let(constant(0.0, "v128"))
    x, left = f.let(f.x), f.let(f.n)
    for count in (4, 1):
        with f.loop(left >= count):
            cells = f.let(_floats_from(f)(x, count))
            f.set(low, least(low, cells))
            f.set(high, most(high, cells))
            f.step(x, 4 * count)
            f.step(left, -count)
    smallest, largest = (_folded(f, low, least), _folded(f, high, most))
    smallest = f.let(pick(smallest < 0.0, smallest, 0.0))  # where NaN comes in it is 0
    largest = f.let(pick(largest > 0.0, largest, 0.0))
    scale = f.let((largest - smallest) / 255.0)
    f.set(scale, pick(scale == 0.0, constant(1.0, "f32"), scale))
    f.store(f.scale, scale)
    zero = raw("f32.nearest", -smallest / scale)
    f.write("i32.store8", f.zero, raw("i32.trunc_sat_f32_u", least(most(zero, 0.0), 255.0),
                                      kind="i32"))  # fmt: skip
    f.call("quantize", f.x, f.y, 1, 1, f.n, 0, f.scale, f.zero, 0)


def _folded(f: Function, lanes: Value, two: Callable[[Value, Value], Value]) -> Value:
    """Four floats made one."""
    a, b, c, d = (raw(f"f32x4.extract_lane {lane}", lanes, kind="f32") for lane in range(4))
    return f.let(two(two(a, b), two(c, d)))


def _floats(module: Module) -> None:
    """n whole numbers as floats: int32, and int64."""
    f = module.exported("floats_of_wide")
    with f.each(f.y, f.y + f.n * 4, 4) as y:
        f.store(y, raw("f32.convert_i64_s", raw("i64.load", f.x, kind="i64"), kind="f32"))
        f.step(f.x, 8)
    f = module.exported("floats")
    for count in (4, 1):
        with f.loop(f.n >= count):
            _store(f, _real(_floats_from(f)(f.x, count)), count)
            f.step(f.x, 4 * count)
            f.step(f.y, 4 * count)
            f.step(f.n, -count)
