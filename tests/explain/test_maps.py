"""Maps have no cells that an index could name; what is made of them says which entry it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from engine.test_maps import model_of
from explain.cells import fault
from tensorama.errors import FeedError
from tensorama.explain import explain


@pytest.mark.parametrize(
    ("op", "given", "attributes", "said"),
    [
        (
            "DictVectorizer", {"b": 2.0, "z": 9.0}, {"string_vocabulary": ["b", "c"]},
            ['The map has 2 at the key "b".',
             'The map has nothing at the key "c": 0 stands there.'],
        ),
        (
            "CastMap", {1: 2.5, 0: 7.0}, {},
            ["The map has 7 at the key 0.", "The map has 2.5 at the key 1."],
        ),
        (
            "CastMap", {1: 2.5}, {"map_form": "SPARSE", "max_map": 2},
            ["The map has nothing at the key 0: 0 stands there.", "The map has 2.5 at the key 1."],
        ),
    ],
)  # fmt: skip
def test_a_cell_made_of_a_map(
    op: str, given: dict[Any, Any], attributes: dict[str, Any], said: list[str]
) -> None:
    trace = tr.load(model_of(op, given, **attributes)).run({"x": given})
    assert not [text for i in range(2) if (text := fault(trace, "y", (0, i)))]
    assert [explain(trace, "y", (0, i)).sentence for i in range(2)] == said


def test_a_list_of_maps_says_that_it_has_no_cells() -> None:
    node = helper.make_node(
        "ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_strings=["a", "b"]
    )
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2])
    graph = helper.make_graph([node], "zip", [x], [onnx.ValueInfoProto(name="y")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 1)])
    trace = tr.load(model.SerializeToString()).run({"x": np.ones((1, 2), np.float32)})
    with pytest.raises(FeedError, match='"y" is not one array: a cell of it cannot be named'):
        explain(trace, "y", (0, 0))
