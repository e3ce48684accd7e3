"""The same values in another element type, or the same bits read as another."""

from __future__ import annotations

import numpy as np

from tensorama.engine.kernel import quantized
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import (
    BOOL,
    DTYPES,
    NARROW,
    STRING,
    element_type,
    from_codes,
    narrow_type,
    to_codes,
    to_type,
    unmarked,
)

Array = np.ndarray
_FLOAT = 1


@op("Cast", since=6, own_types=True)
@replayable("x")
def cast(x: Array, *, to: int, saturate: int = 1, round_mode: str = "up") -> Array:
    """Change the element type: fractions are cut, not rounded, when integers are made.

    `saturate` and `round_mode` are for float8 types; strings are read and written as numbers.
    """
    if to not in DTYPES:
        raise OperatorError(f"element type {to} is not known here")
    if x.dtype.kind == "O":
        return x if to == STRING else _read(x, to)
    if to == STRING:
        return _written(x)
    if to == BOOL:
        return unmarked(x) != 0
    y = quantized.floats(x) if to == _FLOAT else None
    if y is not None:
        return y
    return to_type(x, to, bool(saturate), round_mode)


@op("CastLike", since=15, own_types=True)
@replayable("target", by_shape=True)
def cast_like(x: Array, target: Array, *, saturate: int = 1, round_mode: str = "up") -> Array:
    """Change the element type to another tensor's."""
    return cast(x, to=element_type(target), saturate=saturate, round_mode=round_mode)


def _read(x: Array, to: int) -> Array:
    """Numbers from strings: 3.14, 1e-5, INF, NaN, and whole numbers for integer types."""
    try:
        numbers = np.array([float(text) for text in x.ravel()], dtype=np.float64)
        if DTYPES[to].kind in "iu" and to not in NARROW:
            return (
                np.array([_whole(text) for text in x.ravel()]).astype(DTYPES[to]).reshape(x.shape)
            )
    except ValueError as error:
        raise OperatorError(f"a string is no number: {error}") from None
    return to_type(numbers, to).reshape(x.shape)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return int(float(text))


def _written(x: Array) -> Array:
    """Numbers as strings: the shortest text that gives the same number again."""
    plain = unmarked(x)
    if plain.dtype.kind == "f":
        words = {"inf": "INF", "-inf": "-INF", "nan": "NaN"}
        texts = [str(value) for value in plain.ravel()]
        texts = [words.get(text, text.removesuffix(".0")) for text in texts]
    elif plain.dtype.kind == "b":
        texts = [str(int(value)) for value in plain.ravel()]
    else:
        texts = [str(value) for value in plain.ravel()]
    return np.array(texts, dtype=object).reshape(x.shape)


@op("BitCast", since=26, own_types=True)
def bit_cast(x: Array, *, to: int) -> Array:
    """Read the same bits as another element type of the same width."""
    if to not in DTYPES or to == STRING or x.dtype.kind == "O":
        raise OperatorError(f"bits cannot be read as element type {to}")
    source = narrow_type(x)
    codes = to_codes(x, source) if source else x.copy(order="C")
    width = NARROW[source].bits if source else 8 * x.itemsize
    wanted = NARROW[to].bits if to in NARROW else 8 * DTYPES[to].itemsize
    if width != wanted:
        raise OperatorError(f"{width} bits cannot be read as {wanted} bits")
    if to in NARROW:
        return from_codes(codes.view(f"u{codes.itemsize}"), to)
    return codes.view(DTYPES[to])
