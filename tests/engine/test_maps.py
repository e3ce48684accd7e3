"""Operators that take a map from words or numbers to values, against onnxruntime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from engine.bundle import difference
from engine.reference import onnxruntime_outputs

KINDS = {str: TensorProto.STRING, int: TensorProto.INT64, float: TensorProto.FLOAT}


def model_of(op: str, given: dict[Any, Any], **attributes: Any) -> bytes:
    key, value = next(iter(given.items()))
    kind = helper.make_map_type_proto(
        KINDS[type(key)], helper.make_tensor_type_proto(KINDS[type(value)], [])
    )
    graph = helper.make_graph(
        [helper.make_node(op, ["x"], ["y"], domain="ai.onnx.ml", **attributes)],
        "maps",
        [helper.make_value_info("x", kind)],
        [onnx.ValueInfoProto(name="y")],
    )
    opsets = [helper.make_opsetid("ai.onnx.ml", 1), helper.make_opsetid("", 21)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


@pytest.mark.parametrize(
    ("op", "given", "attributes"),
    [
        ("DictVectorizer", {"b": 2.0, "z": 9.0}, {"string_vocabulary": ["a", "b", "c"]}),
        ("DictVectorizer", {3: 2.5, 1: 9.0}, {"int64_vocabulary": [1, 2, 3]}),
        ("CastMap", {1: 2.5, 0: 7.0}, {}),
        ("CastMap", {1: 2.5, 3: 7.0}, {"map_form": "SPARSE", "max_map": 5}),
        ("CastMap", {1: 2.5, 3: 7.0}, {"cast_to": "TO_INT64"}),
    ],
)
def test_a_map_becomes_a_row(op: str, given: dict, attributes: dict) -> None:
    data = model_of(op, given, **attributes)
    (wanted,) = onnxruntime_outputs(data, {"x": given})
    (came,) = tr.load(data).run({"x": given}).outputs.values()
    assert not difference(came, wanted, 1e-6, 0)


def test_words_in_a_map_are_read_as_numbers() -> None:
    given = {1: "4", 3: "7.5"}  # onnxruntime's Python takes no such map
    (came,) = tr.load(model_of("CastMap", given)).run({"x": given}).outputs.values()
    assert not difference(came, np.float32([[4, 7.5]]), 0, 0)


def test_a_map_is_given_as_a_dict() -> None:
    data = model_of("CastMap", {1: 2.5})
    sentence = r'^Input "x" takes a map, a single ndarray came\.$'
    with pytest.raises(tr.FeedError, match=sentence):
        tr.load(data).run({"x": np.zeros(3)})
