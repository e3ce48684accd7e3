"""Sums of products: a window or a row times weights, added up. Conv, MatMul, Gemm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.ops.window import window
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares


@declares("Conv")
def convolution(cell: Cell) -> Account:
    """A cell of kernel m: its window of each channel of its group, times the kernel, and a bias."""
    x, w = cell.shape(0), cell.shape(1)
    given, group = cell.attributes, int(cell.attributes["group"])
    place = window(
        x[2:], w[2:], given["strides"], given["dilations"], given["pads"], given["auto_pad"]
    )
    (n, kernel, *out), (channel, *offsets) = cell.spread(w[1], *w[2:])
    first = kernel // max(1, w[0] // group) * w[1]  # the first channel of the kernel's group
    spatial = [
        o * stride - pad[0] + offset * gap
        for o, stride, pad, offset, gap in zip(
            out, place.strides, place.pads, offsets, place.dilations, strict=True
        )
    ]
    places, within = padded(spatial, x[2:])
    always = np.asarray(True)
    seen = Operand(0, (n, first + channel, *places), "window", (always, always, *within))
    weights = Operand(1, (kernel, channel, *offsets), "kernel")
    bias = [Operand(2, (cell.at[1],), "bias")] if cell.has(2) else []
    grid = [str(size) for size in w[2:]]

    def work(values: Values) -> Worked:
        count = w[1]
        said = Said(
            "How strongly the pattern of kernel {kernel} was found in this {window} window of "
            "{count} channels." if count > 1 else
            "How strongly the pattern of kernel {kernel} was found in this {window} window.",
            {"kernel": int(cell.at[1]), "window": " × ".join(grid), "count": count},
        )  # fmt: skip
        letters = "c" + "ijk"[: len(spatial)]
        formula = m.row(
            m.total(", ".join(letters), m.name("x", letters) + m.op("·") + m.name("w", letters)),
            *([m.op("+"), m.name("b")] if bias else []),
        )
        return added(cell, values, (seen, weights), bias, said, formula)

    return Account((seen, weights, *bias), work, "products")


@declares("MatMul")
def product(cell: Cell) -> Account:
    """A row of A times a column of B."""
    a, b = cell.shape(0), cell.shape(1)
    at, (along,) = cell.spread(a[-1])
    rows, columns = len(a) > 1, len(b) > 1
    outer = at[: len(at) - rows - columns]
    row = at[len(outer)] if rows else None
    column = at[-1] if columns else None

    def stack(shape: tuple[int, ...]) -> list[np.ndarray]:
        return [
            np.zeros_like(part) if size == 1 else part
            for part, size in zip(outer[len(outer) - len(shape) :], shape, strict=True)
        ]

    left = (*stack(a[:-2]), row, along) if row is not None else (along,)
    right = (*stack(b[:-2]), along, column) if column is not None else (along,)
    operands = Operand(0, left, "row"), Operand(1, right, "column")
    formula = m.total("k", m.name("a", "i,k") + m.op("·") + m.name("b", "k,j"))

    def work(values: Values) -> Worked:
        said = Said("How well a row of {count} values fits a column of as many.", {"count": a[-1]})
        return added(cell, values, operands, [], said, formula)

    return Account(operands, work, "products")


@declares("Gemm")
def gemm(cell: Cell) -> Account:
    """A row of A times a column of B, scaled by alpha, and C scaled by beta."""
    given, a = cell.attributes, cell.shape(0)
    depth = a[0] if given["transA"] else a[1]
    (row, column), (along,) = cell.spread(depth)
    left = Operand(0, (along, row) if given["transA"] else (row, along), "row")
    right = Operand(1, (column, along) if given["transB"] else (along, column), "weights")
    bias = [Operand(2, cell.same(2), "bias")] if cell.has(2) else []
    alpha, beta = float(given["alpha"]), float(given["beta"])
    formula = m.row(
        *([m.number(alpha), m.op("·")] if alpha != 1 else []),
        m.total("k", m.name("x", "k") + m.op("·") + m.name("w", "k")),
        *([m.op("+")] if bias else []),
        *([m.number(beta), m.op("·")] if bias and beta != 1 else []),
        *([m.name("b")] if bias else []),
    )

    def work(values: Values) -> Worked:
        said = Said("{count} values, each times its weight, added up.", {"count": int(depth)})
        return added(cell, values, (left, right), bias, said, formula, alpha, beta)

    return Account((left, right, *bias), work, "products")


def added(
    cell: Cell,
    values: Values,
    factors: Sequence[Operand],
    bias: Sequence[Operand],
    said: Said,
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
        stages += [Stage("bias", share), Stage(cell.op, sums)]
        terms.append(Terms((operand,), np.asarray(share), "bias"))
    return Worked(stages, terms, said, formula)


def padded(
    spatial: Sequence[np.ndarray], sizes: Sequence[int]
) -> tuple[list[np.ndarray], tuple[np.ndarray, ...]]:
    """Indices along axes, brought inside where they are beyond, and for each which were inside."""
    clipped = [np.clip(i, 0, size - 1) for i, size in zip(spatial, sizes, strict=True)]
    inside = tuple((i >= 0) & (i < size) for i, size in zip(spatial, sizes, strict=True))
    return clipped, inside
