"""Support vector machines: how alike a row is to stored vectors, weighed and added up."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.classes import ML, decided, features, labels_of, post
from tensorama.explain.declare import declares
from tensorama.explain.quantised import written
from tensorama.explain.squashes import sigmoid


def _alike(cell: Cell, row: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """How alike a row is to each vector, by the kernel of the machine."""
    given = cell.attributes
    gamma, offset, degree = (*(given["kernel_params"] or ()), 0, 0, 0)[:3]
    products = vectors @ row
    kind = given["kernel_type"]
    if kind == "POLY":
        return np.asarray((gamma * products + offset) ** degree)
    if kind == "SIGMOID":
        return np.asarray(np.tanh(gamma * products + offset))
    if kind == "RBF":
        return np.asarray(np.exp(-gamma * np.square(vectors - row).sum(axis=1)))
    return products


def _floats(values: Any, *shape: int) -> np.ndarray:
    return np.array(values, np.float32).astype(float).reshape(*shape)


def _shares(
    cell: Cell, x: Operand, row: np.ndarray, vectors: np.ndarray, weights: np.ndarray
) -> list[Terms]:
    """What the features add, where the kernel is a product; else what each stored vector adds."""
    if cell.attributes["kernel_type"] == "LINEAR":
        return [Terms((x,), row * (weights @ vectors), "features")]
    alike = _alike(cell, row, vectors)
    nearest = vectors[int(np.abs(weights * alike).argmax())] if len(vectors) else row
    near = decided(x, 1 / (1 + np.abs(nearest - row)), "features")
    return [Terms((), weights * alike, "stored vectors"), near]


@declares("SVMRegressor", domain=ML)
def regressor(cell: Cell) -> Account:
    """A sum over the stored vectors, and an offset."""
    given, x = cell.attributes, features(cell)
    weights, rho = _floats(given["coefficients"], -1), float(given["rho"][0])
    count = int(given["n_supports"])

    def work(values: Values) -> Worked:
        row = np.asarray(values(x), float)
        if count:
            vectors = _floats(given["support_vectors"], count, -1)
            terms = _shares(cell, x, row, vectors, weights)
        else:
            terms = [Terms((x,), row * weights, "features")]
        sums = sum(term.share.sum() for term in terms)
        terms.append(Terms((), np.asarray(rho), "offset"))
        score = sums + rho
        stages = [Stage("sum", sums), Stage("+ offset", score)]
        if given["one_class"]:
            stages.append(Stage("inside" if score > 0 else "outside", 1.0 if score > 0 else -1.0))
        elif given["post_transform"] != "NONE":
            value = post(np.array([score]), given["post_transform"])[0]
            stages.append(Stage(given["post_transform"].lower(), value))
        said = Said(
            "How alike the row is to {count} stored vectors adds up to {sum}; with the offset "
            "{rho} that is {score}.",
            {"count": count or 1, **written(sum=sums, rho=rho, score=score)},
        )
        return Worked(stages, terms, said, _FORMULA)

    return Account((x,), work, "products")


_FORMULA = m.row(
    m.total("s", m.row(m.name("a", "s"), m.op("·"), m.call("k", m.name("x"), m.name("v", "s")))),
    m.op("+"), m.name("ρ"),
)  # fmt: skip


@declares("SVMClassifier", domain=ML)
def classifier(cell: Cell) -> Account:
    """Each pair of classes has a machine; the class with the most votes wins."""
    given, x = cell.attributes, features(cell)
    labels = labels_of(given["classlabels_ints"], given["classlabels_strings"])

    def work(values: Values) -> Worked:
        row = np.asarray(values(x), float)
        if given["vectors_per_class"]:
            return _by_pairs(cell, x, row, labels)
        weights = _floats(given["coefficients"], len(labels), -1)
        scores = weights @ row + float(given["rho"][0])
        winner = int(scores.argmax())
        which = int(cell.at[1]) if cell.output else winner
        shares = row * weights[which]
        said = Said("The score of class {label} is {score}; {winner} has the largest.",
                    {"label": labels[which], "score": m.written(scores[which]),
                     "winner": labels[winner]})  # fmt: skip
        rho = Terms((), np.asarray(float(given["rho"][0])), "offset")
        terms = [Terms((x,), shares, "features"), rho]
        stages = [Stage("sum", shares.sum()), Stage("score", scores[which])]
        if not cell.output:
            stages.append(Stage("label", labels[winner]))
        elif given["post_transform"] != "NONE":
            value = post(scores, given["post_transform"])[which]
            stages.append(Stage(given["post_transform"].lower(), value))
        return Worked(stages, terms, said, _FORMULA)

    return Account((x,), work, "products")


def _by_pairs(cell: Cell, x: Operand, row: np.ndarray, labels: list[Any]) -> Worked:
    given, count = cell.attributes, len(labels)
    pairs = list(itertools.combinations(range(count), 2))
    made = [_pair(cell, row, number, pair, count) for number, pair in enumerate(pairs)]
    scores = np.array([
        float((w * _alike(cell, row, v)).sum()) + float(given["rho"][number])
        for number, (v, w) in enumerate(made)
    ])  # fmt: skip
    votes = np.zeros(count, int)
    for (i, j), score in zip(pairs, scores, strict=True):
        votes[i if score > 0 else j] += 1
    winner = int(votes.argmax())
    if not cell.output:
        number = next(n for n, pair in enumerate(pairs) if winner in pair)
        terms = _shares(cell, x, row, *made[number])
        terms.append(Terms((), np.asarray(float(given["rho"][number])), "offset"))
        said = Said(
            "Class {label} gets {votes} of the {count} votes, one for each pair of classes.",
            {"label": labels[winner], "votes": int(votes[winner]), "count": len(pairs)},
        )
        stages = [Stage("machine", scores[number]), Stage("votes", int(votes[winner])),
                  Stage("label", labels[winner])]  # fmt: skip
        return Worked(stages, terms, said, m.row(m.op("argmax"), m.name("votes", "c")))
    which, stages = int(cell.at[1]), []
    if given["prob_a"] and given["prob_b"]:
        a, b = _floats(given["prob_a"], -1), _floats(given["prob_b"], -1)
        shares = np.clip(sigmoid(-(scores * a + b)), 1e-7, 1 - 1e-7)
        outputs = _coupled(shares, pairs, count)
        number = next(n for n, pair in enumerate(pairs) if which in pair)
        text = (
            "The pairs of classes, brought together, give class {label} {value}; the machine of "
            "{first} against {second} says {score}."
        )
    elif count == 2:
        outputs, number = np.array([-scores[0], scores[0]]), 0
        text = "The machine of {first} against {second} says {score}, for class {label} {value}."
    else:
        outputs, number = scores, which
        text = "The machine of {first} against {second} says {score}."
    outputs = post(outputs, given["post_transform"])
    terms = _shares(cell, x, row, *made[number])
    terms.append(Terms((), np.asarray(float(given["rho"][number])), "offset"))
    stages += [Stage("machine", scores[number]), Stage("answer", np.float64(outputs[which]))]
    first, second = (labels[c] for c in pairs[number])
    said = Said(text, {"label": labels[which] if which < count else "", "first": first,
                       "second": second, **written(score=scores[number],
                       value=outputs[which])})  # fmt: skip
    return Worked(stages, terms, said, _FORMULA)


def _pair(
    cell: Cell, row: np.ndarray, number: int, pair: tuple[int, int], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """The stored vectors of a pair of classes, and their weights in its machine."""
    given, (i, j) = cell.attributes, pair
    starts = np.cumsum([0, *given["vectors_per_class"]])
    vectors = _floats(given["support_vectors"], int(starts[-1]), -1)
    weights = _floats(given["coefficients"], count - 1, -1)
    first, second = (slice(starts[c], starts[c + 1]) for c in (i, j))
    return (
        np.concatenate((vectors[first], vectors[second])),
        np.concatenate((weights[j - 1, first], weights[i, second])),
    )


def _coupled(shares: np.ndarray, pairs: list[tuple[int, int]], count: int) -> np.ndarray:
    """One probability for each class out of one for each pair, by the steps of libsvm.

    Wu, Lin, Weng: Probability Estimates for Multi-class Classification by Pairwise Coupling, 2004
    """
    r = np.zeros((count, count))
    for share, (i, j) in zip(shares.tolist(), pairs, strict=True):
        r[i, j], r[j, i] = share, 1 - share
    q = -r * r.T
    np.fill_diagonal(q, np.square(r).sum(axis=0))
    p = np.full(count, 1 / count)
    for _ in range(max(100, count)):
        qp = q @ p
        whole = p @ qp
        if np.abs(qp - whole).max() < 0.005 / count:
            break
        for t in range(count):
            step = (whole - qp[t]) / q[t, t]
            p[t] += step
            whole = (whole + step * (step * q[t, t] + 2 * qp[t])) / (1 + step) ** 2
            qp = (qp + step * q[t]) / (1 + step)
            p /= 1 + step
    return p
