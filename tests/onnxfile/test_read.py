"""Reading files: what stands in a good one, and the sentence for each kind of bad one."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import TensorProto, helper, numpy_helper

import tensorama as tr
from tensorama import onnxfile
from tensorama.engine import memory

SMALL = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[N,3] x) => (float[N,3] y) { h = Relu (x) y = Softmax <axis = 1> (h) }
"""


def parsed(text: str = SMALL) -> onnx.ModelProto:
    return onnx.parser.parse_model(text)


def changed(change: Callable[[onnx.ModelProto], Any], text: str = SMALL) -> bytes:
    model = parsed(text)
    change(model)
    return model.SerializeToString()


def with_weight(**fields: Any) -> bytes:
    """A model whose only weight, float32 (3), has the given fields."""
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT)
    weight.dims.extend(fields.pop("dims", [3]))
    for key, value in fields.pop("external", {}).items():
        weight.external_data.add(key=key, value=value)
    for key, value in fields.items():
        setattr(weight, key, value)
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])], "g", [], [output], [weight]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()


def refused(kind: type[Exception], data: bytes | str | Path) -> str:
    with pytest.raises(kind) as caught:
        tr.load(data)
    return str(caught.value)


def test_a_model_tells_what_stands_in_its_file() -> None:
    def describe(model: onnx.ModelProto) -> None:
        model.producer_name, model.producer_version = "trainer", "2"
        model.metadata_props.add(key="labels", value="cat,dog")
        model.graph.initializer.append(numpy_helper.from_array(np.eye(3, dtype=np.float32), "w"))
        model.graph.node[0].op_type = "MatMul"
        model.graph.node[0].input.append("w")

    model = tr.load(changed(describe))
    assert model.opsets == {"": 21}
    assert model.producer == "trainer 2"
    assert model.metadata == {"labels": "cat,dog"}
    assert model.parameters == 9
    assert [node.label for node in model.graph.nodes] == ['MatMul "h"', 'Softmax "y"']
    assert model.graph.inputs[0].shape == ("N", 3)
    assert not model.graph.weights["w"].flags.writeable


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pkg.torch.onnx.name_scopes", "['', 'blocks.0', 'blocks.0.norm', 'layer_norm']"),
        ("namespace", ": Net/blocks.0: Block/blocks.0.norm: LayerNorm/layer_norm: aten.norm"),
    ],
)
def test_the_modules_around_a_node_are_read_from_its_notes(key: str, value: str) -> None:
    def change(model: onnx.ModelProto) -> None:
        model.graph.node[0].metadata_props.add(key=key, value=value)

    first, second = tr.load(changed(change)).graph.nodes
    assert first.scope == ("blocks.0", "blocks.0.norm")
    assert second.scope == ()


def test_nodes_are_counted_in_graphs_inside_and_in_functions_too() -> None:
    text = """<ir_version: 10, opset_import: ["": 20, "f": 1]>
        g (bool b, float[2] x) => (float[2] y) {
            y = If (b) <
                then_branch = one () => (float[2] t) { s = Abs (x)  t = f.twice (s) },
                else_branch = two () => (float[2] e) { e = Neg (x) }
            >
        }
        <domain: "f", opset_import: ["": 20]> twice (a) => (c) { c = Add (a, a) }"""
    file = onnxfile.parse(parsed(text).SerializeToString())
    assert [file.has_more_nodes(most) for most in (0, 1, 3, 4, 5)] == [True] * 4 + [False]


def test_nodes_are_put_into_an_order_in_which_they_can_run() -> None:
    data = changed(lambda m: m.graph.node.insert(0, m.graph.node.pop()))
    assert [node.op for node in tr.load(data).graph.nodes] == ["Relu", "Softmax"]


def test_a_name_made_inside_a_branch_may_be_the_name_of_what_the_node_makes() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[3] x, bool c) => (float[3] y) {
        y = If (c) <then_branch = a () => (float[3] y) { y = Relu (x) },
                    else_branch = b () => (float[3] y) { y = Neg (x) }>
    }
    """
    x = np.array([-1, 0, 2], np.float32)
    trace = tr.load(parsed(text).SerializeToString()).run({"x": x, "c": np.array(False)})
    np.testing.assert_array_equal(trace["y"], [1, 0, -2])


def test_a_size_of_minus_one_is_any_size() -> None:
    data = changed(
        lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[0], "dim_value", -1)
    )
    assert tr.load(data).graph.inputs[0].shape == (None, 3)


@pytest.mark.parametrize("places", [[1, 5], [[0, 1], [1, 2]]])
def test_a_sparse_weight_is_filled_with_zeros(places: list) -> None:
    values = numpy_helper.from_array(np.array([7, 9], np.float32), "w")
    sparse = helper.make_sparse_tensor(values, numpy_helper.from_array(np.array(places)), [2, 3])
    model = tr.load(changed(lambda m: m.graph.sparse_initializer.append(sparse)))
    np.testing.assert_array_equal(model.graph.weights["w"], [[0, 7, 0], [0, 0, 9]])


def test_places_of_a_sparse_weight_must_lie_inside() -> None:
    values = numpy_helper.from_array(np.array([7], np.float32), "w")
    sparse = helper.make_sparse_tensor(values, numpy_helper.from_array(np.array([9])), [2, 3])
    sentence = refused(
        tr.FileFormatError, changed(lambda m: m.graph.sparse_initializer.append(sparse))
    )
    assert sentence == 'The places of the sparse weight "w" do not fit (2,3).'


FOREIGN = [
    (b"", "This file is empty: an ONNX model was expected."),
    (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "This is not an ONNX model but a PNG picture."),
    (b"\xff\xd8\xff\xe0" + b"0" * 50, "This is not an ONNX model but a JPEG picture."),
    (b"PK\x03\x04" + b"0" * 50, "This ZIP archive is damaged or cut off."),
    (
        b"\x89HDF\r\n",
        "This is not an ONNX model but an HDF5 file, as older Keras used; export it to ONNX.",
    ),
    (b"0000TFL3", "This is not an ONNX model but a TensorFlow Lite model; convert it to ONNX."),
    (b"\x93NUMPY", "This is not an ONNX model but a numpy array."),
    (b"  <!doctype html>", "This is not an ONNX model but a web page or XML."),
    (
        b'{"format": 1}',
        "This is not an ONNX model but a JSON text, as TensorFlow.js uses for its models.",
    ),
    (
        b"version https://git-lfs.github.com/spec/v1",
        "This is not an ONNX model but a Git LFS pointer, not the model itself; fetch the real "
        "file.",
    ),
    (
        np.random.default_rng(0).bytes(500),
        "This is not an ONNX model: its bytes do not follow the ONNX format.",
    ),
    (b"hello, world", "This is not an ONNX model but a text."),
    (b"read me\nfirst", "This is not an ONNX model but a text."),  # as protobuf it seems cut off
    (b"\x08\x0a", "This is not an ONNX model, or only its beginning: there is no graph."),
]


@pytest.mark.parametrize(("data", "sentence"), FOREIGN)
def test_a_foreign_file_is_called_by_its_name(data: bytes, sentence: str) -> None:
    assert refused(tr.FileFormatError, data) == sentence


@pytest.mark.parametrize(("kept", "missing"), [(1, "1 byte"), (10, "89 bytes"), (104, "1 byte")])
def test_a_truncated_file_tells_how_much_is_missing(kept: int, missing: str) -> None:
    data = parsed().SerializeToString()
    assert refused(tr.FileFormatError, data[:kept]) == (
        f"This ONNX file is cut off: at least {missing} more were expected after the {kept} that "
        "came. Download or export it again."
    )


@pytest.mark.parametrize("seed", range(50))
def test_a_file_with_damaged_bytes_gets_a_sentence(seed: int) -> None:
    data = bytearray(parsed().SerializeToString())
    random = np.random.default_rng(seed)
    for place in random.integers(0, len(data), 5):
        data[place] = random.integers(256)
    with contextlib.suppress(tr.TensoramaError):  # anything else that is raised fails the test
        tr.load(bytes(data)).run({"x": np.zeros((2, 3), np.float32)})


def test_a_file_that_is_not_there() -> None:
    assert refused(tr.FileFormatError, "nowhere.onnx") == (
        "The file nowhere.onnx cannot be read: No such file or directory."
    )


def _two_weights(model: onnx.ModelProto) -> None:
    weight = numpy_helper.from_array(np.zeros(2, np.float32), "w")
    model.graph.initializer.extend([weight, weight])


CONTRADICTIONS: list[tuple[bytes, str]] = [
    (
        parsed(SMALL.replace("Relu (x)", "Add (x, y)")).SerializeToString(),
        'The graph runs in a circle through Add "h".',
    ),
    (
        parsed(SMALL.replace("Relu (x)", "Relu (z)")).SerializeToString(),
        'Relu "h" reads "z", which nothing makes.',
    ),
    (
        parsed(SMALL.replace("y = Soft", "q = Soft")).SerializeToString(),
        'The graph promises the output "y", which nothing makes.',
    ),
    (
        parsed(SMALL.replace("y = Soft", "h = Soft")).SerializeToString(),
        'Tensor "h" is made twice: by Relu "h" and by Softmax "h".',
    ),
    (
        parsed(SMALL.replace("h = Relu", "x = Relu")).SerializeToString(),
        'Tensor "x" is made by Relu "x" but is an input or weight already.',
    ),
    (changed(_two_weights), 'Two weights are both named "w".'),
    (
        changed(lambda m: m.graph.input.append(m.graph.input[0])),
        'Two inputs are both named "x".',
    ),
]


@pytest.mark.parametrize(("data", "sentence"), CONTRADICTIONS)
def test_a_graph_that_contradicts_itself(data: bytes, sentence: str) -> None:
    assert refused(tr.GraphError, data) == sentence


def test_a_file_without_opset() -> None:
    data = changed(lambda m: m.ClearField("opset_import"))
    assert refused(tr.FileFormatError, data) == (
        "This ONNX file does not say its opset; it may be cut off."
    )


WEIGHTS = [
    ({"raw_data": b"\0" * 8}, 'Weight "w" is cut off: shape (3) needs 3 values, 2 came.'),
    ({}, 'Weight "w" is cut off: shape (3) needs 3 values, 0 came.'),
    ({"raw_data": b"\0" * 7}, 'Weight "w" is cut off: 7 bytes of float32 values.'),
    ({"dims": [-1], "raw_data": b"\0" * 4}, 'Weight "w" has a negative dimension: (-1).'),
    (
        {"dims": [2**40, 2**40], "raw_data": b"\0" * 4},
        'Weight "w" is cut off: shape (1099511627776,1099511627776) needs '
        "1208925819614629174706176 values, 1 came.",
    ),
    (
        {"dims": [2**40, 2**40, 0]},
        'Weight "w" has an impossible shape: (1099511627776,1099511627776,0).',
    ),
    ({"dims": [1] * 65}, 'Weight "w" has 65 axes, at most 64 can be.'),
    (
        {"data_type": 22, "raw_data": b"\0"},
        'Weight "w" is cut off: 3 values of int4 do not fit into 1 byte.',
    ),
    (
        {"data_location": 1, "external": {"location": "w.bin"}},
        'This model keeps its weights in another file, "w.bin": give both together, or export '
        "the model as one file: torch.onnx.export(…, external_data=False).",
    ),
    ({"data_location": 1}, 'Weight "w" lies in another file that is not named.'),
]


@pytest.mark.parametrize(("fields", "sentence"), WEIGHTS)
def test_a_weight_that_does_not_hold_together(fields: dict, sentence: str) -> None:
    assert refused(tr.FileFormatError, with_weight(**fields)) == sentence


def test_a_weight_of_an_unknown_type() -> None:
    data = with_weight(data_type=99, raw_data=b"\0" * 12)
    assert refused(tr.UnsupportedError, data) == 'Weight "w" has element type 99, not known here.'


def external(folder: Path, **entries: str) -> Path:
    (folder / "w.bin").write_bytes(np.float32([9, 1, 2, 3]).tobytes())
    file = folder / "model.onnx"
    file.write_bytes(with_weight(data_location=1, external=entries))
    return file


def test_weights_in_a_file_beside_the_model_are_read(tmp_path: Path) -> None:
    model = tr.load(external(tmp_path, location="w.bin", offset="4", length="12"))
    np.testing.assert_array_equal(model.graph.weights["w"], [1, 2, 3])


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (
            {"location": "w.bin", "length": "20"},
            'The weights\' file "w.bin" is cut off: 20 bytes were expected, 16 came.',
        ),
        (
            {"location": "gone.bin"},
            'This model keeps its weights in another file, "gone.bin": give both together, or '
            "export the model as one file: torch.onnx.export(…, external_data=False).",
        ),
        (
            {"location": "../../w.bin"},
            "The weights' file \"../../w.bin\" lies outside the model's folder.",
        ),
        (
            {"location": "w.bin", "offset": "here"},
            'Weight "w" lies in another file at "here", which is no place in it.',
        ),
    ],
)
def test_weights_beside_the_model_that_cannot_be_had(
    tmp_path: Path, entries: dict[str, str], sentence: str
) -> None:
    assert refused(tr.FileFormatError, external(tmp_path, **entries)) == sentence


def _field(number: int, body: bytes) -> bytes:
    """One protobuf field that holds bytes."""
    head, length = bytearray([number << 3 | 2]), len(body)
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes([*head, length]) + body


def nested(depth: int) -> bytes:
    """A model whose graph has a node with a graph with a node … so many times."""
    graph = b""
    for _ in range(depth):
        attribute = _field(1, b"then_branch") + _field(6, graph) + b"\xa0\x01\x05"
        graph = _field(1, _field(4, b"If") + _field(5, attribute))
    return b"\x08\x0a" + _field(7, graph) + _field(8, b"\x10\x15")


@pytest.mark.parametrize("depth", [40, 5000])
def test_graphs_inside_graphs_without_end(depth: int) -> None:
    assert refused(tr.GraphError, nested(depth)) == "Graphs are nested more than 32 deep."


def test_graphs_inside_graphs_within_measure() -> None:
    assert len(tr.load(nested(20)).graph.nodes) == 1


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (None, "A model is opened from a path or from the bytes of its file; NoneType came."),
        (onnx.ModelProto(), "This file is empty: an ONNX model was expected."),
        ("a\0b", "The file 'a\\x00b' cannot be read: embedded null byte."),
        ("/dev/null", "null is no file that ends."),
    ],
)
def test_what_is_no_file(source: Any, sentence: str) -> None:
    assert refused(tr.FileFormatError, source) == sentence


def test_a_model_of_the_onnx_package_is_taken_as_its_file() -> None:
    assert [node.op for node in tr.load(parsed()).graph.nodes] == ["Relu", "Softmax"]


def test_a_file_larger_than_anything_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file of 2 GB is in a page, where numbers of bytes have 32 bits."""
    monkeypatch.setattr("tensorama.engine.memory.sys.maxsize", (1 << 31) - 1)
    with pytest.raises(tr.TooLargeError) as caught:
        memory.complain_unless_fitting(3_000_000_000, "The file")
    assert str(caught.value) == (
        "The file needs 3.00 GB of memory; one piece can have 2.15 GB here. Take a smaller model."
    )


def test_a_long_graph_is_read_with_pauses() -> None:
    names = ["x", *(f"tensor_{number}" for number in range(5000))]
    nodes = [helper.make_node("Relu", [a], [b], name=b) for a, b in itertools.pairwise(names)]
    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("x", names[-1])]
    proto = helper.make_model(helper.make_graph(nodes, "g", value[:1], value[1:]))
    data = proto.SerializeToString()
    assert sum(1 for _ in onnxfile.parse_slices(data)) > 5
    assert [node.name for node in onnxfile.read(data).graph.nodes] == names[1:]
