"""Quantizing and back, products of quantized values, onnxruntime's own quantized operators."""

import numpy as np

from engine.cases import case, f32, normal, scalar, uniform

MS = "com.microsoft"
X = normal(3, 4, 5, scale=3)
A = uniform(4, 6, low=0, high=255, dtype="uint8")
B = uniform(6, 5, low=0, high=255, dtype="uint8", seed=1)
IMAGE = uniform(1, 2, 5, 6, low=0, high=255, dtype="uint8")
W = uniform(3, 2, 3, 3, low=0, high=255, dtype="uint8", seed=1)
HALF = (scalar(0.02), scalar(120, "uint8"))
FINE = (scalar(0.03), scalar(100, "uint8"))
OUT = (scalar(0.05), scalar(90, "uint8"))


def scales(count: int):
    return uniform(count, low=0.01, high=0.1, seed=4)


def signed(*shape: int, seed: int = 0):
    return uniform(*shape, low=-64, high=64, dtype="int8", seed=seed)


CASES = [
    *(case("QuantizeLinear", X, scalar(0.05), scalar(z, t), opset=o)
      for o in (10, 13, 21) for z, t in ((100, "uint8"), (-5, "int8"))),
    case("QuantizeLinear", X, scalar(0.05)),
    *(case("QuantizeLinear", X, scalar(0.001), scalar(z, t), opset=21)
      for z, t in ((1000, "uint16"), (-50, "int16"))),
    case("QuantizeLinear", f32(0.5, 1.5, 2.5, -0.5, 1e9, -1e9), scalar(1.0), scalar(0, "int8")),
    *(case("QuantizeLinear", X, scales(n), uniform(n, low=0, high=50, dtype="uint8"), opset=o,
           axis=a)
      for o in (13, 21) for a, n in ((0, 3), (1, 4), (-1, 5))),
    case("QuantizeLinear", normal(3, 6), uniform(3, 2, low=0.01, high=0.1),
         uniform(3, 2, low=0, high=9, dtype="uint8"), axis=1, block_size=3),
    *(case("DequantizeLinear", A, scalar(0.05), scalar(100, "uint8"), opset=o)
      for o in (10, 13, 21)),
    case("DequantizeLinear", A, scalar(0.05)),
    case("DequantizeLinear", uniform(5, low=-900, high=900, dtype="int32"), scalar(0.05)),
    *(case("DequantizeLinear", signed(3, 4, 5), scales(n), signed(n, seed=2), opset=o, axis=a)
      for o in (13, 21) for a, n in ((0, 3), (1, 4), (-1, 5))),
    case("DequantizeLinear", signed(3, 6), uniform(3, 2, low=0.01, high=0.1), signed(3, 2), axis=1,
         block_size=3),
    *(case("DynamicQuantizeLinear", x, opset=11, outputs=3)
      for x in (X, np.abs(X), -np.abs(X), np.zeros((2, 2), np.float32))),
    case("QLinearMatMul", A, *HALF, B, *FINE, *OUT, opset=10),
    case("QLinearMatMul", A, *HALF, signed(6, 5), scalar(0.03), scalar(3, "int8"), *OUT, opset=21),
    case("QLinearMatMul", A, *HALF, signed(6, 5), scales(5), signed(5), scalar(2.0),
         scalar(90, "uint8")),
    case("QLinearConv", IMAGE, *HALF, W, *FINE, scalar(1.0), scalar(90, "uint8"), opset=10),
    case("QLinearConv", IMAGE, *HALF, W, *FINE, scalar(1.0), scalar(90, "uint8"),
         uniform(3, low=-900, high=900, dtype="int32"), pads=[1] * 4, strides=[2, 1]),
    case("QLinearConv", IMAGE, *HALF, signed(3, 2, 3, 3), scales(3), np.zeros(3, np.int8),
         scalar(2.0), scalar(90, "uint8")),
    *(case(n, A, *HALF, A.T.reshape(4, 6), *FINE, scalar(0.2), scalar(90, "uint8"), domain=MS,
           opset=1) for n in ("QLinearAdd", "QLinearMul")),
    case("QLinearSigmoid", A, *HALF, scalar(1 / 256), scalar(0, "uint8"), domain=MS, opset=1),
    case("QLinearLeakyRelu", A, *HALF, *OUT, domain=MS, opset=1, alpha=0.1),
    case("QLinearConcat", *OUT, A, *HALF, A, *FINE, domain=MS, opset=1, axis=1),
    case("QLinearGlobalAveragePool", IMAGE, *HALF, *OUT, domain=MS, opset=1),
    # means that lie between two steps may be rounded either way
    case("QLinearAveragePool", IMAGE, *HALF, *OUT, domain=MS, opset=1, kernel_shape=[2, 2], atol=1),
    case("QuantizeLinear", X, scalar(0.05), scalar(100, "uint8"), domain=MS, opset=1),
    case("DequantizeLinear", A, scalar(0.05), scalar(100, "uint8"), domain=MS, opset=1),
    case("QGemm", A, *HALF, B, *FINE, uniform(5, low=-900, high=900, dtype="int32"), scalar(1.0),
         scalar(90, "uint8"), domain=MS, opset=1, alpha=1.0),
    case("QGemm", A, *HALF, B, *FINE, domain=MS, opset=1, atol=1e-4),
    case("MatMulIntegerToFloat", A, B, scalar(0.02), scalar(0.03), scalar(120, "uint8"),
         scalar(100, "uint8"), domain=MS, opset=1, atol=1e-4),
    case("MatMulIntegerToFloat", A, signed(6, 5), scalar(0.02), scales(5), scalar(120, "uint8"),
         None, normal(5), domain=MS, opset=1, atol=1e-4),
    case("DynamicQuantizeMatMul", normal(4, 6), B, scalar(0.03), scalar(100, "uint8"), normal(5),
         domain=MS, opset=1, atol=1e-4),
]  # fmt: skip
