"""Writes a trained network as an ONNX file with the names a teacher would give."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

TYPES = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64}


def rounded(values: Tensor, bits: int = 12) -> np.ndarray:
    """Weights with so many significant bits: the zeros behind them make the file pack well."""
    array = values.detach().float().contiguous().numpy().copy()
    cut = 24 - bits
    raw = array.view(np.uint32)
    raw += 1 << (cut - 1)
    raw &= ~np.uint32((1 << cut) - 1)
    return array


def in_8_bits(values: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Weights (M,…) as whole steps of -127..127, and how large a step is in each row (M,)."""
    rows = values.detach().float().flatten(1)
    step = rows.abs().amax(1).clamp_min(torch.finfo(torch.float32).tiny) / 127
    steps = (rows / step[:, None]).round().to(torch.int8)
    return steps.view(values.shape).numpy(), step.numpy()


class Network:
    """A graph that grows node by node; each call gives the name of the tensor that it makes.

    short: weights with rows take eight bits each in the file, a quarter of the room.
    """

    def __init__(self, name: str, *, short: bool = False) -> None:
        self.name, self.short = name, short
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: str, shape: Sequence[int | str]) -> str:
        """Declare an input."""
        self.inputs.append(helper.make_tensor_value_info(name, TYPES[kind], shape))
        return name

    def output(self, name: str, kind: str, shape: Sequence[int | str]) -> str:
        """Declare an output."""
        self.outputs.append(helper.make_tensor_value_info(name, TYPES[kind], shape))
        return name

    def weight(self, name: str, values: Tensor | np.ndarray) -> str:
        """Store numbers; those of tensors are rounded (see `rounded`), or take eight bits."""
        if self.short and isinstance(values, Tensor) and values.ndim > 1:
            steps, step = in_8_bits(values)
            packed = self.weight(f"{name}.in_8_bits", steps)
            return self("DequantizeLinear", name, packed, self.weight(f"{name}.step", step), axis=0)
        self.weights[name] = rounded(values) if isinstance(values, Tensor) else values
        return name

    def integers(self, name: str, *values: int) -> str:
        """Store whole numbers, such as a shape."""
        return self.weight(name, np.array(values, np.int64))

    def __call__(self, op: str, name: str, *inputs: str, outputs: int = 1, **given: Any) -> str:
        """Add a node; its tensors are called as it is."""
        made = [name] + [f"{name}.{n}" for n in range(1, outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), made, name=name, **given))
        return name

    def save(self, path: Path, metadata: Mapping[str, Any], opset: int = 17) -> None:
        """Check and write the file. metadata: texts, and what is written as JSON."""
        graph = helper.make_graph(
            self.nodes,
            self.name,
            self.inputs,
            self.outputs,
            [numpy_helper.from_array(array, name) for name, array in self.weights.items()],
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", opset)],
            ir_version=8,
            producer_name="tensorama",
        )
        told = {k: v if isinstance(v, str) else json.dumps(v) for k, v in metadata.items()}
        helper.set_model_props(model, told)
        model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
        print(f"wrote {path}: {path.stat().st_size:,} bytes")


def run(path: Path, feeds: Mapping[str, Tensor], output: str) -> Tensor:
    """What onnxruntime gives for the written file."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (result,) = session.run([output], {name: value.numpy() for name, value in feeds.items()})
    return torch.from_numpy(result)


def complain_unless_equal(path: Path, feeds: Mapping[str, Tensor], output: str, to: Tensor) -> None:
    """Leave if the written file gives something else than the network that was trained.

    The file's weights are rounded to 12 bits, or 8, so a share of 2 % of the largest value is
    allowed.
    """
    came = run(path, feeds, output)
    off = ((came - to).abs().max() / to.abs().max()).item()
    print(f"the file against the network that was trained: at most {off:.2%} of the largest apart")
    if not off < 0.02:
        raise SystemExit(f"{path} gives something else than the network that was trained")
