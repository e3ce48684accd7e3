"""Pools: padding, ceil_mode, dilations, indices and the way back."""

from engine.cases import case, i64, normal, uniform

X = normal(2, 3, 7, 8)
LINE, CUBE = normal(2, 3, 9), normal(1, 2, 5, 6, 4)
FORMS = [
    {"kernel_shape": [2, 2]},
    {"kernel_shape": [2, 2], "strides": [2, 2]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 2], "strides": [1, 2], "pads": [0, 1, 2, 0]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_LOWER"},
    {"kernel_shape": [3, 3], "auto_pad": "VALID"},
]
CEIL = [
    {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1},
    {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [3, 3], "ceil_mode": 1},
]
DILATED = [{"kernel_shape": [2, 3], "dilations": [2, 2]}]
POOLED = normal(1, 1, 2, 2)
CASES = [
    *(case("MaxPool", X, opset=o, **a) for a in FORMS for o in (7, 12)),
    *(case("MaxPool", X, opset=o, **a) for a in CEIL + DILATED for o in (10, 12)),
    *(case("MaxPool", X, opset=12, outputs=2, **a) for a in FORMS + CEIL + DILATED),
    *(case("MaxPool", X, opset=12, outputs=2, storage_order=1, **a) for a in FORMS[:3]),
    case("MaxPool", LINE, kernel_shape=[3], strides=[2], outputs=2),
    case("MaxPool", CUBE, kernel_shape=[2, 3, 2], pads=[0, 1, 0, 1, 1, 1], outputs=2),
    case("MaxPool", uniform(1, 1, 4, 4, low=0, high=99, dtype="uint8"), kernel_shape=[2, 2]),
    case("MaxPool", uniform(1, 1, 4, 4, low=-99, high=0, dtype="int8"), kernel_shape=[3, 3],
         pads=[1] * 4),
    *(case("AveragePool", X, opset=o, count_include_pad=c, **a)
      for a in FORMS for o in (7, 11) for c in (0, 1)),
    *(case("AveragePool", X, opset=o, count_include_pad=c, **a)
      for a in CEIL for o in (19,) for c in (0, 1)),
    *(case("AveragePool", X, opset=19, count_include_pad=c, pads=[1] * 4, **a)
      for a in DILATED for c in (0, 1)),
    case("AveragePool", LINE, kernel_shape=[3], strides=[2], pads=[1, 1]),
    case("AveragePool", CUBE, kernel_shape=[2, 3, 2], pads=[0, 1, 0, 1, 1, 1]),
    *(case("LpPool", X, opset=o, p=p, atol=1e-5, **a)
      for a in FORMS for o in (7, 18) for p in (1, 2, 3)),
    *(case("LpPool", X, opset=18, atol=1e-5, **a) for a in DILATED),
    case("LpPool", LINE, kernel_shape=[3], opset=11),
    *(case(n, x, opset=7) for n in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
      for x in (X, LINE, CUBE)),
    case("GlobalLpPool", X, p=3),
    case("MaxUnpool", POOLED, i64(5, 7, 13, 15).reshape(1, 1, 2, 2), opset=9, kernel_shape=[2, 2],
         strides=[2, 2]),
    case("MaxUnpool", normal(1, 2, 2, 2), i64(0, 3, 9, 15, 17, 19, 26, 30).reshape(1, 2, 2, 2),
         opset=11, kernel_shape=[2, 2], strides=[2, 2]),
]  # fmt: skip
