"""Weights of 2, 4 or 8 bits with a scale for each block: taken out of their bytes one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.indices import flat
from tensorama.explain.quantised import MICROSOFT, written
from tensorama.onnxfile.types import narrow_type

# what four bits stand for: with a sign, two bits of exponent and one of mantissa; and 16 numbers
# that are equally likely in a normal distribution (https://arxiv.org/abs/2305.14314)
_FLOATS = (0.0, 0.0052083333, 2 / 3, 1.0, 1 / 3, 0.5, 1 / 6, 0.25)
_NORMAL = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
)  # fmt: skip
_TABLES = ((*_FLOATS, *(-value for value in _FLOATS)), _NORMAL)


def bits_of(byte: Any, number: Any, bits: int) -> Any:
    """The number-th value of a byte, the lowest bits first."""
    return (byte >> (number * bits)) & ((1 << bits) - 1)


@declares("MatMulNBits", domain=MICROSOFT)
def product(cell: Cell) -> Account:
    """A row times weights (stored − zero point) · scale."""
    given = cell.attributes
    k, bits, block = int(given["K"]), int(given["bits"]), int(given["block_size"])
    each, blocks = 8 // bits, -(-k // block)
    at, (along,) = cell.spread(k)
    *outer, column = at
    row = Operand(0, (*outer, along), "row")
    bias = [Operand(5, (cell.at[-1],), "bias")] if cell.has(5) else []
    if not cell.array(1).size:
        return _left_out(bias)
    group = cell.array(4).reshape(-1)[:k][along].astype(np.int64) if cell.has(4) else along // block
    width = cell.array(1).size // int(given["N"]) // blocks  # bytes of a block
    byte = column * blocks * width + along // block * width + along % block // each
    if cell.has(4):  # columns in an order of their own lie one after the other
        byte = column * blocks * width + along // each
    packed = flat(cell, 1, byte, "stored weights")
    scale = flat(cell, 2, column * blocks + group, "scale")
    zero, real = None, False
    if cell.has(3):
        real = cell.array(3).dtype.kind == "f"
        place = column * blocks + group
        if not real:
            place = column * -(-blocks * bits // 8) + group // each
        zero = flat(cell, 3, place, "zero point")

    def work(values: Values) -> Worked:
        middle: Any = 1 << bits - 1
        if zero is not None:
            middle = values(zero)
            middle = middle if real else bits_of(middle, group % each, bits)
        number = along % (block if not cell.has(4) else k) % each
        weights = (bits_of(values(packed), number, bits) - middle) * values(scale)
        shares = values(row) * weights
        operands = (row, packed, scale, *([zero] if zero is not None else []))
        return summed(
            operands, shares, bias, values,
            Said(
                "{count} values, each times a weight that {bits} bits tell, add up to {sum}; the "
                "strongest product is {top}.",
                {"count": k, "bits": bits, **_extremes(shares)},
            ),
        )  # fmt: skip

    return Account(
        [row, packed, scale, *([zero] if zero is not None else []), *bias], work, "products"
    )


def _extremes(shares: Any) -> dict[str, str]:
    flat_shares = np.ravel(shares)
    return written(sum=flat_shares.sum(), top=flat_shares[np.abs(flat_shares).argmax()])


def summed(
    operands: tuple[Operand, ...], shares: Any, bias: list[Operand], values: Values, said: Said
) -> Worked:
    """Shares, added up, and a bias."""
    shares = np.asarray(shares, np.float64)
    total = shares.sum()
    stages, terms = [Stage("sum", total)], [Terms(operands, shares, "products")]
    for operand in bias:
        total = total + values(operand)
        stages.append(Stage("+ bias", total))
        terms.append(Terms((operand,), np.asarray(values(operand)), "bias"))
    weight = m.row(m.op("("), m.name("w", "k"), m.op("−"), m.name("z"), m.op(")"), m.op("·"),
                   m.name("s"))  # fmt: skip
    formula = m.total("k", m.row(m.name("x", "k"), m.op("·"), weight))
    return Worked(stages, terms, said, m.row(formula, *([m.op("+"), m.name("b")] if bias else [])))


def _left_out(bias: list[Operand]) -> Account:
    """A layer without weights."""

    def work(values: Values) -> Worked:
        value = np.float64(values(bias[0]) if bias else 0)
        terms = [Terms(tuple(bias), np.asarray(value), "bias")] if bias else []
        return Worked([Stage("nothing", value)], terms, Said("The layer was left out: no weights."))

    return Account(bias, work, "products")


@declares("MatMulBnb4", domain=MICROSOFT)
def by_table(cell: Cell) -> Account:
    """A row times weights of which each is one of 16 numbers, times the scale of its block."""
    given = cell.attributes
    k, n, block = (int(given[name]) for name in ("K", "N", "block_size"))
    straight = bool(given["transB"])
    at, (along,) = cell.spread(k if straight else n)
    *outer, column = at
    place = column * k + along if straight else along * k + column
    row = Operand(0, (*outer, along), "row")
    packed = flat(cell, 1, place // 2, "stored weights")
    scale = flat(cell, 2, place // block, "scale")
    table = np.array(_TABLES[int(given["quant_type"])])

    def work(values: Values) -> Worked:
        codes = bits_of(values(packed), 1 - place % 2, 4)  # the high bits first
        shares = values(row) * table[codes] * values(scale)
        said = Said(
            "{count} values, each times a weight that four bits pick out of 16 numbers, add up to "
            "{sum}; the strongest product is {top}.",
            {"count": along.size, **_extremes(shares)},
        )
        return summed((row, packed, scale), shares, [], values, said)

    return Account((row, packed, scale), work, "products")


@declares("GatherBlockQuantized", domain=MICROSOFT)
def looked_up(cell: Cell) -> Account:
    """A value of the table's row that the index names: (stored − zero point) · scale."""
    given, shape, indices = cell.attributes, cell.shape(0), cell.shape(1)
    rank = len(shape)
    axis, along = int(given["gather_axis"]) % rank, int(given["quantize_axis"]) % rank
    packed = cell.array(0).dtype == np.uint8 and not narrow_type(cell.inputs[0])
    bits = int(given["bits"]) if packed else 8
    each = 8 // bits
    asked = Operand(1, cell.at[axis : axis + len(indices)], "index")
    row = cell.array(1)[asked.index]
    size = shape[axis] * (each if axis == rank - 1 else 1)
    index = [*cell.at[:axis], np.where(row < 0, row + size, row), *cell.at[axis + len(indices) :]]
    inside = (index[axis] >= 0) & (index[axis] < size)
    index[axis] = np.clip(index[axis], 0, size - 1)
    number = index[-1] % each
    at = [*index[:-1], index[-1] // each]
    width = shape[along] * (each if along == rank - 1 else 1)
    block = [*index]
    block[along] = index[along] // (int(given["block_size"]) or max(1, width))
    scales = cell.shape(2)
    there = (inside,) * rank
    stored = Operand(0, tuple(at), "stored", there)
    scale_at = tuple(
        np.zeros_like(part) if length == 1 else part
        for part, length in zip(block, scales, strict=True)
    )
    scale = Operand(2, scale_at, "scale", there)
    operands = [stored, asked, scale]
    if cell.has(3):
        zero_at = [*block]
        zero_at[-1] = block[-1] // each
        zeros = zip(zero_at, cell.shape(3), strict=True)
        shaped = tuple(np.zeros_like(part) if size == 1 else part for part, size in zeros)
        operands.append(Operand(3, shaped, "zero point", there))

    def work(values: Values) -> Worked:
        if not inside:
            said = Said("Row {row} is not in the table: 0 stands for it.", written(row=row))
            return Worked([Stage("outside", np.float64(0))],
                          [Terms((asked,), np.asarray(0.0), "look-up")], said)  # fmt: skip
        code = bits_of(values(stored), number, bits) if packed else values(stored)
        zero: Any = 1 << bits - 1 if packed else 0
        if len(operands) > 3:
            zero = values(operands[3])
            zero = bits_of(zero, block[-1] % each, bits) if packed else zero
        value = np.float64((code - zero) * values(scale))
        said = Said(
            "Row {row} of the table: stored is {code}, {steps} steps of {scale} from the zero "
            "point.",
            written(row=row, code=code, steps=code - zero, scale=values(scale)),
        )
        stages = [Stage("stored", code), Stage("− zero point", code - zero), Stage("value", value)]
        terms = [Terms((stored, asked, scale), np.asarray(value), "look-up")]
        formula = m.row(
            m.op("("), m.name("x"), m.op("−"), m.name("z"), m.op(")"), m.op("·"), m.name("s")
        )
        return Worked(stages, terms, said, formula)

    return Account(operands, work, "look-up")
