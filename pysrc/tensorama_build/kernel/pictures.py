"""Pictures in another size: cells read with weights along an axis, or painted by a kernel each."""

from __future__ import annotations

from .text import Function, Module, Value, constant, least, most, raw


def add_pictures(module: Module) -> None:
    """Write both into the module."""
    _taps(module)
    _paint(module)


def _taps(module: Module) -> None:
    """y (outer,after,inner) from x (outer,before,inner): weighted sums of a few cells of an axis.

    For each place of the result there are `count` numbers of cells (int32) and weights (floats).
    """
    f = module.exported("taps")
    row, few = f.let(f.inner * 4), f.let(f.count * 4)
    with f.each(0, f.outer):
        index, weights = f.let(f.index), f.let(f.weights)
        with f.each(0, f.after):
            at, left = f.let(f.x), f.let(f.inner)
            for many in (4, 1):
                with f.loop(left >= many):
                    total = f.let(constant(0.0, "v128"))
                    with f.each(0, few, 4) as tap:
                        cell = at + raw("i32.load", index + tap) * row
                        value = f.load(cell) if many == 4 else f.load_splat(cell)
                        weight = f.load_splat(weights + tap)
                        with f.when(tap == 0):
                            f.set(total, value * weight)
                        with f.otherwise():
                            f.set(total, f.madd(value, weight, total))
                    if many == 4:
                        f.store(f.y, total)
                    else:
                        f.store_first(f.y, total)
                    f.step(at, 4 * many)
                    f.step(f.y, 4 * many)
                    f.step(left, -many)
            f.step(index, few)
            f.step(weights, few)
        f.step(f.x, f.before * row)


def _paint(module: Module) -> None:
    """y (maps,out_height,out_width): a bias, and painted (maps,kh,kw,height,width) in its places.

    Kernel cell (ky,kx) of cell (row,column) falls on (row·sh + ky·dh − top, …); what falls outside
    of y is left out. bias is the address of one float for each map, or 0.
    """
    f = module.exported("paint")
    across = f.let(f.out_width * 4)
    with f.each(0, f.maps) as m:
        begin = f.let(constant(0.0, "f32"))
        with f.when(f.bias):
            f.set(begin, f.load_one(f.bias + m * 4))
        end = f.let(f.y + f.out_height * across)
        with f.each(f.y, end, 4) as cell:
            f.store(cell, begin)
        with f.each(0, f.kh) as ky, f.each(0, f.kw) as kx:
            shift = f.let(kx * f.dw - f.left)
            low = f.let(least((most(0 - shift, 0) + f.sw - 1) / f.sw, f.width))
            high = f.let(least((most(f.out_width - shift, 0) + f.sw - 1) / f.sw, f.width))
            with f.each(0, f.height) as row:
                place = f.let(row * f.sh + ky * f.dh - f.top)
                with f.when((place >= 0) & (place < f.out_height)):
                    source = f.let(f.painted + low * 4)
                    target = f.let(f.y + place * across + (low * f.sw + shift) * 4)
                    _add_row(f, source, target, f.let(high - low))
                f.step(f.painted, f.width * 4)
        f.set(f.y, end)


def _add_row(f: Function, source: Value, target: Value, count: Value) -> None:
    with f.when(f.sw == 1), f.loop(count >= 4):
        f.store(target, f.load(target) + f.load(source))
        f.step(source, 16)
        f.step(target, 16)
        f.step(count, -4)
    with f.loop(count > 0):
        f.store(target, f.load_one(target) + f.load_one(source))
        f.step(source, 4)
        f.step(target, f.sw * 4)
        f.step(count, -1)
