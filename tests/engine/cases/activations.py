"""Activations: ordinary values, extreme ones, both meanings of softmax, limits of clip."""

import numpy as np

from engine.cases import case, f32, normal, scalar, uniform

X = normal(3, 4, 5, scale=2)
FAR = f32(-1e4, -100, -20, -1, -1e-6, 0, 1e-6, 1, 20, 100, 1e4)
WHOLE = uniform(3, 4, low=-9, high=10, dtype="int64")
PLAIN = [
    ("Relu", 7), ("Relu", 14), ("LeakyRelu", 7), ("LeakyRelu", 16), ("ThresholdedRelu", 10),
    ("Elu", 7), ("Selu", 7), ("Celu", 12), ("Sigmoid", 7), ("Sigmoid", 13), ("HardSigmoid", 7),
    ("HardSwish", 14), ("Mish", 18), ("Tanh", 7), ("Softplus", 7), ("Softsign", 7), ("Erf", 9),
    ("Gelu", 20), ("Shrink", 9),
]  # fmt: skip
CASES = [
    *(case(name, x, opset=opset) for name, opset in PLAIN for x in (X, FAR)),
    *(case(name, normal(6, dtype="float16"), opset=max(opset, 14), rtol=2e-3, atol=1e-3)
      for name, opset in [("Relu", 14), ("LeakyRelu", 16), ("Sigmoid", 13), ("Tanh", 13),
                          ("Gelu", 20)]),
    *(case(name, normal(6, dtype="float64"), opset=opset)
      for name, opset in [("Relu", 14), ("Sigmoid", 13), ("Tanh", 13)]),
    # onnxruntime has neither for doubles
    case("Softplus", normal(6, dtype="float64"), expected=lambda x: np.log1p(np.exp(x))),
    case("Elu", normal(6, dtype="float64"), expected=lambda x: np.where(x < 0, np.expm1(x), x)),
    case("Relu", uniform(6, low=-5, high=5, dtype="int32"), opset=14),
    case("LeakyRelu", X, alpha=0.3),
    case("ThresholdedRelu", X, alpha=0.7, opset=10),
    case("Elu", X, alpha=0.5),
    case("Selu", X, alpha=2.0, gamma=3.0),
    case("Celu", X, alpha=2.0),
    case("HardSigmoid", X, alpha=0.1, beta=0.4),
    case("Gelu", X, approximate="tanh", opset=20),
    case("Shrink", X, bias=0.2, lambd=0.7),
    case("Shrink", WHOLE, bias=1.0, lambd=2.5),
    *(case("PRelu", X, slope, opset=o)
      for slope in (normal(5, seed=1), normal(4, 1, seed=1), f32([0.25])) for o in (7, 9, 16)),
    # swish is newer than what onnxruntime knows; 4 / (1 + e^-8) by hand
    case("Swish", f32(4, 0, -4), opset=24, alpha=2.0,
         expected=lambda x: (x / (1 + np.exp(-2 * x))).astype(np.float32)),
    case("SwiGLU", f32(4, 0, -4), f32(2, 3, 4), opset=28,
         expected=lambda a, b: (a / (1 + np.exp(-a)) * b).astype(np.float32)),
    *(case(name, x, opset=o, axis=axis)
      for name in ("Softmax", "LogSoftmax", "Hardmax")
      for x in (X, normal(2, 3, 4, 2, scale=30))
      for o, axes in ((7, (0, 1, 2)), (11, (1, 2, -1)), (13, (0, 1, -1)))
      for axis in axes),
    *(case(name, X, opset=o) for name in ("Softmax", "LogSoftmax", "Hardmax") for o in (7, 11, 13)),
    case("Hardmax", f32([[3, 3, 1], [0, 5, 5]]), opset=13),
    case("Clip", X, opset=7, min=-0.5, max=0.75),
    case("Clip", X, opset=7),
    case("Clip", X, opset=7, max=0.0),
    *(case("Clip", X, scalar(-0.5), scalar(0.75), opset=o) for o in (11, 12, 13)),
    case("Clip", X, scalar(-0.5)),
    case("Clip", X, None, scalar(0.5)),
    case("Clip", X),
    case("Clip", X, scalar(2.0), scalar(1.0)),
    *(case("Clip", uniform(6, low=0, high=100, dtype=t), scalar(10, t), scalar(50, t))
      for t in ("int8", "uint8", "int32", "int64")),
]  # fmt: skip
