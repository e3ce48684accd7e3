"""The nine architectures that the onnx package brings: what must hold for any model's layers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
import pytest

import tensorama as tr
from layers.graphs import check
from tensorama.layers import find_layers

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
FILES = sorted(LIGHT.glob("*.onnx"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_node_is_in_one_layer_and_layers_stand_in_an_order_to_compute(path: Path) -> None:
    model = tr.load(path)
    check(model, find_layers(model))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_inputs_read_nothing_and_only_the_end_is_read_by_nothing(path: Path) -> None:
    model = tr.load(path)
    layers = find_layers(model)
    read = {name for layer in layers for name in layer.reads}
    assert [layer.kind for layer in layers if not layer.reads] == ["input"]
    last = [layer for layer in layers if layer.name not in read]
    assert [layer.tensor for layer in last] == [value.name for value in model.graph.outputs]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_constant_has_a_layer_of_its_own(path: Path) -> None:
    layers = find_layers(tr.load(path))
    assert not [layer.name for layer in layers if {n.op for n in layer.nodes} == {"Constant"}]


def test_resnet_50_has_its_53_convolutions_and_16_additions() -> None:
    layers = find_layers(tr.load(LIGHT / "light_resnet50.onnx"))
    kinds = Counter(layer.kind for layer in layers)
    assert kinds["convolution"] == 53
    assert kinds["merge"] == 16
    assert kinds["pooling"] == 2
    assert kinds["dense"] == 1
    assert all(
        layer.op.startswith("Conv + BatchNorm") for layer in layers if layer.kind[:3] == "con"
    )
