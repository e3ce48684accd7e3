"""Casts between all of numpy's types; the narrow ones are in tests/onnxfile/test_types.py."""

import numpy as np

from engine.cases import case, f32, normal, strings, uniform

TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip
CASES = [
    *(case("Cast", uniform(6, low=0, high=100, dtype=a).astype(a), opset=o, to=b, note=f"from {a}")
      for a in TYPES.values() for b in TYPES for o in (13,)),
    *(case("Cast", f32(-1.9, -0.5, 0.5, 1.5, 2.5, 99.9), opset=o, to=b)
      for o in (7, 9, 19) for b in (6, 7)),
    case("Cast", uniform(5, low=-300, high=300, dtype="int32"), to=3),
    case("Cast", uniform(5, low=-300, high=300, dtype="int64"), to=2),
    case("Cast", f32(1, np.inf, -np.inf, np.nan, 1e6), to=10),
    case("Cast", strings("3.5", "-1e-5", "INF", "-inf", "NaN"), to=1),
    case("Cast", strings("3", "-17", "1000"), to=7),
    case("Cast", f32(1, -2.5, 0.125, 1e10), to=8),
    case("Cast", np.array([1, -20]), to=8),
    case("CastLike", normal(3, scale=5), uniform(1, low=0, high=3, dtype="int32"), opset=15),
    # onnxruntime 1.32 has no BitCast; 1.0 is 0x3f800000
    case("BitCast", f32(1, -2, 0), opset=26, to=6, expected=lambda x: x.view(np.int32)),
]  # fmt: skip
