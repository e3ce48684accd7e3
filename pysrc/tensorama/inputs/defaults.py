"""Something to feed a model with when nobody has given anything: seeded, so always the same."""

from __future__ import annotations

import math

import numpy as np

from tensorama.errors import UnsupportedError
from tensorama.onnxfile import Model, ValueInfo
from tensorama.onnxfile.tensors import DTYPES

LARGEST = 2**28  # numbers in one made-up input; more is refused
_UNKNOWN_SIZES = {2: 224, 3: 224}  # pictures whose height and width are free
_UNKNOWN_LENGTH = 16  # any other free dimension after the first


def default_feeds(model: Model, seed: int = 0) -> dict[str, np.ndarray]:
    """Make up an array for each input of the model.

    Free dimensions: the first is a batch of 1, height and width of pictures 224, others 16.
    Floats are noise around zero (a standard normal distribution), whole numbers 0 and 1.
    """
    random = np.random.default_rng(seed)
    return {value.name: _made_up(value, random) for value in model.graph.inputs
            if value.kind != "optional"}  # fmt: skip


def _made_up(value: ValueInfo, random: np.random.Generator) -> np.ndarray:
    if value.kind != "tensor":
        raise UnsupportedError(
            f'Input "{value.name}" is a {value.kind}; give one in Python: model.run({{…}}).'
        )
    shape = tuple(_size(value, axis) for axis in range(len(value.shape or ())))
    if math.prod(shape) > LARGEST:
        raise UnsupportedError(
            f'Input "{value.name}" would need {math.prod(shape):,} numbers, too many for a page.'
        )
    dtype = DTYPES.get(value.elem_type, np.dtype("float32"))
    if dtype.kind in "fc":
        return random.standard_normal(shape).astype(dtype)
    if dtype.kind == "O":
        return np.full(shape, "text", dtype=object)
    return random.integers(0, 2, shape).astype(dtype)


def _size(value: ValueInfo, axis: int) -> int:
    assert value.shape is not None
    size = value.shape[axis]
    if isinstance(size, int):
        return max(0, size)
    if axis == 0:
        return 1
    if len(value.shape) == 4:
        return _UNKNOWN_SIZES.get(axis, 3)
    return _UNKNOWN_LENGTH
