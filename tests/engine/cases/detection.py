"""Of boxes that overlap, keep the best."""

import numpy as np

from engine.cases import case, f32, i64, uniform


def _boxes(pictures: int, count: int, classes: int, seed: int):
    boxes = uniform(pictures, count, 4, seed=seed)
    return boxes, uniform(pictures, classes, count, seed=seed + 1)


_TIED = np.full((1, 1, 6), 0.5, np.float32)

CASES = [
    *(
        case(
            "NonMaxSuppression",
            *_boxes(2, 30, 3, seed),
            i64(most),
            f32(overlap).reshape(1),
            f32(lowest).reshape(1),
            opset=opset,
            center_point_box=centered,
        )
        for seed, opset in ((0, 10), (1, 11))
        for centered in (0, 1)
        for most, overlap, lowest in ((3, 0.5, 0.3), (30, 0.1, 0.0), (30, 0.0, 0.9), (0, 0.5, 0.1))
    ),
    case("NonMaxSuppression", *_boxes(1, 5, 1, 3), i64(5), opset=11),
    case("NonMaxSuppression", *_boxes(1, 5, 1, 3), opset=11),
    case("NonMaxSuppression", uniform(1, 6, 4), _TIED, i64(6), f32(0.3).reshape(1), opset=11),
]
