"""Support vector machines: each row is compared with stored vectors through a kernel.

Probabilities follow libsvm: each pair of classes has a sigmoid, and the pairs are coupled
(Wu, Lin, Weng: Probability Estimates for Multi-class Classification by Pairwise Coupling, 2004).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.activations import sigmoid
from tensorama.engine.ops.ml_scores import ML, as_float, labels_of, transformed
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


def _kernel(x: Array, vectors: Array, kind: str, parameters: Sequence[float] | None) -> Array:
    """How alike each row is to each vector: x (N,F), vectors (S,F) → (N,S)"""
    gamma, offset, degree = (*(parameters or ()), 0, 0, 0)[:3]
    products = contract.matmul(x, vectors.T)
    if kind == "LINEAR":
        return products
    if kind == "POLY":
        return (np.float32(gamma) * products + np.float32(offset)) ** np.float32(degree)
    if kind == "SIGMOID":
        return np.tanh(np.float32(gamma) * products + np.float32(offset))
    if kind == "RBF":
        far = np.square(x[:, None] - vectors[None]).sum(axis=2)
        return np.exp(-np.float32(gamma) * far)
    raise OperatorError(f'kernel_type "{kind}" is not one of LINEAR, POLY, RBF, SIGMOID')


@op("SVMRegressor", since=1, domain=ML)
def svm_regressor(
    x: Array,
    *,
    coefficients: Sequence[float],
    kernel_params: Sequence[float] | None = None,
    kernel_type: str = "LINEAR",
    n_supports: int = 0,
    one_class: int = 0,
    post_transform: str = "NONE",
    rho: Sequence[float],
    support_vectors: Sequence[float] | None = None,
) -> Array:
    """A sum over the support vectors, weighted by how alike they are: x (N,F) → (N,1)

    With `one_class` the answer is 1 inside and −1 outside of what was seen in training.
    """
    x = as_float(np.atleast_2d(x))
    weights = np.array(coefficients, np.float32)[:, None]
    if n_supports:
        vectors = np.array(support_vectors, np.float32).reshape(n_supports, -1)
        x = _kernel(x, vectors, kernel_type, kernel_params)
    scores = contract.matmul(x, weights) + np.float32(rho[0])
    if one_class:
        return np.where(scores > 0, np.float32(1), np.float32(-1))
    return transformed(scores, post_transform)


@op("SVMClassifier", since=1, domain=ML)
def svm_classifier(
    x: Array,
    *,
    classlabels_ints: Sequence[int] | None = None,
    classlabels_strings: Sequence[str] | None = None,
    coefficients: Sequence[float],
    kernel_params: Sequence[float] | None = None,
    kernel_type: str = "LINEAR",
    post_transform: str = "NONE",
    prob_a: Sequence[float] | None = None,
    prob_b: Sequence[float] | None = None,
    rho: Sequence[float],
    support_vectors: Sequence[float] | None = None,
    vectors_per_class: Sequence[int] | None = None,
) -> tuple[Array, Array]:
    """Each pair of classes is decided by its own machine; the class with the most votes wins.

    x (N,F) → labels (N), and a probability per class (N,C) or a score per pair.
    """
    labels = labels_of(classlabels_ints, classlabels_strings)
    x = as_float(np.atleast_2d(x))
    weights = np.array(coefficients, np.float32)
    if not vectors_per_class:  # linear machines, one per class
        scores = contract.matmul(x, weights.reshape(labels.size, -1).T) + np.float32(rho[0])
        return labels[scores.argmax(axis=1)], transformed(scores, post_transform)
    starts = np.cumsum([0, *vectors_per_class])
    vectors = np.array(support_vectors, np.float32).reshape(starts[-1], -1)
    alike = _kernel(x, vectors, kernel_type, kernel_params)
    weights = weights.reshape(labels.size - 1, -1)
    pairs = list(itertools.combinations(range(labels.size), 2))
    scores = np.stack(
        [
            alike[:, starts[i] : starts[i + 1]] @ weights[j - 1, starts[i] : starts[i + 1]]
            + alike[:, starts[j] : starts[j + 1]] @ weights[i, starts[j] : starts[j + 1]]
            + np.float32(rho[number])
            for number, (i, j) in enumerate(pairs)
        ],
        axis=1,
    )
    votes = np.zeros((len(x), labels.size), np.int64)
    for (i, j), score in zip(pairs, scores.T, strict=True):
        votes[:, i] += score > 0
        votes[:, j] += score <= 0
    if prob_a and prob_b:
        shares = sigmoid(-(scores * np.array(prob_a, np.float32) + np.array(prob_b, np.float32)))
        scores = _coupled(np.clip(shares, 1e-7, 1 - 1e-7), pairs, labels.size)
    elif labels.size == 2:
        scores = np.concatenate([-scores, scores], axis=1)
    return labels[votes.argmax(axis=1)], transformed(scores, post_transform)


def _coupled(shares: Array, pairs: Sequence[tuple[int, int]], classes: int) -> Array:
    """One probability per class from one per pair: (N,pairs) → (N,C)

    Minimizes Σ (r_ji p_i − r_ij p_j)² by steps on one class after the other, all rows at once.
    """
    r = np.zeros((len(shares), classes, classes))
    for number, (i, j) in enumerate(pairs):
        r[:, i, j], r[:, j, i] = shares[:, number], 1 - shares[:, number]
    q = -r * r.transpose(0, 2, 1)
    diagonal = np.arange(classes)
    q[:, diagonal, diagonal] = np.square(r).sum(axis=1)
    p = np.full((len(shares), classes), 1 / classes)
    going = np.ones(len(shares), bool)
    for _ in range(max(100, classes)):
        qp = np.einsum("nij,nj->ni", q, p)
        pqp = (p * qp).sum(axis=1)
        going &= np.abs(qp - pqp[:, None]).max(axis=1) >= 0.005 / classes
        if not going.any():
            break
        for t in range(classes):
            step = np.where(going, (pqp - qp[:, t]) / q[:, t, t], 0)
            p[:, t] += step
            pqp = (pqp + step * (step * q[:, t, t] + 2 * qp[:, t])) / np.square(1 + step)
            qp = (qp + step[:, None] * q[:, t]) / (1 + step[:, None])
            p /= 1 + step[:, None]
    return p.astype(np.float32)
