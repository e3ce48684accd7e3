"""Elementwise arithmetic: broadcasting, integer types, signs, powers, bits."""

import numpy as np

from engine.cases import case, f32, flags, normal, scalar, uniform

BROADCASTS = [
    ((2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (4,)),
    ((3, 1), (2, 1, 4)),
    ((), (2,)),
    ((0, 3), (3,)),
]
SPECIAL = f32(0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.5, 0.5)
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def whole(dtype: str, seed: int = 0, low: int = 1):
    signed = not dtype.startswith("u")
    return uniform(3, 4, low=-9 if signed and low < 1 else low, high=10, dtype=dtype, seed=seed)


CASES = [
    *(
        case(name, normal(*a), normal(*b, seed=1), opset=opset)
        for name in ("Add", "Sub", "Mul", "Div")
        for a, b in BROADCASTS
        for opset in (7, 14)
    ),
    *(
        case(name, whole(dtype, low=0), whole(dtype, 1), opset=14)
        for name in ("Add", "Sub", "Mul", "Div")
        for dtype in ("int8", "uint8", "int32", "int64")
    ),
    *(case(name, normal(3, dtype=t), normal(3, dtype=t, seed=1), atol=1e-3)
      for name in ("Add", "Sub", "Mul", "Div") for t in ("float16", "float64")),
    *(case("Mod", whole(t, low=0), whole(t, 1)) for t in INTEGERS),
    *(case("Mod", whole(t, low=0), whole(t, 1), fmod=1) for t in (*INTEGERS, "float32")),
    case("Mod", f32(-5.3, 5.3, -5.3, 5.3), f32(2, -2, -2, 2), fmod=1, opset=10),
    *(
        case("Pow", x, y, opset=opset)
        for x, y in [
            (uniform(3, 4), scalar(2.0)),
            (uniform(3, 4), scalar(0.5)),
            (uniform(3, 4), normal(4)),
            (f32(-2, 2, -1), scalar(3.0)),
        ]
        for opset in (7, 12, 15)
    ),
    *(
        case("Pow", whole(a, low=1), uniform(4, low=0, high=4, dtype=b))
        for a in ("int32", "int64", "float32") for b in ("int32", "int64", "float32")
    ),
    *(
        case(name, *[normal(2, 3, seed=i) for i in range(count)], opset=opset)
        for name in ("Max", "Min", "Sum", "Mean") for count in (1, 2, 3) for opset in (8, 13)
    ),
    *(case(name, normal(2, 3), normal(3, seed=1), normal(2, 1, seed=2), opset=13)
      for name in ("Max", "Min", "Sum", "Mean")),
    *(case(name, whole(t, low=0), whole(t, 1)) for name in ("Max", "Min")
      for t in INTEGERS if "16" not in t),  # onnxruntime has no Max and Min of 16 bits
    *(case(name, SPECIAL)
      for name in ("Abs", "Neg", "Sign", "Ceil", "Floor", "Round", "Reciprocal")),
    *(case(name, whole(t, low=0)) for name in ("Abs", "Sign") for t in INTEGERS),
    *(case("Neg", whole(t, low=0)) for t in ("int8", "int32", "int64")),
    case("Round", f32(0.5, 1.5, 2.5, -0.5, -1.5, 2.49, -2.51), opset=11),
    *(case(name, SPECIAL) for name in ("Sqrt", "Exp", "Log")),
    *(case(name, uniform(3, 4), opset=o) for name in ("Sqrt", "Exp", "Log") for o in (7, 13)),
    *(
        case("BitShift", uniform(5, low=0, high=200, dtype=t), uniform(5, low=0, high=7, dtype=t),
             direction=d)
        for t in ("uint8", "uint32", "uint64") for d in ("LEFT", "RIGHT")
    ),
    *(
        case(name, whole(t, low=0), whole(t, 1), opset=18)
        for name in ("BitwiseAnd", "BitwiseOr", "BitwiseXor") for t in INTEGERS
    ),
    *(case("BitwiseNot", whole(t, low=0), opset=18) for t in INTEGERS),
    *(case(name, normal(2, 3), opset=o) for name, o in [
        ("Sin", 7), ("Cos", 7), ("Tan", 7), ("Atan", 7), ("Sinh", 9), ("Cosh", 9), ("Asinh", 9)
    ]),
    *(case(name, uniform(2, 3, low=-0.9, high=0.9), opset=o)
      for name, o in [("Asin", 7), ("Acos", 7), ("Atanh", 9)]),
    case("Acosh", uniform(2, 3, low=1, high=5), opset=9),
    *(case(name, normal(2, 3), normal(3, seed=1), opset=o)
      for name, o in [("Less", 7), ("Less", 9), ("Greater", 7), ("Greater", 13),
                      ("LessOrEqual", 12), ("LessOrEqual", 16), ("GreaterOrEqual", 12)]),
    *(case(name, whole("int64", low=0), whole("int64", 1))
      for name in ("Less", "Greater", "Equal")),
    case("Equal", f32(1, np.nan, np.inf), f32(1, np.nan, np.inf)),
    case("Equal", whole("int32"), whole("int32"), opset=7),
    case("Equal", flags(3, 4), flags(4, seed=1), opset=7),
    *(case(name, flags(3, 4), flags(4, seed=1), opset=7) for name in ("And", "Or", "Xor")),
    case("Not", flags(3, 4), opset=7),
    case("IsNaN", SPECIAL, opset=9),
    case("IsInf", SPECIAL, opset=10),
    case("IsInf", SPECIAL, opset=10, detect_negative=0),
    case("IsInf", SPECIAL, opset=10, detect_positive=0),
]  # fmt: skip
