"""The messages that an ONNX file consists of, as its schema names and numbers them.

What nothing here asks for is left out (documentation, training, quantization notes, devices) and
passed over when a file is read. What a file does not say is empty, 0, or a message that says
nothing; `has` tells whether it was said.
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.onnxfile.wire import (
    BLOB,
    BLOBS,
    CHOICE,
    FLOAT,
    FLOATS,
    INT,
    INTS,
    PART,
    PARTS,
    TEXT,
    TEXTS,
    Field,
    Message,
)

_ATTRIBUTE_TYPES, _LOCATIONS = 14, 1  # the highest of each
Numbers = Sequence[Any]  # each a number, or an array of some


def _field(number: int, holds: int, of: Any = None, group: str = "") -> Any:
    return Field(number, holds, of, group)


def listed(entries: Numbers) -> list[Any]:
    """Numbers of a list as Python's, however they came."""
    single: list[Any] = []
    for entry in entries:
        if isinstance(entry, np.ndarray):
            single += entry.tolist()
        else:
            single.append(entry)
    return single


def packed(entries: Numbers, dtype: np.dtype) -> np.ndarray:
    """Numbers of a list as an array; a view of the file's bytes if they lie there in one piece."""
    arrays = [e for e in entries if isinstance(e, np.ndarray)]
    if len(arrays) == len(entries) == 1:
        return arrays[0]
    if not arrays:
        return np.array(entries, dtype)
    return np.concatenate([np.atleast_1d(np.asarray(entry, dtype)) for entry in entries])


class StringStringEntryProto(Message):
    """A note: a name and what is said."""

    key: str = _field(1, TEXT)
    value: str = _field(2, TEXT)


class OperatorSetIdProto(Message):
    """Which version of a domain's operators is meant."""

    domain: str = _field(1, TEXT)
    version: int = _field(2, INT, 64)


class TensorProto(Message, placed=True):
    """A stored tensor."""

    start: int = 0  # where in the file it begins
    dims: Numbers = _field(1, INTS, 64)
    data_type: int = _field(2, INT, 32)
    float_data: Numbers = _field(4, FLOATS, "<f4")
    int32_data: Numbers = _field(5, INTS, 32)
    string_data: Sequence[bytes] = _field(6, BLOBS)
    int64_data: Numbers = _field(7, INTS, 64)
    name: str = _field(8, TEXT)
    raw_data: memoryview = _field(9, BLOB)
    double_data: Numbers = _field(10, FLOATS, "<f8")
    uint64_data: Numbers = _field(11, INTS, 64)
    external_data: Sequence[StringStringEntryProto] = _field(13, PARTS, "StringStringEntryProto")
    data_location: int = _field(14, CHOICE, _LOCATIONS)


class SparseTensorProto(Message):
    """A stored tensor of which only what is not zero is written down."""

    values: TensorProto = _field(1, PART, "TensorProto")
    indices: TensorProto = _field(2, PART, "TensorProto")
    dims: Numbers = _field(3, INTS, 64)


class Dimension(Message):
    """One axis: how long, or what its length is called."""

    dim_value: int = _field(1, INT, 64, "value")
    dim_param: str = _field(2, TEXT, group="value")


class TensorShapeProto(Message):
    """The axes of a tensor."""

    dim: Sequence[Dimension] = _field(1, PARTS, "Dimension")


class Tensor(Message):
    """The type of a tensor, also of a sparse one."""

    elem_type: int = _field(1, INT, 32)
    shape: TensorShapeProto = _field(2, PART, "TensorShapeProto")


class Sequence_(Message):
    """The type of a sequence or of an optional."""

    elem_type: TypeProto = _field(1, PART, "TypeProto")


class Map(Message):
    """The type of a map."""

    key_type: int = _field(1, INT, 32)
    value_type: TypeProto = _field(2, PART, "TypeProto")


class Opaque(Message):
    """A type of which nobody knows more than its name."""


class TypeProto(Message, shared=True):
    """What a value is."""

    tensor_type: Tensor = _field(1, PART, "Tensor", "value")
    sequence_type: Sequence_ = _field(4, PART, "Sequence_", "value")
    map_type: Map = _field(5, PART, "Map", "value")
    opaque_type: Opaque = _field(7, PART, "Opaque", "value")
    sparse_tensor_type: Tensor = _field(8, PART, "Tensor", "value")
    optional_type: Sequence_ = _field(9, PART, "Sequence_", "value")


class ValueInfoProto(Message):
    """What is said of a tensor before anything ran."""

    name: str = _field(1, TEXT)
    type: TypeProto = _field(2, PART, "TypeProto")


class AttributeProto(Message, shared=True):
    """What a node is told beside its inputs; `type` says in which field it stands."""

    name: str = _field(1, TEXT)
    f: float = _field(2, FLOAT, "<f4")
    i: int = _field(3, INT, 64)
    s: memoryview = _field(4, BLOB)
    t: TensorProto = _field(5, PART, "TensorProto")
    g: GraphProto = _field(6, PART, "GraphProto")
    floats: Numbers = _field(7, FLOATS, "<f4")
    ints: Numbers = _field(8, INTS, 64)
    strings: Sequence[bytes] = _field(9, BLOBS)
    tensors: Sequence[TensorProto] = _field(10, PARTS, "TensorProto")
    graphs: Sequence[GraphProto] = _field(11, PARTS, "GraphProto")
    tp: TypeProto = _field(14, PART, "TypeProto")
    type_protos: Sequence[TypeProto] = _field(15, PARTS, "TypeProto")
    type: int = _field(20, CHOICE, _ATTRIBUTE_TYPES)
    ref_attr_name: str = _field(21, TEXT)
    sparse_tensor: SparseTensorProto = _field(22, PART, "SparseTensorProto")
    sparse_tensors: Sequence[SparseTensorProto] = _field(23, PARTS, "SparseTensorProto")


class NodeProto(Message):
    """One operation."""

    input: Sequence[str] = _field(1, TEXTS)
    output: Sequence[str] = _field(2, TEXTS)
    name: str = _field(3, TEXT)
    op_type: str = _field(4, TEXT)
    attribute: Sequence[AttributeProto] = _field(5, PARTS, "AttributeProto")
    domain: str = _field(7, TEXT)
    overload: str = _field(8, TEXT)
    metadata_props: Sequence[StringStringEntryProto] = _field(9, PARTS, "StringStringEntryProto")


class GraphProto(Message):
    """Operations, weights, and what goes in and comes out."""

    node: Sequence[NodeProto] = _field(1, PARTS, "NodeProto")
    name: str = _field(2, TEXT)
    initializer: Sequence[TensorProto] = _field(5, PARTS, "TensorProto")
    input: Sequence[ValueInfoProto] = _field(11, PARTS, "ValueInfoProto")
    output: Sequence[ValueInfoProto] = _field(12, PARTS, "ValueInfoProto")
    value_info: Sequence[ValueInfoProto] = _field(13, PARTS, "ValueInfoProto")
    sparse_initializer: Sequence[SparseTensorProto] = _field(15, PARTS, "SparseTensorProto")


class FunctionProto(Message):
    """An operator that is spelled out."""

    name: str = _field(1, TEXT)
    input: Sequence[str] = _field(4, TEXTS)
    output: Sequence[str] = _field(5, TEXTS)
    attribute: Sequence[str] = _field(6, TEXTS)
    node: Sequence[NodeProto] = _field(7, PARTS, "NodeProto")
    opset_import: Sequence[OperatorSetIdProto] = _field(9, PARTS, "OperatorSetIdProto")
    domain: str = _field(10, TEXT)
    attribute_proto: Sequence[AttributeProto] = _field(11, PARTS, "AttributeProto")
    overload: str = _field(13, TEXT)


class ModelProto(Message):
    """The whole file."""

    ir_version: int = _field(1, INT, 64)
    producer_name: str = _field(2, TEXT)
    producer_version: str = _field(3, TEXT)
    graph: GraphProto = _field(7, PART, "GraphProto")
    opset_import: Sequence[OperatorSetIdProto] = _field(8, PARTS, "OperatorSetIdProto")
    metadata_props: Sequence[StringStringEntryProto] = _field(14, PARTS, "StringStringEntryProto")
    functions: Sequence[FunctionProto] = _field(25, PARTS, "FunctionProto")
