"""Whole networks: LeNet as it is shipped, and the nine architectures that the onnx package has.

The nine have generated weights, which amplify rounding from layer to layer; so each node is fed
onnxruntime's own values, and its outputs are compared.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import tensorama as tr
from engine.bundle import difference
from engine.reference import every_tensor
from tensorama import engine

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
LENET = Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx"
NAMES = [path.stem for path in sorted(LIGHT.glob("*.onnx"))]


def picture(model: tr.Model) -> dict[str, Any]:
    """The input that ONNX's own test of these models feeds: a ramp from 0 to 1."""
    (value,) = [v for v in model.graph.inputs if len(v.shape or ()) == 4]
    shape = tuple(size for size in value.shape or () if isinstance(size, int))
    count = int(np.prod(shape))
    return {value.name: (np.arange(count).reshape(shape) / count).astype(np.float32)}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_node_of_an_architecture_computes_what_onnxruntime_computes(name: str) -> None:
    data = (LIGHT / f"{name}.onnx").read_bytes()
    model = tr.load(data)
    feeds = picture(model)
    values = every_tensor(onnx.load_from_string(data), feeds)
    for node in model.graph.nodes:
        step = engine.compute(model, node, values)
        for tensor, came in step.outputs.items():
            if tensor in values:
                fault = difference(came, values[tensor], rtol=1e-4, atol=1e-5)
                assert not fault, f"{node.label}: {tensor} {fault}"
            else:  # made from weights alone
                values[tensor] = came
    gc.collect()


# Its 1,000 logits are all 9.5e9, where float32 has steps of 1,024; only sums in the same order for
# every channel make softmax see them as equal, and BLAS sums in blocks. Node by node it agrees.
BEYOND_FLOAT32 = "light_squeezenet"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name != BEYOND_FLOAT32])
def test_an_architecture_answers_as_the_suite_expects(name: str) -> None:
    model = tr.load(LIGHT / f"{name}.onnx")
    answer = onnx.TensorProto.FromString((LIGHT / f"{name}_output_0.pb").read_bytes())
    (came,) = model.run(picture(model)).outputs.values()
    fault = difference(came, numpy_helper.to_array(answer), rtol=1e-3, atol=1e-7)
    assert not fault, fault


def test_every_tensor_of_lenet_is_what_onnxruntime_computes() -> None:
    if not LENET.exists():
        pytest.skip("models/lenet/lenet.onnx is not there")
    model = tr.load(LENET)
    (value,) = model.graph.inputs
    shape = tuple(size if isinstance(size, int) else 2 for size in value.shape or ())
    feeds = {value.name: np.random.default_rng(0).random(shape, np.float32)}
    trace = model.run(feeds)
    for name, wanted in every_tensor(onnx.load(LENET), feeds).items():
        fault = difference(trace[name], wanted, rtol=1e-4, atol=1e-5)
        assert not fault, f"{name} {fault}"
