"""Do the given values fit what the model asks for?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine.trace import frozen
from tensorama.errors import FeedError
from tensorama.onnxfile import Model, ValueInfo
from tensorama.onnxfile.tensors import is_hollow
from tensorama.onnxfile.types import (
    DTYPES,
    NARROW,
    element_type,
    from_ml_dtypes,
    narrow_type,
    to_type,
    type_name,
)
from tensorama.phrases import phrase


@told("Reading these inputs")
def check_feeds(model: Model, feeds: Mapping[str, Any]) -> dict[str, Any]:
    """Give the feeds as arrays in the model's order, or raise FeedError with what is wrong.

    What comes is copied where somebody could still write to it, so that nothing changes what was
    recorded. PyTorch's tensors are taken as they are, without what they need for training.

    Each input must be there with the declared element type, rank and fixed sizes; a named or
    unknown dimension takes any size, the same name the same size.
    """
    if not isinstance(feeds, Mapping):
        raise FeedError(phrase("Inputs are given as a mapping from input name to array."))
    declared = {value.name: value for value in model.graph.inputs}
    unknown = [name for name in feeds if name not in declared and name not in model.graph.weights]
    if unknown:
        raise FeedError(
            phrase(
                'There is no input "{name}"; the model has {wanted}.',
                name=unknown[0],
                wanted=_names(declared),
            )
        )
    missing = [v for v in declared.values() if feeds.get(v.name) is None and v.kind != "optional"]
    if missing:
        raise FeedError(
            phrase(
                'Input "{name}" is missing: {wanted}.',
                name=missing[0].name,
                wanted=describe(missing[0]),
            )
        )
    sizes: dict[str, int] = {}
    checked = {name: _checked(v, feeds.get(name), sizes) for name, v in declared.items()}
    replaced = {
        name: _checked(_as_declared(model, name), value, sizes)
        for name, value in feeds.items()
        if name not in declared
    }
    return checked | replaced


def describe(value: ValueInfo) -> str:
    """Say an input's type and shape in words: `float32 (N,1,28,28)`."""
    dtype = type_name(value.elem_type)
    if value.shape is None:
        return f"{dtype} of any shape"
    return f"{dtype} ({','.join('?' if d is None else str(d) for d in value.shape)})"


def _as_declared(model: Model, weight: str) -> ValueInfo:
    """A weight that may be replaced, as if it were an input."""
    array = model.graph.weights[weight]
    return ValueInfo(weight, element_type(array), array.shape)


def _names(declared: Mapping[str, ValueInfo]) -> str:
    return ", ".join(f'"{name}"' for name in declared) or "no inputs"


def _checked(declared: ValueInfo, given: Any, sizes: dict[str, int]) -> Any:
    if given is None and declared.kind == "optional":
        return None
    if declared.kind == "sequence":
        if not isinstance(given, (list, tuple)):
            raise FeedError(
                phrase(
                    'Input "{name}" takes a sequence of tensors, a single {type} came.',
                    name=declared.name,
                    type=type(given).__name__,
                )
            )
        return [_kept(from_ml_dtypes(_array(declared, item))) for item in given]
    if declared.kind == "map" and not isinstance(given, Mapping):
        raise FeedError(
            phrase(
                'Input "{name}" takes a map, a single {type} came.',
                name=declared.name,
                type=type(given).__name__,
            )
        )
    if declared.kind != "tensor":
        return given
    array = from_ml_dtypes(_array(declared, given))
    wanted = DTYPES.get(declared.elem_type)
    if wanted == np.dtype(object) and array.dtype.kind in "US":
        array = array.astype(object)
    if array.dtype.kind == "O" and not all(isinstance(item, str) for item in array.flat):
        raise FeedError(
            phrase(
                'Input "{name}" takes {wanted}, an array of other objects came.',
                name=declared.name,
                wanted=describe(declared),
            )
        )
    if wanted is not None and array.dtype != wanted:
        if array.dtype.newbyteorder("=") == wanted:
            array = array.astype(wanted)
        else:
            raise FeedError(_wrong_type(declared, array, wanted))
    if declared.elem_type in NARROW and not narrow_type(array):
        array = to_type(array, declared.elem_type)
    if is_hollow(array.shape):
        raise FeedError(
            phrase(
                'Input "{name}" is empty, and yet of the shape ({shape}): that is beyond all '
                "measure.",
                name=declared.name,
                shape=",".join(map(str, array.shape)),
            )
        )
    if declared.shape is not None:
        _check_shape(declared, array.shape, sizes)
    return _kept(array)


def _array(declared: ValueInfo, given: Any) -> np.ndarray:
    try:
        if hasattr(given, "detach"):  # a tensor of PyTorch
            given = given.detach().cpu()
        return np.asarray(given)
    except ValueError as error:
        raise FeedError(
            phrase(
                'Input "{name}" takes {wanted}; what came is no array, its rows differ in length.',
                name=declared.name,
                wanted=describe(declared),
            )
        ) from error
    except Exception as error:  # objects decide by themselves how they become an array
        raise FeedError(
            phrase(
                'Input "{name}" takes {wanted}; what came cannot be read as an array ({error}).',
                name=declared.name,
                wanted=describe(declared),
                error=error,
            )
        ) from error


def _wrong_type(declared: ValueInfo, array: np.ndarray, wanted: np.dtype) -> str:
    came = "string" if array.dtype.kind in "OUS" else str(array.dtype)
    sentence = f'Input "{declared.name}" takes {describe(declared)}, {came} came'
    if array.dtype.kind in "OUS" or wanted.kind == "O":
        return f"{sentence}."
    return f"{sentence}; convert it with .astype('{wanted}')."


def _wrong_shape(declared: ValueInfo, shape: tuple[int, ...]) -> str:
    came = ",".join(map(str, shape))
    return f'Input "{declared.name}" takes {describe(declared)}, shape ({came}) came.'


def _check_shape(declared: ValueInfo, shape: tuple[int, ...], sizes: dict[str, int]) -> None:
    assert declared.shape is not None
    if len(shape) != len(declared.shape):
        raise FeedError(_wrong_shape(declared, shape))
    for size, expected in zip(shape, declared.shape, strict=True):
        if isinstance(expected, int) and size != expected:
            raise FeedError(_wrong_shape(declared, shape))
        if isinstance(expected, str) and sizes.setdefault(expected, size) != size:
            raise FeedError(
                phrase(
                    'Input "{name}": dimension "{dimension}" is {size} here and {other} in '
                    "another input.",
                    name=declared.name,
                    dimension=expected,
                    size=size,
                    other=sizes[expected],
                )
            )


def _kept(array: np.ndarray) -> Any:
    """The array as it is now and stays; a copy if somebody else can write to its memory."""
    return frozen(array.copy(order="K") if _writable(array) else array)


def _writable(array: np.ndarray) -> bool:
    """Whether somebody can still write to this memory."""
    owner: Any = array
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return True
        owner = owner.base
    try:
        return owner is not None and not memoryview(owner).readonly
    except TypeError:  # it does not say
        return True
