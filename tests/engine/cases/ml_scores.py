"""Linear classifiers and regressors, as scikit-learn exports them."""

from engine.cases import case, normal, uniform

ML = "ai.onnx.ml"
W = normal(3, 4, seed=5).ravel().tolist()
X = normal(5, 4)
TRANSFORMS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO")

CASES = [
    *(
        case(
            "LinearClassifier", X, domain=ML, opset=1, outputs=2, coefficients=W,
            intercepts=[0.1, -0.2, 0.3], classlabels_ints=[7, 8, 9], post_transform=t,
        )
        for t in TRANSFORMS
    ),
    case(
        "LinearClassifier", X, domain=ML, opset=1, outputs=2, coefficients=W,
        intercepts=[0.0] * 3, classlabels_strings=["a", "b", "c"], multi_class=1,
    ),
    *(
        case(
            "LinearClassifier", X, domain=ML, opset=1, outputs=2, coefficients=W[:8],
            intercepts=[0.5, -0.5], classlabels_ints=[0, 1], post_transform=t,
        )
        for t in TRANSFORMS
    ),
    *(
        case(
            "LinearClassifier", X, domain=ML, opset=1, outputs=2, coefficients=W[:4],
            intercepts=[0.5], classlabels_ints=[0, 1], post_transform=t,
        )
        for t in ("NONE", "LOGISTIC")
    ),
    case(
        "LinearClassifier", uniform(5, 4, low=-3, high=3, dtype="int64"), domain=ML, opset=1,
        outputs=2, coefficients=W, intercepts=[0.1, -0.2, 0.3], classlabels_ints=[0, 1, 2],
    ),
    case("LinearRegressor", X, domain=ML, opset=1, coefficients=W[:4], intercepts=[2.0]),
    case("LinearRegressor", X, domain=ML, opset=1, coefficients=W, targets=3),
    case(
        "LinearRegressor", X, domain=ML, opset=1, coefficients=W, targets=3,
        intercepts=[1.0, 2.0, 3.0], post_transform="SOFTMAX",
    ),
]  # fmt: skip
