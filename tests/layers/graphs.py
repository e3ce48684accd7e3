"""Small models in a line or two: `model(node("Conv", "x w -> c"), node("Relu", "c -> y"))`.

Shapes and attributes are left out: layers are found from who reads what. A tensor "w…" is a weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnx import GraphProto, NodeProto, TensorProto, helper

import tensorama as tr
from tensorama.layers import Layer, find_layers


def node(op: str, wiring: str, name: str = "", **attributes: Any) -> NodeProto:
    """One node; `_` in the wiring is an input or output that is left out."""
    reads, makes = (["" if n == "_" else n for n in part.split()] for part in wiring.split("->"))
    return helper.make_node(op, reads, makes, name=name, **attributes)


def constant(name: str) -> NodeProto:
    """A node that gives the number 1."""
    return node("Constant", f"-> {name}", value_float=1.0)


def _is_weight(name: str) -> bool:
    return name.startswith(("w", "val_")) or name.endswith((".weight", ".bias", ".w_0"))


def graph(nodes: Sequence[NodeProto], inputs: str = "", outputs: str = "y") -> GraphProto:
    """A graph whose weights are all the names with a "w" in front, or such as exporters give."""
    read = dict.fromkeys(n for one in nodes for n in one.input if _is_weight(n))
    weights = [helper.make_tensor(n, TensorProto.FLOAT, [1], [1.0]) for n in read]
    infos = (
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in names.split()]
        for names in (inputs, outputs)
    )
    return helper.make_graph(nodes, "g", *infos, initializer=weights)


def model(*nodes: NodeProto, inputs: str = "x", outputs: str = "y") -> tr.Model:
    """A whole model, read by our own reader."""
    proto = helper.make_model(
        graph(nodes, inputs, outputs), opset_imports=[helper.make_opsetid("", 17)]
    )
    return tr.load(proto.SerializeToString())


def layers_of(*nodes: NodeProto, inputs: str = "x", outputs: str = "y") -> tuple[Layer, ...]:
    """The layers of the model of these nodes."""
    return find_layers(model(*nodes, inputs=inputs, outputs=outputs))


def check(model: tr.Model, layers: Sequence[Layer]) -> None:
    """What holds for the layers of any model: a partition of its nodes, in an order to compute."""
    numbers = [n.index for layer in layers for n in layer.nodes]
    assert sorted(numbers) == list(range(len(model.graph.nodes))), "each node in exactly one layer"
    names = [layer.name for layer in layers]
    assert len(set(names)) == len(names), "names are unique"
    assert all(names), "each layer has a name"
    assert names[: len(model.graph.inputs)] == [v.name for v in model.graph.inputs]
    for place, layer in enumerate(layers):
        assert set(layer.reads) <= set(names[:place]), f"{layer.name} reads from what comes later"
        assert layer.tensor in layer.tensors
        assert layer.op
        inside = [n.index for n in layer.nodes]
        assert inside == sorted(inside), "nodes stand in the order of execution"
        made = [name for n in layer.nodes for name in n.outputs if name]
        assert list(layer.tensors) == (made or [layer.name])
