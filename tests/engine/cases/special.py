"""Infinities, NaN, zeros of both signs, numbers too small to be normal, and nothing at all.

Left out is what nobody defines: extremes among NaN (they stay NaN here, onnxruntime skips them),
the mean of nothing, NaN as an integer.
"""

import numpy as np

from engine.cases import case, f32, i64, normal, scalar

ODD = f32(
    [[0, -0.0, np.inf, -np.inf], [np.nan, 1, -1, 3.4e38], [1e-40, -1e-40, 1e4, -1e4]]
)  # fmt: skip
NONE, NOTHING = np.zeros((0, 4), np.float32), np.zeros((3, 0), np.float32)
PLAIN = (
    "Abs", "Neg", "Sign", "Reciprocal", "Sqrt", "Exp", "Log", "Ceil", "Floor", "Round", "Sin",
    "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Relu",
    "LeakyRelu", "ThresholdedRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish",
    "Mish", "Tanh", "Softplus", "Softsign", "Erf", "Gelu", "Shrink", "Softmax", "LogSoftmax",
    "IsNaN", "IsInf", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
    "ReduceSumSquare", "LpNormalization",
)  # fmt: skip
CASES = [
    *(case(name, x, note=note, rtol=1e-4)
      for name in PLAIN for x, note in ((ODD, "odd"), (NONE, "none"), (NOTHING, "nothing"))),
    *(case(name, ODD, ODD[::-1].copy(), note="odd")
      for name in ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum", "Equal", "Less",
                   "Greater", "PRelu")),
    case("Mod", ODD, ODD[::-1].copy(), note="odd", fmod=1),
    case("Clip", ODD, scalar(-1.0), scalar(2.0), note="odd"),
    case("CumSum", ODD, scalar(1, "int64"), note="odd"),
    case("TopK", ODD[[0, 2]], i64(2), note="odd", outputs=2),
    case("Where", ODD > 0, ODD, ODD[::-1].copy(), note="odd"),
    case("Cast", ODD, note="odd", to=9),
    case("Cast", ODD, note="odd", to=10),
    case("MatMul", NONE, normal(4, 2)),
    case("MatMul", NOTHING, np.zeros((0, 2), np.float32)),
    case("Gemm", NOTHING, np.zeros((0, 2), np.float32), f32(1, 2)),
    case("Conv", np.zeros((0, 2, 4, 4), np.float32), normal(3, 2, 3, 3)),
    case("MaxPool", np.zeros((0, 2, 4, 4), np.float32), kernel_shape=[2, 2]),
    case("Concat", NONE, ODD, axis=0),
]  # fmt: skip
