"""Repeating, cropping and reordering by position."""

import numpy as np

from engine.cases import case, i64, normal, scalar, uniform

_X = normal(2, 3, 4)

CASES = [
    *(case("Tile", _X, i64(*r), opset=opset) for opset in (6, 13) for r in ((1, 2, 3), (0, 1, 1))),
    case("Tile", uniform(3, high=9, dtype="int64"), i64(2)),
    *(
        case("Trilu", normal(2, 3, 4), None if k is None else scalar(k, "int64"), upper=upper)
        for upper in (0, 1)
        for k in (None, 0, 1, -1, 5, -5)
    ),
    case("Trilu", uniform(3, 3, high=9, dtype="int64")),
    case("Trilu", normal(0, 3)),
    *(
        case("CenterCropPad", normal(3, 4, 5), i64(*shape), opset=18, **axes)
        for shape, axes in (
            ((5, 2, 8), {}),
            ((2, 9), {"axes": [0, 2]}),
            ((3, 3), {"axes": [-1, 1]}),
        )
    ),
    *(
        case(
            "ReverseSequence", normal(4, 4, 3), i64(*lens), opset=10, time_axis=t, batch_axis=1 - t
        )
        for t in (0, 1)
        for lens in ((4, 3, 2, 1), (1, 4, 1, 2))
    ),
    *(
        case("DepthToSpace", normal(2, 12, 2, 3), blocksize=2, opset=opset, **mode)
        for opset, mode in (
            (7, {}),
            (11, {}),
            (13, {"mode": "DCR"}),
            (13, {"mode": "CRD"}),
        )
    ),
    *(case("SpaceToDepth", normal(2, 3, 4, 6), blocksize=2, opset=opset) for opset in (7, 13)),
    case(
        "SpaceToDepth",
        np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4),
        blocksize=2,
        mode="CRD",
        opset=28,
        # onnxruntime does not know opset 28 yet; with one channel both orders agree
        expected=lambda x: (
            x.reshape(1, 1, 2, 2, 2, 2).transpose(0, 1, 3, 5, 2, 4).reshape(1, 4, 2, 2)
        ),
    ),
]
