"""Two arrays made one, cell by cell: sums, differences, products, quotients; x where y is not 0,
else −∞. And copies, of rows that are picked, too.

Numpy does these as fast; here they are so that they can be part of a program (see `replay`).
"""

from __future__ import annotations

from collections.abc import Callable

from .text import Function, Module, Value, constant, pick, raw, splat

Combine = Callable[[Value, Value], Value]


def add_pairs(module: Module) -> None:
    """Write all of them into the module."""
    _pair(module, "add", lambda x, y: x + y)
    _pair(module, "sub", lambda x, y: x - y)
    _pair(module, "mul", lambda x, y: x * y)
    _pair(module, "div", lambda x, y: x / y)
    _pair(module, "shown", lambda x, y: pick(y != 0.0, x, float("-inf")))
    _copy(module)
    _gather(module)


def _pair(module: Module, name: str, combine: Combine) -> None:
    """z (n2,n1,n0), contiguous, from x and y in any strides (in bytes); 0 repeats a cell."""
    f = module.exported(name)
    with f.each(0, f.n2) as k, f.each(0, f.n1) as j:
        x, y = f.let(f.x + k * f.x2 + j * f.x1), f.let(f.y + k * f.y2 + j * f.y1)
        left = f.let(f.n0)
        with f.when((f.x0 == 4) & (f.y0 == 4)):
            _four_by_four(f, combine, x, y, left)
        with f.when((f.x0 == 4) & (f.y0 == 0) & (f.n0 >= 4)):
            same = f.let(splat(f.load_one(y)))
            _four_by_four(f, combine, x, same, left)
        with f.when((f.x0 == 0) & (f.y0 == 4) & (f.n0 >= 4)):
            same = f.let(splat(f.load_one(x)))
            _four_by_four(f, combine, same, y, left)
        with f.loop(left > 0):
            f.store(f.z, combine(f.load_one(x), f.load_one(y)))
            f.step(x, f.x0)
            f.step(y, f.y0)
            f.step(f.z, 4)
            f.step(left, -1)


def _four_by_four(f: Function, combine: Combine, x: Value, y: Value, left: Value) -> None:
    """x and y are addresses to move on, or four times the same float."""
    with f.loop(left >= 4):
        operands = [f.load(v) if v.kind == "i32" else v for v in (x, y)]
        f.store(f.z, combine(*operands))
        for v in (x, y, f.z):
            if v.kind == "i32":
                f.step(v, 16)
        f.step(left, -4)


def _copy(module: Module) -> None:
    """y = x, both (n2,n1,n0) in any strides (in bytes)."""
    f = module.exported("copy")
    with f.each(0, f.n2) as k, f.each(0, f.n1) as j:
        x, y = f.let(f.x + k * f.x2 + j * f.x1), f.let(f.y + k * f.y2 + j * f.y1)
        left = f.let(f.n0)
        with f.when((f.x0 == 4) & (f.y0 == 4)), f.loop(left >= 4):
            f.store(y, f.load(x))
            f.step(x, 16)
            f.step(y, 16)
            f.step(left, -4)
        with f.loop(left > 0):
            f.store(y, f.load_one(x))
            f.step(x, f.x0)
            f.step(y, f.y0)
            f.step(left, -1)


def _gather(module: Module) -> None:
    """y (outer,count,row bytes): of x (outer,size,row bytes) the rows at the indices.

    Indices have `wide` bytes, 4 or 8; those below 0 count from the end. One that does not fit is
    said by a 1 (int32) at `failed`, and the first row stands for it.
    """
    f = module.exported("gather")
    with f.each(0, f.outer):
        index = f.let(f.indices)
        with f.each(0, f.count):
            place = f.let(raw("i32.load", index))
            high = raw("i32.load", index + (f.wide - 4))  # of eight bytes; of four there is no more
            fits = f.let((f.wide == 4) | (high == place >> 31))
            f.set(place, pick(place < 0, place + f.size, place))
            with f.when((fits == 0) | (place < 0) | (place >= f.size)):
                f.write("i32.store", f.failed, constant(1, "i32"))
                f.set(place, 0)
            f.write("memory.copy", f.y, f.x + place * f.row, f.row)
            f.step(f.y, f.row)
            f.step(index, f.wide)
        f.step(f.x, f.size * f.row)
