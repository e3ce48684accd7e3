"""Losses: reductions, weights, ignored targets, pictures of targets."""

import numpy as np

from engine.cases import case, normal, uniform

SCORES, TARGET = normal(5, 3), np.array([0, 2, 1, 1, 0])
MAPS, TARGETS = normal(2, 3, 4, 5), uniform(2, 4, 5, low=0, high=3, dtype="int64", seed=1)
WEIGHT = uniform(3, low=0.2, high=2)
CASES = [
    *(case(n, x, t, *w, opset=o, reduction=r, atol=1e-5, **i)
      for n, o in (("NegativeLogLikelihoodLoss", 12), ("NegativeLogLikelihoodLoss", 13),
                   ("SoftmaxCrossEntropyLoss", 12), ("SoftmaxCrossEntropyLoss", 13))
      for x, t in ((SCORES, TARGET), (MAPS, TARGETS)) for w in ((), (WEIGHT,))
      for r in ("none", "sum", "mean") for i in ({}, {"ignore_index": 1})),
    case("SoftmaxCrossEntropyLoss", SCORES, TARGET, opset=13, outputs=2, atol=1e-5),
    case("SoftmaxCrossEntropyLoss", SCORES, TARGET.astype("int32"), opset=13, atol=1e-5),
    case("NegativeLogLikelihoodLoss", SCORES, np.array([0, 2, -7, 1, 0]), opset=13, ignore_index=-7,
         atol=1e-5),
]  # fmt: skip
