"""Tensors out of nothing or out of a shape."""

import numpy as np

from engine.cases import case, f32, i64, normal, scalar, strings

CASES = [
    case("Constant", value=normal(2, 3), opset=9),
    case("Constant", value_float=1.5, opset=12),
    case("Constant", value_floats=[1.5, 2.5], opset=13),
    case("Constant", value_int=3, opset=13),
    case("Constant", value_ints=[3, 4], opset=13),
    case("Constant", value_string="a", opset=13),
    case("Constant", value_strings=["a", "b"], opset=13),
    *(case("ConstantOfShape", i64(*shape), opset=9) for shape in ((2, 3), (0, 2), ())),
    *(
        case("ConstantOfShape", i64(2, 2), value=np.array([7], dtype=dtype), opset=20)
        for dtype in ("int64", "float64", "bool", "uint8")
    ),
    *(
        case("EyeLike", normal(3, 4), k=k, opset=opset, **dtype)
        for opset in (9, 22)
        for k in (0, 1, -2, 5)
        for dtype in ({}, {"dtype": 7})
    ),
    *(
        case("Range", *(scalar(v, dtype) for v in values), opset=11)
        for dtype, values in (
            ("float32", (0.5, 3.0, 0.5)),
            ("float32", (3.0, 0.0, -0.7)),
            ("float64", (0.0, 1.0, 0.1)),
            ("int64", (10, 4, -2)),
            ("int32", (1, 10, 4)),
            ("int16", (4, 1, 1)),
            ("int64", (2**40, 2**40 + 9, 4)),
        )
    ),
    case("Dropout", normal(3, 4), opset=7, ratio=0.3),
    case("Dropout", normal(3, 4), opset=10, outputs=2),
    case("Dropout", normal(3, 4), scalar(0.5), opset=13, outputs=2),
    case("Identity", strings("a", "b"), opset=14),
    case("Size", f32(1, 2, 3)),
]
