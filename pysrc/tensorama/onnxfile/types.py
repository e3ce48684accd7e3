"""Element types: ONNX's numbers, numpy's dtypes, and what stands in where numpy has none.

bfloat16, float8, float6, float4 and the 4- and 2-bit integers do not exist in numpy. This is the
one place that knows what happens instead: their values are carried by a wider type (float32, int8
or uint8), rounded to what the narrow type can hold. Which type is meant stays with the array, as
metadata of its dtype: `array.dtype == np.float32` still holds. Arithmetic may keep or lose that
mark, so the run takes it off before an operator and rounds and marks what comes out (see
`engine.run`). Arrays of `ml_dtypes` are taken as feeds.

https://onnx.ai/onnx/technical/float8.html, …/float4.html, …/int4.html; onnx.proto3 `DataType`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tensorama.errors import UnsupportedError

STRING, BOOL, BFLOAT16, E8M0 = 8, 9, 16, 24
_BLOCK = 1 << 15  # values that are taken apart at once
_MARK = "onnx"  # the key of a dtype's metadata


@dataclass(frozen=True, slots=True)
class Narrow:
    """A type that numpy lacks: its width in bits, and for floats how they are read.

    `special` says how infinity and NaN are written: "ieee", "fn" (all ones is NaN, no infinity),
    "fnuz" (the code of -0 is NaN, no infinity) or "" (neither exists).
    """

    name: str
    carrier: str
    bits: int
    mantissa: int = 0
    bias: int = 0
    special: str = ""


NARROW: Mapping[int, Narrow] = {
    16: Narrow("bfloat16", "float32", 16, 7, 127, "ieee"),
    17: Narrow("float8_e4m3fn", "float32", 8, 3, 7, "fn"),
    18: Narrow("float8_e4m3fnuz", "float32", 8, 3, 8, "fnuz"),
    19: Narrow("float8_e5m2", "float32", 8, 2, 15, "ieee"),
    20: Narrow("float8_e5m2fnuz", "float32", 8, 2, 16, "fnuz"),
    21: Narrow("uint4", "uint8", 4),
    22: Narrow("int4", "int8", 4),
    23: Narrow("float4_e2m1fn", "float32", 4, 1, 1),
    24: Narrow("float8_e8m0fnu", "float32", 8, 0, 127, "fn"),
    25: Narrow("uint2", "uint8", 2),
    26: Narrow("int2", "int8", 2),
    27: Narrow("float6_e2m3fn", "float32", 6, 3, 1),
    28: Narrow("float6_e3m2fn", "float32", 6, 2, 3),
}
_NUMPY = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "object", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128",
}  # fmt: skip

# ONNX element type -> dtype; that of a narrow type is its carrier, marked
DTYPES: Mapping[int, np.dtype] = {number: np.dtype(name) for number, name in _NUMPY.items()} | {
    number: np.dtype(kind.carrier, metadata={_MARK: number}) for number, kind in NARROW.items()
}
ELEMENT_TYPES: Mapping[np.dtype, int] = {np.dtype(name): n for n, name in _NUMPY.items()}
_BY_ML_DTYPES_NAME = {kind.name: number for number, kind in NARROW.items()}


def element_type(array: Any) -> int:
    """ONNX's number of an array's (or a dtype's) element type, 0 if there is none."""
    dtype = getattr(array, "dtype", array)
    known = narrow_type(array) or ELEMENT_TYPES.get(dtype)  # to look at a dtype's name takes long
    return known or _BY_ML_DTYPES_NAME.get(getattr(dtype, "name", ""), 0)


def narrow_type(array: Any) -> int:
    """The number of the narrow type that an array is marked with, 0 if it has none."""
    metadata = getattr(getattr(array, "dtype", array), "metadata", None)
    return metadata.get(_MARK, 0) if metadata else 0


def type_name(number: int) -> str:
    """A type's name in words: `float32`, `bfloat16`, `string`."""
    if number in NARROW:
        return NARROW[number].name
    return _NUMPY.get(number, "any type").replace("object", "string")


def marked(array: np.ndarray, number: int) -> np.ndarray:
    """Say which narrow type a carrier's values are of; they must be rounded already."""
    return np.asarray(array).view(DTYPES[number]) if number in NARROW else array


def unmarked(array: np.ndarray) -> np.ndarray:
    """The carrier's values as what they are in numpy."""
    return array.view(np.dtype(array.dtype.str)) if array.dtype.metadata else array


def to_type(
    array: np.ndarray, number: int, saturate: bool = True, round_mode: str = "up"
) -> np.ndarray:
    """Convert numbers to an element type, as the operator Cast does.

    Floats round to the nearest, ties to even; a float8 beyond the largest becomes that (or
    infinity or NaN without `saturate`); integers keep their low bits. `round_mode` (up, down,
    nearest) is for float8e8m0 alone.
    """
    array = unmarked(array)
    if number not in DTYPES:
        raise UnsupportedError(f"element type {number} is not known here")
    if number not in NARROW:
        return array.astype(DTYPES[number], copy=False)
    kind = NARROW[number]
    if kind.carrier != "float32":
        return marked(_wrapped(array, kind), number)
    if number == BFLOAT16:
        return marked(_bfloat16(array.astype(np.float32)), number)
    values, _ = _table(number)
    if number == E8M0:
        return marked(values[_e8m0_codes(array.astype(np.float32), saturate, round_mode)], number)
    return marked(values[_codes(array.astype(np.float64), number, saturate)], number)


def from_ml_dtypes(array: np.ndarray) -> np.ndarray:
    """Take over an array of an `ml_dtypes` type; any other array is given back as it is."""
    if array.dtype.isbuiltin == 1:  # numpy's own: asking for their names takes longer
        return array
    number = _BY_ML_DTYPES_NAME.get(array.dtype.name)
    return array if number is None else marked(array.astype(DTYPES[number]), number)


def decoded(raw: bytes | bytearray | memoryview, number: int, count: int) -> np.ndarray:
    """Read `count` values of a narrow type from their packed bits, the lowest bits first."""
    kind = NARROW[number]
    values = np.empty(count, DTYPES[number])
    for start in range(0, count, _BLOCK):  # taken apart, values need many times their room
        stop = min(count, start + _BLOCK)
        part = raw[start * kind.bits // 8 : -(-stop * kind.bits // 8)]
        values[start:stop] = unmarked(from_codes(_unpacked(part, kind.bits), number))[
            : stop - start
        ]
    return values


def _unpacked(raw: bytes | bytearray | memoryview, bits: int) -> np.ndarray:
    """The codes of so many bits each that are packed into bytes."""
    codes: np.ndarray = np.frombuffer(raw, "<u2" if bits == 16 else np.uint8)
    if bits < 8:
        single = np.unpackbits(codes, bitorder="little")
        whole = single[: single.size // bits * bits].reshape(-1, bits)
        codes = (whole << np.arange(bits, dtype=np.uint8)).sum(axis=1, dtype=np.uint8)
    return codes


def from_codes(codes: np.ndarray, number: int) -> np.ndarray:
    """Values of a narrow type from one unsigned integer code each."""
    kind = NARROW[number]
    if number == BFLOAT16:
        return marked((codes.astype(np.uint32) << 16).view(np.float32), number)
    if kind.carrier == "float32":
        return marked(_table(number)[0][codes], number)
    return marked(_wrapped(codes.astype(np.int16), kind), number)


def to_codes(array: np.ndarray, number: int) -> np.ndarray:
    """The bits of values that are of a narrow type already, as one unsigned code each."""
    kind, array = NARROW[number], unmarked(array)
    if number == BFLOAT16:
        return (np.ascontiguousarray(array).view(np.uint32) >> 16).astype(np.uint16)
    if kind.carrier != "float32":
        return (array.astype(np.int16) & ((1 << kind.bits) - 1)).astype(np.uint8)
    if number == E8M0:
        return _e8m0_codes(array, True, "nearest").astype(np.uint8)
    return _codes(array.astype(np.float64), number, saturate=False).astype(np.uint8)


def _wrapped(array: np.ndarray, kind: Narrow) -> np.ndarray:
    span = 1 << kind.bits
    whole = array.astype(np.int64) & (span - 1)
    if kind.carrier == "int8":
        whole = np.where(whole >= span // 2, whole - span, whole)
    return whole.astype(kind.carrier)


def _bfloat16(array: np.ndarray) -> np.ndarray:
    bits = np.ascontiguousarray(array).view(np.uint32).reshape(array.shape)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(
        0xFFFF0000
    )
    return np.where(np.isnan(array), array, rounded.view(np.float32))


@cache
def _table(number: int) -> tuple[np.ndarray, int]:
    """The value of every code of a small float, and the code of its largest finite value."""
    kind = NARROW[number]
    if number == E8M0:
        powers = np.ldexp(np.ones(255), np.arange(255) - kind.bias)
        return np.append(powers, np.nan).astype(np.float32), 254
    codes = np.arange(1 << (kind.bits - 1))
    exponent, fraction = codes >> kind.mantissa, codes & ((1 << kind.mantissa) - 1)
    lowest = 1 - kind.bias - kind.mantissa
    half = np.where(
        exponent == 0,
        np.ldexp(fraction.astype(float), lowest),
        np.ldexp(fraction + float(1 << kind.mantissa), exponent - kind.bias - kind.mantissa),
    )
    largest = codes[-1]
    if kind.special == "fn":
        half[-1], largest = np.nan, largest - 1
    if kind.special == "ieee":
        first = ((1 << (kind.bits - 1 - kind.mantissa)) - 1) << kind.mantissa
        half[first], half[first + 1 :], largest = np.inf, np.nan, first - 1
    values = np.concatenate([half, -half]).astype(np.float32)
    if kind.special == "fnuz":
        values[len(half)] = np.nan
    return values, int(largest)


def _codes(array: np.ndarray, number: int, saturate: bool) -> np.ndarray:
    """The nearest code to each value, ties to the even one."""
    kind = NARROW[number]
    values, largest = _table(number)
    size = np.abs(array)
    steps = values[: largest + 1].astype(np.float64)
    steps = np.append(steps, 2 * steps[-1] - steps[-2])  # what would come next: too large
    below = np.clip(np.searchsorted(steps, size, side="right") - 1, 0, largest)
    middle = (steps[below] + steps[below + 1]) / 2
    up = (size > middle) | ((size == middle) & (below % 2 == 1))
    code = below + up
    nan = np.isnan(array)
    beyond = (code > largest) & ~nan
    infinite = largest + 1 if kind.special == "ieee" else None
    not_a_number = {"fn": largest + 1, "ieee": largest + 2, "fnuz": 1 << (kind.bits - 1)}
    if saturate or not kind.special:
        code = np.where(beyond, largest, code)
    elif infinite is not None:
        code = np.where(beyond, infinite, code)
    else:
        nan = nan | beyond
    sign = np.signbit(array) & ((code > 0) if kind.special == "fnuz" else True)
    code = code | (sign.astype(np.int64) << (kind.bits - 1))
    # a type without NaN makes it -0, as ml_dtypes does
    return np.where(nan, not_a_number.get(kind.special, 1 << (kind.bits - 1)), code)


def _e8m0_codes(array: np.ndarray, saturate: bool, round_mode: str) -> np.ndarray:
    """Codes of powers of two: 2^(code - 127), 255 is NaN."""
    fraction, exponent = np.frexp(np.abs(array.astype(np.float64)))
    code = exponent.astype(np.int64) - 1 + 127  # of the power of two not above the value
    between = fraction > 0.5
    if round_mode == "up":
        code += between
    elif round_mode == "nearest":
        code += fraction >= 0.75
    elif round_mode != "down":
        raise UnsupportedError(f'round_mode "{round_mode}" is not one of up, down, nearest')
    zero, infinite = array == 0, np.isinf(array)
    code = np.where(infinite, 255, np.where(zero, -1, code))
    code = np.clip(code, 0, 254) if saturate else np.where((code < 0) | (code > 254), 255, code)
    return np.where(np.isnan(array), 255, code)
