"""A stored tensor (`TensorProto`) as a numpy array that shares the file's bytes.

Which numpy type stands for which element type is said in `types`.
https://onnx.ai/onnx/repo-docs/IR.html, onnx.proto3 `TensorProto`
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.errors import FileFormatError, UnsupportedError
from tensorama.onnxfile.messages import SparseTensorProto, TensorProto, listed, packed
from tensorama.onnxfile.several import missing
from tensorama.onnxfile.types import DTYPES, NARROW, decoded
from tensorama.onnxfile.values import Bytes, Sources
from tensorama.phrases import counted, phrase

MOST_AXES = 64  # numpy's limit
_HOLLOW, _BEYOND = 1 << 20, 1 << 62  # of the sizes beside a 0, multiplied
_DIGITS = 18  # of a place in a file
# which of TensorProto's typed lists holds a type's values when there is no raw_data, and as what
_LISTS = {1: ("float_data", "<f4"), 14: ("float_data", "<f4"), 7: ("int64_data", "<i8")}
_LISTS |= {11: ("double_data", "<f8"), 15: ("double_data", "<f8")}
_LISTS |= {12: ("uint64_data", "<i8"), 13: ("uint64_data", "<i8")}


def to_array(tensor: TensorProto, sources: Sources) -> np.ndarray:
    """Turn one stored `TensorProto` into a read-only array of its declared shape."""
    if tensor not in sources.arrays:
        sources.arrays[tensor] = _array(tensor, sources)
    return sources.arrays[tensor]


def _array(tensor: TensorProto, sources: Sources) -> np.ndarray:
    shape = tuple(listed(tensor.dims))
    if any(size < 0 for size in shape):
        raise FileFormatError(
            phrase(
                'Weight "{name}" has a negative dimension: {shape}.',
                name=tensor.name,
                shape=_words(shape),
            )
        )
    if len(shape) > MOST_AXES:
        raise FileFormatError(
            phrase(
                'Weight "{name}" has {axes} axes, at most 64 can be.',
                name=tensor.name,
                axes=len(shape),
            )
        )
    kind = tensor.data_type
    if kind not in DTYPES:
        raise UnsupportedError(
            phrase(
                'Weight "{name}" has element type {kind}, not known here.',
                name=tensor.name,
                kind=kind,
            )
        )
    if kind == 8:
        text = np.array([s.decode("utf-8", "replace") for s in tensor.string_data], dtype=object)
        return _shaped(text, shape, tensor.name)
    raw = _raw_bytes(tensor, sources)
    if kind in NARROW:
        flat = _narrow(tensor, raw, kind, math.prod(shape))
    elif raw is not None:
        flat = _from_raw(raw, kind, tensor.name)
    else:
        flat = _from_list(tensor, kind, sources)
    return _shaped(flat, shape, tensor.name)


def to_dense(sparse: SparseTensorProto, sources: Sources) -> np.ndarray:
    """Turn a stored `SparseTensorProto` into a plain array, with zeros where nothing is stored.

    Its places are one number per value (counted through the whole tensor), or one row of axes.
    """
    name, shape = sparse.values.name, tuple(listed(sparse.dims))
    values = to_array(sparse.values, sources).reshape(-1)
    places = to_array(sparse.indices, sources)
    if any(size < 0 for size in shape):
        raise FileFormatError(
            phrase(
                'Weight "{name}" has a negative dimension: {shape}.', name=name, shape=_words(shape)
            )
        )
    if places.ndim == 2 and places.shape[1] == len(shape):
        at = tuple(places.T)
    elif places.ndim == 1 and not places.size:
        at = tuple(places for _ in shape)
    elif shape and places.ndim == 1 and 0 <= places.min() <= places.max() < math.prod(shape):
        at = np.unravel_index(places, shape)
    else:
        raise FileFormatError(
            phrase(
                'The places of the sparse weight "{name}" do not fit {shape}.',
                name=name,
                shape=_words(shape),
            )
        )
    if len(places) != values.size or any(
        axis.size and not 0 <= axis.min() <= axis.max() < size
        for axis, size in zip(at, shape, strict=True)
    ):
        raise FileFormatError(
            phrase(
                'The places of the sparse weight "{name}" do not fit {shape}.',
                name=name,
                shape=_words(shape),
            )
        )
    try:
        dense = np.zeros(shape, dtype=values.dtype)
    except (MemoryError, ValueError) as error:
        raise FileFormatError(
            phrase(
                'The sparse weight "{name}" would be too large in full: {shape}.',
                name=name,
                shape=_words(shape),
            )
        ) from error
    dense[at] = values
    dense.flags.writeable = False
    return dense


def _raw_bytes(tensor: TensorProto, sources: Sources) -> Bytes | None:
    if tensor.data_location == 1:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        if not location:
            raise FileFormatError(
                phrase('Weight "{name}" lies in another file that is not named.', name=tensor.name)
            )
        offset = _whole_number(entries.get("offset", "0"), tensor.name)
        if sources.beside is None:
            raise missing([location])
        said = entries.get("length")
        length = None if said is None else _whole_number(said, tensor.name)
        return sources.beside(location, offset, length)
    if not tensor.has("raw_data"):
        return None
    return sources.own(tensor.raw_data, tensor.start, _width(tensor.data_type))


def _width(kind: int) -> int:
    """The bytes of a number as it is stored."""
    return (NARROW[kind].bits + 7) // 8 if kind in NARROW else DTYPES[kind].itemsize


def _whole_number(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS:
        raise FileFormatError(
            phrase(
                'Weight "{name}" lies in another file at "{text}", which is no place in it.',
                name=name,
                text=text,
            )
        )
    return int(text)


def _narrow(tensor: TensorProto, raw: Bytes | None, kind: int, count: int) -> np.ndarray:
    if raw is None:  # each entry of the list holds as many bits as one stored byte or half word
        stored = "<u2" if NARROW[kind].bits == 16 else "u1"
        raw = packed(tensor.int32_data, np.dtype(np.int32)).astype(stored).tobytes()
    if 8 * len(raw) < count * NARROW[kind].bits:
        raise FileFormatError(
            counted(
                'Weight "{name}" is cut off: {values} values of {type} do not fit into '
                "{count} byte.",
                'Weight "{name}" is cut off: {values} values of {type} do not fit into '
                "{count} bytes.",
                len(raw),
                name=tensor.name,
                values=count,
                type=NARROW[kind].name,
            )
        )
    return decoded(raw, kind, count)


def _from_raw(raw: Bytes, kind: int, name: str) -> np.ndarray:
    stored = DTYPES[kind]
    if len(raw) % stored.itemsize:
        raise FileFormatError(
            phrase(
                'Weight "{name}" is cut off: {count} bytes of {stored} values.',
                name=name,
                count=len(raw),
                stored=stored,
            )
        )
    return np.frombuffer(raw, stored.newbyteorder("<")).astype(stored, copy=False)


def _from_list(tensor: TensorProto, kind: int, sources: Sources) -> np.ndarray:
    name, stored = _LISTS.get(kind, ("int32_data", "<i4"))
    values = packed(getattr(tensor, name), np.dtype(stored))
    if kind in (14, 15) and values.size % 2:
        raise FileFormatError(
            counted(
                'Weight "{name}" is cut off: complex numbers are pairs, {count} number came.',
                'Weight "{name}" is cut off: complex numbers are pairs, {count} numbers came.',
                values.size,
                name=tensor.name,
            )
        )
    if values.base is not None:  # the file's own bytes
        part = values.data.cast("B")
        values = np.frombuffer(sources.own(part, tensor.start, _width(kind)), stored)
    if kind in (14, 15):
        return values.view(DTYPES[kind])
    if kind == 10:
        return values.astype(np.uint16).view(np.float16)
    return values.astype(DTYPES[kind], copy=False)


def is_hollow(shape: Sequence[int]) -> bool:
    """Whether a tensor without a value has such long axes that only to count them takes for ever.

    Operators go along the axes before an empty one, in which they then find nothing.
    """
    if 0 not in shape:
        return False
    before = shape[: [*shape].index(0)]
    return math.prod(before) > _HOLLOW or math.prod(filter(None, shape)) >= _BEYOND


def _words(shape: tuple[int, ...]) -> str:
    return f"({','.join(map(str, shape))})"


def _shaped(flat: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    wanted = math.prod(shape)
    if flat.size != wanted:
        raise FileFormatError(
            phrase(
                'Weight "{name}" is cut off: shape {shape} needs {wanted} values, {size} came.',
                name=name,
                shape=_words(shape),
                wanted=wanted,
                size=flat.size,
            )
        )
    if is_hollow(shape):
        raise FileFormatError(
            phrase(
                'Weight "{name}" has an impossible shape: {shape}.', name=name, shape=_words(shape)
            )
        )
    try:
        array = flat.reshape(shape)
    except ValueError as error:  # sizes beyond what there can be, beside one that is 0
        raise FileFormatError(
            phrase(
                'Weight "{name}" has an impossible shape: {shape}.', name=name, shape=_words(shape)
            )
        ) from error
    array.flags.writeable = False
    return array
