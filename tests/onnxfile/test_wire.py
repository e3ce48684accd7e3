"""Files are read as protobuf reads them: what stands in a good one, and which are refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from engine.suite import cases
from tensorama.errors import FileFormatError
from tensorama.onnxfile import messages
from tensorama.onnxfile.order import drained
from tensorama.onnxfile.varints import BrokenError, numbers
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
    Message,
    Reader,
)

EXPORTS = sorted((Path(__file__).parents[1] / "engine" / "exports").glob("*.onnx"))
SUITE = [(kind, name) for kind in ("node", "simple") for name in sorted(cases(kind))]
KINDS = {kind.__name__: kind for kind in Message.__subclasses__()}
# what a type of protobuf is read as, one of it and many
HOLDS = {
    FieldDescriptor.TYPE_STRING: (TEXT, TEXTS),
    FieldDescriptor.TYPE_BYTES: (BLOB, BLOBS),
    FieldDescriptor.TYPE_MESSAGE: (PART, PARTS),
    FieldDescriptor.TYPE_ENUM: (CHOICE, None),
    FieldDescriptor.TYPE_FLOAT: (FLOAT, FLOATS),
    FieldDescriptor.TYPE_DOUBLE: (None, FLOATS),
    FieldDescriptor.TYPE_INT64: (INT, INTS),
    FieldDescriptor.TYPE_UINT64: (INT, INTS),
    FieldDescriptor.TYPE_INT32: (INT, INTS),
}
SIZES = {FieldDescriptor.TYPE_INT64: 64, FieldDescriptor.TYPE_UINT64: 64}
SIZES |= {FieldDescriptor.TYPE_INT32: 32}
FLOATING = {FieldDescriptor.TYPE_FLOAT: "<f4", FieldDescriptor.TYPE_DOUBLE: "<f8"}
OURS = {"Sequence": "Sequence_", "Optional": "Sequence_", "SparseTensor": "Tensor"}


def descriptor(name: str) -> Descriptor:
    """What the onnx package says of a message."""
    inner = {"Sequence_": "Sequence", "Dimension": "Dimension"}.get(name, name)
    around = onnx.TensorShapeProto if name == "Dimension" else onnx.TypeProto
    found = getattr(onnx, name, None) or getattr(around, inner)
    return found.DESCRIPTOR  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_schema_is_that_of_the_onnx_package(name: str) -> None:
    theirs = {field.name: field for field in descriptor(name).fields}
    for field_name, field in KINDS[name].fields.items():
        its = theirs[field_name]
        assert field.number == its.number
        assert field.holds == HOLDS[its.type][its.is_repeated]
        if field.holds in (PART, PARTS):
            assert field.of == OURS.get(its.message_type.name, its.message_type.name)
        if field.holds in (INT, INTS):
            assert field.of == SIZES[its.type]
        if field.holds in (FLOAT, FLOATS):
            assert field.of == FLOATING[its.type]
        if field.holds == CHOICE:
            assert sorted(v.number for v in its.enum_type.values) == [*range(field.of + 1)]
        assert bool(field.group) == bool(its.containing_oneof)
    groups = {f.name for f in theirs.values() if f.containing_oneof}
    assert groups <= KINDS[name].fields.keys(), "one that comes does away with the others"


def read(data: bytes) -> messages.ModelProto:
    """The message as it is read here."""
    return drained(Reader(data).read(messages.ModelProto))


def same(ours: Any, theirs: Any) -> None:
    """Complain unless a message here says what the same message says in protobuf."""
    for name, field in ours.fields.items():
        value, wanted = getattr(ours, name), getattr(theirs, name)
        if field.holds in (INTS, FLOATS):
            numbers_ours = messages.listed(value)
            if field.number == 11 and name == "uint64_data":
                numbers_ours = [number % (1 << 64) for number in numbers_ours]
            assert len(numbers_ours) == len(wanted)
            assert np.array_equal(numbers_ours, list(wanted), equal_nan=field.holds == FLOATS)
        elif field.holds == PARTS:
            assert len(value) == len(wanted)
            for part, other in zip(value, wanted, strict=True):
                same(part, other)
        elif field.holds in (TEXTS, BLOBS):
            assert [*value] == [*wanted]
        else:
            assert ours.has(name) == theirs.HasField(name)
            if field.holds == PART:
                if ours.has(name):
                    same(value, wanted)
            elif field.holds == FLOAT:
                assert value == wanted or (math.isnan(value) and math.isnan(wanted))
            else:
                assert value == wanted


def both(data: bytes) -> None:
    """Read bytes in both ways; complain if only protobuf can, or what is read differs."""
    try:
        theirs = onnx.ModelProto.FromString(data)
    except DecodeError:
        theirs = None
    try:
        ours = read(data)
    except FileFormatError:  # a text that is none: protobuf leaves it to others to see that
        return
    except BrokenError:
        assert theirs is None, "protobuf reads this"
        return
    if theirs is not None:  # what nobody asks for is passed over here, broken or not
        same(ours, theirs)


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_exports_are_read_as_protobuf_reads_them(path: Path) -> None:
    data = path.read_bytes()
    same(read(data), onnx.ModelProto.FromString(data))


def test_every_model_of_the_suite_is_read_as_protobuf_reads_it() -> None:
    for kind, name in SUITE:
        case = cases(kind)[name]
        path = Path(case.model_dir) / "model.onnx" if case.model_dir else None
        data = path.read_bytes() if path else case.model.SerializeToString()
        same(read(data), onnx.ModelProto.FromString(data))


def everything() -> onnx.ModelProto:
    """A small model with something in nearly every field."""
    one = helper.make_tensor("one", TensorProto.FLOAT, [2], [1.5, -2])
    made = [
        helper.make_tensor("wide", TensorProto.INT64, [3], [1, -1, 1 << 62]),
        helper.make_tensor("plain", TensorProto.UINT64, [1], [(1 << 64) - 1]),
        helper.make_tensor("half", TensorProto.FLOAT16, [2], [1, 2]),
        helper.make_tensor("double", TensorProto.DOUBLE, [1], [math.pi]),
        helper.make_tensor("words", TensorProto.STRING, [2], [b"a", b"\xff"]),
        TensorProto(name="raw", data_type=1, dims=[1], raw_data=b"abcd"),
        TensorProto(name="far", data_type=1, dims=[1], data_location=1),
    ]
    made[-1].external_data.add(key="location", value="far.bin")
    inner = helper.make_graph([helper.make_node("Constant", [], ["c"], value=one)], "i", [], [])
    sparse = helper.make_sparse_tensor(one, helper.make_tensor("at", 7, [2], [0, 3]), [5])
    pair = helper.make_tensor_type_proto(1, ["N", 3, None])
    many = helper.make_sequence_type_proto(pair)
    node = helper.make_node(
        "Foo", ["x", "", "y"], ["z"], name="foo", domain="own", f=0.5, i=-7, s="text", t=one,
        floats=[1.0, 2.0], ints=[3, -4, 300], strings=["p", "q"], g=inner, graphs=[inner, inner],
        tensors=[one, one], tp=many, sparse=sparse, again=[1] * 50, more=[0.5] * 50,
    )  # fmt: skip
    node.metadata_props.add(key="namespace", value="a/b")
    graph = helper.make_graph(
        [node, helper.make_node("Foo", ["x"], ["k"], ints=[3, -4, 300])],
        "g",
        [helper.make_value_info("x", pair), helper.make_value_info("s", many)],
        [helper.make_value_info("o", helper.make_optional_type_proto(many))],
        made,
    )
    graph.sparse_initializer.append(sparse)
    graph.value_info.append(helper.make_value_info("m", helper.make_map_type_proto(7, many)))
    function = helper.make_function(
        "own", "Foo", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])],
        [helper.make_opsetid("", 20)], ["alpha"],
        [helper.make_attribute("beta", 2.0)],
    )  # fmt: skip
    model = helper.make_model(graph, functions=[function], producer_name="maker")
    model.metadata_props.add(key="labels", value="c,d")
    return model


EVERYTHING = everything().SerializeToString()


def test_everything_is_read() -> None:
    both(EVERYTHING)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["set", "drop", "add", "cut", "again"]),
        st.integers(0, len(EVERYTHING) - 1),
        st.binary(min_size=1, max_size=12),
    ),
    max_size=4,
)


@given(CHANGES)
@settings(max_examples=800, deadline=None)
def test_changed_bytes_are_read_as_protobuf_reads_them(
    changes: list[tuple[str, int, bytes]],
) -> None:
    data = bytearray(EVERYTHING)
    for how, at, some in changes:
        if how == "set":
            data[at : at + len(some)] = some
        elif how == "drop":
            del data[at : at + len(some)]
        elif how == "add":
            data[at:at] = some
        elif how == "cut":
            del data[at:]
        else:  # parts of messages come once more
            data += data[at : at + 40 * len(some)]
    both(bytes(data))


ODD = [
    # a graph with a name; another one goes on with it
    b"\x3a\x04\x12\x02gg",
    b"\x3a\x00",
    b"\x42\x02\x10\x15",
    # a type that breaks off
    b"\x3a\x0a\x5a\x08\x0a\x01x\x12\x03\x0a\x01\x08",
    b"\x3a\x0a\x5a\x08\x12\x06\x22\x04\x0a\x02\x0a\x00",
    # and one that goes on
    b"\x3a\x10\x5a\x0e\x12\x04\x0a\x02\x08\x01\x12\x06\x0a\x04\x12\x02\x0a\x00",
    # another type instead
    b"\x3a\x0e\x5a\x0c\x12\x04\x0a\x02\x08\x01\x12\x04\x22\x02\x0a\x00",
    # sizes with two values
    b"\x3a\x10\x5a\x0e\x12\x0c\x0a\x0a\x12\x08\x0a\x06\x08\x07\x12\x01n\x08",
    b"\x3a\x11\x5a\x0f\x12\x0d\x0a\x0b\x12\x09\x0a\x07\x08\x07\x12\x01n\x08\x05",
    # the least number, the longest 127
    b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    # a long way to write 0, as a length and in a tag
    b"\x12\x80\x80\x80\x80\x80\x00",
    b"\x8a\x00\x01a",
    # groups, which nobody writes any more
    b"\x0b\x0c",
    b"\x83\x01\x08\x01\x84\x01",
    b"\x0b\x14",
    b"\x0c",
    # no wire type, no field
    b"\x07",
    b"\x00\x00",
    b"\x3a\x86\x80\x00\x12\x04\xe2\x82\xac!",
    # a type of attribute
    b"\x3a\x0f\x0a\x0d\x2a\x0b\xa0\x01\x63\x42\x02\x01\x02\x42\x01\x80\x40\x05",
    b"\x3a\x0b\x0a\x09\x2a\x07\xa0\x01\x81\x80\x80\x80\x10",
    # not packed and packed
    b"\x3a\x0f\x0a\x0d\x2a\x0b\xa0\x01\x63\x42\x02\x01\x02\x40\x05\x40\x06",
    b"\x25\x01\x02\x03\x04",
]


@given(st.lists(st.sampled_from(ODD), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_odd_ways_to_write_are_read_as_protobuf_reads_them(parts: list[bytes]) -> None:
    both(b"".join(parts))


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=200))
def test_packed_numbers(wanted: list[int]) -> None:
    proto = TensorProto(int64_data=wanted)
    assert messages.listed(tensor(proto).int64_data) == wanted
    packed = bytes(proto.SerializeToString())
    assert numbers(packed[len(packed) - sum(map(_size, wanted)) :]).tolist() == wanted


def _size(value: int) -> int:
    """How many bytes a number takes."""
    return max(1, math.ceil((value % (1 << 64)).bit_length() / 7))


def tensor(proto: TensorProto) -> messages.TensorProto:
    """A tensor as it is read here."""
    return drained(Reader(proto.SerializeToString()).read(messages.TensorProto))


@pytest.mark.parametrize("name", ["floats", "ints"])
def test_long_lists_that_are_not_packed(name: str) -> None:
    values = [n * (97 if name == "ints" else 0.5) for n in range(-2000, 2000)]
    attribute = onnx.AttributeProto(name="a", type=6, **{name: values})
    data = attribute.SerializeToString()
    ours = drained(Reader(data).read(messages.AttributeProto))
    assert messages.listed(getattr(ours, name)) == values
    assert len(getattr(ours, name)) < 200, "numpy reads on"


def test_a_tensors_bytes_are_not_copied() -> None:
    data = bytearray(TensorProto(raw_data=bytes(10_000)).SerializeToString())
    ours = drained(Reader(data).read(messages.TensorProto))
    data[-1] = 7
    assert ours.raw_data[-1] == 7


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_absent_has_its_parts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no file before has said anything of that kind: the first decides for no other."""
    for other in KINDS.values():
        monkeypatch.setattr(other, "_entries", {})
        for name, field in other.fields.items():
            if field.holds == PART:
                monkeypatch.setattr(other, name, None)

    def complain_of_holes(message: Message | None, above: tuple[type, ...]) -> None:
        assert message is not None, above
        for name, field in type(message).fields.items():
            if field.holds == PART and type(message) not in above:
                complain_of_holes(getattr(message, name), (*above, type(message)))

    KINDS[kind].entries()
    complain_of_holes(KINDS[kind](), ())
