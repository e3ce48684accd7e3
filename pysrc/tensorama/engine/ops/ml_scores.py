"""What classical models share: scores to probabilities, the winning label; linear models.

https://onnx.ai/onnx/operators/ (domain ai.onnx.ml)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.activations import sigmoid, softmax
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
ML = "ai.onnx.ml"


def _softmax_zero(scores: Array) -> Array:
    """Softmax over what is not 0; zeros stay zeros."""
    e = np.where(scores == 0, 0, np.exp(scores - scores.max(axis=-1, keepdims=True)))
    total = e.sum(axis=-1, keepdims=True)
    return (e / np.where(total == 0, 1, total)).astype(scores.dtype)


def _probit(scores: Array) -> Array:
    """The point below which a normal distribution has that share."""
    from statistics import NormalDist  # imports half of the standard library, for a rare case

    normal = NormalDist()
    points = [normal.inv_cdf(float(p)) if 0 < p < 1 else np.nan for p in scores.ravel()]
    return np.array(points, scores.dtype).reshape(scores.shape)


_TRANSFORMS: dict[str, Callable[[Array], Array]] = {
    "NONE": lambda scores: scores,
    "SOFTMAX": softmax,
    "LOGISTIC": sigmoid,
    "SOFTMAX_ZERO": _softmax_zero,
    "PROBIT": _probit,
}


def transformed(scores: Array, post_transform: str) -> Array:
    """Scores (N,C) after the transform that the model asks for."""
    if post_transform not in _TRANSFORMS:
        known = ", ".join(_TRANSFORMS)
        raise OperatorError(f'post_transform "{post_transform}" is not one of {known}')
    return _TRANSFORMS[post_transform](scores)


def labels_of(ints: Sequence[int] | None, strings: Sequence[str] | None) -> Array:
    """The class labels, whichever kind is given."""
    if strings:
        return np.array(strings, dtype=object)
    if ints:
        return np.array(ints, dtype=np.int64)
    raise OperatorError("no class labels are given")


def as_float(x: Array) -> Array:
    """Features as float32: these operators take integers and doubles too."""
    return x.astype(np.float32, copy=False)


@op("LinearClassifier", since=1, domain=ML)
def linear_classifier(
    x: Array,
    *,
    classlabels_ints: Sequence[int] | None = None,
    classlabels_strings: Sequence[str] | None = None,
    coefficients: Sequence[float],
    intercepts: Sequence[float] | None = None,
    multi_class: int = 0,
    post_transform: str = "NONE",
) -> tuple[Array, Array]:
    """A weighted sum of features for each class; the class with the largest wins.

    x (N,F) → labels (N), scores (N,C). A model with one row of weights has two classes: it scores
    the second one.
    """
    labels = labels_of(classlabels_ints, classlabels_strings)
    x = as_float(np.atleast_2d(x))
    weights = np.array(coefficients, np.float32).reshape(-1, x.shape[1])
    scores = contract.matmul(x, weights.T)
    if intercepts:
        scores = scores + np.array(intercepts, np.float32)
    if scores.shape[1] == 1 and labels.size == 2:
        winner = (scores[:, 0] > 0).astype(np.int64)
        second = transformed(scores, post_transform)
        return labels[winner], np.concatenate([1 - second, second], axis=1)
    return labels[scores.argmax(axis=1)], transformed(scores, post_transform)


@op("LinearRegressor", since=1, domain=ML)
def linear_regressor(
    x: Array,
    *,
    coefficients: Sequence[float],
    intercepts: Sequence[float] | None = None,
    post_transform: str = "NONE",
    targets: int = 1,
) -> Array:
    """A weighted sum of features for each target: x (N,F) → (N,targets)"""
    x = as_float(np.atleast_2d(x))
    wanted = targets * x.shape[1]
    if len(coefficients) != wanted:
        raise OperatorError(
            f"{targets} targets of {x.shape[1]} columns need {wanted} coefficients,"
            f" there are {len(coefficients)}"
        )
    weights = np.array(coefficients, np.float32).reshape(targets, x.shape[1])
    scores = contract.matmul(x, weights.T)
    if intercepts:
        scores = scores + np.array(intercepts, np.float32)
    return transformed(scores, post_transform)
