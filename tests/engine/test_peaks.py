"""Memory: while a network runs, little more is held than what is recorded of it.

tracemalloc counts numpy's memory, so these figures are the same on every machine. What Python needs
for nodes, steps and names is no tensor: PER_NODE bytes are allowed for each node, which matters for
small networks alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.cases import Case, case, normal
from engine.held import computed, distinct, loaded, run_and_peak
from engine.kernel_host import host
from engine.reference import feeds_of, model_of
from engine.test_architectures import LIGHT, picture
from engine.test_exports import EXPORTS, NAMES, feeds_for
from tensorama.engine import kernel

MOST = 1.3
PER_NODE = 6_000
LARGER = {"N": 16, "T": 16}  # rows and tokens where a model leaves their number open


def excess(load: Callable[[], tr.Model], feeds: dict[str, Any] | None = None) -> float:
    """How many times the bytes of trace and weights are held at most, nodes aside."""
    model = loaded(load)
    feeds = picture(model) if feeds is None else feeds
    trace, peak = run_and_peak(model, feeds)
    given = distinct([*feeds.values(), *model.graph.weights.values()])
    nodes = PER_NODE * len(model.graph.nodes)
    return (given + peak - nodes) / (given + computed(trace))


@pytest.mark.parametrize("name", NAMES)
def test_an_export_needs_little_beside_its_trace(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.test_exports.SIZES", LARGER)
    path = EXPORTS / f"{name}.onnx"
    assert excess(lambda: tr.load(path), feeds_for(tr.load(path))) < MOST


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["light_bvlc_alexnet", "light_densenet121", "light_resnet50", "light_squeezenet"]
)
def test_an_architecture_needs_little_beside_its_trace(name: str) -> None:
    assert excess(lambda: tr.load(LIGHT / f"{name}.onnx")) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("name", ["light_shufflenet", "light_squeezenet"])
def test_with_the_kernel_too(name: str) -> None:
    with kernel.using(host(relaxed=False)):
        assert excess(lambda: tr.load(LIGHT / f"{name}.onnx")) < MOST


def eights(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).integers(-127, 128, shape, np.int8)


X = normal(1, 16, 512, 512)
ONE = np.float32(0.01), np.int8(3)  # scale, zero point
BIG = [  # some tens of megabytes each: no allowance helps here
    case("Conv", X, normal(16, 16, 3, 3, seed=1), pads=[1, 1, 1, 1]),
    case("Conv", X, normal(16, 1, 3, 3, seed=1), pads=[1, 1, 1, 1], group=16),
    case("ConvTranspose", normal(1, 16, 256, 256), normal(16, 16, 2, 2, seed=1), strides=[2, 2]),
    case("ConvInteger", eights(1, 32, 384, 384), eights(32, 32, 3, 3), pads=[1, 1, 1, 1], opset=10),
    case("MatMulInteger", eights(2048, 2048), eights(2048, 4096), opset=10),
    case("QLinearMatMul", eights(16384, 512), *ONE, eights(512, 1024), *ONE, *ONE, opset=10),
    case("MatMulIntegerToFloat", eights(8192, 512), eights(512, 1024), ONE[0], ONE[0],
         domain="com.microsoft"),
    case("Attention", *(normal(1, 12, 512, 64, seed=k) for k in range(3)), opset=23, is_causal=1),
    case("LSTM", normal(400, 4, 512), normal(1, 2048, 512, seed=1), normal(1, 2048, 512, seed=2),
         hidden_size=512, outputs=3),
    case("GRU", normal(400, 4, 512), normal(2, 1536, 512, seed=1), normal(2, 1536, 512, seed=2),
         hidden_size=512, outputs=2, direction="bidirectional"),
    case("Gelu", X, opset=20),
    case("Erf", X),
    case("Softplus", X),
    case("Clip", X, np.float32(-1), np.float32(1)),
    case("Softmax", X, axis=1),
    case("LogSoftmax", X),
    case("LayerNormalization", X, normal(512, seed=1), normal(512, seed=2), opset=17),
    case("InstanceNormalization", X, normal(16, seed=1), normal(16, seed=2)),
    case("LRN", X, size=5),
    case("ReduceLogSumExp", X, np.array([2, 3]), opset=18),
    case("MaxPool", X, kernel_shape=[7, 7], pads=[3, 3, 3, 3]),
    case("AveragePool", X, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    case("LpPool", X, kernel_shape=[2, 2], strides=[2, 2]),
    case("Resize", normal(1, 16, 256, 256), None, np.float32([1, 1, 2, 2]), mode="cubic"),
    case("QuantizeLinear", X, np.float32(0.02), np.uint8(128)),
    case("DequantizeLinear", eights(16, 512, 512), np.float32(0.02), np.int8(3)),
    case("DynamicQuantizeLinear", X, outputs=3, opset=11),
    case("RandomNormal", shape=[3000, 3000]),
    case("Range", np.float32(0), np.float32(9e6), np.float32(1)),
]  # fmt: skip

BY_KERNEL = """
    ConvTranspose ConvInteger MatMulInteger QLinearMatMul Attention LSTM GRU Softmax LogSoftmax
    Resize QuantizeLinear DequantizeLinear DynamicQuantizeLinear
""".split()  # noqa: SIM905


@pytest.mark.slow
@pytest.mark.parametrize("big", BIG, ids=[f"{one.op}-{k}" for k, one in enumerate(BIG)])
def test_an_operator_needs_little_beside_its_result(big: Case) -> None:
    data = model_of(big).SerializeToString()
    assert excess(lambda: tr.load(data), feeds_of(big)) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("op", BY_KERNEL)
def test_by_the_kernel_it_does_not_either(op: str) -> None:
    with kernel.using(host(relaxed=False)):
        for big in (one for one in BIG if one.op == op):
            data = model_of(big).SerializeToString()
            assert excess(lambda data=data: tr.load(data), feeds_of(big)) < MOST
