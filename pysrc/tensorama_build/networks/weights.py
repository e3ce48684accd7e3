"""Weights out of a file that PyTorch wrote, without PyTorch.

Such a file is a pickle, which can name any function to be called when it is read. Here it may name
the three that weights need, and what they make is plain numpy. Written by PyTorch before 1.6: one
pickle behind another, then the bytes of each storage.
"""

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import BuildError

MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8", "DoubleStorage": "<f8", "HalfStorage": "<f2"}
_BEFORE = 3  # pickles before the weights: a number to know the file by, the version, the system


@dataclass(frozen=True)
class _Stored:
    """Where the numbers of a tensor will stand, which come behind all pickles."""

    key: str
    kind: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of weights")

    def persistent_load(self, pid: Any) -> Any:
        kind, storage, key = pid[0], pid[1], pid[2]
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind} is no part of weights")
        return str(storage), str(key)


def _rebuilt(
    storage: tuple[str, str], offset: int, shape: Sequence[int], strides: Sequence[int], *_: Any
) -> _Stored:
    return _Stored(storage[1], storage[0], offset, tuple(shape), tuple(strides))


def read_weights(data: bytes) -> dict[str, np.ndarray]:
    """The tensors of a file by name. Raises BuildError for what is no such file."""
    file = io.BytesIO(data)
    try:
        magic, *_ = [_Reader(file).load() for _ in range(_BEFORE)]
        if magic != MAGIC:
            raise ValueError("it begins with another number")
        tensors, keys = _Reader(file).load(), _Reader(file).load()
        kinds = {tensor.key: tensor.kind for tensor in tensors.values()}
        stored = {key: _storage(file.read, _TYPES[kinds[key]]) for key in keys}
        return {name: _placed(stored[tensor.key], tensor) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, ValueError, KeyError, AttributeError, EOFError) as error:
        raise BuildError(f"This is no file of weights: {error}") from error


def _storage(read: Callable[[int], bytes], kind: str) -> np.ndarray:
    (count,) = struct.unpack("<q", read(8))
    data = read(count * np.dtype(kind).itemsize)
    return np.frombuffer(data, kind, count)


def _placed(numbers: np.ndarray, tensor: _Stored) -> np.ndarray:
    """The tensor's own numbers out of its storage, copied."""
    reach = tensor.offset + sum(
        (size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True)
    )
    if 0 in tensor.shape or reach >= len(numbers) or min(tensor.strides, default=0) < 0:
        raise ValueError("a tensor reaches beyond what is stored")
    strides = [step * numbers.itemsize for step in tensor.strides]
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides)
    return view.copy()
