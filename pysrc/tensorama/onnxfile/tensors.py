"""A stored tensor (`TensorProto`) as a numpy array that shares the file's bytes.

Element types that numpy lacks are widened here and nowhere else: bfloat16 and the float8 and
4-bit kinds come as float32, int8 or uint8 with the same values.
https://onnx.ai/onnx/repo-docs/IR.html, onnx.proto3 `TensorProto`
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.errors import FileFormatError, UnsupportedError

# ONNX element type -> numpy dtype, for the types that numpy has
DTYPES: dict[int, np.dtype] = {
    1: np.dtype("float32"),
    2: np.dtype("uint8"),
    3: np.dtype("int8"),
    4: np.dtype("uint16"),
    5: np.dtype("int16"),
    6: np.dtype("int32"),
    7: np.dtype("int64"),
    8: np.dtype("object"),  # strings
    9: np.dtype("bool"),
    10: np.dtype("float16"),
    11: np.dtype("float64"),
    12: np.dtype("uint32"),
    13: np.dtype("uint64"),
    14: np.dtype("complex64"),
    15: np.dtype("complex128"),
}
ELEMENT_TYPES = {dtype: number for number, dtype in DTYPES.items()}
BFLOAT16 = 16

ReadExternal = Callable[[str, int, int | None], bytes]  # location, offset, length -> bytes

# which of TensorProto's typed lists holds a type's values when there is no raw_data
_LISTS = {1: "float_data", 14: "float_data", 11: "double_data", 15: "double_data"}
_LISTS |= {7: "int64_data", 12: "uint64_data", 13: "uint64_data", 8: "string_data"}


def to_array(tensor: Any, read_external: ReadExternal | None = None) -> np.ndarray:
    """Turn one stored `TensorProto` into a read-only array of its declared shape."""
    shape = tuple(tensor.dims)
    if any(size < 0 for size in shape):
        raise FileFormatError(f'Weight "{tensor.name}" has a negative dimension: {shape}.')
    kind = tensor.data_type
    if kind == 8:
        text = np.array([s.decode("utf-8", "replace") for s in tensor.string_data], dtype=object)
        return _shaped(text, shape, tensor.name)
    if kind != BFLOAT16 and kind not in DTYPES:
        raise UnsupportedError(f'Weight "{tensor.name}" has element type {kind}, not known here.')
    raw = _raw_bytes(tensor, read_external)
    if raw is not None:
        flat = _from_raw(raw, kind, tensor.name)
    else:
        flat = _from_list(tensor, kind)
    return _shaped(flat, shape, tensor.name)


def _raw_bytes(tensor: Any, read_external: ReadExternal | None) -> bytes | None:
    if tensor.data_location == 1:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        if read_external is None:
            raise FileFormatError(
                f'Weight "{tensor.name}" lies in another file, "{location}". '
                "Save the model as one file to open it here."
            )
        length = entries.get("length")
        return read_external(
            location, int(entries.get("offset", 0)), int(length) if length else None
        )
    return tensor.raw_data if tensor.HasField("raw_data") else None


def _from_raw(raw: bytes, kind: int, name: str) -> np.ndarray:
    stored = np.dtype("uint16") if kind == BFLOAT16 else DTYPES[kind]
    if len(raw) % stored.itemsize:
        raise FileFormatError(f'Weight "{name}" is cut off: {len(raw)} bytes of {stored} values.')
    flat = np.frombuffer(raw, stored.newbyteorder("<")).astype(stored, copy=False)
    return bfloat16_to_float32(flat) if kind == BFLOAT16 else flat


def _from_list(tensor: Any, kind: int) -> np.ndarray:
    values = getattr(tensor, _LISTS.get(kind, "int32_data"))
    if kind in (14, 15):  # complex numbers are stored as pairs
        parts = np.array(values, dtype=np.float32 if kind == 14 else np.float64)
        return parts.view(DTYPES[kind])
    if kind == 10:
        return np.array(values, dtype=np.uint16).view(np.float16)
    if kind == BFLOAT16:
        return bfloat16_to_float32(np.array(values, dtype=np.uint16))
    return np.array(values, dtype=DTYPES[kind])


def bfloat16_to_float32(bits: np.ndarray) -> np.ndarray:
    """Widen bfloat16 bits (uint16) to the float32 of the same value."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _shaped(flat: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    wanted = math.prod(shape)
    if flat.size != wanted:
        raise FileFormatError(
            f'Weight "{name}" is cut off: shape {shape} needs {wanted} values, {flat.size} came.'
        )
    array = flat.reshape(shape)
    array.flags.writeable = False
    return array
