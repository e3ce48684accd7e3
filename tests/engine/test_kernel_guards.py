"""The kernel touches nothing but what is declared, whatever the sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.guarded import Guarded
from engine.reference import feeds_of, model_of
from tensorama.engine import kernel
from tensorama.engine.kernel.declared import DECLARED
from tensorama.engine.kernel.door import Parameter, Pointer, Refused, door, parameters

TYPES = {2: np.float16, 4: np.float32, 8: np.int64, 1: np.uint8}
guarded = Guarded(relaxed=False)
_used = {case.op: case for case in all_cases()}  # one of each operator


@pytest.mark.parametrize("case", _used.values(), ids=lambda case: case.name)
def test_an_operator_keeps_to_its_arrays(case: Case) -> None:
    with kernel.using(guarded):
        tr.load(model_of(case).SerializeToString()).run(feeds_of(case))


@pytest.mark.parametrize("name", DECLARED)
def test_a_function_touches_what_is_declared(name: str) -> None:
    """Sizes by chance, and of every array exactly the bytes that are declared."""
    random = np.random.default_rng(list(name.encode()))
    done = 0
    for _ in range(400):
        if done == 12:
            return
        arguments = _numbers(name, random)
        try:
            needed = door(name)(_extent, *arguments)
            arrays = [_array(*item, random) if isinstance(item, tuple) else item for item in needed]
            guarded.call(name, *arrays)
        except Refused:
            continue
        done += 1
    raise AssertionError(f"{name} refuses nearly everything")


def _extent(place: Any, pointer: Pointer, low: int, high: int, bound: int = -1) -> Any:
    """What `_array` makes an array of; 0 for one that may be missing, by chance."""
    return 0 if pointer.optional and place else (pointer, low, high, bound)


def _numbers(name: str, random: np.random.Generator) -> list[Any]:
    """Small numbers, now and then one that goes beyond the kernel's blocks of 256."""
    taken = parameters(name)
    large = random.integers(3 * len(taken))
    return [_number(name, p, 270 if place == large else 9, random)
            for place, p in enumerate(taken)]  # fmt: skip


def _number(name: str, parameter: Parameter, most: int, random: np.random.Generator) -> Any:
    if parameter.pointer:
        return bool(random.integers(2))
    if parameter.number == ":f32":
        return float(random.standard_normal())
    if parameter.number == "~":
        bytes_ = name.startswith("int_") and parameter.name not in ("c_row", "y_row")
        usual = 1 if bytes_ else 4
        return int(random.choice([usual, usual * random.integers(-most, 4 * most)]))
    special = {"along": (0, 1), "wide": (4, 8), "flip": (0, 128)}.get(parameter.name)
    if parameter.name == "across":
        return most * 9 if most > 9 else int(random.choice([9, 18, 27, 36]))
    if special:
        return int(random.choice(special))
    return int(random.integers(parameter.number == "+", most))


def _array(
    pointer: Pointer, low: int, high: int, bound: int, random: np.random.Generator
) -> np.ndarray:
    """An array with exactly these bytes, counted from its first cell."""
    kind = next(iter(pointer.kinds)) if pointer.kinds else "|u1"
    dtype = np.dtype(kind)
    before, behind = -low // dtype.itemsize, high // dtype.itemsize
    if bound >= 0:
        cells: np.ndarray = random.integers(0, max(1, bound), before + behind)
    else:
        cells = random.integers(-9, 9, before + behind)
    memory = cells.astype(dtype)
    first, strides = before * dtype.itemsize, (-dtype.itemsize, dtype.itemsize)
    return np.ndarray((before + 1, behind), dtype, memory, first, strides)
