"""The engine's bench: what is asked of onnxruntime, and where its files come from."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tensorama_build import relock
from tensorama_build.bench.engine import Network, networks
from tensorama_build.lock import BENCH_LOCK_FILE, dump_lock, read_lock
from tensorama_build.places import Places

ROOT = Path(__file__).resolve().parents[2]


def test_the_lock_file_of_the_bench_has_exactly_its_files_and_sources():
    assets = read_lock(BENCH_LOCK_FILE)
    assert {n: a.sources for n, a in assets.items()} == dict(
        sorted(relock.wanted_by_bench().items())
    )
    assert dump_lock(assets) == BENCH_LOCK_FILE.read_text("utf-8")


def test_nothing_of_the_bench_is_shipped():
    assert not read_lock(BENCH_LOCK_FILE).keys() & read_lock().keys()
    assert not any("onnxruntime" in name for name in read_lock())


def test_every_tensor_that_the_input_reaches_becomes_an_output(tmp_path):
    nodes = [
        helper.make_node("Neg", ["w"], ["v"]),
        helper.make_node("Add", ["x", "v"], ["a"]),
        helper.make_node("Relu", ["a"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(np.ones(3, np.float32), "w")],
    )
    path = tmp_path / "light_tiny.onnx"
    onnx.save(helper.make_model(graph), path)
    network = Network(path)
    assert (network.name, network.input, network.shape) == ("tiny", "x", [1, 3])
    files = network.files()
    outputs = {
        kind: [o.name for o in onnx.load_from_string(data).graph.output]
        for kind, data in files.items()
    }
    assert outputs == {"": ["y"], ".final": ["y"], ".every": ["y", "a"]}


def test_lenet_and_nine_architectures_are_measured():
    assert len([network for network in networks(Places(ROOT)) if network.name != "lenet"]) == 9
