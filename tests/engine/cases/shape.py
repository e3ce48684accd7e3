"""The same numbers in another shape or order."""

import numpy as np

from engine.cases import case, f32, i64, normal, scalar, strings

_X = normal(2, 3, 4)

CASES = [
    *(
        case("Reshape", _X, i64(*shape), opset=opset)
        for opset in (7, 13, 14)
        for shape in ((6, 4), (-1,), (0, -1), (2, 0, 2, 2), (1, 24, 1))
    ),
    case("Reshape", normal(0, 3), i64(3, 0), allowzero=1, opset=14),
    case("Reshape", scalar(3.0), i64(1, 1)),
    case("Reshape", normal(1), np.zeros(0, np.int64)),
    *(
        case("Flatten", _X, axis=axis, opset=opset)
        for opset, axes in ((7, (0, 1, 3)), (13, (0, 2, -1, -3)))
        for axis in axes
    ),
    *(case("Transpose", _X, **perm) for perm in ({}, {"perm": [1, 2, 0]}, {"perm": [0, 2, 1]})),
    case("Squeeze", normal(1, 3, 1), opset=7),
    case("Squeeze", normal(1, 3, 1), axes=[2], opset=7),
    case("Squeeze", normal(1, 3, 1), axes=[-1], opset=11),
    case("Squeeze", normal(1, 3, 1), i64(0, -1), opset=13),
    case("Squeeze", normal(1, 3, 1), opset=13),
    case("Unsqueeze", normal(3), axes=[0, 2], opset=7),
    case("Unsqueeze", normal(3, 2), axes=[-1, 1], opset=11),
    case("Unsqueeze", normal(3, 2), i64(3, 0), opset=13),
    case("Unsqueeze", scalar(3.0), i64(0), opset=13),
    *(case("Concat", _X, normal(2, 3, 4, seed=1), axis=axis) for axis in (0, 1, 2, -1)),
    case("Concat", normal(2, 1), normal(2, 0), normal(2, 3), axis=1),
    case("Concat", strings("a"), strings("b", "c"), axis=0),
    case("Split", normal(6, 2), outputs=3, opset=7),
    case("Split", normal(6, 2), outputs=2, split=[4, 2], axis=0, opset=11),
    case("Split", normal(2, 6), i64(1, 5), outputs=2, axis=1, opset=13),
    case("Split", normal(2, 6), outputs=3, axis=-1, opset=13),
    case("Split", normal(2, 7), outputs=3, axis=1, num_outputs=3, opset=18),
    case("Split", normal(2, 7), i64(0, 7), outputs=2, axis=1, opset=18),
    *(
        case("Expand", normal(*x), i64(*shape), opset=8)
        for x, shape in (((3, 1), (2, 1, 4)), ((3, 1), (1,)), ((), (2, 2)), ((1,), ()), ((), ()))
    ),
    case("Expand", strings("a"), i64(3), opset=13),
    *(
        case("Shape", _X, opset=15, **limits)
        for limits in ({}, {"start": 1}, {"end": -1}, {"start": -2, "end": 10}, {"start": 5})
    ),
    case("Shape", scalar(1.0), opset=13),
    case("Size", _X, opset=13),
    # Pad
    *(
        case("Pad", _X, mode=mode, pads=[0, 1, 2, 0, 0, 1], opset=7)
        for mode in ("constant", "reflect", "edge")
    ),
    case("Pad", _X, pads=[0, -1, 2, 0, 0, -1], value=1.5, opset=7),
    *(
        case("Pad", _X, i64(*pads), mode=mode, opset=opset)
        for opset, modes in ((11, ("constant", "reflect", "edge")), (19, ("wrap",)))
        for mode in modes
        for pads in ((0, 1, 2, 1, 1, 3), (0, 0, 0, 0, 0, 0), (0, -1, 1, 0, 0, -2))
    ),
    case("Pad", _X, i64(1, 0, 0, 0, 2, 1), scalar(-1.0), opset=13),
    case("Pad", _X, i64(1, 2), scalar(-1.0), i64(-1), opset=18),
    case("Pad", _X, i64(1, 2, 0, 1), None, i64(2, 0), opset=18, mode="edge"),
    case("Pad", np.ones((2, 2), bool), i64(1, 0, 0, 1), opset=13),
    case("Pad", f32(1, 2, 3), i64(5, 4), opset=19, mode="wrap"),
    case("Pad", f32(1, 2, 3), i64(2, 2), opset=13, mode="reflect"),
]
