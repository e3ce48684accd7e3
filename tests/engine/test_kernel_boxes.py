"""The best of overlapping boxes by the kernel under wasmtime: just those that numpy finds."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernel_host import host
from tensorama.engine import kernel
from tensorama.engine.contract.slices import Pace
from tensorama.engine.ops import detection
from tensorama.engine.ops.detection import non_max_suppression

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("pairs_per_second", [1e8, 4e3], ids=["at once", "in slices"])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 150])
def test_the_same_boxes_are_kept(
    count: int, pairs_per_second: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "_pace", Pace(pairs_per_second))
    low = RNG.random((2, count, 2), np.float32)
    boxes = np.concatenate((low, low + RNG.random((2, count, 2), np.float32) / 3), axis=2)
    boxes[:, ::9] = boxes[:, :1]  # the same box several times, of no area elsewhere
    boxes[:, 1::17, 2:] = boxes[:, 1::17, :2]
    boxes[:, ::2] = boxes[:, ::2, [2, 3, 0, 1]]  # corners may come in any order
    scores = RNG.integers(0, 40, (2, 3, count)).astype(np.float32) / 40
    scores[:, :, 3::31] = np.nan
    ready = host(relaxed=False)
    ready.calls.clear()
    for most, overlap, lowest in (
        (1000, 0.4, 0.1),
        (5, 0.0, -np.inf),
        (1 << 40, 1.0, 0.5),
        (0, 0.5, 0),
    ):
        arguments = (np.array([most]), np.float32([overlap]), np.float32([lowest]))
        for centered in (0, 1):
            with kernel.using(ready):
                came = non_max_suppression(boxes, scores, *arguments, center_point_box=centered)
            with kernel.using(None), np.errstate(all="ignore"):
                wanted = non_max_suppression(boxes, scores, *arguments, center_point_box=centered)
            np.testing.assert_array_equal(came, wanted)
            assert came.dtype == np.int64
    assert "suppress" in ready.calls or count < 7
