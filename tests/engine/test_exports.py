"""Fresh PyTorch exports of every common kind of network: each tensor compared with onnxruntime.

`exports/make.py` makes the files. A mismatch names the first tensor, in the order of execution,
that differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import tensorama as tr
from engine.bundle import difference
from engine.reference import onnxruntime_outputs

EXPORTS = Path(__file__).parent / "exports"
NAMES = sorted(path.stem for path in EXPORTS.glob("*.onnx"))
KINDS = {
    "bert", "depthwise", "detector", "gpt", "gru", "lstm", "quantized", "residual", "unet", "vit",
}  # fmt: skip
SIZES = {"N": 3, "T": 7}  # where a model leaves the number of rows or tokens open


def feeds_for(model: tr.Model, seed: int = 0) -> dict[str, Any]:
    """Seeded inputs: pictures and features around 0, tokens, and a mask that ends early."""
    random = np.random.default_rng(seed)
    feeds: dict[str, Any] = {}
    for value in model.graph.inputs:
        shape = [s if isinstance(s, int) else SIZES.get(str(s), 3) for s in value.shape or ()]
        if value.name == "mask":
            ends = random.integers(1, shape[1] + 1, shape[0])
            feeds[value.name] = (np.arange(shape[1]) < ends[:, None]).astype(np.int64)
        elif value.name == "kinds":
            feeds[value.name] = random.integers(0, 2, shape)
        elif value.name == "ids":
            feeds[value.name] = random.integers(0, 32, shape)
        else:
            feeds[value.name] = random.standard_normal(shape, np.float32)
    return feeds


def test_every_kind_of_network_is_there() -> None:
    assert set(NAMES) >= KINDS
    assert all((EXPORTS / f"{name}.onnx").stat().st_size <= 200_000 for name in NAMES)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_of_an_export_is_what_onnxruntime_computes(name: str, seed: int) -> None:
    path = EXPORTS / f"{name}.onnx"
    model = tr.load(path)
    feeds = feeds_for(model, seed)
    wanted = _all_tensors(onnx.load(path), feeds)
    trace = model.run(feeds)
    assert wanted.keys() == trace.keys() - feeds.keys()
    for tensor in wanted:
        fault = difference(trace[tensor], wanted[tensor], rtol=1e-4, atol=1e-5)
        assert not fault, f"{tensor} {fault}"


def _all_tensors(model: onnx.ModelProto, feeds: dict[str, Any]) -> dict[str, Any]:
    """What onnxruntime computes for every tensor of a model, constants too."""
    names = [name for node in model.graph.node for name in node.output if name]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    values = onnxruntime_outputs(model.SerializeToString(), feeds)
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_an_export_that_onnxruntime_rewrote_gives_the_same(name: str, tmp_path: Path) -> None:
    """Its optimizer fuses nodes into operators of its own domain; files often come like that."""
    written = tmp_path / "rewritten.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(written)
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        str(EXPORTS / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
    )
    model = tr.load(written)
    feeds = feeds_for(model)
    outputs = model.run(feeds).outputs
    for (tensor, came), wanted in zip(outputs.items(), session.run(None, feeds), strict=True):
        fault = difference(came, wanted, rtol=1e-4, atol=1e-5)
        assert not fault, f"{tensor} {fault}"
