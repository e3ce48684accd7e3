"""Products and convolutions of 8-bit integers, exact, into int32.

The same panels and tiles as in `products`, but of 16-bit integers: what is packed are the numbers
less their zero points, which fit into 9 bits and a sign. Rows k and k+1 of B stand cell beside
cell, so that one instruction multiplies eight pairs and adds them two by two. An odd k is filled up
by 0. What is added up wraps around as int32 does.

Whether bytes have a sign is said by a flip, 0 or 128: the number is (byte ^ flip) − flip.
"""

from __future__ import annotations

from .products import (
    BLOCK,
    BROAD,
    EDGE,
    PACKED_A,
    PICTURE,
    ROW,
    ROWS,
    WIDTH,
    block_depth,
    copy_edge,
    picture_rows,
)
from .text import Function, Module, Value, constant, least, raw

CELL = 2  # bytes of a packed number
PANEL = 2 * CELL * WIDTH  # bytes of two rows of a panel
EVEN, ODD = ROW, ROW + (BROAD + 2 * WIDTH) * CELL  # two rows of a picture's columns


def add_integers(module: Module) -> None:
    """Write all of them into the module."""
    for rows in range(1, ROWS + 1):
        _tile(module, rows)
    _edge(module)
    _block(module)
    _pack_rows(module)
    _pack_bytes(module)
    _gemm(module)
    _segment(module)
    _pack_picture(module)
    _conv(module)


def _i16(how: str, a: Value, b: Value) -> Value:
    return raw(f"i16x8.{how}", a, b)


def _splat(value: Value) -> Value:
    return raw("i16x8.splat", value, kind="v128")


def _byte(address: Value) -> Value:
    return raw("i32.load8_u", address, kind="i32")


def _eight(address: Value) -> Value:
    """Eight bytes as 16-bit numbers without a sign."""
    return raw("v128.load8x8_u", address, kind="v128")


def _beside(even: Value, odd: Value, high: bool) -> Value:
    """The lower or higher four numbers of two vectors, one beside the other."""
    first = 4 if high else 0
    cells = [cell for lane in range(first, first + 4) for cell in (lane, lane + 8)]
    lanes = " ".join(f"{2 * cell} {2 * cell + 1}" for cell in cells)
    return raw(f"i8x16.shuffle {lanes}", even, odd)


def _tile(module: Module, rows: int) -> None:
    """One tile of C, eight columns wide, in registers. a has rows of pairs, b is a panel."""
    f = module.function(f"int_tile_{rows}", "a a_row b c c_row pairs first")
    zero = constant(0.0, "v128")
    sums = [[f.let(zero) for _ in range(2)] for _ in range(rows)]
    c_rows = [f.c] + [f.let(f.c + f.c_row * r) for r in range(1, rows)]
    with f.when(f.first == 0):
        for r in range(rows):
            for p in range(2):
                f.set(sums[r][p], f.load(c_rows[r], 16 * p))
    a_rows = [f.a] + [f.let(f.a + f.a_row * r) for r in range(1, rows)]
    for unroll in (2, 1) if rows in (4, ROWS) else (1,):  # as in `products`
        with f.loop(f.pairs >= unroll):
            for u in range(unroll):
                b = [f.let(f.load(f.b, PANEL * u + 16 * p)) for p in range(2)]
                for r in range(rows):
                    a = f.let(f.load_splat(a_rows[r], 2 * CELL * u))
                    for p in range(2):
                        products = raw("i32x4.dot_i16x8_s", a, b[p])
                        f.set(sums[r][p], raw("i32x4.add", sums[r][p], products))
            for a_address in a_rows:
                f.step(a_address, 2 * CELL * unroll)
            f.step(f.b, PANEL * unroll)
            f.step(f.pairs, -unroll)
    for r in range(rows):
        for p in range(2):
            f.store(c_rows[r], sums[r][p], 16 * p)


def _edge(module: Module) -> None:
    """A tile of up to six rows; columns beyond the edge of C are computed beside it."""
    names = "a a_row b c c_row pairs first"
    f = module.function("int_tiles", f"rows {names}")
    for rows in range(1, ROWS + 1):
        with f.when(f.rows == rows):
            f.call(f"int_tile_{rows}", *(getattr(f, name) for name in names.split()))
    f = module.function("int_edge", f"rows columns scratch {names}")
    edge, across = f.scratch + EDGE, constant(4 * WIDTH, "i32")
    with f.when(f.first == 0):
        copy_edge(f, f.c, f.c_row, edge, across)
    f.call("int_tiles", f.rows, f.a, f.a_row, f.b, edge, across, f.pairs, f.first)
    copy_edge(f, edge, across, f.c, f.c_row)


def _block(module: Module) -> None:
    """C (m×n) += A (m×k bytes) times one packed block of B; A is packed six rows at a time."""
    f = module.function(
        "int_block", "a a_row a_column a_zero a_step a_flip c c_row m n k first scratch"
    )
    packed, pairs = f.let(f.scratch + PACKED_A), f.let((f.k + 1) / 2)
    with f.each(0, f.m, ROWS) as r:
        rows = f.let(least(f.m - r, ROWS))
        zero = f.let(raw("select", f.a_zero + r * f.a_step, constant(0, "i32"), f.a_zero))
        f.call("int_pack_rows", f.a + r * f.a_row, f.a_row, f.a_column, rows, f.k, zero,
               f.a_step, f.a_flip, packed)  # fmt: skip
        c, panel = f.let(f.c + r * f.c_row), f.let(f.scratch + BLOCK)
        with f.each(0, f.n, WIDTH) as j:
            left = f.let(f.n - j)
            tile = (packed, pairs * (2 * CELL), panel, c + j * 4, f.c_row, pairs, f.first)
            with f.when(left >= WIDTH):
                f.call("int_tiles", rows, *tile)
            with f.otherwise():
                f.call("int_edge", rows, left, f.scratch, *tile)
            f.step(panel, pairs * PANEL)


def _pack_rows(module: Module) -> None:
    """Rows of A less their zero points (address 0: none, each `zero_step` bytes further)."""
    f = module.function("int_pack_rows", "a a_row a_column rows k zero zero_step flip out")
    flip = f.let(_splat(f.flip))
    with f.each(0, f.rows) as r:
        cell, left = f.let(f.a + r * f.a_row), f.let(f.k)
        shift = f.let(f.flip)
        with f.when(f.zero):
            f.set(shift, _flipped(f, f.zero + r * f.zero_step))
        shifts = f.let(_splat(shift))
        with f.when(f.a_column == 1), f.loop(left >= 8):
            f.store(f.out, _i16("sub", raw("v128.xor", _eight(cell), flip), shifts))
            f.step(cell, 8)
            f.step(f.out, 8 * CELL)
            f.step(left, -8)
        with f.loop(left > 0):
            f.write("i32.store16", f.out, _flipped(f, cell) - shift)
            f.step(cell, f.a_column)
            f.step(f.out, CELL)
            f.step(left, -1)
        with f.when(f.k & 1):
            f.write("i32.store16", f.out, constant(0, "i32"))
            f.step(f.out, CELL)


def _flipped(f: Function, address: Value) -> Value:
    return raw("i32.xor", _byte(address), f.flip)


def _pack_bytes(module: Module) -> None:
    """k rows and n columns of B less their zero points (as in rows of A) into panels of pairs."""
    f = module.function("int_pack", "b b_row b_column k n zero zero_step flip out edge")
    flip, none = f.let(_splat(f.flip)), constant(0.0, "v128")
    size = f.let((f.k + 1) / 2 * PANEL)
    with f.each(0, f.n, WIDTH) as j:
        left = f.let(least(f.n - j, WIDTH))
        source = f.let(f.b + j * f.b_column)
        with f.each(0, WIDTH) as lane:
            shift = f.let(f.flip)
            with f.when((f.zero != 0) & (lane < left)):
                f.set(shift, _flipped(f, f.zero + (j + lane) * f.zero_step))
            f.write("i32.store16", f.edge + lane * CELL, shift)
        shifts = f.let(f.load(f.edge))
        with f.when((left == WIDTH) & (f.b_column == 1)):
            out, rows = f.let(f.out), f.let(f.k)
            with f.loop(rows > 0):
                even = f.let(_i16("sub", raw("v128.xor", _eight(source), flip), shifts))
                odd = f.let(none)
                with f.when(rows > 1):
                    below = _eight(source + f.b_row)
                    f.set(odd, _i16("sub", raw("v128.xor", below, flip), shifts))
                f.store(out, _beside(even, odd, high=False))
                f.store(out, _beside(even, odd, high=True), 16)
                f.step(source, f.b_row * 2)
                f.step(out, PANEL)
                f.step(rows, -2)
        with f.otherwise():
            with f.each(f.out, f.out + size, 16) as clear:
                f.store(clear, none)
            with f.each(0, left) as lane:
                cell, target = f.let(source + lane * f.b_column), f.let(f.out + lane * (2 * CELL))
                shift = f.let(raw("i32.load16_u", f.edge + lane * CELL))
                with f.each(0, f.k) as k:
                    f.write("i32.store16", target, _flipped(f, cell) - shift)
                    f.step(cell, f.b_row)
                    f.step(target, raw("select", _number(PANEL - CELL), _number(CELL), k & 1))
        f.step(f.out, size)


def _number(value: int) -> Value:
    return constant(value, "i32")


def _gemm(module: Module) -> None:
    """C = (A − its zero points) · (B − its zero points), bytes in any strides into rows of int32.

    The addresses of zero points may be 0; the next one stands a step (0 or 1 byte) further: one
    for each row of A, for each column of B.
    """
    f = module.exported("int_gemm")
    depth = block_depth(f, f.k)
    with f.each(0, f.n, BROAD) as j:
        columns = f.let(least(f.n - j, BROAD))
        at, first = f.let(constant(0, "i32")), f.let(constant(1, "i32"))
        zero = f.let(raw("select", f.b_zero + j * f.b_step, constant(0, "i32"), f.b_zero))
        with f.loop((at < f.k) | first):  # k of 0 still writes zeros
            deep = f.let(least(f.k - at, depth))
            b, a, c = f.b + at * f.b_row + j * f.b_column, f.a + at * f.a_column, f.c + j * 4
            f.call("int_pack", b, f.b_row, f.b_column, deep, columns, zero, f.b_step, f.b_flip,
                   f.scratch + BLOCK, f.scratch + EDGE)  # fmt: skip
            f.call("int_block", a, f.a_row, f.a_column, f.a_zero, f.a_step, f.a_flip, c, f.c_row,
                   f.m, columns, deep, first, f.scratch)  # fmt: skip
            f.set(first, 0)
            f.step(at, depth)


def _segment(module: Module) -> None:
    """Bytes of one row of a picture, `stride` apart, less the zero point: count numbers."""
    f = module.function("int_segment", "source target count stride shift flip")
    flip, shift = f.let(_splat(f.flip)), f.let(_splat(f.shift))
    with f.when(f.stride == 1), f.loop(f.count >= 8):
        f.store(f.target, _i16("sub", raw("v128.xor", _eight(f.source), flip), shift))
        f.step(f.source, 8)
        f.step(f.target, 8 * CELL)
        f.step(f.count, -8)
    with f.when(f.stride == 2), f.loop(f.count >= 9):  # reads 16 bytes; the last must be there
        evens = raw("v128.and", f.load(f.source), _splat(_number(255)))
        f.store(f.target, _i16("sub", raw("v128.xor", evens, flip), shift))
        f.step(f.source, 16)
        f.step(f.target, 8 * CELL)
        f.step(f.count, -8)
    with f.loop(f.count > 0):
        f.write("i32.store16", f.target, _flipped(f, f.source) - f.shift)
        f.step(f.source, f.stride)
        f.step(f.target, CELL)
        f.step(f.count, -1)


def _pack_picture(module: Module) -> None:
    """As `pack_picture`, of bytes: outside of the picture lies the zero point, that is 0."""
    f = module.function("int_pack_picture", f"x {PICTURE} k0 k p0 n shift flip scratch")
    size = f.let((f.k + 1) / 2 * PANEL)
    even, odd = f.scratch + EVEN, f.scratch + ODD
    row = f.let(even)

    def segment(source: Value, at: Value, count: Value) -> None:
        f.call("int_segment", source, at, count, f.sw, f.shift, f.flip)

    none = constant(0.0, "v128")
    with picture_rows(f, row, (1, CELL), segment) as (k, _):
        last = k + 1 == f.k
        with f.when(last & ((k & 1) == 0)):
            clear = f.let(odd)
            with f.each(0, f.n, WIDTH):
                f.store(clear, none)
                f.step(clear, CELL * WIDTH)
        with f.when(last | (k & 1)):
            above, below = f.let(even), f.let(odd)
            out = f.let(f.scratch + BLOCK + k / 2 * PANEL)
            with f.each(0, f.n, WIDTH):
                f.store(out, _beside(f.load(above), f.load(below), high=False))
                f.store(out, _beside(f.load(above), f.load(below), high=True), 16)
                f.step(above, CELL * WIDTH)
                f.step(below, CELL * WIDTH)
                f.step(out, size)
        f.set(row, raw("select", even, odd, k & 1))


def _conv(module: Module) -> None:
    """Kernels w (m×k) over a picture, for the places p0 … p1 of the result y (m×places)."""
    f = module.exported("int_conv")
    depth, shift = block_depth(f, f.k), f.let(f.x_flip)
    with f.when(f.x_zero):
        f.set(shift, raw("i32.xor", _byte(f.x_zero), f.x_flip))
    with f.each(f.p0, f.p1, BROAD) as p:
        columns = f.let(least(f.p1 - p, BROAD))
        at, first = f.let(constant(0, "i32")), f.let(constant(1, "i32"))
        with f.loop((at < f.k) | first):
            deep = f.let(least(f.k - at, depth))
            picture = [getattr(f, name) for name in PICTURE.split()]
            f.call("int_pack_picture", f.x, *picture, at, deep, p, columns, shift, f.x_flip,
                   f.scratch)  # fmt: skip
            f.call("int_block", f.w + at, f.k, 1, f.w_zero, f.w_step, f.w_flip, f.y + p * 4,
                   f.y_row, f.m, columns, deep, first, f.scratch)  # fmt: skip
            f.set(first, 0)
            f.step(at, depth)
