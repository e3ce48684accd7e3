"""How wrong an answer is, as one number (or one per example)."""

from __future__ import annotations

import numpy as np

from tensorama.engine.ops.activations import log_softmax
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("NegativeLogLikelihoodLoss", since=12)
def negative_log_likelihood_loss(
    x: Array,
    target: Array,
    weight: Array | None = None,
    *,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Array:
    """Minus the logarithm that the model gave to the right class.

    x (N,C,*D) log-probabilities, target (N,*D) classes, weight (C) → () or (N,*D) unreduced
    """
    if reduction not in ("none", "sum", "mean"):
        raise OperatorError(f'reduction "{reduction}" is not one of none, sum, mean')
    counted = np.ones(target.shape, bool) if ignore_index is None else target != ignore_index
    classes = np.where(counted, target, 0).astype(np.int64)
    if classes.size and not -x.shape[1] <= classes.min() <= classes.max() < x.shape[1]:
        raise OperatorError(f"a class lies outside of the {x.shape[1]} there are")
    given = np.take_along_axis(x, classes[:, None], axis=1)[:, 0]
    share = np.ones_like(given) if weight is None else weight.astype(x.dtype)[classes]
    share = np.where(counted, share, x.dtype.type(0))
    loss = -given * share
    if reduction == "none":
        return loss
    total = loss.sum(dtype=x.dtype)
    return np.asarray(total if reduction == "sum" else total / share.sum(dtype=x.dtype))


@op("SoftmaxCrossEntropyLoss", since=12)
def softmax_cross_entropy_loss(
    scores: Array,
    labels: Array,
    weights: Array | None = None,
    *,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> tuple[Array, Array]:
    """Softmax, then minus the logarithm of what the right class got; the logarithms as well."""
    logarithms = log_softmax(scores, axis=1)
    loss = negative_log_likelihood_loss(
        logarithms, labels, weights, ignore_index=ignore_index, reduction=reduction
    )
    return loss, logarithms
