"""Tensors out of a .safetensors file: a header in JSON, then their bytes, as they lie in memory.

https://huggingface.co/docs/safetensors/index#format
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorama.onnxfile.notes import LONGEST, read_json

_DTYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4",
    "U64": "<u8", "I64": "<i8", "F16": "<f2", "BF16": "<u2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
_LENGTH = 8  # bytes that say how long the header is
_MOST_AXES = 32


def tensors_in(data: bytes) -> dict[str, np.ndarray]:
    """The tensors by their names, as views of the bytes; bfloat16 becomes float32.

    Raises ValueError for a header that is too long, is none, or says what the bytes do not have.
    """
    length = int.from_bytes(data[:_LENGTH], "little")
    if len(data) < _LENGTH or length > min(LONGEST, len(data) - _LENGTH):
        raise ValueError("its header is longer than the file, or than a header may be")
    header = read_json(data[_LENGTH : _LENGTH + length].decode("utf-8"))
    if not isinstance(header, Mapping):
        raise ValueError("its header is no table in JSON")
    body = memoryview(data)[_LENGTH + length :]
    return {name: _tensor(said, body) for name, said in header.items() if name != "__metadata__"}


def _tensor(said: Any, body: memoryview) -> np.ndarray:
    """One tensor, if its place in the file is as large as its shape."""
    if not isinstance(said, Mapping) or said.get("dtype") not in _DTYPES:
        raise ValueError("a tensor is of no known type")
    dtype = np.dtype(_DTYPES[said["dtype"]])
    shape, place = _counts(said.get("shape")), _counts(said.get("data_offsets"))
    if len(place) != 2 or len(shape) > _MOST_AXES:
        raise ValueError("a tensor has no place, or too many axes")
    begin, end = place
    size = math.prod(shape) * dtype.itemsize
    if not begin <= end <= len(body) or end - begin != size:
        raise ValueError("a tensor is not as large as its shape says")
    array = np.frombuffer(body[begin:end], dtype).reshape(shape)
    if said["dtype"] == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _counts(said: Any) -> list[int]:
    if not isinstance(said, list) or any(type(n) is not int or n < 0 for n in said):
        raise ValueError("whole numbers were expected")
    return said
