"""Writes a graph as an ONNX file, node by node; weights may have eight bits."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

OPSET, IR = 17, 8
_MOST = 127  # of a weight in eight bits


def in_words(value: Any) -> str:
    """A note as a file keeps it: a text, or anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Graph:
    """A graph that grows; each call gives the name of the tensor that it makes."""

    def __init__(self, name: str, input_shape: Sequence[int | str]) -> None:
        self.name, self.shape = name, input_shape
        self._nodes: list[Any] = []
        self._weights: dict[str, np.ndarray] = {}

    def weight(self, name: str, values: np.ndarray) -> str:
        """Store numbers once."""
        self._weights[name] = values
        return name

    def short(self, name: str, values: np.ndarray) -> str:
        """Store weights (M,…) in eight bits, each row with a scale of its own."""
        rows = np.abs(values.reshape(len(values), -1)).max(axis=1)
        scale = (np.maximum(rows, np.finfo(np.float32).tiny) / _MOST).astype(np.float32)
        steps = np.rint(values / scale.reshape(-1, *[1] * (values.ndim - 1)))
        packed = self.weight(f"{name}.in_8_bits", steps.astype(np.int8))
        return self("DequantizeLinear", name, packed, self.weight(f"{name}.scale", scale), axis=0)

    def __call__(self, op: str, name: str, *inputs: str, **given: Any) -> str:
        """Add a node; its tensor is called as it is."""
        from onnx import helper

        self._nodes.append(helper.make_node(op, list(inputs), [name], name, **given))
        return name

    def file(self, output: str, shape: Sequence[int | str], metadata: Mapping[str, Any]) -> bytes:
        """The bytes of the file, once it was checked. metadata: texts, or what JSON can say."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        graph = helper.make_graph(
            self._nodes,
            self.name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(array, name) for name, array in self._weights.items()],
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opset, ir_version=IR, producer_name="tensorama"
        )
        helper.set_model_props(model, {key: in_words(value) for key, value in metadata.items()})
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
