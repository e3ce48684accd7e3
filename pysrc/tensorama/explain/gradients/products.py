"""Products of matrices and their kin: the gradient of a product is a product."""

from __future__ import annotations

import math

import numpy as np

from tensorama.engine.contract import Slices, einsum_slices, matmul_slices, sliced
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray


@differentiates("MatMul")
@sliced
def matmul(at: Backward) -> Slices[Gradients]:
    """dy·Bᵀ, and Aᵀ·dy"""
    return (yield from by_factors(at, at.inputs[0], at.inputs[1], at.dy))


def by_factors(at: Backward, a: Array, b: Array, dy: Array) -> Slices[list[Array | None]]:
    """The gradients of the factors of a product a·b, if they are wanted as inputs 0 and 1."""
    by_a = (yield from _left(a, b, dy)) if at.wants(0) else None
    by_b = (yield from right(a, b, dy)) if at.wants(1) else None
    return [by_a, by_b]


def _left(a: Array, b: Array, dy: Array) -> Slices[Array]:
    if b.ndim == 1:
        return summed_to(a.shape, dy[..., None] * b)
    if a.ndim == 1:
        by_a = yield from matmul_slices(dy[..., None, :], b.swapaxes(-1, -2))
        return summed_to(a.shape, by_a[..., 0, :])
    by_a = yield from matmul_slices(dy, b.swapaxes(-1, -2))
    return summed_to(a.shape, by_a)


def right(a: Array, b: Array, dy: Array) -> Slices[Array]:
    """The gradient of b in a·b: a (…,M,K), dy (…,M,N) → (…,K,N)"""
    if a.ndim == 1:
        outer = a[:, None] * dy[..., None, :] if b.ndim > 1 else a * dy
        return summed_to(b.shape, outer)
    if b.ndim == 1:
        return (yield from matmul_slices(_rows(a).T, dy.reshape(-1)))
    if b.ndim == 2:  # rows of all matrices meet the same one
        return (yield from matmul_slices(_rows(a).T, _rows(dy)))
    by_b = yield from matmul_slices(a.swapaxes(-1, -2), dy)
    return summed_to(b.shape, by_b)


def _rows(x: Array) -> Array:
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


@differentiates("Gemm")
@sliced
def gemm(at: Backward) -> Slices[Gradients]:
    """As a product, each gradient turned and scaled as its operand was."""
    return (yield from turned_back(at, at.dy))


def turned_back(at: Backward, change: Array) -> Slices[list[Array | None]]:
    """The gradients of what has the attributes of Gemm, by that of its result."""
    given, dtype = at.attributes, change.dtype.type
    a, b = (x.T if given[turn] else x for x, turn in zip(at.inputs, _TURNS, strict=False))
    scaled = change if given["alpha"] == 1 else change * dtype(given["alpha"])
    found = yield from by_factors(at, a, b, scaled)
    gradients = [
        g.T if g is not None and given[t] else g for g, t in zip(found, _TURNS, strict=True)
    ]
    if at.wants(2):
        gradients.append(summed_to(at.inputs[2].shape, change * dtype(given["beta"])))
    return gradients


_TURNS = ("transA", "transB")


@differentiates("FusedMatMul", "TransposeMatMul", domain="com.microsoft")
@sliced
def fused_matmul(at: Backward) -> Slices[Gradients]:
    """As a product of turned operands."""
    given = at.attributes
    ways = [
        _turns(x, given[f"trans{n}"], given.get(f"transBatch{n}", 0))
        for x, n in zip(at.inputs, "AB", strict=True)
    ]
    a, b = (x.transpose(way) for x, way in zip(at.inputs, ways, strict=True))
    found = yield from by_factors(at, a, b, at.dy * at.dy.dtype.type(given["alpha"]))
    return [
        None if g is None else g.transpose(np.argsort(way))
        for g, way in zip(found, ways, strict=True)
    ]


def _turns(x: Array, swap: int, batch: int) -> list[int]:
    order = list(range(x.ndim))
    if x.ndim > 1 and batch:
        order = [*order[1:-1], 0, order[-1]]
    if x.ndim > 1 and swap:
        order[-2:] = order[:-3:-1]
    return order


@differentiates("Det")
def determinant(at: Backward) -> Gradients:
    """det·X⁻ᵀ; the determinant of a matrix without an inverse has no slope here."""
    try:
        turned = np.linalg.inv(at.x).swapaxes(-1, -2)
    except np.linalg.LinAlgError:
        raise UnsupportedError(
            phrase(
                "{node} met a matrix without an inverse; its gradient is not known.",
                node=at.call.node.label,
            )
        ) from None
    return ((at.dy * at.y)[..., None, None] * turned,)


@differentiates("Inverse", domain="com.microsoft")
@sliced
def inverse(at: Backward) -> Slices[Gradients]:
    """−Yᵀ·dy·Yᵀ"""
    turned = at.y.swapaxes(-1, -2)
    half = yield from matmul_slices(turned, at.dy)
    return (-(yield from matmul_slices(half, turned)),)


@differentiates("Einsum")
@sliced
def einsum(at: Backward) -> Slices[Gradients]:
    """The same equation with the result in the place of the operand asked for."""
    terms, result = _written_out(at)
    sizes: dict[str, int] = {}
    for term, x in zip(terms, at.inputs, strict=True):
        for letter, size in zip(term, x.shape, strict=True):
            sizes[letter] = max(size, sizes.get(letter, 1))
    wholes = [
        np.broadcast_to(x, [sizes[letter] for letter in term])
        for term, x in zip(terms, at.inputs, strict=True)
    ]
    gradients: list[Array | None] = []
    for place, (term, x) in enumerate(zip(terms, at.inputs, strict=True)):
        gradient = None
        if at.wants(place):
            others = [*terms[:place], *terms[place + 1 :]]
            seen, once = set(result).union(*others), "".join(dict.fromkeys(term))
            text = ",".join([result, *others]) + "->" + "".join(c for c in once if c in seen)
            factors = [at.dy, *wholes[:place], *wholes[place + 1 :]]
            found = np.asarray((yield from einsum_slices(text, factors)))
            found = found.reshape([sizes[c] if c in seen else 1 for c in once])
            found = np.broadcast_to(found, [sizes[c] for c in once])
            gradient = summed_to(x.shape, _on_diagonal(found, once, term, wholes[place].shape))
        gradients.append(gradient)
    return gradients


def _on_diagonal(found: Array, once: str, term: str, shape: tuple[int, ...]) -> Array:
    """Put what belongs to a term without repeated letters where these lie in its operand."""
    if once == term:
        return np.ascontiguousarray(found)
    whole = np.zeros(shape, found.dtype)
    grid = np.ogrid[tuple(slice(size) for size in found.shape)]
    whole[tuple(grid[once.index(letter)] for letter in term)] = found
    return whole


def _written_out(at: Backward) -> tuple[list[str], str]:
    """The terms and the result of an equation, with letters for what dots stand for."""
    text = str(at.attributes["equation"]).replace(" ", "")
    left, arrow, result = text.partition("->")
    terms = left.split(",")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in text]
    rank = at.y.ndim - len(result.replace("...", ""))
    if not arrow:
        letters = [c for c in sorted(set(left)) if c.isalpha() and left.count(c) == 1]
        most = max(
            np.ndim(x) - len(t.replace("...", "")) for t, x in zip(terms, at.inputs, strict=True)
        )
        rank, result = most, "..." * (most > 0 or "..." in left) + "".join(letters)
    dots = "".join(free[:rank])
    written = []
    for term, x in zip(terms, at.inputs, strict=True):
        count = np.ndim(x) - len(term.replace("...", ""))
        written.append(term.replace("...", dots[rank - count :] if count else ""))
    return written, result.replace("...", dots)
