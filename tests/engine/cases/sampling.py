"""Grids, affine maps and regions of interest."""

import numpy as np

from engine.cases import case, f32, i64, normal, uniform

X = normal(2, 3, 4, 5)
GRID = uniform(2, 3, 6, 2, low=-1.3, high=1.3, seed=1)
ROIS = f32([[0, 0, 3, 4], [1.2, 0.5, 4.7, 3.9], [2, 2, 2.5, 2.5], [-1, -1, 9, 9]])
CASES = [
    *(case("GridSample", X, GRID, opset=16, mode=m, padding_mode=p, align_corners=a, atol=1e-4)
      for m in ("bilinear", "nearest", "bicubic") for p in ("zeros", "border", "reflection")
      for a in (0, 1)),
    *(case("GridSample", X, GRID, opset=20, mode=m, atol=1e-4)
      for m in ("linear", "nearest", "cubic")),
    *(case("GridSample", normal(1, 2, 3, 4, 5), uniform(1, 2, 3, 2, 3, low=-1.2, high=1.2),
           opset=20, mode=m, padding_mode=p, atol=1e-5)
      for m in ("linear", "nearest") for p in ("zeros", "border", "reflection")),
    *(case("AffineGrid", normal(2, 2, 3), i64(2, 3, 4, 5), opset=20, align_corners=a, atol=1e-5)
      for a in (0, 1)),
    *(case("AffineGrid", normal(2, 3, 4), i64(2, 3, 2, 4, 5), opset=20, align_corners=a, atol=1e-5)
      for a in (0, 1)),
    *(case("RoiAlign", X, ROIS, i64(0, 1, 1, 0), opset=o, output_height=2, output_width=3,
           sampling_ratio=r, spatial_scale=s, mode=m, atol=1e-5)
      for o in (10, 16) for r in (0, 2) for s in (1.0, 0.5) for m in ("avg", "max")),
    case("RoiAlign", X, ROIS, i64(0, 1, 1, 0), opset=16, output_height=2, output_width=2,
         coordinate_transformation_mode="output_half_pixel", atol=1e-5),
    *(case("MaxRoiPool", X, np.concatenate([f32([[0], [1], [1], [0]]), ROIS], 1), opset=7,
           pooled_shape=[2, 3], spatial_scale=s) for s in (1.0, 0.5)),
]  # fmt: skip
