"""Scalers, encoders and the rest of what stands around a classical model."""

import numpy as np

from engine.cases import case, f32, i64, normal, strings, uniform

ML = "ai.onnx.ml"
X = normal(4, 3)
WHOLE = uniform(4, 3, low=-3, high=4, dtype="int64")
WORDS = strings("cat", "dog", "bird", "cat")

CASES = [
    case("Scaler", X, domain=ML, opset=1, offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 1.0]),
    case("Scaler", X, domain=ML, opset=1, offset=[1.0], scale=[0.5]),
    case("Scaler", WHOLE, domain=ML, opset=1, offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 1.0]),
    *(case("Normalizer", np.abs(X), domain=ML, opset=1, norm=n) for n in ("MAX", "L1", "L2")),
    *(case("Normalizer", X, domain=ML, opset=1, norm=n) for n in ("L1", "L2")),
    case("Normalizer", f32([[0, 0], [3, 4]]), domain=ML, opset=1, norm="L2"),
    case("Binarizer", X, domain=ML, opset=1, threshold=0.2),
    case(
        "Imputer", f32([[np.nan, 1], [2, np.nan]]), domain=ML, opset=1,
        imputed_value_floats=[7.0, 8.0], replaced_value_float=float("nan"),
    ),
    case(
        "Imputer", f32([[0, 1], [2, 0]]), domain=ML, opset=1, imputed_value_floats=[7.0],
        replaced_value_float=0.0,
    ),
    case(
        "Imputer", WHOLE, domain=ML, opset=1, imputed_value_int64s=[9, 8, 7],
        replaced_value_int64=-1,
    ),
    case("ArrayFeatureExtractor", X, i64(2, 0), domain=ML, opset=1),
    case("ArrayFeatureExtractor", WORDS, i64(1, 3), domain=ML, opset=1),
    case("ArrayFeatureExtractor", normal(2, 3, 4), i64(1), domain=ML, opset=1),
    case("FeatureVectorizer", X, normal(4, 2), domain=ML, opset=1, inputdimensions=[3, 2]),
    case("OneHotEncoder", WHOLE[0], domain=ML, opset=1, cats_int64s=[-1, 0, 1, 2]),
    case("OneHotEncoder", WORDS, domain=ML, opset=1, cats_strings=["bird", "cat"]),
    case("LabelEncoder", WORDS, domain=ML, opset=1, classes_strings=["bird", "cat"]),
    case("LabelEncoder", i64(0, 1, 5), domain=ML, opset=1, classes_strings=["bird", "cat"]),
    case(
        "LabelEncoder", WORDS, domain=ML, opset=2, keys_strings=["cat", "dog"],
        values_int64s=[3, 4], default_int64=-7,
    ),
    case(
        "LabelEncoder", i64(1, 2, 3), domain=ML, opset=2, keys_int64s=[1, 2],
        values_strings=["one", "two"], default_string="many",
    ),
    case(
        "LabelEncoder", f32(1, 2, 3), domain=ML, opset=2, keys_floats=[1.0, 3.0],
        values_floats=[0.5, 9.0], default_float=-1.0,
    ),
    case(
        "LabelEncoder", i64(1, 2, 3), domain=ML, opset=4, keys_tensor=i64(1, 2),
        values_tensor=f32(0.5, 1.5), default_tensor=f32([-3]),
    ),
    case(
        "LabelEncoder", WORDS, domain=ML, opset=4, keys_tensor=strings("cat", "dog"),
        values_tensor=i64(3, 4), default_tensor=i64(0),
    ),
    case(
        "CategoryMapper", WORDS, domain=ML, opset=1, cats_int64s=[4, 5],
        cats_strings=["cat", "dog"], default_int64=-1,
    ),
    case(
        "CategoryMapper", i64(4, 5, 6), domain=ML, opset=1, cats_int64s=[4, 5],
        cats_strings=["cat", "dog"], default_string="none",
    ),
    case("ZipMap", X, domain=ML, opset=1, classlabels_int64s=[4, 5, 6]),
    case("ZipMap", X, domain=ML, opset=1, classlabels_strings=["a", "b", "c"]),
]  # fmt: skip
