"""Something to feed a model with when nobody has given anything: seeded, so always the same."""

from __future__ import annotations

import math

import numpy as np

from tensorama.errors import UnsupportedError
from tensorama.onnxfile import Model, ValueInfo
from tensorama.onnxfile.types import DTYPES, NARROW, to_type

LARGEST = 2**28  # numbers in one made-up input; more is refused
_UNKNOWN_SIZES = {2: 224, 3: 224}  # pictures whose height and width are free
_KEEPING = {"Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten"}  # the same numbers
_UNKNOWN_LENGTH = 16  # any other free dimension after the first


def default_feeds(model: Model, seed: int = 0) -> dict[str, np.ndarray]:
    """Make up an array for each input of the model.

    Free dimensions: the first is a batch of 1, height and width of pictures 224, others 16; one of
    the same name has the same size everywhere, that of its first place.
    Floats are noise around zero (a standard normal distribution), whole numbers 0 and 1, or any
    row of the table that they choose from.
    """
    random = np.random.default_rng(seed)
    sizes: dict[str, int] = {}
    return {
        value.name: _made_up(value, random, sizes, _rows(model, value.name))
        for value in model.graph.inputs
        if value.kind != "optional"
    }


def _rows(model: Model, name: str) -> int:
    """How many rows the smallest table of weights has that this input chooses from; 2 for none."""
    same, rows = {name}, []
    for node in model.graph.nodes:
        if node.op in _KEEPING and node.inputs and node.inputs[0] in same:
            same.update(node.outputs)
        elif node.op == "Gather" and node.inputs[-1] in same:
            table = model.graph.weights.get(node.inputs[0])
            axis = node.attributes.get("axis", 0)
            if isinstance(table, np.ndarray) and isinstance(axis, int) and axis < table.ndim:
                rows.append(table.shape[axis] if axis >= 0 else 2)
    return max(1, min(rows, default=2))


def _made_up(
    value: ValueInfo, random: np.random.Generator, sizes: dict[str, int], rows: int
) -> np.ndarray:
    if value.kind != "tensor":
        raise UnsupportedError(
            f'Input "{value.name}" is a {value.kind}; give one in Python: model.run({{…}}).'
        )
    shape = tuple(_size(value, axis, sizes) for axis in range(len(value.shape or ())))
    if math.prod(shape) > LARGEST:
        raise UnsupportedError(
            f'Input "{value.name}" would need {math.prod(shape):,} numbers, too many for a page.'
        )
    dtype = DTYPES.get(value.elem_type, np.dtype("float32"))
    if dtype.kind in "fc":
        noise = random.standard_normal(shape)
        return to_type(noise, value.elem_type) if value.elem_type in NARROW else noise.astype(dtype)
    if dtype.kind == "O":
        return np.full(shape, "text", dtype=object)
    below = min(rows, int(np.iinfo(dtype).max)) if dtype.kind in "iu" else 2
    return random.integers(0, below, shape).astype(dtype)


def _size(value: ValueInfo, axis: int, sizes: dict[str, int]) -> int:
    assert value.shape is not None
    size = value.shape[axis]
    if isinstance(size, int):
        return max(0, size)
    if axis == 0:
        free = 1
    elif len(value.shape) == 4:
        free = _UNKNOWN_SIZES.get(axis, 3)
    else:
        free = _UNKNOWN_LENGTH
    return sizes.setdefault(size, free) if size else free
