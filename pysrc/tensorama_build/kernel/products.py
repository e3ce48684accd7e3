"""Matrix products and convolutions of float32, in panels that stay in the processor's caches.

C (m×n) = A (m×k) · B (k×n). Columns of B are packed eight by eight into panels, k rows deep, so
that the innermost loop reads them in one stream; rows of A are read where they lie. A tile of six
rows and eight columns is summed in registers, over k in rising order whatever the blocks are:
C is read back between blocks of k. A convolution is the same product: its B is packed straight
from the picture, row by row of (channel, kernel cell), never laid out as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .text import Function, Module, Value, constant, evens, least, most, raw

ROWS = 6
WIDTH = 8  # columns of a panel
DEEP = 256  # rows of a block of B
BROAD = 256  # columns of a block of B
# Scratch memory in bytes: a tile for edges, a row of a picture's columns, a block of B, some of A.
EDGE = 0
ROW = EDGE + ROWS * WIDTH * 4
BLOCK = ROW + (BROAD + 32) * 4
PACKED_A = BLOCK + DEEP * BROAD * 4
SCRATCH_BYTES = PACKED_A + ROWS * DEEP * 4


def add_products(module: Module) -> None:
    """Write all of them into the module."""
    for rows in range(1, ROWS + 1):
        _tile(module, rows, 8)
        _tile(module, rows, 4)
    _tiles(module)
    _block(module)
    _pack_matrix(module)
    _gather_rows(module)
    _gemm(module)
    _segment(module)
    _pack_picture(module)
    _conv(module)
    _dots(module)
    _mix(module)


def _tile(module: Module, rows: int, width: int) -> None:
    """One tile of C in registers. Strides and addresses in bytes; b is a panel of k·8 floats.

    first: C begins with bias (one float per row) or, where bias is 0, with 0; else with itself.
    """
    f = module.function(f"tile_{rows}x{width}", "a a_row b c c_row k first bias")
    parts = range(width // 4)
    c_rows = [f.c] + [f.let(f.c + f.c_row * r) for r in range(1, rows)]
    zero = constant(0.0, "v128")
    sums = [[f.let(zero) for _ in parts] for _ in range(rows)]
    with f.when(f.first), f.when(f.bias):
        for r in range(rows):
            for p in parts:
                f.set(sums[r][p], f.load_splat(f.bias, 4 * r))
    with f.otherwise():
        for r in range(rows):
            for p in parts:
                f.set(sums[r][p], f.load(c_rows[r], 16 * p))
    a_rows = [f.a] + [f.let(f.a + f.a_row * r) for r in range(1, rows)]
    # Unrolled where the time goes: whole tiles, and the four rows that are left of 16, 64, 256 …
    for unroll in (2, 1) if rows in (4, ROWS) and width == 8 else (1,):
        with f.loop(f.k >= unroll):
            for u in range(unroll):
                b = [f.let(f.load(f.b, 4 * WIDTH * u + 16 * p)) for p in parts]
                for r in range(rows):
                    a = f.let(f.load_splat(a_rows[r], 4 * u))
                    for p in parts:
                        f.set(sums[r][p], f.madd(a, b[p], sums[r][p]))
            for a_address in a_rows:
                f.step(a_address, 4 * unroll)
            f.step(f.b, 4 * WIDTH * unroll)
            f.step(f.k, -unroll)
    for r in range(rows):
        for p in parts:
            f.store(c_rows[r], sums[r][p], 16 * p)


def _tiles(module: Module) -> None:
    """A tile of any number of rows (up to six) and columns (up to eight)."""
    names = "a a_row b c c_row k first bias"
    for width in (8, 4):
        f = module.function(f"tiles_{width}", f"rows {names}")
        arguments = [getattr(f, name) for name in names.split()]
        for rows in range(1, ROWS + 1):
            with f.when(f.rows == rows):
                f.call(f"tile_{rows}x{width}", *arguments)
    f = module.function("edge", f"rows columns scratch {names}")
    edge = f.scratch + EDGE
    with f.when(f.first == 0):
        copy_edge(f, f.c, f.c_row, edge, constant(4 * WIDTH, "i32"))
    arguments = [f.a, f.a_row, f.b, edge, constant(4 * WIDTH, "i32"), f.k, f.first, f.bias]
    with f.when(f.columns <= 4):
        f.call("tiles_4", f.rows, *arguments)
    with f.otherwise():
        f.call("tiles_8", f.rows, *arguments)
    copy_edge(f, edge, constant(4 * WIDTH, "i32"), f.c, f.c_row)


def copy_edge(f: Function, source: Value, s_row: Value, target: Value, t_row: Value) -> None:
    """Copy `rows` × `columns` cells of four bytes."""
    with f.each(0, f.rows) as r, f.each(0, f.columns) as j:
        f.store(target + r * t_row + j * 4, f.load_one(source + r * s_row + j * 4))


def _block(module: Module) -> None:
    """C (m×n) += A (m×k) times one packed block of B."""
    f = module.function("block", "a a_row c c_row m n k first bias scratch")
    panels = f.scratch + BLOCK
    with f.each(0, f.m, ROWS) as r:
        rows = f.let(least(f.m - r, ROWS))
        a, c = f.let(f.a + r * f.a_row), f.let(f.c + r * f.c_row)
        bias = f.let(raw("select", f.bias + r * 4, constant(0, "i32"), f.bias))
        panel = f.let(panels)
        with f.each(0, f.n, WIDTH) as j:
            left = f.let(f.n - j)
            with f.when(left >= WIDTH):
                f.call("tiles_8", rows, a, f.a_row, panel, c + j * 4, f.c_row, f.k, f.first, bias)
            with f.otherwise():
                f.call("edge", rows, left, f.scratch,
                       a, f.a_row, panel, c + j * 4, f.c_row, f.k, f.first, bias)  # fmt: skip
            f.step(panel, f.k * (4 * WIDTH))


def _pack_matrix(module: Module) -> None:
    """k rows and n columns of B into panels; strides in bytes, so B may be transposed."""
    f = module.function("pack_matrix", "b b_row b_column k n out")
    zero = constant(0.0, "v128")
    with f.each(0, f.n, WIDTH) as j:
        left = f.let(least(f.n - j, WIDTH))
        source = f.let(f.b + j * f.b_column)
        with f.when((left == WIDTH) & (f.b_column == 4)), f.each(0, f.k):
            f.store(f.out, f.load(source))
            f.store(f.out, f.load(source, 16), 16)
            f.step(source, f.b_row)
            f.step(f.out, 4 * WIDTH)
        with f.otherwise():
            with f.when(left < WIDTH):
                clear = f.let(f.out)
                with f.each(0, f.k):
                    f.store(clear, zero)
                    f.store(clear, zero, 16)
                    f.step(clear, 4 * WIDTH)
            with f.each(0, left) as lane:
                cell, target = f.let(source + lane * f.b_column), f.let(f.out + lane * 4)
                with f.each(0, f.k):
                    f.store(target, f.load_one(cell))
                    f.step(cell, f.b_row)
                    f.step(target, 4 * WIDTH)
            f.step(f.out, f.k * (4 * WIDTH))


def _gather_rows(module: Module) -> None:
    """Up to six rows of A whose cells do not lie side by side, into rows of k floats."""
    f = module.function("gather_rows", "a a_row a_column rows k out")
    with f.each(0, f.rows) as r:
        cell = f.let(f.a + r * f.a_row)
        with f.each(0, f.k):
            f.store(f.out, f.load_one(cell))
            f.step(cell, f.a_column)
            f.step(f.out, 4)


def block_depth(f: Function, k: Value) -> Value:
    """Rows of each block of B: equal parts of k, at most DEEP, a multiple of 4."""
    parts = (k + (DEEP - 1)) / DEEP
    return f.let(((k + parts - 1) / most(parts, 1) + 3) & -4)


def _gemm(module: Module) -> None:
    """C = A · B for any strides of A and B (in bytes); rows of C lie c_row bytes apart.

    bias is the address of one float per row of C, or 0. Each cell is summed over k in order.
    """
    f = module.exported("gemm")
    depth = block_depth(f, f.k)
    with f.each(0, f.n, BROAD) as j:
        columns = f.let(least(f.n - j, BROAD))
        at, first = f.let(constant(0, "i32")), f.let(constant(1, "i32"))
        with f.loop((at < f.k) | first):  # k of 0 still writes the bias
            deep = f.let(least(f.k - at, depth))
            b = f.b + at * f.b_row + j * f.b_column
            f.call("pack_matrix", b, f.b_row, f.b_column, deep, columns, f.scratch + BLOCK)
            a, c = f.let(f.a + at * f.a_column), f.let(f.c + j * 4)
            with f.when(f.a_column == 4):
                f.call("block", a, f.a_row, c, f.c_row, f.m, columns, deep, first, f.bias,
                       f.scratch)  # fmt: skip
            with f.otherwise(), f.each(0, f.m, ROWS) as r:
                rows = f.let(least(f.m - r, ROWS))
                packed = f.scratch + PACKED_A
                f.call("gather_rows", a + r * f.a_row, f.a_row, f.a_column, rows, deep, packed)
                bias = raw("select", f.bias + r * 4, constant(0, "i32"), f.bias)
                f.call("block", packed, deep * 4, c + r * f.c_row, f.c_row, rows, columns,
                       deep, first, bias, f.scratch)  # fmt: skip
            f.set(first, 0)
            f.step(at, depth)


def _segment(module: Module) -> None:
    """Cells of one row of a picture, `stride` cells apart, side by side: count floats.

    May write up to three floats too many; reads nothing outside the cells that it takes.
    """
    f = module.function("segment", "source target count stride")
    with f.when(f.stride == 1):
        end = f.let(f.target + f.count * 4)
        with f.when(f.count >= 4):
            last = f.let(f.source + (f.count - 4) * 4)
            with f.loop(f.source < last):
                f.store(f.target, f.load(f.source))
                f.step(f.source, 16)
                f.step(f.target, 16)
            f.store(end - 16, f.load(last))
        with f.otherwise(), f.loop(f.target < end):
            f.store(f.target, f.load_one(f.source))
            f.step(f.source, 4)
            f.step(f.target, 4)
    with f.otherwise():
        with f.when(f.stride == 2), f.loop(f.count >= 5):
            f.store(f.target, evens(f.load(f.source), f.load(f.source, 16)))
            f.step(f.source, 32)
            f.step(f.target, 16)
            f.step(f.count, -4)
        with f.loop(f.count > 0):
            f.store(f.target, f.load_one(f.source))
            f.step(f.source, f.stride * 4)
            f.step(f.target, 4)
            f.step(f.count, -1)


PICTURE = "height width kh kw sh sw dh dw top left out_width"


def _pack_picture(module: Module) -> None:
    """Rows k0… (channel, kernel row, kernel column) and columns p0… (places) into panels.

    x (C,height,width); what lies outside is 0. Sizes in cells, `top` and `left` are the pads.
    """
    f = module.function("pack_picture", f"x {PICTURE} k0 k p0 n scratch")
    row, zero = f.let(f.scratch + ROW), constant(0.0, "v128")

    def segment(source: Value, target: Value, count: Value) -> None:
        f.call("segment", source, target, count, f.sw)

    with picture_rows(f, row, (4, 4), segment) as (k, end):
        f.store(end, zero)
        f.store(end, zero, 16)
        source, out = f.let(row), f.let(f.scratch + BLOCK + k * (4 * WIDTH))
        with f.each(0, f.n, WIDTH):
            f.store(out, f.load(source))
            f.store(out, f.load(source, 16), 16)
            f.step(source, 4 * WIDTH)
            f.step(out, f.k * (4 * WIDTH))


Segment = Callable[[Value, Value, Value], None]  # source, target, count


@contextmanager
def picture_rows(
    f: Function, row: Value, sizes: tuple[int, int], segment: Segment
) -> Iterator[tuple[Value, Value]]:
    """Lay the places p0 … p0 + n under each kernel cell k0 … k0 + k out at the address `row`.

    sizes: bytes of a cell of the picture, and of one laid out. Gives k, and where the row ends.
    """
    of_picture, size = sizes
    zero = constant(0.0, "v128")
    cells = f.let(f.kh * f.kw)
    channel = f.let(f.k0 / cells)
    ky = f.let((f.k0 % cells) / f.kw)
    kx = f.let(f.k0 % f.kw)
    oy0, ox0 = f.let(f.p0 / f.out_width), f.let(f.p0 % f.out_width)
    with f.each(0, f.k) as k:
        shift = f.let(kx * f.dw - f.left)  # column of the picture under place 0
        low = f.let(least((most(-shift, 0) + f.sw - 1) / f.sw, f.out_width))
        high = f.let(most(least((f.width - shift + f.sw - 1) / f.sw, f.out_width), low))
        oy, ox = f.let(oy0), f.let(ox0)
        target, remaining = f.let(row), f.let(f.n)
        with f.loop(remaining > 0):
            stop = f.let(least(f.out_width, ox + remaining))
            count = f.let(stop - ox)
            y = f.let(oy * f.sh + ky * f.dh - f.top)
            begin = f.let(most(ox, low))
            end = f.let(least(stop, high))
            inside = (y >= 0) & (y < f.height) & (begin < end)
            with f.when(inside):
                _clear(f, target, (begin - ox) * size, zero)
                cell = (channel * f.height + y) * f.width + begin * f.sw + shift
                segment(f.x + cell * of_picture, target + (begin - ox) * size, end - begin)
                _clear(f, target + (end - ox) * size, (stop - end) * size, zero)
            with f.otherwise():
                _clear(f, target, count * size, zero)
            f.step(target, count * size)
            f.step(remaining, -count)
            f.set(ox, 0)
            f.step(oy, 1)
        yield k, target
        f.step(kx, 1)
        with f.when(kx == f.kw):
            f.set(kx, 0)
            f.step(ky, 1)
            with f.when(ky == f.kh):
                f.set(ky, 0)
                f.step(channel, 1)


def _clear(f: Function, address: Value, size: Value, zero: Value) -> None:
    """Zeros for so many bytes; fewer than sixteen too many."""
    cell = f.let(address)
    end = f.let(cell + size)
    with f.loop(cell < end):
        f.store(cell, zero)
        f.step(cell, 16)


def _conv(module: Module) -> None:
    """Kernels w (m×k) over a picture, for the places p0 … p1 of the result y (m×places)."""
    f = module.exported("conv")
    depth = block_depth(f, f.k)
    with f.each(f.p0, f.p1, BROAD) as p:
        columns = f.let(least(f.p1 - p, BROAD))
        first = f.let(constant(1, "i32"))
        at = f.let(constant(0, "i32"))
        with f.loop((at < f.k) | first):
            deep = f.let(least(f.k - at, depth))
            picture = [getattr(f, name) for name in PICTURE.split()]
            f.call("pack_picture", f.x, *picture, at, deep, p, columns, f.scratch)
            f.call("block", f.w + at * 4, f.k * 4, f.y + p * 4, f.y_row, f.m, columns, deep, first,
                   f.bias, f.scratch)  # fmt: skip
            f.set(first, 0)
            f.step(at, depth)


def _dots(module: Module) -> None:
    """y (m) = A (m×k) · x (k): for each row four running sums of every fourth product, twice.

    Products 0-3 and 4-7 of each eight go into two vectors of sums, which are added in the end
    together with what is left over: ((s0+s1)+(s2+s3)) + rest. Four rows go side by side, so that
    no sum has to wait for the one before.
    """
    f = module.exported("dots")
    zero = constant(0.0, "v128")
    for count in (4, 1):
        with f.loop(f.m >= count):
            rows = [f.let(f.a + f.a_row * r) for r in range(count)]
            sums = [[f.let(zero) for _ in range(2)] for _ in rows]
            x, k = f.let(f.x), f.let(f.k)
            with f.loop(k >= 16):
                for place in range(4):
                    factor = f.let(f.load(x, 16 * place))
                    for row, own in zip(rows, sums, strict=True):
                        total = own[place % 2]
                        f.set(total, f.madd(f.load(row, 16 * place), factor, total))
                for address in (*rows, x):
                    f.step(address, 64)
                f.step(k, -16)
            rests = [f.let(constant(0.0, "f32")) for _ in rows]
            with f.loop(k > 0):
                factor = f.let(f.load_one(x))
                for row, rest in zip(rows, rests, strict=True):
                    f.set(rest, rest + f.load_one(row) * factor)
                for address in (*rows, x):
                    f.step(address, 4)
                f.step(k, -1)
            for place, ((low, high), rest) in enumerate(zip(sums, rests, strict=True)):
                f.set(low, low + high)
                a, b, c, d = (raw(f"f32x4.extract_lane {n}", low, kind="f32") for n in range(4))
                f.store(f.y, ((a + b) + (c + d)) + rest, 4 * place)
            f.step(f.a, f.a_row * count)
            f.step(f.y, 4 * count)
            f.step(f.m, -count)


def _mix(module: Module) -> None:
    """y (n) = x (k) · B (k×n) whose rows are contiguous: strips of 32 columns, over k in order."""
    f = module.exported("mix")
    zero = constant(0.0, "v128")
    for strip in (8, 1):
        with f.loop(f.n >= 4 * strip):
            sums = [f.let(zero) for _ in range(strip)]
            x, b = f.let(f.x), f.let(f.b)
            with f.each(0, f.k):
                factor = f.let(f.load_splat(x))
                for place, total in enumerate(sums):
                    f.set(total, f.madd(factor, f.load(b, 16 * place), total))
                f.step(x, 4)
                f.step(b, f.b_row)
            for place, total in enumerate(sums):
                f.store(f.y, total, 16 * place)
            f.step(f.y, 16 * strip)
            f.step(f.b, 16 * strip)
            f.step(f.n, -4 * strip)
    with f.loop(f.n > 0):
        total = f.let(constant(0.0, "f32"))
        x, b = f.let(f.x), f.let(f.b)
        with f.each(0, f.k):
            f.set(total, total + f.load_one(x) * f.load_one(b))
            f.step(x, 4)
            f.step(b, f.b_row)
        f.store(f.y, total)
        f.step(f.y, 4)
        f.step(f.b, 4)
        f.step(f.n, -1)
