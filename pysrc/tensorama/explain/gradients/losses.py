"""How wrong an answer is: what would have to change for it to be less so."""

from __future__ import annotations

import numpy as np

from tensorama.engine.ops.activations import log_softmax
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import UNKNOWN, Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray


@differentiates("NegativeLogLikelihoodLoss")
def negative_log_likelihood_loss(at: Backward) -> Gradients:
    """Minus the share of its example at the right class, nothing elsewhere."""
    return [_by_logarithms(at), None, UNKNOWN][: len(at.inputs)]


@differentiates("SoftmaxCrossEntropyLoss", outputs=2)
def softmax_cross_entropy_loss(at: Backward) -> Gradients:
    """The same, and through the logarithms of softmax to the scores."""
    change = _by_logarithms(at)
    more = at.dys[1] if len(at.dys) > 1 else None
    change = change if more is None else change + more
    chances = np.exp(log_softmax(at.x, axis=1))
    by_scores = change - chances * change.sum(axis=1, keepdims=True)
    return [by_scores, None, UNKNOWN][: len(at.inputs)]


def _by_logarithms(at: Backward) -> Array:
    target, weight, given = at.inputs[1], at.input(2), at.attributes
    counted = np.ones(target.shape, bool)
    if given["ignore_index"] is not None:
        counted = target != given["ignore_index"]
    classes = np.where(counted, target, 0).astype(np.int64)
    share = np.ones(target.shape, at.x.dtype) if weight is None else weight[classes]
    share = np.where(counted, share, 0)
    if given["reduction"] == "mean":
        if not share.sum():
            raise UnsupportedError(
                phrase("{node} is the mean of no examples.", node=at.call.node.label)
            )
        share = share / share.sum()
    found = np.zeros_like(at.x)
    change = (-share * at.dy).astype(found.dtype)
    np.put_along_axis(found, classes[:, None], change[:, None], axis=1)
    return found
