"""Convolutions: 1-, 2- and 3-D, groups, padding in all its forms, and their reverse."""

from engine.cases import case, i64, normal, scalar, uniform

BYTES = uniform(1, 2, 5, 6, low=0, high=255, dtype="uint8")
W = normal(4, 3, 3, 3, seed=1)
X = normal(2, 3, 7, 8)
CASES = [
    *(case("Conv", X, W, opset=o, atol=1e-5) for o in (7, 11)),
    case("Conv", X, W, normal(4, seed=2), pads=[1, 1, 1, 1], atol=1e-5),
    case("Conv", X, W, pads=[0, 2, 1, 0], strides=[2, 1], atol=1e-5),
    case("Conv", X, W, dilations=[2, 2], pads=[2, 2, 2, 2], kernel_shape=[3, 3], atol=1e-5),
    *(case("Conv", X, W, auto_pad=p, strides=s, atol=1e-5)
      for p in ("SAME_UPPER", "SAME_LOWER", "VALID") for s in ([1, 1], [2, 2], [3, 2])),
    case("Conv", X, normal(6, 3, 1, 1, seed=1), normal(6), atol=1e-5),
    case("Conv", X, normal(6, 3, 1, 1, seed=1), strides=[2, 2], atol=1e-5),
    case("Conv", X, normal(4, 3, 7, 8, seed=1), atol=1e-4),
    case("Conv", X, normal(3, 1, 3, 3, seed=1), group=3, atol=1e-5),
    case("Conv", X, normal(6, 1, 3, 3, seed=1), normal(6), group=3, pads=[1] * 4, atol=1e-5),
    case("Conv", X, normal(3, 1, 5, 5, seed=1), group=3, pads=[2] * 4, strides=[2, 2], atol=1e-5),
    case("Conv", normal(1, 4, 6, 6), normal(6, 2, 3, 3, seed=1), group=2, atol=1e-5),
    case("Conv", normal(2, 3, 9), normal(4, 3, 3, seed=1), normal(4), pads=[1, 0], atol=1e-5),
    case("Conv", normal(1, 2, 5, 6, 4), normal(3, 2, 3, 2, 2, seed=1), pads=[1] * 6, atol=1e-5),
    case("ConvInteger", BYTES, uniform(3, 2, 3, 3, low=0, high=255, dtype="uint8", seed=1),
         opset=10),
    case("ConvInteger", BYTES, uniform(3, 2, 3, 3, low=0, high=255, dtype="uint8", seed=1),
         scalar(9, "uint8"), scalar(4, "uint8"), pads=[1] * 4, strides=[2, 1]),
    case("ConvInteger", BYTES, uniform(3, 2, 3, 3, low=-128, high=127, dtype="int8", seed=1),
         scalar(9, "uint8"), scalar(4, "int8")),
    *(case("ConvTranspose", normal(1, 3, 4, 5), normal(3, 2, 3, 3, seed=1), opset=o, atol=1e-5)
      for o in (7, 11)),
    *(case("ConvTranspose", normal(2, 4, 4, 5), normal(4, 2, 3, 3, seed=1), normal(m), atol=1e-5,
           **a)
      for a, m in [
          ({"strides": [2, 2]}, 2), ({"strides": [3, 2], "pads": [1, 0, 1, 2]}, 2),
          ({"strides": [2, 2], "output_padding": [1, 1], "pads": [1, 1, 1, 1]}, 2),
          ({"dilations": [2, 2]}, 2), ({"group": 2}, 4),
          ({"strides": [3, 3], "output_shape": [10, 14]}, 2),
          ({"strides": [2, 2], "auto_pad": "SAME_UPPER"}, 2),
          ({"strides": [2, 2], "auto_pad": "SAME_LOWER"}, 2),
          ({"strides": [2, 2], "auto_pad": "VALID"}, 2),
      ]),
    case("ConvTranspose", normal(1, 2, 5), normal(2, 3, 3, seed=1), strides=[2], atol=1e-5),
    case("ConvTranspose", normal(1, 2, 3, 4, 3), normal(2, 2, 2, 3, 2, seed=1), atol=1e-5),
    *(case("Col2Im", normal(1, 12, 9), i64(*image), i64(2, 2), opset=18, **a)
      for image, a in [((4, 4), {}), ((5, 5), {"dilations": [2, 2]}),
                       ((2, 2), {"pads": [1, 1, 1, 1]}), ((6, 6), {"strides": [2, 2]})]),
    case("DeformConv", normal(1, 2, 5, 6), normal(3, 2, 3, 3, seed=1), normal(1, 18, 3, 4, seed=2),
         opset=19, atol=1e-5),
    case("DeformConv", normal(1, 4, 5, 6), normal(2, 2, 3, 3, seed=1), normal(1, 36, 5, 6, seed=2),
         normal(2), uniform(1, 18, 5, 6), opset=19, group=2, offset_group=2, pads=[1] * 4,
         atol=1e-5),
]  # fmt: skip
