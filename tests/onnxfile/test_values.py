"""Big values stay in the file's bytes: what is read is the same, and nothing is held twice."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.numpy_helper import to_array

import tensorama as tr

RANDOM = np.random.default_rng(0)
EXPORTS = Path(__file__).parents[1] / "engine" / "exports"
BIG = RANDOM.standard_normal((300, 1000))


def model_with(*tensors: TensorProto) -> onnx.ModelProto:
    """A model with these weights; the last stands in a Constant inside a branch as well."""
    made = helper.make_node("Constant", [], ["inner"], value=tensors[-1])
    kind = tensors[-1].data_type
    branch = helper.make_graph(
        [made], "b", [], [helper.make_tensor_value_info("inner", kind, None)]
    )
    chosen = helper.make_node("If", ["flag"], ["y"], then_branch=branch, else_branch=branch)
    graph = helper.make_graph(
        [chosen],
        "g",
        [helper.make_tensor_value_info("flag", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", kind, None)],
        list(tensors),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def listed(array: np.ndarray, name: str) -> TensorProto:
    """A tensor whose values stand in a typed list, not as raw bytes."""
    number = helper.np_dtype_to_tensor_dtype(array.dtype)
    return helper.make_tensor(name, number, array.shape, array.ravel().tolist())


KINDS: list[Callable[[np.ndarray, str], TensorProto]] = [numpy_helper.from_array, listed]


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("written", KINDS)
@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "int64", "int32", "uint8", "bool", "complex64"]
)
def test_big_weights_are_what_stands_in_the_file(dtype: str, written: Any, keep: bool) -> None:
    array = (BIG * 90).astype(np.int64).astype(dtype)
    proto = model_with(written(array[:7], "a"), written(array, "b"), written(array[:, :3], "c"))
    proto.graph.initializer[0].data_location = TensorProto.DEFAULT  # said, as some exporters do
    data = proto.SerializeToString()
    model = tr.load(bytearray(data) if keep else data, keep=keep)
    for tensor in proto.graph.initializer:
        came = model.graph.weights[tensor.name]
        assert came.dtype == array.dtype
        assert came.flags.aligned
        assert not came.flags.writeable
        np.testing.assert_array_equal(came, to_array(tensor))
    trace = model.run({"flag": np.array(True)})
    np.testing.assert_array_equal(trace["y"], array[:, :3])


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "int4", "uint2", "float6_e2m3fn"])
def test_big_weights_of_types_that_numpy_lacks(name: str) -> None:
    from tensorama.onnxfile.types import _BY_ML_DTYPES_NAME, from_codes, unmarked

    number = _BY_ML_DTYPES_NAME[name]
    bits = {"bfloat16": 16, "float8_e4m3fn": 8, "int4": 4, "uint2": 2, "float6_e2m3fn": 6}[name]
    codes = RANDOM.integers(0, 1 << bits, 100_003).astype(np.uint16)
    places = (codes[:, None] >> np.arange(bits, dtype=np.uint16)) & 1
    raw = np.packbits(places.astype(np.uint8), bitorder="little").tobytes()
    tensor = TensorProto(name="w", data_type=number, dims=[codes.size], raw_data=raw)
    came = tr.load(model_with(tensor).SerializeToString()).graph.weights["w"]
    small = codes if bits == 16 else codes.astype(np.uint8)
    np.testing.assert_array_equal(unmarked(came), unmarked(from_codes(small, number)))


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.onnx")), ids=lambda path: path.stem)
def test_bytes_that_are_handed_over_give_the_same_model(path: Path) -> None:
    ours, kept = tr.load(path.read_bytes()), tr.load(bytearray(path.read_bytes()), keep=True)
    assert [node.label for node in ours.graph.nodes] == [node.label for node in kept.graph.nodes]
    for name, weight in ours.graph.weights.items():
        np.testing.assert_array_equal(weight, kept.graph.weights[name])


def held_and_peak(load: Callable[[], tr.Model]) -> tuple[int, int]:
    """The bytes that are held after loading, and the most that were held meanwhile."""
    load()  # what Python makes once, it has made now
    gc.collect()
    tracemalloc.start()
    try:
        model = load()
        held, peak = tracemalloc.get_traced_memory()
        assert model.graph.weights
        return held, peak
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("written", KINDS)
def test_loading_holds_the_weights_once(written: Any, tmp_path: Path) -> None:
    """From a path, from bytes, and from bytes that are handed over."""
    weights = [written(BIG.astype(np.float32) + k, f"w{k}") for k in range(8)]
    path = tmp_path / "model.onnx"
    path.write_bytes(model_with(*weights).SerializeToString())
    data, size = path.read_bytes(), path.stat().st_size
    for load in (
        lambda: tr.load(path),
        lambda: tr.load(data),
        lambda: tr.load(bytearray(data), keep=True),
    ):
        held, peak = held_and_peak(load)
        assert size < held < size + 100_000
        assert peak < size + 200_000


def test_weights_in_another_file_are_held_once(tmp_path: Path) -> None:
    weights = [numpy_helper.from_array(BIG.astype(np.float32) + k, f"w{k}") for k in range(8)]
    path = tmp_path / "model.onnx"
    onnx.save(model_with(*weights), path, save_as_external_data=True, location="weights")
    size = (tmp_path / "weights").stat().st_size + path.stat().st_size
    held, peak = held_and_peak(lambda: tr.load(path))
    assert size < held < size + 100_000
    assert peak < size + 200_000
