"""Networks of others: read without PyTorch and without trust, left out where they cannot be had."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tensorama_build import networks
from tensorama_build.errors import BuildError
from tensorama_build.networks import carried, efficientnet
from tensorama_build.networks.graph import Graph
from tensorama_build.networks.weights import MAGIC, read_weights
from tensorama_build.photo import read_png, square
from tensorama_build.places import Places

ROOT = Path(__file__).resolve().parents[2]


class _Tensor:
    """Is written as PyTorch writes a tensor."""

    def __init__(self, key: str, offset: int, shape: tuple, strides: tuple) -> None:
        self.key, self.given = key, (offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (_Storage(self.key), *self.given)


class _Storage:
    def __init__(self, key: str) -> None:
        self.key = key


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """As much of PyTorch as a file of weights names."""
    whole, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    whole._utils = utils

    def _rebuild_tensor_v2(*given: object) -> None:
        """Named only."""

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    whole.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", whole)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return whole


def written(torch: types.ModuleType, tensors: object, stored: dict[str, np.ndarray]) -> bytes:
    """A file as PyTorch wrote it before 1.6."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing: object) -> object:
            if isinstance(thing, _Storage):
                size = len(stored[thing.key])
                return ("storage", torch.FloatStorage, thing.key, "cpu", size, None)
            return None

    file = io.BytesIO()
    for thing in (MAGIC, 1001, {"little_endian": True}):
        pickle.dump(thing, file, protocol=2)
    Pickler(file, protocol=2).dump(tensors)
    pickle.dump([*stored], file, protocol=2)
    for array in stored.values():
        file.write(struct.pack("<q", len(array)) + array.astype("<f4").tobytes())
    return file.getvalue()


def test_weights_come_out_as_they_went_in(torch) -> None:
    numbers = np.arange(12, dtype=np.float32)
    tensors = OrderedDict(
        whole=_Tensor("a", 0, (3, 4), (4, 1)),
        turned=_Tensor("a", 0, (4, 3), (1, 4)),
        part=_Tensor("b", 2, (2,), (1,)),
        one=_Tensor("b", 1, (), ()),
    )
    found = read_weights(written(torch, tensors, {"a": numbers, "b": -numbers}))
    np.testing.assert_array_equal(found["whole"], numbers.reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], numbers.reshape(3, 4).T)
    np.testing.assert_array_equal(found["part"], [-2, -3])
    assert found["one"] == -1


def test_a_file_that_names_another_function_is_refused() -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return print, ("called",)

    data = b"".join(pickle.dumps(thing, 2) for thing in (MAGIC, 1001, {}, {"x": Evil()}, []))
    with pytest.raises(BuildError, match=r"__builtin__\.print is no part of weights"):
        read_weights(data)


def test_a_tensor_that_reaches_beyond_its_storage_is_refused(torch) -> None:
    data = written(torch, {"x": _Tensor("a", 1, (3, 4), (4, 1))}, {"a": np.zeros(12)})
    with pytest.raises(BuildError, match="reaches beyond what is stored"):
        read_weights(data)


@pytest.mark.parametrize("data", [b"", b"PK\3\4", pickle.dumps(7, 2) * 4])
def test_what_is_no_file_of_weights_is_refused(data: bytes) -> None:
    with pytest.raises(BuildError, match="This is no file of weights"):
        read_weights(data)


def test_names_of_classes_are_read_in_their_order() -> None:
    script = (
        "exports.IMAGENET_CLASSES = {\n    0: 'tench, Tinca tinca',\n    1: 'white shark, ' +\n"
        "        'Carcharodon',\n    2: \"jack-o'-lantern\",\n    3: 'cock'\n};\n"
    )
    names = efficientnet.class_names(script)
    assert names == ["tench", "white shark", "jack-o'-lantern", "cock"]


def test_weights_of_eight_bits_are_within_half_a_step() -> None:
    weights = np.random.default_rng(1).normal(0, [[1], [0.01], [0]], (3, 50)).astype(np.float32)
    graph = Graph("one", [1, 50])
    w = graph.short("weight", weights)
    file = graph.file(graph("Gemm", "y", "input", w, transB=1), [1, 3], {"labels": ["a"]})
    assert onnx.ModelProto.FromString(file).metadata_props[0].value == '["a"]'
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    for column in range(50):
        x = np.eye(50, dtype=np.float32)[column : column + 1]
        (y,) = session.run(None, {"input": x})
        step = np.abs(weights).max(axis=1) / 127
        assert (np.abs(y[0] - weights[:, column]) <= step * 0.501 + 1e-9).all()


def _png(pixels: np.ndarray, filters: list[int]) -> bytes:
    """A PNG whose rows are filtered in these ways, in turn."""
    rows, columns, channels = pixels.shape
    padded = np.zeros((rows + 1, columns + 1, channels), np.int16)
    padded[1:, 1:] = pixels
    packed = b""
    for row in range(rows):
        kind = filters[row % len(filters)]
        here, left = padded[row + 1, 1:], padded[row + 1, :-1]
        over, corner = padded[row, 1:], padded[row, :-1]
        near = left + over - corner
        order = [np.abs(near - side) for side in (left, over, corner)]
        best = np.where(order[1] <= order[2], over, corner)
        paeth = np.where((order[0] <= order[1]) & (order[0] <= order[2]), left, best)
        guess = (0 * here, left, over, (left + over) // 2, paeth)[kind]
        packed += bytes([kind]) + ((here - guess) % 256).astype(np.uint8).tobytes()
    colour = {1: 0, 3: 2, 4: 6}[channels]
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", columns, rows, 8, colour, 0, 0, 0),
        b"IDAT": zlib.compress(packed),
        b"IEND": b"",
    }
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_photo_is_read_whatever_its_rows_are_filtered_by(channels: int) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (11, 7, channels), dtype=np.uint8)
    np.testing.assert_array_equal(read_png(_png(pixels, [0, 1, 2, 3, 4])), pixels)


def test_a_photo_is_cut_and_made_smaller_by_means() -> None:
    pixels = np.zeros((4, 8, 1))
    pixels[:, 2:4] = 8
    np.testing.assert_allclose(square(pixels, 2)[..., 0], [[8, 0], [8, 0]])
    assert square(np.full((30, 50, 3), 7.0), 224).shape == (224, 224, 3)
    np.testing.assert_allclose(square(np.full((30, 50, 3), 7.0), 224), 7)


def test_a_network_that_cannot_be_fetched_is_left_out(capsys) -> None:
    class Offline:
        def fetch_all(self, assets: object) -> None:
            raise BuildError("No source has it.")

    assert networks.parts(Places(ROOT), Offline()) == []
    said = capsys.readouterr().out
    assert "The gallery stands without efficientnet-lite0. No source has it." in said


@pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.name)
def test_each_has_a_card_and_all_that_it_needs_is_locked(network: networks.Network) -> None:
    locked = networks.read_lock(networks.LOCK_FILE)
    assert {*network.assets, *network.beside, *network.texts} <= locked.keys()
    card = (ROOT / "models" / network.name / "card.md").read_text("utf-8")
    assert network.licence in card
    assert network.source in card


def test_notes_are_added_and_a_shape_is_set() -> None:
    graph = Graph("one", [10, 3, 32, 32])
    file = graph.file(graph("Relu", "y", "input"), [10, 3, 32, 32], {"character": "a\nb"})
    about = {"title": "One", "shape": [1, 3, 8, 8], "output": {"kind": "heatmap"}}
    model = onnx.ModelProto.FromString(carried.noted(file, about))
    notes = {prop.key: prop.value for prop in model.metadata_props}
    assert notes == {
        "title": "One",
        "output": '{"kind": "heatmap"}',
        "labels": '["", "a", "b", " "]',
    }
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, {"input": np.ones((1, 3, 8, 8), np.float32)})
    assert y.shape == (1, 3, 8, 8)
