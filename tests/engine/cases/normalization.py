"""Normalisations: every opset of BatchNormalization, groups, axes, statistics as outputs."""

import numpy as np

from engine.cases import case, normal, uniform

X = normal(2, 4, 3, 5)
VECTORS = [normal(4, seed=1), normal(4, seed=2), normal(4, seed=3), uniform(4, low=0.5, high=2)]
CELLS = [normal(4, 3, 5, seed=i) for i in (1, 2, 3)] + [uniform(4, 3, 5, low=0.5, high=2)]


def training_9(x, scale, b, mean, var):
    """The standard's text of opset 9: with five outputs the batch's own statistics count."""
    own, spread = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    y = (x - own[:, None, None]) / np.sqrt(spread + 1e-5)[:, None, None]
    y = y * scale[:, None, None] + b[:, None, None]
    mixed = mean * 0.8 + own * 0.2, var * 0.8 + spread * 0.2
    return tuple(a.astype(np.float32) for a in (y, *mixed, own, spread))


def behind(x):
    """What lies one channel further behind, 0 at the end."""
    return np.concatenate([x[:, 1:], np.zeros_like(x[:, :1])], axis=1)


CASES = [
    *(case("BatchNormalization", X, *VECTORS, opset=o, atol=1e-5) for o in (7, 9, 14, 15)),
    case("BatchNormalization", X, *VECTORS, opset=9, epsilon=0.1, atol=1e-5),
    case("BatchNormalization", normal(3, 4), *VECTORS, opset=15, atol=1e-5),
    case("BatchNormalization", normal(3, 4, 6), *VECTORS, opset=9, atol=1e-5),
    case("BatchNormalization", X, *CELLS, opset=7, spatial=0, atol=1e-5),
    *(case("BatchNormalization", X, *VECTORS, opset=o, training_mode=1, momentum=0.8, outputs=3,
           atol=1e-5) for o in (14, 15)),
    # onnxruntime does not train at opset 9
    case("BatchNormalization", X, *VECTORS, opset=9, momentum=0.8, outputs=5, atol=1e-5,
         expected=training_9),
    *(case("InstanceNormalization", x, *VECTORS[:2], opset=7, atol=1e-5)
      for x in (X, normal(2, 4, 6), normal(1, 4, 3, 2, 2))),
    case("InstanceNormalization", X, *VECTORS[:2], epsilon=0.01, atol=1e-5),
    *(case("LayerNormalization", X, normal(*s, seed=1), b and normal(*s, seed=2), opset=17,
           axis=axis, outputs=n, atol=1e-5)
      for axis, s in ((-1, (5,)), (2, (3, 5)), (1, (4, 3, 5)), (-2, (3, 5)))
      for b in (None, True) for n in (1, 3)),
    case("LayerNormalization", normal(2, 6, dtype="float16"), normal(6, dtype="float16"), opset=17,
         atol=2e-3, rtol=1e-3),
    *(case("RMSNormalization", X, normal(*s, seed=1), opset=23, axis=axis, atol=1e-5)
      for axis, s in ((-1, (5,)), (2, (3, 5)))),
    case("SimplifiedLayerNormalization", X, normal(5, seed=1), opset=13, axis=-1, epsilon=1e-5,
         atol=1e-5),
    *(case("GroupNormalization", X, normal(c, seed=1), normal(c, seed=2), opset=o, num_groups=2,
           atol=1e-5) for o, c in ((18, 2), (21, 4))),
    case("GroupNormalization", normal(2, 6, 5), normal(6, seed=1), normal(6, seed=2), opset=21,
         num_groups=3, epsilon=0.01, atol=1e-5),
    *(case("LRN", X, opset=o, size=s) for o in (7, 13) for s in (1, 3, 5)),
    case("LRN", normal(1, 6, 4, 1), size=3, alpha=0.2, beta=0.5, bias=2.0),
    # onnxruntime takes odd sizes alone: an even one reaches one channel further behind
    case("LRN", normal(1, 3, 1, 1), size=2, alpha=2.0, beta=1.0,
         expected=lambda x: x / (1 + x * x + behind(x * x))),
    *(case("LpNormalization", X, opset=7, axis=axis, p=p) for axis in (-1, 0, 1) for p in (1, 2)),
    case("MeanVarianceNormalization", X, opset=9, atol=1e-5),
    case("MeanVarianceNormalization", X, opset=13, axes=[1, 2], atol=1e-5),
]  # fmt: skip
