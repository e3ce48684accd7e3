"""What the standard tried and dropped, and onnxruntime still knows."""

from engine.cases import case, i64, normal

_PICTURE = normal(2, 3, 5, 6)

CASES = [
    case("Affine", normal(2, 3), opset=7, alpha=2.0, beta=0.5),
    case("Scale", normal(2, 3), opset=7, scale=2.0),
    case("ScaledTanh", normal(2, 3), opset=7, alpha=2.0, beta=0.5),
    case("ParametricSoftplus", normal(2, 3), opset=7, alpha=2.0, beta=0.5),
    case("ImageScaler", _PICTURE, opset=7, scale=0.5, bias=[0.1, 0.2, 0.3]),
    case("Crop", _PICTURE, opset=7, border=[1, 1, 2, 1]),
    case("Crop", _PICTURE, opset=7, border=[1, 0, 0, 0], scale=[3, 4]),
    case("DynamicSlice", normal(4, 5), i64(1, 0), i64(3, 99), opset=7),
    case("DynamicSlice", normal(4, 5), i64(-3), i64(-1), i64(1), opset=7),
]
