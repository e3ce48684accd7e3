"""Windows folded to one number each: depthwise convolution, largest and sum of a pool.

A whole row of results is folded with one kernel cell at a time, so every loop runs along a row of
the picture, whatever the kernel; the row of results stays in the cache meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from .text import Function, Module, Value, constant, evens, least, most, raw


def add_folds(module: Module) -> None:
    """Write all of them into the module."""
    _fold(module, "depthwise", _add_product)
    _fold(module, "largest", lambda f, y, x, w: most(y, x), start=float("-inf"))
    _fold(module, "total", lambda f, y, x, w: y + x)


Combine = Callable[[Function, Value, Value, Value], Value]


def _add_product(f: Function, y: Value, x: Value, w: Value) -> Value:
    return f.madd(x, w, y) if y.kind == "v128" else y + x * w


def _fold(module: Module, name: str, combine: Combine, start: float = 0.0) -> None:
    """y (maps, out_height, out_width) from x (maps/per, height, width).

    w is the address of one float per map and kernel cell, bias of one float per map or 0; those
    that do not need them ignore them. Cells outside the picture are left out.
    """
    f = module.exported(name)
    size = f.let(f.out_width * 4)
    cells = f.let(f.kh * f.kw * 4)
    with f.each(0, f.maps) as m:
        begin = f.let(constant(start, "f32"))
        with f.when(f.bias):
            f.set(begin, f.load_one(f.bias + m * 4))
        plane = f.let(f.x + (m / f.per) * (f.height * f.width * 4))
        weights = f.let(f.w + m * cells)
        with f.each(0, f.out_height) as oy:
            _fill(f, f.y, f.out_width, begin)
            with f.each(0, f.kh) as ky:
                iy = f.let(oy * f.sh + ky * f.dh - f.top)
                with f.when((iy >= 0) & (iy < f.height)):
                    row = f.let(plane + iy * (f.width * 4))
                    with f.each(0, f.kw) as kx:
                        weight = constant(0.0, "f32")
                        if name == "depthwise":
                            weight = f.let(f.load_one(weights + (ky * f.kw + kx) * 4))
                        _fold_row(f, row, kx, weight, combine)
            f.step(f.y, size)


def _fill(f: Function, address: Value, count: Value, value: Value) -> None:
    cell = f.let(address)
    end = f.let(address + count * 4)
    many = raw("f32x4.splat", value, kind="v128")
    with f.loop(cell <= end - 16):
        f.store(cell, many)
        f.step(cell, 16)
    with f.loop(cell < end):
        f.store(cell, value)
        f.step(cell, 4)


def _fold_row(f: Function, row: Value, kx: Value, weight: Value, combine: Combine) -> None:
    """Fold one kernel cell into a row of results."""
    shift = f.let(kx * f.dw - f.left)
    low = f.let(least((most(-shift, 0) + f.sw - 1) / f.sw, f.out_width))
    high = f.let(least((most(f.width - shift, 0) + f.sw - 1) / f.sw, f.out_width))
    x = f.let(row + (low * f.sw + shift) * 4)
    y = f.let(f.y + low * 4)
    count = f.let(high - low)
    weights = f.let(raw("f32x4.splat", weight, kind="v128"))
    with f.when(f.sw == 1), f.loop(count >= 4):
        f.store(y, combine(f, f.load(y), f.load(x), weights))
        f.step(x, 16)
        f.step(y, 16)
        f.step(count, -4)
    with f.when(f.sw == 2), f.loop(count >= 5):  # reads eight floats; the last must be there
        taken = evens(f.load(x), f.load(x, 16))
        f.store(y, combine(f, f.load(y), taken, weights))
        f.step(x, 32)
        f.step(y, 16)
        f.step(count, -4)
    with f.loop(count > 0):
        f.store(y, combine(f, f.load_one(y), f.load_one(x), weight))
        f.step(x, f.sw * 4)
        f.step(y, 4)
        f.step(count, -1)
