"""Rows times columns, added up: products of matrices, equations, determinants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Index, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.contraction import activated, added, from_zero
from tensorama.explain.curves import activation
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.phrases import Phrase, counted, phrase

_MICROSOFT = "com.microsoft"
_FORMULA = m.total("k", m.name("a", "i,k") + m.op("·") + m.name("b", "k,j"))


@declares("MatMul")
def product(cell: Cell) -> Account:
    """A row of A times a column of B."""
    operands = _row_and_column(cell)

    def work(values: Values) -> Worked:
        return added(cell, values, operands, [], _fits(cell, operands), _FORMULA)

    return Account(operands, work, "products")


def _fits(cell: Cell, operands: Sequence[Operand]) -> Phrase:
    count = max((part.size for part in operands[0].index), default=1)
    return counted(
        "A row of {count} value meets a column of as many:",
        "A row of {count} values meets a column of as many:", count=count,
    )  # fmt: skip


def _row_and_column(cell: Cell) -> tuple[Operand, Operand]:
    a, b = cell.shape(0), cell.shape(1)
    at, (along,) = cell.spread(a[-1])
    rows, columns = len(a) > 1, len(b) > 1
    outer = at[: len(at) - rows - columns]
    row = at[len(outer)] if rows else None
    column = at[-1] if columns else None
    left = (*_stack(outer, a[:-2]), row, along) if row is not None else (along,)
    right = (*_stack(outer, b[:-2]), along, column) if column is not None else (along,)
    return Operand(0, left, "row"), Operand(1, right, "column")


def _stack(outer: Sequence[np.ndarray], shape: Sequence[int]) -> list[np.ndarray]:
    """Which matrix of a stack, by numpy's broadcasting."""
    return [
        np.zeros_like(part) if size == 1 else part
        for part, size in zip(outer[len(outer) - len(shape) :], shape, strict=True)
    ]


@declares("MatMulInteger")
def whole_product(cell: Cell) -> Account:
    """A row times a column of whole numbers, each seen from its zero point."""
    operands = _row_and_column(cell)
    points = []
    for position, letter in ((2, "x"), (3, "w")):
        if cell.has(position):
            index = _zero_point(cell, position, rows=position == 2)
            points.append(Operand(position, index, phrase("zero point of {letter}", letter=letter)))

    def work(values: Values) -> Worked:
        return from_zero(cell, values, operands, points, _fits(cell, operands))

    return Account((*operands, *points), work, "products")


def _zero_point(cell: Cell, position: int, rows: bool) -> Index:
    """One for all, or one for each row of A or column of B."""
    shape = cell.shape(position)
    if len(shape) == 1 and shape[0] > 1:
        lacks_column = rows and len(cell.shape(1)) > 1
        return (cell.at[-2] if lacks_column else cell.at[-1],)
    mine = cell.at[len(cell.at) - len(shape) :]
    return tuple(
        np.zeros_like(part) if size == 1 else part for part, size in zip(mine, shape, strict=True)
    )


@declares("MatMulInteger16", domain=_MICROSOFT)
def whole_product_16(cell: Cell) -> Account:
    """A row times a column of 16-bit numbers."""
    operands = _row_and_column(cell)

    def work(values: Values) -> Worked:
        return added(cell, values, operands, [], _fits(cell, operands), _FORMULA)

    return Account(operands, work, "products")


@declares("FusedMatMul", "TransposeMatMul", domain=_MICROSOFT)
def turned_product(cell: Cell) -> Account:
    """A row of A times a column of B, both turned if asked for, and scaled."""
    given, alpha = cell.attributes, float(cell.attributes["alpha"])
    a, b = cell.shape(0), cell.shape(1)
    if len(a) < 2 or len(b) < 2:
        operands = _row_and_column(cell)
    else:
        depth = _turned_shape(a, given["transA"], given.get("transBatchA", 0))[-1]
        at, (along,) = cell.spread(depth)
        operands = (
            Operand(0, _turned(a, at[:-2], at[-2], along, given, "A"), "row"),
            Operand(1, _turned(b, at[:-2], along, at[-1], given, "B"), "column"),
        )

    def work(values: Values) -> Worked:
        formula = m.row(m.number(alpha), m.op("·"), _FORMULA) if alpha != 1 else _FORMULA
        return added(cell, values, operands, [], _fits(cell, operands), formula, alpha)

    return Account(operands, work, "products")


def _turned_shape(shape: Sequence[int], swap: int, batch: int) -> list[int]:
    sizes = [*shape[1:-1], shape[0], shape[-1]] if batch else [*shape]
    return [*sizes[:-2], sizes[-1], sizes[-2]] if swap else sizes


def _turned(
    shape: Sequence[int], outer: Index, row: np.ndarray, column: np.ndarray, given: Any, name: str
) -> Index:
    """The index in A (or B) of a cell of what it is after it was turned."""
    swap, batch = given[f"trans{name}"], given.get(f"transBatch{name}", 0)
    stack = _stack(outer, _turned_shape(shape, swap, batch)[:-2])
    first, second = (column, row) if swap else (row, column)
    return (first, *stack, second) if batch else (*stack, first, second)


@declares("Gemm")
def gemm(cell: Cell) -> Account:
    """A row of A times a column of B, scaled by alpha, and C scaled by beta."""
    operands, bias = _gemm_operands(cell)

    def work(values: Values) -> Worked:
        return _gemm(cell, values, operands, bias)

    return Account((*operands, *bias), work, "products")


@declares("FusedGemm", domain=_MICROSOFT)
def fused_gemm(cell: Cell) -> Account:
    """The same, and an activation after it."""
    operands, bias = _gemm_operands(cell)
    given = cell.attributes
    chosen = [given[f"activation_{name}"] for name in ("alpha", "beta")]
    bent = activation(given["activation"], [value for value in chosen if value is not None])

    def work(values: Values) -> Worked:
        return activated(_gemm(cell, values, operands, bias), *bent)

    return Account((*operands, *bias), work, "products")


def _gemm_operands(cell: Cell) -> tuple[tuple[Operand, Operand], list[Operand]]:
    given, a = cell.attributes, cell.shape(0)
    depth = a[0] if given["transA"] else a[1]
    (row, column), (along,) = cell.spread(depth)
    left = Operand(0, (along, row) if given["transA"] else (row, along), "row")
    right = Operand(1, (column, along) if given["transB"] else (along, column), "weights")
    used = cell.has(2) and float(given["beta"]) != 0
    return (left, right), [Operand(2, cell.same(2), "bias")] if used else []


def _gemm(
    cell: Cell, values: Values, operands: Sequence[Operand], bias: Sequence[Operand]
) -> Worked:
    alpha, beta = float(cell.attributes["alpha"]), float(cell.attributes["beta"])
    formula = m.row(
        *([m.number(alpha), m.op("·")] if alpha != 1 else []),
        m.total("k", m.name("x", "k") + m.op("·") + m.name("w", "k")),
        *([m.op("+")] if bias else []),
        *([m.number(beta), m.op("·")] if bias and beta != 1 else []),
        *([m.name("b")] if bias else []),
    )
    count = max(part.size for part in operands[0].index)
    said = counted(
        "{count} value, each times its weight:", "{count} values, each times its weight:",
        count=count,
    )  # fmt: skip
    return added(cell, values, operands, bias, said, formula, alpha, beta)


@declares("Einsum")
def equation(cell: Cell) -> Account:
    """Cells of all inputs multiplied, and added up along the axes that the result lacks."""
    text = str(cell.attributes["equation"]).replace(" ", "")
    left, arrow, result = text.partition("->")
    names = _lettered(cell, left.split(","))
    if arrow:
        out = _letters(result, len(cell.at))
    else:
        counts = Counter(letter for term in names for letter in term)
        out = sorted((c for c in counts if len(c) > 1), reverse=True)
        out += sorted(c for c, count in counts.items() if count == 1 and len(c) == 1)
    sizes: dict[str, int] = {}
    for position, term in enumerate(names):
        for letter, size in zip(term, cell.shape(position), strict=True):
            sizes[letter] = max(size, sizes.get(letter, size))
    inner = [letter for letter in sizes if letter not in out]
    at, rows = cell.spread(*(sizes[letter] for letter in inner))
    places = dict(zip([*out, *inner], [*at, *rows], strict=True))
    operands = [
        Operand(
            position,
            tuple(
                np.zeros_like(places[letter]) if size == 1 else places[letter]
                for letter, size in zip(term, cell.shape(position), strict=True)
            ),
            "abcdefgh"[position % 8],
        )
        for position, term in enumerate(names)
    ]
    formula = m.op("·").join(m.name(o.role, ",".join(names[n])) for n, o in enumerate(operands))
    if inner:
        formula = m.total(", ".join(inner), formula)

    def work(values: Values) -> Worked:
        words = {"inner": ", ".join(inner), "equation": text}
        said = Said(
            "{equation} along {inner}:" if inner else "{equation}, nothing to add up:", words
        )
        return added(cell, values, operands, [], said, formula)

    return Account(operands, work, "products")


def _lettered(cell: Cell, terms: Sequence[str]) -> list[list[str]]:
    return [_letters(term, len(cell.shape(position))) for position, term in enumerate(terms)]


def _letters(term: str, rank: int) -> list[str]:
    """A name for each axis; those that "..." stands for are counted from the last."""
    head, dots, tail = term.partition("...")
    many = rank - len(head) - len(tail) if dots else 0
    return [*head, *(f"…{many - place}" for place in range(many)), *tail]


def _inverted(matrix: np.ndarray) -> tuple[np.ndarray | None, float]:
    """The inverse of a matrix, if it has one, and its determinant, by Gauss and Jordan."""
    size = len(matrix)
    both = np.concatenate([matrix.astype(np.float64), np.eye(size)], axis=1)
    determinant = 1.0
    for column in range(size):
        pivot = column + int(np.argmax(np.abs(both[column:, column])))
        if not both[pivot, column]:
            return None, 0.0
        if pivot != column:
            both[[pivot, column]], determinant = both[[column, pivot]], -determinant
        determinant *= both[column, column]
        both[column] /= both[column, column]
        others = np.arange(size) != column
        both[others] -= np.outer(both[others, column], both[column])
    return both[:, size:], determinant


def _matrix(cell: Cell, lacking: int) -> Operand:
    """All cells of the matrix that a cell of the output belongs to."""
    size = cell.shape(0)[-1]
    at, rows = cell.spread(size, size)
    return Operand(0, (*at[: len(at) - lacking], *rows), "matrix")


@declares("Det")
def determinant(cell: Cell) -> Account:
    """By how much a matrix scales volumes."""
    every = _matrix(cell, 0)

    def work(values: Values) -> Worked:
        matrix = np.asarray(values(every))
        inverse, value = _inverted(matrix)
        share = np.zeros(matrix.shape)
        if inverse is not None:
            share = value * matrix * inverse.T / len(matrix)
        text = "The matrix makes every volume {size} times as large."
        if value < 0:
            text = "The matrix makes every volume {size} times as large, and mirrors it."
        if not value:
            text = "The matrix flattens space: rows or columns depend on one another."
        said = Said(text, {"size": written(np.float64(abs(value)))})
        stages = [Stage("determinant", np.float64(value))]
        return Worked(stages, [Terms((every,), share, "matrix")], said, m.call("det", m.name("X")))

    return Account((every,), work, "reduction")


@declares("Inverse", domain=_MICROSOFT)
def inverse(cell: Cell) -> Account:
    """A cell of the matrix that undoes another."""
    every = _matrix(cell, 2)

    def work(values: Values) -> Worked:
        matrix = np.asarray(values(every))
        made, size = _inverted(matrix)
        assert made is not None
        row, column = int(cell.at[-2]), int(cell.at[-1])
        value = made[row, column]
        share = np.outer(made[row], made[:, column]) * matrix  # they add up: B·A·B = B
        said = Said(
            "What undoes a matrix of {size} × {size} cells, with the determinant {det}.",
            {"size": len(matrix), "det": written(np.float64(size))},
        )
        stages = [Stage("determinant", np.float64(size)), Stage("inverse", value)]
        formula = m.power(m.name("X"), m.op("−") + m.number(1))
        return Worked(stages, [Terms((every,), share, "matrix")], said, formula)

    return Account((every,), work, "reduction")
