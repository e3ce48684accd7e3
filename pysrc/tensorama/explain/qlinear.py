"""Sums of products of small integers: exact, then scaled and rounded into the steps of the result.

What is multiplied are the integers less their zero points. The factor behind the sum is made and
applied in float32, as the specification has it: a rounding can hang on its last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.indices import alone, channels_first, rows_and_columns, several, windowed
from tensorama.explain.quantised import (
    MICROSOFT,
    UINT8,
    all_of,
    fitted,
    stored,
    written,
)
from tensorama.onnxfile.types import element_type

Single = np.float32
Factor = Callable[[Values], Any]


def sums_stored(
    cell: Cell,
    factors: tuple[Operand, Operand],
    zeros: tuple[Operand | None, Operand | None],
    bias: Operand | None,
    scales: Sequence[Operand],
    factor: Factor,
    store: Operand | None,
    kind: int,
    also: Sequence[Operand] = (),
) -> Account:
    """Σ (a − zero)·(b − zero) + bias, times a factor, stored; or real, if kind is 0."""
    a, b = factors
    asked = [o for o in (*zeros, *scales, store) if o is not None]

    def work(values: Values) -> Worked:
        left = values(a) - (values(zeros[0]) if zeros[0] else 0)
        right = values(b) - (values(zeros[1]) if zeros[1] else 0)
        products = np.where(a.there, left * right, 0)
        exact = int(products.sum())
        terms = [Terms((a, b), products, "products")]
        stages = [Stage("sum", exact)]
        if bias is not None and kind:
            exact += int(values(bias))
            terms.append(Terms((bias,), np.asarray(values(bias)), "bias"))
            stages.append(Stage("+ bias", exact))
        by = factor(values)
        scaled = Single(exact) * Single(by)
        numbers = {"count": products.size, "sum": m.written(exact), **written(scaled=scaled)}
        if kind:
            stages.append(Stage("· scale", np.float64(scaled)))
            stages += stored(scaled, int(values(store)) if store else 0, kind)
            numbers |= written(stored=stages[-1].value)
            text = (
                "{count} products of integers add up to exactly {sum}: {scaled} steps of the "
                "result, stored as {stored}."
            )
        else:
            value = np.float64(exact) * np.float64(by)
            stages.append(Stage("· scale", value))
            numbers |= written(scaled=value)
            text = (
                "{count} products of integers add up to exactly {sum}, which stands for {scaled}."
            )
            if bias is not None:
                share = np.float64(values(bias))
                stages.append(Stage("+ bias", value + share))
                terms = [Terms((a, b), products * np.float64(by), "products"),
                         Terms((bias,), np.asarray(share), "bias")]  # fmt: skip
        return Worked(stages, terms, Said(text, numbers), _FORMULA if kind else _REAL)

    operands = [a, b, *([bias] if bias is not None else []), *asked, *also]
    return Account(operands, work, "products")


_SUM = m.total(
    "k",
    m.row(
        m.op("("), m.name("a", "k"), m.op("−"), m.name("z", "a"), m.op(")"), m.op("·"), m.op("("),
        m.name("b", "k"), m.op("−"), m.name("z", "b"), m.op(")"),
    ),
)  # fmt: skip
_REAL = m.row(m.name("s", "a"), m.op("·"), m.name("s", "b"), m.op("·"), _SUM)
_FORMULA = m.row(
    m.call(
        "round",
        m.row(m.fraction(m.row(m.name("s", "a"), m.name("s", "b")), m.name("s", "y")), _SUM),
    ),
    m.op("+"), m.name("z", "y"),
)  # fmt: skip


def _optional(cell: Cell, position: int, make: Callable[[], Operand]) -> Operand | None:
    return make() if cell.has(position) else None


def _kind(cell: Cell, position: int) -> int:
    """The element type of the result: that of its zero point."""
    return element_type(cell.inputs[position]) if cell.has(position) else UINT8


def _zero(cell: Cell, position: int) -> Operand | None:
    return _optional(cell, position, lambda: alone(cell, position, "zero point"))


@declares("QLinearMatMul")
def product(cell: Cell) -> Account:
    """A row of stored integers times a column."""
    a, b = rows_and_columns(cell, 0, 3)
    row, column = _place(cell, -2), _place(cell, -1)
    x, w = several(cell, 1, "scale of A", row, -2), several(cell, 4, "scale of B", column, -1)
    y = alone(cell, 6, "scale of the result")
    zeros = (
        _spread(several(cell, 2, "zero point of A", row, -2), cell),
        _spread(several(cell, 5, "zero point of B", column, -1), cell),
    )

    def factor(values: Values) -> Any:
        return Single(values(x)) * Single(values(w)) / Single(values(y))

    return sums_stored(cell, (a, b), zeros, None, (x, w, y), factor, _zero(cell, 7), _kind(cell, 7))


def _place(cell: Cell, axis: int) -> np.ndarray:
    """The cell's index along an axis that counts from the end; 0 where there is none."""
    return cell.at[axis] if len(cell.at) >= -axis else np.asarray(0)


def _spread(operand: Operand, cell: Cell) -> Operand:
    """An operand for each cell, as one for each of its terms."""
    if cell.one:
        return operand
    index = tuple(part[..., None] for part in operand.index)
    return Operand(operand.input, index, operand.role)


@declares("QGemm", domain=MICROSOFT)
def gemm(cell: Cell) -> Account:
    """A row of stored integers times a column, plus a bias."""
    given = cell.attributes
    a, b = rows_and_columns(cell, 0, 3, (bool(given["transA"]), bool(given["transB"])))
    x = alone(cell, 1, "scale of A")
    w = several(cell, 4, "scale of B", _place(cell, -1), -1)
    zeros = (
        alone(cell, 2, "zero point of A"),
        _spread(several(cell, 5, "zero point of B", _place(cell, -1), -1), cell),
    )
    bias = _optional(cell, 6, lambda: Operand(6, cell.same(6), "bias"))
    y = _optional(cell, 7, lambda: alone(cell, 7, "scale of the result"))
    alpha = Single(given["alpha"])

    def factor(values: Values) -> Any:
        real = alpha * Single(values(x)) * Single(values(w))
        return real / Single(values(y)) if y else real

    scales = [o for o in (x, w, y) if o]
    if y:
        return sums_stored(
            cell, (a, b), zeros, bias, scales, factor, _zero(cell, 8), _kind(cell, 8)
        )
    return _real_sum(cell, a, b, zeros, bias, scales, factor)


def _real_sum(
    cell: Cell, a: Operand, b: Operand, zeros: tuple[Operand | None, Operand | None],
    bias: Operand | None, scales: Sequence[Operand], factor: Factor,
) -> Account:  # fmt: skip
    """A product with an integer bias, as a real number."""

    def work(values: Values) -> Worked:
        left = values(a) - (values(zeros[0]) if zeros[0] else 0)
        right = values(b) - (values(zeros[1]) if zeros[1] else 0)
        terms = [Terms((a, b), left * right, "products")]
        stages = [Stage("sum", int((left * right).sum()))]
        if bias is not None:
            terms.append(Terms((bias,), np.asarray(values(bias)), "bias"))
            stages.append(Stage("+ bias", stages[-1].value + int(values(bias))))
        value = np.float64(stages[-1].value) * np.float64(factor(values))
        said = Said(
            "Products of integers add up to exactly {sum}, which stands for {value}.",
            written(sum=stages[-1].value, value=value),
        )
        return Worked([*stages, Stage("· scale", value)], terms, said, _REAL)

    asked = [o for o in (bias, *zeros) if o is not None]
    return Account([a, b, *asked, *scales], work, "products")


@declares("MatMulIntegerToFloat", domain=MICROSOFT)
def product_real(cell: Cell) -> Account:
    """A row of stored integers times a column, read as a real number."""
    a, b = rows_and_columns(cell, 0, 1)
    row, column = _place(cell, -2), _place(cell, -1)
    x, w = several(cell, 2, "scale of A", row, -2), several(cell, 3, "scale of B", column, -1)
    zeros = (
        _optional(cell, 4, lambda: _spread(several(cell, 4, "zero point of A", row, -2), cell)),
        _optional(cell, 5, lambda: _spread(several(cell, 5, "zero point of B", column, -1), cell)),
    )
    bias = _optional(cell, 6, lambda: Operand(6, cell.same(6), "bias"))

    def factor(values: Values) -> Any:
        return np.float64(values(x)) * np.float64(values(w))

    return sums_stored(cell, (a, b), zeros, bias, (x, w), factor, None, 0)


@declares("DynamicQuantizeMatMul", domain=MICROSOFT)
def product_fitted(cell: Cell) -> Account:
    """A row, rounded to 256 steps that fit all of A, times a column of stored integers."""
    a, b = rows_and_columns(cell, 0, 1)
    column = _place(cell, -1)
    w = several(cell, 2, "scale of B", column, -1)
    zero = _optional(
        cell, 3, lambda: _spread(several(cell, 3, "zero point of B", column, -1), cell)
    )
    bias = _optional(cell, 4, lambda: Operand(4, cell.same(4), "bias"))
    _, scale, middle = fitted(cell.array(0)) if cell.array(0).size else (0, Single(1), Single(0))

    def work(values: Values) -> Worked:
        steps = np.clip(np.rint(values(a).astype(Single) / scale) + middle, 0, 255) - middle
        products = steps.astype(np.int64) * (values(b) - (values(zero) if zero else 0))
        exact, by = int(products.sum()), np.float64(scale) * np.float64(values(w))
        value = np.float64(exact * by)
        stages = [Stage("sum", exact), Stage("· scale", value)]
        terms = [Terms((a, b), products * by, "products")]
        if bias is not None:
            terms.append(Terms((bias,), np.asarray(values(bias)), "bias"))
            stages.append(Stage("+ bias", value + np.float64(values(bias))))
        said = Said(
            "The row is rounded to steps of {scale}; {count} products of integers then add up to "
            "exactly {sum}, which stands for {value}.",
            {"count": products.size, **written(scale=scale, sum=exact, value=value)},
        )
        return Worked(stages, terms, said, _REAL)

    asked = [o for o in (w, zero, bias) if o is not None]
    return Account([a, b, *asked, all_of(cell, 0, "what the steps fit")], work, "products")


@declares("QLinearConv")
@declares("QLinearConv", domain=MICROSOFT)
def convolution(cell: Cell) -> Account:
    """A window of stored integers times a kernel of such."""
    last = bool(cell.attributes.get("channels_last", 0))
    _, depth, *kernel = cell.shape(3)
    seen, (_, m_, *_), axes = windowed(cell, 0, kernel, depth, last)
    weights = Operand(3, (m_, *axes), "kernel")
    own = channels_first(cell.at, last)[1]
    x, y = alone(cell, 1, "scale of x"), alone(cell, 6, "scale of the result")
    w = several(cell, 4, "scale of the kernel", own, 0)
    many = int(np.prod(cell.shape(5))) > 1
    zeros = (
        alone(cell, 2, "zero point of x"),
        Operand(5, (m_,), "zero point of the kernel") if many else alone(cell, 5, "zero point"),
    )
    bias = _optional(cell, 8, lambda: Operand(8, (own,), "bias"))

    def factor(values: Values) -> Any:
        return Single(values(x)) * Single(values(w)) / Single(values(y))

    return sums_stored(
        cell, (seen, weights), zeros, bias, (x, w, y), factor, _zero(cell, 7), _kind(cell, 7)
    )


@declares("QLinearConvTranspose", domain=MICROSOFT)
def transposed(cell: Cell) -> Account:
    """The stored integers that a kernel spreads onto this place."""
    given, x, w = cell.attributes, cell.shape(0), cell.shape(3)
    rank, group = len(x) - 2, int(given["group"])
    strides = given["strides"] or [1] * rank
    gaps = given["dilations"] or [1] * rank
    begins = _begins(cell, strides, gaps)
    (n, out, *place), (channel, *offsets) = cell.spread(x[1] // group, *w[2:])
    each = w[1]
    source = out // each * (x[1] // group) + channel
    places, within = [], []
    for o, begin, stride, gap, offset, size in zip(
        place, begins, strides, gaps, offsets, x[2:], strict=True
    ):
        from_, rest = np.divmod(o + begin - offset * gap, stride)
        within.append((rest == 0) & (from_ >= 0) & (from_ < size))
        places.append(np.clip(from_, 0, size - 1))
    always = np.asarray(True)
    seen = Operand(0, (n, source, *places), "spread", (always, always, *within))
    weights = Operand(3, (source, out % each, *offsets), "kernel")
    scales = [alone(cell, p, "scale") for p in (1, 4, 6)]
    zeros = (alone(cell, 2, "zero point of x"), alone(cell, 5, "zero point of the kernel"))
    bias = _optional(cell, 8, lambda: Operand(8, (cell.at[1],), "bias"))

    def factor(values: Values) -> Any:
        a, b, y = (Single(values(scale)) for scale in scales)
        return a * b / y

    return sums_stored(
        cell, (seen, weights), zeros, bias, scales, factor, _zero(cell, 7), _kind(cell, 7)
    )


def _begins(cell: Cell, strides: Sequence[int], gaps: Sequence[int]) -> list[int]:
    """How many places are cut off where each axis begins."""
    given, x, kernel = cell.attributes, cell.shape(0)[2:], cell.shape(3)[2:]
    extra = given["output_padding"] or [0] * len(kernel)
    upper, rank = given["auto_pad"] == "SAME_UPPER", len(kernel)
    if not given["output_shape"] and not given["auto_pad"].startswith("SAME"):
        return (
            list(given["pads"] or [0] * rank)[:rank] if given["auto_pad"] != "VALID" else [0] * rank
        )
    begins = []
    wanted = given["output_shape"] or [n * s for n, s in zip(x, strides, strict=True)]
    for n, k, s, g, e, size in zip(x, kernel, strides, gaps, extra, wanted[-rank:], strict=True):
        cut = s * (n - 1) + e + (k - 1) * g + 1 - size
        begins.append(0 if cut < 0 else cut // 2 if upper else cut - cut // 2)
    return begins
