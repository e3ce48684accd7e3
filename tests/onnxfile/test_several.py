"""Models in several files: beside each other, in a ZIP archive, or with one of them missing."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import tensorama as tr
from tensorama.onnxfile import parse
from tensorama.onnxfile.several import at_hand, from_files, the_model

MISSING = (
    'This model keeps its weights in another file, "{}": give both together, or export the model '
    "as one file: torch.onnx.export(…, external_data=False)."
)
W = np.arange(2000, dtype=np.float32).reshape(40, 50)


def saved(folder: Path, location: str = "net.onnx.data") -> Path:
    """A model of one product, its weight in a second file as PyTorch's exporter writes it."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 40])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 50])],
        [numpy_helper.from_array(W, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path = folder / "net.onnx"
    (path.parent / location).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path, save_as_external_data=True, location=location, size_threshold=0)
    return path


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, data in entries.items():
            target.writestr(name, data)
    return buffer.getvalue()


def refused(source: object) -> str:
    with pytest.raises(tr.FileFormatError) as caught:
        tr.load(source)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_file_names_the_others_that_it_needs(tmp_path: Path) -> None:
    path = saved(tmp_path)
    parsed = parse(path.read_bytes())
    assert parsed.beside == ("net.onnx.data",)
    data = bytearray((tmp_path / "net.onnx.data").read_bytes())
    weight = parsed.model(from_files({"net.onnx.data": data})).graph.weights["w"]
    np.testing.assert_array_equal(weight, W)
    assert np.shares_memory(weight, np.frombuffer(data, np.uint8)), "nothing is copied"
    assert not weight.flags.writeable


def test_weights_of_nodes_and_inner_graphs_are_found_too() -> None:
    def outside(name: str) -> TensorProto:
        tensor = TensorProto(name=name, data_type=1, dims=[1], data_location=1)
        tensor.external_data.add(key="location", value=name)
        return tensor

    inner = helper.make_graph(
        [helper.make_node("Constant", [], ["c"], value=outside("deep"))],
        "inner", [], [helper.make_tensor_value_info("c", 1, [1])],
    )  # fmt: skip
    nodes = [
        helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner),
        helper.make_node("Constant", [], ["k"], value=outside("flat")),
    ]
    graph = helper.make_graph(nodes, "g", [], [], [outside("w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    assert sorted(parse(model.SerializeToString()).beside) == ["deep", "flat", "w"]


def test_values_of_the_file_itself_need_no_other(tmp_path: Path) -> None:
    model = onnx.load(saved(tmp_path))
    big = parse(model.SerializeToString())
    assert big.beside == ()


def test_weights_that_begin_anywhere_are_read_from_where_numpy_likes_it() -> None:
    read = from_files({"w": bytearray(b"\0" + W.tobytes())})
    part = read("w", 1, W.nbytes)
    assert np.frombuffer(part, np.float32).flags.aligned
    np.testing.assert_array_equal(np.frombuffer(part, np.float32), W.ravel())


@pytest.mark.parametrize(("names", "chosen"), [
    (["m.onnx", "m.onnx.data"], "m.onnx"),
    (["a/M.ONNX", "a/w.bin", "__MACOSX/a/._M.onnx", "a/._M.onnx"], "a/M.ONNX"),
    (["all.zip", "readme.txt"], "all.zip"),
    (["model.pb"], "model.pb"),
])  # fmt: skip
def test_the_model_among_the_files(names: list[str], chosen: str) -> None:
    assert the_model(names) == chosen


@pytest.mark.parametrize(("names", "sentence"), [
    (["b.onnx", "a.onnx", "a.onnx.data"],
     '2 models came together, "a.onnx" and "b.onnx": give one of them, with the files of its '
     "weights."),
    ([f"{n}.onnx" for n in range(9)],
     '9 models came together, "0.onnx", "1.onnx", "2.onnx" and 6 more: give one of them, with the '
     "files of its weights."),
    (["m.onnx.data"],
     '"m.onnx.data" holds weights only: give the .onnx file that they belong to as well.'),
    (["a.bin", "b.bin"], "There is no .onnx file among the 2 files that came."),
])  # fmt: skip
def test_where_no_model_is_found_among_the_files(names: list[str], sentence: str) -> None:
    with pytest.raises(tr.FileFormatError) as caught:
        the_model(names)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("location", "model", "names", "found"), [
    ("m.data", "m.onnx", ["m.onnx", "m.data"], "m.data"),
    ("./w/m.data", "a/m.onnx", ["a/m.onnx", "a/w/m.data", "b/w/m.data"], "a/w/m.data"),
    ("w/m.data", "m.onnx", ["m.onnx", "m.data"], "m.data"),
    ("m.data", "m.onnx", ["m.onnx", "a/m.data", "b/m.data"], None),
    ("m.data", "m.onnx", ["m.onnx"], None),
])  # fmt: skip
def test_the_file_that_a_model_means(
    location: str, model: str, names: list[str], found: str | None
) -> None:
    assert at_hand(location, model, names) == found


@pytest.mark.parametrize("location", ["/etc/passwd", "../w.bin", "a/../../w", "w\0.bin"])
def test_a_file_outside_of_the_folder_is_never_read(tmp_path: Path, location: str) -> None:
    tensor = TensorProto(name="w", data_type=1, dims=[1], data_location=1)
    tensor.external_data.add(key="location", value=location)
    graph = helper.make_graph([], "g", [], [], [tensor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    shown = location.replace("\0", "\\0")
    assert refused(path) == f"The weights' file \"{shown}\" lies outside the model's folder."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_weights_that_are_no_plain_file_are_missing(tmp_path: Path) -> None:
    path = saved(tmp_path)
    (tmp_path / "net.onnx.data").unlink()
    os.mkfifo(tmp_path / "net.onnx.data")
    assert refused(path) == MISSING.format("net.onnx.data")


def test_many_missing_files_are_counted(tmp_path: Path) -> None:
    tensors = []
    for n in range(5):
        tensors.append(TensorProto(name=f"w{n}", data_type=1, dims=[1], data_location=1))
        tensors[-1].external_data.add(key="location", value=f"w{n}.bin")
    graph = helper.make_graph([], "g", [], [], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    archive = zipped({"m.onnx": model.SerializeToString(), "w3.bin": b"\0\0\0\0"})
    assert refused(archive) == (
        'This model keeps its weights in 4 other files, "w0.bin", "w1.bin", "w2.bin" and 1 more: '
        "give all together, or export the model as one file: "
        "torch.onnx.export(…, external_data=False)."
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_model_in_an_archive_opens_with_what_lies_beside_it(tmp_path: Path, method: int) -> None:
    path = saved(tmp_path, "weights/net.data")
    archive = zipped({
        "net/net.onnx": path.read_bytes(),
        "net/weights/net.data": (tmp_path / "weights/net.data").read_bytes(),
        "__MACOSX/net/._net.onnx": b"junk",
        "net/readme.md": b"# net",
    }, method)  # fmt: skip
    (tmp_path / "net.zip").write_bytes(archive)
    for source in (archive, bytearray(archive), memoryview(archive), tmp_path / "net.zip"):
        model = tr.load(source)
        np.testing.assert_array_equal(model.graph.weights["w"], W)
        np.testing.assert_array_equal(model.run({"x": np.ones((1, 40), "f")})["y"], [W.sum(0)])


def test_an_archive_without_its_weights_says_which(tmp_path: Path) -> None:
    archive = zipped({"net.onnx": saved(tmp_path).read_bytes()})
    assert refused(archive) == MISSING.format("net.onnx.data")


def broken(archive: bytes) -> bytes:
    """The same archive with bytes changed in its middle."""
    return archive[:60] + bytes(b ^ 255 for b in archive[60:80]) + archive[80:]


def test_archives_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    model = saved(tmp_path).read_bytes()
    assert refused(zipped({"data.pkl": b"", "version": b"3"})) == (
        "This is not an ONNX model but a ZIP archive, as PyTorch, Keras and numpy use for their "
        "own files."
    )
    whole = zipped({"net.onnx": model})
    assert refused(whole[:-30]) == "This ZIP archive is damaged or cut off."
    assert refused(broken(whole)) == '"net.onnx" in this ZIP archive is damaged.'
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.rindex(b"PK\1\2") + 8] |= 1
    assert refused(bytes(locked)) == '"net.onnx" in this ZIP archive is locked.'
    inner = zipped({"net.zip": whole})
    assert refused(inner).startswith("This is not an ONNX model but a ZIP archive")


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused() -> None:
    size = 70 << 20
    bomb = zipped({"net.onnx": bytes(size)})
    assert refused(bomb).startswith(f'"net.onnx" in this ZIP archive would unpack to {size:,} ')
    assert len(bomb) < 100_000


def test_an_archive_of_endless_names_is_not_even_listed() -> None:
    end = bytearray(zipped({"net.onnx": b""}))
    at = end.rindex(b"PK\5\6") + 12
    end[at : at + 4] = (100 << 20).to_bytes(4, "little")
    assert refused(bytes(end)) == "This ZIP archive holds too many files."
