"""Picking and writing values by place."""

import numpy as np

from engine.cases import case, f32, flags, i64, normal, scalar, strings, uniform

_X = normal(4, 5, 6)
_I32 = np.dtype("int32")

CASES = [
    # Slice: begins and ends beyond the axis, negative steps, the largest integers
    *(
        case("Slice", _X, i64(*s), i64(*e), i64(*a), i64(*t), opset=opset, note=str(t))
        for opset in (10, 13)
        for s, e, a, t in (
            ((1,), (3,), (0,), (1,)),
            ((-3,), (2**62,), (-1,), (2,)),
            ((2**62,), (-(2**62),), (1,), (-1,)),
            ((-1, 4), (-10, 0), (2, 1), (-2, -3)),
            ((-10,), (-20,), (0,), (-1,)),
            ((3,), (1,), (0,), (1,)),
            ((0, 0, 0), (4, 5, 6), (2, 0, 1), (5, 4, 3)),
        )
    ),
    case("Slice", _X, i64(1, 2), i64(3, 4)),
    case("Slice", _X, i64(1).astype(_I32), i64(3).astype(_I32), i64(-2).astype(_I32)),
    case("Slice", _X, starts=[1, -4], ends=[3, 100], axes=[0, 2], opset=7),
    case("Slice", _X, starts=[1], ends=[-1], opset=9),
    # Gather
    *(
        case("Gather", _X, uniform(*shape, low=-4, high=4, dtype="int64"), axis=axis, opset=opset)
        for opset in (7, 11, 13)
        for axis in (0, 1, 2)
        for shape in ((), (3,), (2, 3), (0,))
    ),
    case("Gather", _X, i64(0, 1), axis=-1, opset=13),
    case("Gather", strings("a", "b", "c"), i64(2, 0, 0)),
    *(
        case("GatherElements", _X, uniform(*shape, low=-4, high=4, dtype="int64"), axis=axis)
        for axis in (0, 1, -1)
        for shape in ((4, 5, 6), (3, 2, 6), (1, 1, 1))
    ),
    case("GatherElements", _X, uniform(4, 5, 6, high=4, dtype="int32"), opset=11),
    *(
        case("GatherND", _X, uniform(*shape, low=-4, high=4, dtype="int64"), opset=opset)
        for opset in (11, 12, 13)
        for shape in ((1,), (3, 2), (2, 3, 3), (2, 2, 1))
    ),
    case("GatherND", _X, uniform(4, 2, 1, high=5, dtype="int64"), batch_dims=1),
    case("GatherND", _X, uniform(4, 5, 1, high=5, dtype="int64"), batch_dims=2),
    # Scatter
    *(
        case(
            "ScatterElements",
            _X,
            uniform(2, 3, 2, high=2, dtype="int64"),
            normal(2, 3, 2, seed=1),
            opset=opset,
            axis=axis,
            reduction=reduction,
        )
        for opset, axis, reduction in (
            (16, 0, "add"),
            (18, 1, "mul"),
            (18, 2, "max"),
            (18, -1, "min"),
        )
    ),
    *(
        case("ScatterElements", _X, i64(0, -1).reshape(1, 2, 1), normal(1, 2, 1), **more)
        for more in ({"opset": 11, "axis": 1}, {"opset": 13, "axis": -2}, {"opset": 18, "axis": 1})
    ),
    case("Scatter", _X, i64(3, 1).reshape(1, 2, 1), normal(1, 2, 1), opset=9, axis=1),
    case("ScatterND", _X, i64(3, 1).reshape(2, 1), normal(2, 5, 6), opset=11),
    case("ScatterND", _X, i64(3, -1, 0, 2).reshape(2, 2), normal(2, 6), opset=13),
    *(
        case("ScatterND", _X, i64(3, 1, 3, 1).reshape(2, 2), normal(2, 6), reduction=r, opset=18)
        for r in ("add", "mul", "max", "min")
    ),
    # Selection
    *(
        case("Compress", _X, condition, opset=opset, **axis)
        for opset in (9, 11)
        for condition, axis in (
            (np.array([True, False, True]), {}),
            (np.array([True, False, True]), {"axis": 1}),
            (flags(6), {"axis": 2}),
            (np.zeros(4, bool), {"axis": 0}),
        )
    ),
    *(
        case("NonZero", x, opset=opset)
        for opset in (9, 13)
        for x in (
            uniform(3, 4, high=2, dtype="int64"),
            flags(5),
            np.zeros((2, 0), np.float32),
            scalar(3.0),
            scalar(0.0),
        )
    ),
    *(
        case("Unique", x, outputs=4, sorted=sort, opset=11, **axis)
        for sort in (0, 1)
        for x, axis in (
            (uniform(10, high=4, dtype="int64"), {}),
            (f32(2, 1, 1, 3, 4, 3), {}),
            (uniform(4, 3, 2, high=2, dtype="int64"), {"axis": 0}),
            (uniform(2, 6, high=2, dtype="int64"), {"axis": 1}),
            (uniform(2, 6, high=2, dtype="int64"), {"axis": -1}),
            (strings("b", "a", "b"), {}),
            (strings("b", "a", "b", "c", "a", "c").reshape(2, 3), {"axis": 1}),
        )
    ),
    *(
        case("OneHot", i64(*values).reshape(shape), depth, f32(-1, 5), axis=axis, opset=opset)
        for opset in (9, 11)
        for axis in (-1, 0, 1)
        for values, shape, depth in (
            ((0, 7, 2), (3,), scalar(5, "int64")),
            ((0, -1, -8, 4), (2, 2), i64(5)),
        )
    ),
    case("OneHot", f32(0, 2, 1), scalar(3.0), f32(0, 1)),
    case("Where", flags(3, 1), normal(2, 1, 4), normal(3, 4, seed=1), opset=9),
    case("Where", flags(2), strings("a", "b"), strings("c", "d"), opset=16),
]
