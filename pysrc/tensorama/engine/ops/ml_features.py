"""Features before a classical model: scaled, filled in, encoded; and its answers after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorama.engine.ops.ml_scores import ML, as_float
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("Scaler", since=1, domain=ML)
def scaler(
    x: Array, *, offset: Sequence[float] | None = None, scale: Sequence[float] | None = None
) -> Array:
    """(x − offset) · scale, feature by feature."""
    y = as_float(x) - np.array(offset or [0], np.float32)
    return y * np.array(scale or [1], np.float32)


@op("Normalizer", since=1, domain=ML)
def normalizer(x: Array, *, norm: str = "MAX") -> Array:
    """Each row divided by its largest value, its sum of absolute values, or its length."""
    x = as_float(x)
    if norm == "MAX":
        size = np.abs(x).max(axis=-1, keepdims=True) if x.size else x
    elif norm == "L1":
        size = np.abs(x).sum(axis=-1, keepdims=True)
    elif norm == "L2":
        size = np.sqrt(np.square(x).sum(axis=-1, keepdims=True))
    else:
        raise OperatorError(f'norm "{norm}" is not one of MAX, L1, L2')
    return x / np.where(size == 0, np.float32(1), size)


@op("Binarizer", since=1, domain=ML)
def binarizer(x: Array, *, threshold: float = 0.0) -> Array:
    """1 above the threshold, 0 elsewhere."""
    return (x > threshold).astype(x.dtype)


@op("Imputer", since=1, domain=ML)
def imputer(
    x: Array,
    *,
    imputed_value_floats: Sequence[float] | None = None,
    imputed_value_int64s: Sequence[int] | None = None,
    replaced_value_float: float = 0.0,
    replaced_value_int64: int = 0,
) -> Array:
    """Fill in what is missing: a given value (often NaN) is replaced, feature by feature."""
    if x.dtype.kind == "f":
        gap = np.isnan(x) if np.isnan(replaced_value_float) else x == replaced_value_float
        return np.where(gap, np.array(imputed_value_floats, x.dtype), x)
    return np.where(x == replaced_value_int64, np.array(imputed_value_int64s, x.dtype), x)


@op("ArrayFeatureExtractor", since=1, domain=ML)
def array_feature_extractor(x: Array, y: Array) -> Array:
    """Pick features by their numbers, along the last axis."""
    picked = np.take(x, y.ravel(), axis=-1)
    return picked.reshape(1, -1) if x.ndim == 1 else picked


@op("FeatureVectorizer", since=1, domain=ML)
def feature_vectorizer(*inputs: Array, inputdimensions: Sequence[int] | None = None) -> Array:
    """Features side by side in one matrix: each (N,F) → (N, ΣF)"""
    return np.concatenate([as_float(x).reshape(len(x), -1) for x in inputs], axis=1)


@op("OneHotEncoder", since=1, domain=ML)
def one_hot_encoder(
    x: Array,
    *,
    cats_int64s: Sequence[int] | None = None,
    cats_strings: Sequence[str] | None = None,
    zeros: int = 1,
) -> Array:
    """A category as a row with a single 1: x (…) → (…,categories)"""
    if x.dtype.kind == "O":
        known: Array = np.array(cats_strings, dtype=object)
    else:
        known, x = np.array(cats_int64s, dtype=np.int64), x.astype(np.int64)
    rows = x[..., None] == known
    if not zeros and not rows.any(axis=-1).all():
        raise OperatorError("a value is none of the categories")
    return rows.astype(np.float32)


@op("LabelEncoder", since=2, domain=ML)
def label_encoder(
    x: Array,
    *,
    default_float: float = -0.0,
    default_int64: int = -1,
    default_string: str = "_Unused",
    default_tensor: Array | None = None,
    keys_floats: Sequence[float] | None = None,
    keys_int64s: Sequence[int] | None = None,
    keys_strings: Sequence[str] | None = None,
    keys_tensor: Array | None = None,
    values_floats: Sequence[float] | None = None,
    values_int64s: Sequence[int] | None = None,
    values_strings: Sequence[str] | None = None,
    values_tensor: Array | None = None,
) -> Array:
    """Look each value up in a table of keys and values; what is not there gets the default."""
    keys = next((k for k in (keys_floats, keys_int64s, keys_strings) if k), keys_tensor)
    if keys is None:
        raise OperatorError("no keys are given")
    default: Any
    if values_tensor is not None:
        values, default = (
            values_tensor,
            {"f": -0.0, "i": -1}.get(values_tensor.dtype.kind, "_Unused"),
        )
    elif values_strings:
        values, default = np.array(values_strings, dtype=object), default_string
    elif values_int64s:
        values, default = np.array(values_int64s, dtype=np.int64), default_int64
    else:
        values, default = np.array(values_floats, dtype=np.float32), default_float
    if default_tensor is not None:
        default = default_tensor.reshape(-1)[0]
    return _looked_up(x, list(keys), values, default)


def _looked_up(x: Array, keys: Sequence[Any], values: Array, default: Any) -> Array:
    table = {_key(k): i for i, k in reversed(list(enumerate(keys)))}
    places = [table.get(_key(v), -1) for v in x.ravel().tolist()]
    found = [values[i] if i >= 0 else default for i in places]
    return np.array(found, dtype=values.dtype).reshape(x.shape)


def _key(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return "NaN" if np.isnan(value) else float(np.float32(value))
    return value.item() if isinstance(value, np.generic) else value


@op("LabelEncoder", since=1, domain=ML)
def label_encoder_by_list(
    x: Array,
    *,
    classes_strings: Sequence[str],
    default_int64: int = -1,
    default_string: str = "_Unused",
) -> Array:
    """LabelEncoder of ai.onnx.ml 1: strings to their places in a list, and back."""
    names = np.array(classes_strings, dtype=object)
    numbers = np.arange(len(names), dtype=np.int64)
    if x.dtype.kind == "O":
        return _looked_up(x, classes_strings, numbers, default_int64)
    return _looked_up(x, numbers.tolist(), names, default_string)


@op("CategoryMapper", since=1, domain=ML)
def category_mapper(
    x: Array,
    *,
    cats_int64s: Sequence[int],
    cats_strings: Sequence[str],
    default_int64: int = -1,
    default_string: str = "_Unused",
) -> Array:
    """Strings to their numbers, and numbers to their strings."""
    if x.dtype.kind == "O":
        return _looked_up(x, cats_strings, np.array(cats_int64s, np.int64), default_int64)
    return _looked_up(x, cats_int64s, np.array(cats_strings, dtype=object), default_string)


@op("ZipMap", since=1, domain=ML)
def zip_map(
    x: Array,
    *,
    classlabels_int64s: Sequence[int] | None = None,
    classlabels_strings: Sequence[str] | None = None,
) -> list[dict[Any, float]]:
    """Scores with their labels: one map from label to score for each row."""
    labels = list(classlabels_strings or classlabels_int64s or ())
    rows = np.atleast_2d(x)
    if rows.shape[1] != len(labels):
        raise OperatorError(f"{len(labels)} labels do not fit {rows.shape[1]} scores")
    return [dict(zip(labels, row.tolist(), strict=True)) for row in rows]


@op("DictVectorizer", since=1, domain=ML)
def dict_vectorizer(
    x: Mapping[Any, Any],
    *,
    int64_vocabulary: Sequence[int] | None = None,
    string_vocabulary: Sequence[str] | None = None,
) -> Array:
    """The values of a map in the order of a vocabulary; 0 for what is not in it."""
    words = list(string_vocabulary or int64_vocabulary or ())
    kinds = {str: object, int: np.int64, float: np.float32}
    first = next(iter(x.values()), 0.0)
    dtype: Any = getattr(first, "dtype", kinds.get(type(first), np.float32))
    empty: Any = "" if dtype is object else 0
    return np.array([[x.get(word, empty) for word in words]], dtype=dtype)


_LARGEST_MAP = 1 << 24  # places that the keys of a map may name


@op("CastMap", since=1, domain=ML)
def cast_map(
    x: Mapping[int, Any], *, cast_to: str = "TO_FLOAT", map_form: str = "DENSE", max_map: int = 1
) -> Array:
    """The values of a map in the order of its keys; SPARSE puts each at its key's place."""
    kinds: dict[str, Any] = {"TO_FLOAT": np.float32, "TO_INT64": np.int64, "TO_STRING": object}
    if cast_to not in kinds:
        raise OperatorError(f'cast_to "{cast_to}" is not one of {", ".join(kinds)}')
    empty: Any = "0" if cast_to == "TO_STRING" else 0
    if map_form == "SPARSE" and not 0 <= max_map <= _LARGEST_MAP:
        raise OperatorError(f"max_map is {max_map}; from 0 to {_LARGEST_MAP:,} can be")
    if map_form == "SPARSE":
        row = [x.get(key, empty) for key in range(max_map)]
    else:
        row = [x[key] for key in sorted(x)]
    if cast_to == "TO_STRING":
        row = [str(value) for value in row]
    else:
        row = [float(value) for value in row]  # words are read as numbers
    return np.array([row], dtype=kinds[cast_to])
