"""Builds a case's ONNX model and asks onnxruntime for its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from engine.bundle import Writer
from engine.cases import Case, all_cases

_IR_VERSION = 10


def model_of(case: Case) -> onnx.ModelProto:
    """One node, its inputs as graph inputs (or weights), its outputs as graph outputs."""
    inputs = ["" if value is None else f"x{i}" for i, value in enumerate(case.inputs)]
    wanted = [True] * case.outputs if isinstance(case.outputs, int) else list(case.outputs)
    outputs = [f"y{i}" if flag else "" for i, flag in enumerate(wanted)]
    node = helper.make_node(
        case.op, inputs, outputs, name="n", domain=case.domain, **_attributes(case.attributes)
    )
    arrays = {i: _proto(name, case.inputs[i]) for i, name in enumerate(inputs) if name}
    graph = helper.make_graph(
        [node],
        "case",
        [_value_info(inputs[i], case.inputs[i]) for i in arrays if i not in case.constants],
        [onnx.ValueInfoProto(name=name) for name in outputs if name],
        [proto for i, proto in arrays.items() if i in case.constants and proto is not None],
    )
    versions = {"": case.opset if case.domain == "" else 21}
    if case.domain:
        versions[case.domain] = case.opset
    opsets = [helper.make_opsetid(domain, version) for domain, version in versions.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


def feeds_of(case: Case) -> dict[str, Any]:
    """The inputs that are fed, by name."""
    return {
        f"x{i}": value
        for i, value in enumerate(case.inputs)
        if value is not None and i not in case.constants
    }


def expected_of(case: Case, model: onnx.ModelProto) -> list[Any]:
    """What must come out: onnxruntime's values, or those that the case works out itself."""
    if case.expected is not None:
        values = case.expected(*case.inputs)
        return list(values) if isinstance(values, tuple) else [values]
    return onnxruntime_outputs(model.SerializeToString(), feeds_of(case))


def onnxruntime_outputs(model: bytes, feeds: Mapping[str, Any]) -> list[Any]:
    """Run a model in onnxruntime on one thread, without rewriting its graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(feeds)))


def every_tensor(model: onnx.ModelProto, feeds: Mapping[str, Any]) -> dict[str, Any]:
    """Every tensor that onnxruntime computes from the fed inputs on, by name."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    depends = set(feeds)
    for node in copy.graph.node:
        if depends & set(node.input) or _inner_names(node) & depends:
            depends.update(filter(None, node.output))
    names = [name for n in copy.graph.node for name in n.output if name in depends]
    del copy.graph.output[:]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    values = onnxruntime_outputs(copy.SerializeToString(), feeds)
    return dict(feeds) | dict(zip(names, values, strict=True))


def _inner_names(node: onnx.NodeProto) -> set[str]:
    """What graphs inside a node read."""
    graphs = [a.g for a in node.attribute if a.HasField("g")]
    inner = [n for graph in graphs for n in graph.node]
    return {name for n in inner for name in n.input} | {m for n in inner for m in _inner_names(n)}


def write_bundle(cases: Sequence[Case] | None = None) -> bytes:
    """All cases with their models, feeds and expected values: see `bundle`."""
    writer = Writer()
    for case in all_cases() if cases is None else cases:
        model = model_of(case)
        writer.add(
            case.name,
            model.SerializeToString(),
            feeds_of(case),
            expected_of(case, model),
            case.rtol,
            case.atol,
        )
    return writer.bytes()


def _attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for name, value in attributes.items()
    }


def _proto(name: str, value: Any) -> onnx.TensorProto | None:
    return numpy_helper.from_array(value, name) if isinstance(value, np.ndarray) else None


def _value_info(name: str, value: Any) -> onnx.ValueInfoProto:
    if isinstance(value, list):  # a sequence of tensors
        kind = helper.np_dtype_to_tensor_dtype(value[0].dtype) if value else 1
        return helper.make_tensor_sequence_value_info(name, kind, None)
    return helper.make_tensor_value_info(
        name, helper.np_dtype_to_tensor_dtype(value.dtype), [None] * value.ndim
    )
