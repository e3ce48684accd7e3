"""Types that numpy lacks: their values, roundings and bits, against ml_dtypes."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from tensorama.onnxfile.types import (
    DTYPES,
    ELEMENT_TYPES,
    NARROW,
    decoded,
    element_type,
    from_codes,
    from_ml_dtypes,
    marked,
    to_codes,
    to_type,
    unmarked,
)

FLOATS = [n for n, kind in NARROW.items() if kind.carrier == "float32" and n != 24]
INTEGERS = [n for n, kind in NARROW.items() if kind.carrier != "float32"]


def theirs(number: int) -> type:
    return getattr(ml_dtypes, NARROW[number].name)


@pytest.mark.parametrize(
    "number", [n for n in FLOATS if n != 16] + [24], ids=lambda n: NARROW[n].name
)
def test_every_code_has_the_value_that_ml_dtypes_gives_it(number: int) -> None:
    codes = np.arange(1 << NARROW[number].bits, dtype=np.uint8)
    values = from_codes(codes, number)
    np.testing.assert_array_equal(unmarked(values), codes.view(theirs(number)).astype(np.float32))
    finite = ~np.isnan(values)
    np.testing.assert_array_equal(to_codes(values, number)[finite], codes[finite])


@pytest.mark.parametrize("number", FLOATS, ids=lambda n: NARROW[n].name)
def test_rounding_is_to_the_nearest_and_ties_to_even(number: int) -> None:
    small = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)
    grid = np.arange(-6, 6, 1 / 64, dtype=np.float32)
    values = np.concatenate([small, small * 0.01, grid, np.float32([0.0, -0.0, np.nan])])
    if number in (23, 27, 28):  # these have no NaN
        values = values[:-1]
    ours = to_type(values, number)
    np.testing.assert_array_equal(unmarked(ours), values.astype(theirs(number)).astype(np.float32))


@pytest.mark.parametrize(
    ("number", "saturated", "loose"),
    [(17, 448, np.nan), (18, 240, np.nan), (19, 57344, np.inf), (20, 57344, np.nan)],
)
def test_what_is_too_large_saturates_or_not(number: int, saturated: float, loose: float) -> None:
    values = np.float32([1e6, np.inf, -1e6])
    np.testing.assert_array_equal(to_type(values, number), [saturated, saturated, -saturated])
    np.testing.assert_array_equal(to_type(values, number, saturate=False), [loose, loose, -loose])


@pytest.mark.parametrize("number", INTEGERS, ids=lambda n: NARROW[n].name)
def test_small_integers_keep_their_low_bits(number: int) -> None:
    values = np.arange(-20, 40, dtype=np.int32)
    wanted = values.astype(np.int8).astype(theirs(number)).astype(np.int8)
    np.testing.assert_array_equal(to_type(values, number), wanted)


@pytest.mark.parametrize(
    ("number", "raw", "values"),
    [
        (22, b"\x21\x0f", [1, 2, -1]),
        (21, b"\x21\x0f", [1, 2, 15]),
        (26, b"\x39", [1, -2, -1]),
        (23, b"\x31", [0.5, 1.5]),
        (16, b"\x80\x3f\x00\xc0", [1, -2]),
    ],
)
def test_packed_bits_are_read_from_the_lowest(number: int, raw: bytes, values: list[float]) -> None:
    np.testing.assert_array_equal(decoded(raw, number, len(values)), values)


def test_an_array_knows_its_element_type() -> None:
    assert element_type(np.zeros(1, np.float32)) == 1
    half = marked(np.ones((2, 3), np.float32), 16)
    assert half.dtype == np.float32
    assert element_type(half) == 16
    assert element_type(half.reshape(6)[1:]) == 16
    assert element_type(unmarked(half)) == 1


def test_arrays_of_ml_dtypes_are_taken_over() -> None:
    array = from_ml_dtypes(np.array([1.5, 3], ml_dtypes.bfloat16))
    assert element_type(array) == 16
    np.testing.assert_array_equal(array, np.float32([1.5, 3]))
    plain = np.zeros(2, np.int16)
    assert from_ml_dtypes(plain) is plain


def test_every_numpy_type_has_one_number() -> None:
    assert {ELEMENT_TYPES[DTYPES[n]] for n in DTYPES if n not in NARROW} == set(range(1, 16))
