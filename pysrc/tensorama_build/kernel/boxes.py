"""Of boxes that overlap the best ones."""

from __future__ import annotations

from .text import Module, Value, least, most, raw

LOW_Y, LOW_X, HIGH_Y, HIGH_X = 0, 4, 8, 12  # bytes in a box


def add_boxes(module: Module) -> None:
    """Write it into the module."""
    _suppress(module)


def _suppress(module: Module) -> None:
    """Take the best box that is left, drop those that overlap it too much, and so on.

    boxes: four floats each, lower and upper corner; order: the numbers of count of them, best
    first. What stays moves to the front of order. How many were taken, at most `limit`, goes to
    `found`, and behind it how many there are with those about which nothing is decided.
    """
    f = module.exported("suppress")
    taken, end = f.let(f.order), f.let(f.order + f.count * 4)
    stop = f.let(f.order + f.limit * 4)
    with f.loop((taken < end) & (taken < stop)):
        best = f.let(f.boxes + _whole(taken) * 16)
        by, bx = f.let(f.load_one(best, LOW_Y)), f.let(f.load_one(best, LOW_X))
        ty, tx = f.let(f.load_one(best, HIGH_Y)), f.let(f.load_one(best, HIGH_X))
        area = f.let((ty - by) * (tx - bx))
        f.step(taken, 4)
        other, left = f.let(taken), f.let(taken)
        with f.loop(other < end):
            number = f.let(_whole(other))
            box = f.let(f.boxes + number * 16)
            y0, x0, y1, x1 = (f.let(f.load_one(box, 4 * place)) for place in range(4))
            high = most(least(ty, y1) - most(by, y0), 0.0)
            wide = most(least(tx, x1) - most(bx, x0), 0.0)
            shared = f.let(high * wide)
            union = f.let(area + (y1 - y0) * (x1 - x0) - shared)
            much = (shared > 0.0) & (union > 0.0) & (shared / union > f.overlap)
            with f.when(much == 0):
                f.write("i32.store", left, number)
                f.step(left, 4)
            f.step(other, 4)
        f.set(end, left)
    f.write("i32.store", f.found, (taken - f.order) >> 2)
    f.write("i32.store offset=4", f.found, (end - f.order) >> 2)


def _whole(address: Value) -> Value:
    return raw("i32.load", address, kind="i32")
