"""Exported networks find their sizes again when every size of their inputs is made free."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

import tensorama as tr
from tensorama.inputs import default_feeds

EXPORTS = sorted((Path(__file__).parents[1] / "engine" / "exports").glob("*.onnx"))


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
def test_sizes_are_found_again(path: Path, named: bool) -> None:
    proto = onnx.load(path)
    weights = {weight.name for weight in proto.graph.initializer}
    for value in proto.graph.input:
        if value.name in weights:
            continue
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            size.Clear()
            if named:
                size.dim_param = f"{value.name}_dynamic_axes_{axis}"
    model = tr.load(proto.SerializeToString())
    model.run(default_feeds(model))
