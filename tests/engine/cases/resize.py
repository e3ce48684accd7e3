"""Resize and its older names: every mode, mapping, rounding, policy."""

from engine.cases import case, f32, i64, normal, uniform

X = normal(1, 2, 4, 5)
BIG = normal(1, 1, 9, 8)
UP, DOWN, MIXED = f32(1, 1, 2, 1.5), f32(1, 1, 0.6, 0.5), f32(1, 1, 2.3, 0.7)
MODES = ("nearest", "linear", "cubic")
MAPS = ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners")
CASES = [
    *(case("Upsample", X, opset=7, mode=m, scales=[1.0, 1.0, 2.0, 3.0])
      for m in ("nearest", "linear")),
    *(case("Upsample", X, f32(1, 1, 2, 3), opset=9, constants=(1,), mode=m, atol=1e-5)
      for m in ("nearest", "linear")),
    *(case("Resize", x, s, opset=10, mode=m, atol=1e-5)
      for m in ("nearest", "linear") for x, s in ((X, UP), (BIG, f32(1, 1, 0.5, 0.25)))),
    *(case("Resize", BIG, None, None, i64(1, 1, *size), opset=o, mode=m, constants=(3,),
           coordinate_transformation_mode=c, atol=1e-5)
      for o in (13, 19) for m in MODES for c in MAPS for size in ((18, 12), (5, 3))),
    *(case("Resize", BIG, None, s, opset=18, mode=m, coordinate_transformation_mode=c, atol=1e-5)
      for m in MODES for c in MAPS[:3] for s in (UP, DOWN, MIXED)),
    case("Resize", BIG, None, f32(1, 1, 2.3, 1.4), opset=19, mode="linear",
         coordinate_transformation_mode="half_pixel_symmetric", atol=1e-5),
    case("Resize", X, f32(), UP, opset=11, mode="nearest",
         coordinate_transformation_mode="tf_half_pixel_for_nn"),
    *(case("Resize", BIG, None, None, i64(1, 1, *size), mode="nearest", nearest_mode=n,
           constants=(3,), coordinate_transformation_mode=c)
      for n in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
      for c in ("half_pixel", "asymmetric", "align_corners") for size in ((18, 24), (5, 3))),
    *(case("Resize", BIG, f32(0, 0, 0.2, 0.1, 1, 1, 0.9, 1.3), None, i64(1, 1, 4, 6), mode=m,
           constants=(3,), coordinate_transformation_mode="tf_crop_and_resize",
           extrapolation_value=7.0, atol=1e-5)
      for m in ("nearest", "linear")),
    *(case("Resize", X, None, UP, mode="cubic", exclude_outside=e, cubic_coeff_a=a, atol=1e-5)
      for e in (0, 1) for a in (-0.75, -0.5)),
    *(case("Resize", BIG, None, None, i64(4, 3), opset=18, axes=[2, 3], mode=m, constants=(3,),
           keep_aspect_ratio_policy=p, atol=1e-5)
      for m in ("nearest", "linear") for p in ("stretch", "not_larger", "not_smaller")),
    case("Resize", BIG, None, f32(0.5, 2), opset=18, axes=[3, 2], mode="linear", atol=1e-5),
    *(case("Resize", BIG, None, f32(1, 1, 0.5, 0.5), opset=18, mode=m, antialias=1,
           exclude_outside=1, atol=1e-5) for m in ("linear", "cubic")),
    case("Resize", uniform(1, 1, 4, 4, low=0, high=255, dtype="uint8"), None, UP, mode="nearest"),
    case("Resize", uniform(1, 1, 4, 4, low=0, high=255, dtype="uint8"), None, f32(1, 1, 2, 2),
         mode="linear"),
    case("Resize", normal(1, 2, 3, 4, 3), None, f32(1, 1, 2, 2, 1.5), mode="linear", atol=1e-5),
    case("Resize", normal(1, 2, 5), None, f32(1, 1, 2.5), mode="linear", atol=1e-5),
]  # fmt: skip
