"""Sums of products: a window times a kernel, added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.window import window
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.curves import Curve, Given, activation
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.phrases import Phrase, counted, joined, phrase, sentences, word


@declares("Conv")
def convolution(cell: Cell) -> Account:
    """A cell of kernel m: its window of each channel of its group, times the kernel, and a bias."""
    seen, weights = windowed(cell)
    bias = [Operand(2, (cell.at[1],), "bias")] if cell.has(2) else []

    def work(values: Values) -> Worked:
        return added(cell, values, (seen, weights), bias, found(cell), sum_formula(cell, bias))

    return Account((seen, weights, *bias), work, "products")


@declares("FusedConv", domain="com.microsoft")
def fused_convolution(cell: Cell) -> Account:
    """A convolution, a tensor added to it, and an activation."""
    seen, weights = windowed(cell)
    bias = [Operand(2, (cell.at[1],), "bias")] if cell.has(2) else []
    bias += [Operand(3, cell.same(3), "added")] if cell.has(3) else []
    given = cell.attributes
    bent = activation(given["activation"], given["activation_params"])

    def work(values: Values) -> Worked:
        made = added(cell, values, (seen, weights), bias, found(cell), sum_formula(cell, bias))
        return activated(made, *bent)

    return Account((seen, weights, *bias), work, "products")


@declares("ConvInteger")
def whole_convolution(cell: Cell) -> Account:
    """A convolution of whole numbers, each seen from its zero point; the border counts as that."""
    zero = float(cell.number(2, 0))
    seen, weights = windowed(cell, zero)
    points = [Operand(2, _only(cell, 2), "zero point of x")] if cell.has(2) else []
    if cell.has(3):
        several = cell.array(3).size > 1
        index = (cell.at[1],) if several else _only(cell, 3)
        points.append(Operand(3, index, "zero point of w"))

    def work(values: Values) -> Worked:
        return from_zero(cell, values, (seen, weights), points, found(cell))

    return Account((seen, weights, *points), work, "products")


def _only(cell: Cell, position: int) -> tuple[np.ndarray, ...]:
    """The one cell of an input that has only one."""
    return tuple(np.zeros((), np.int64) for _ in cell.shape(position))


def windowed(cell: Cell, beyond: float = 0.0) -> tuple[Operand, Operand]:
    """The window that a kernel looks at, and the kernel."""
    x, w = cell.shape(0), cell.shape(1)
    given, group = cell.attributes, int(cell.attributes["group"])
    place = window(
        x[2:], w[2:], given["strides"], given["dilations"], given["pads"], given["auto_pad"]
    )
    (n, kernel, *out), (channel, *offsets) = cell.spread(w[1], *w[2:])
    channels = channel  # of the kernel's group
    if group > 1:
        channels = kernel // max(1, w[0] // group) * w[1] + channel
    spatial = [
        o * stride - pad[0] + offset * gap
        for o, stride, pad, offset, gap in zip(
            out, place.strides, place.pads, offsets, place.dilations, strict=True
        )
    ]
    places, within = padded(spatial, x[2:])
    always = np.asarray(True)
    inside = (always, always, *within)
    seen = Operand(0, (n, channels, *places), "window", inside, beyond)
    return seen, Operand(1, (kernel, channel, *offsets), "kernel")


def found(cell: Cell) -> Said:
    """What a kernel looks for, and where."""
    w = cell.shape(1)
    return Said(
        "How strongly the pattern of kernel {kernel} was found in this {window} window of {count} "
        "channels:"
        if w[1] > 1
        else "How strongly the pattern of kernel {kernel} was found in this {window} window:",
        {"kernel": int(cell.at[1]), "window": " × ".join(map(str, w[2:])), "count": w[1]},
    )


def sum_formula(cell: Cell, bias: Sequence[Operand]) -> str:
    """The formula of a convolution."""
    letters = "c" + "ijkl"[: len(cell.shape(1)) - 2]
    product = m.name("x", letters) + m.op("·") + m.name("w", letters)
    added_to = [m.op("+") + m.name("b" if o.role == "bias" else "z") for o in bias]
    return m.row(m.total(", ".join(letters), product), *added_to)


def added(
    cell: Cell,
    values: Values,
    factors: Sequence[Operand],
    bias: Sequence[Operand],
    said: Phrase,
    formula: str,
    alpha: float = 1.0,
    beta: float = 1.0,
) -> Worked:
    """Products of the factors, added up, and a bias."""
    products = values(factors[0])
    for factor in factors[1:]:
        products = products * values(factor)
    products = np.asarray(products * alpha if alpha != 1 else products)
    sums = products.sum()
    stages = [Stage("sum", sums)]
    terms = [Terms(tuple(factors), products, "products")]
    for operand in bias:
        share = values(operand) * beta if beta != 1 else values(operand)
        sums = sums + share
        stages += [
            Stage(operand.role, share),
            Stage(phrase("+ {role}", role=word(operand.role)), sums),
        ]
        terms.append(Terms((operand,), np.asarray(share), operand.role))
    beyond = np.broadcast_to(~factors[0].there, products.shape)
    return Worked(stages, terms, balance(said, products, int(beyond.sum())), formula)


def from_zero(
    cell: Cell, values: Values, factors: Sequence[Operand], points: Sequence[Operand], said: Phrase
) -> Worked:
    """Products of whole numbers, each less its zero point, added up."""
    zeros = {o.role[-1]: values(o) for o in points}
    x, w = (values(factor) for factor in factors)
    products = np.asarray((x - zeros.get("x", 0)) * (w - zeros.get("w", 0)))
    there = np.broadcast_to(factors[0].there, products.shape)
    products = np.where(there, products, 0)
    x_name, w_name = m.name("x"), m.name("w")
    if "x" in zeros:
        x_name = m.row(m.op("("), x_name, m.op("−"), m.number(zeros["x"]), m.op(")"))
    if "w" in zeros:
        w_name = m.row(m.op("("), w_name, m.op("−"), m.number(zeros["w"]), m.op(")"))
    terms = [Terms(tuple(factors), products, "products")]
    text = balance(said, products, int((~there).sum()))
    return Worked(
        [Stage("sum", products.sum())], terms, text, m.total("k", m.row(x_name, m.op("·"), w_name))
    )


def balance(said: Phrase, products: np.ndarray, beyond: int = 0) -> Phrase:
    """What was said, and how many products push the sum up and pull it down."""
    if products.dtype.kind not in "iuf" or not np.isfinite(products).all():
        return sentences((said, phrase("some of the products are not finite.")))
    if not products.any():
        return sentences((said, phrase("all {all} products are 0.", all=products.size)))
    up, down = products[products > 0], products[products < 0]
    parts: list[Phrase] = []
    if up.size:
        parts.append(counted(
            "{count} product pushes it up by {plus}", "{count} products push it up by {plus}",
            count=up.size, plus=written(up.sum()),
        ))  # fmt: skip
        parts.append(counted(
            "{count} pulls it down by {minus}", "{count} pull it down by {minus}",
            count=down.size, minus=written(-down.sum()),
        ) if down.size else phrase("none pulls it down"))  # fmt: skip
    else:
        parts.append(counted(
            "{count} product pulls it down by {minus}", "{count} products pull it down by {minus}",
            count=down.size, minus=written(-down.sum()),
        ))  # fmt: skip
        parts.append(phrase("none pushes it up"))
    rest = products.size - up.size - down.size - beyond
    if rest > 0:
        parts.append(counted("one is 0", "{count} are 0", count=rest))
    balance = [said, phrase("{clauses}.", clauses=joined(", ", parts))]
    if beyond:
        balance.append(counted(
            "One of its cells lies beyond the edge and counts as 0.",
            "{count} of its cells lie beyond the edge and count as 0.", count=beyond,
        ))  # fmt: skip
    return sentences(balance)


def activated(made: Worked, curve: Curve | None, given: Given) -> Worked:
    """A value that an activation follows."""
    if curve is None:
        return made
    before = made.value
    value = curve.of(before, given)
    said = sentences((made.said, curve.said(before, value, given)))
    stages = [*made.stages, Stage("activation", value)]
    return Worked(stages, made.terms, said, curve.formula(made.formula, given))


def padded(
    spatial: Sequence[np.ndarray], sizes: Sequence[int]
) -> tuple[list[np.ndarray], tuple[np.ndarray, ...]]:
    """Indices along axes, brought inside where they are beyond, and for each which were inside."""
    clipped = [np.clip(i, 0, size - 1) for i, size in zip(spatial, sizes, strict=True)]
    inside = tuple((i >= 0) & (i < size) for i, size in zip(spatial, sizes, strict=True))
    return clipped, inside
