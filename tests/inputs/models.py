"""Models that only declare inputs, for what is made of the declaration."""

from __future__ import annotations

from collections.abc import Mapping

from tensorama.model import Model
from tensorama.onnxfile import Graph, ValueInfo

Shape = tuple[int | str | None, ...]


def declaring(*inputs: ValueInfo, metadata: Mapping[str, str] | None = None) -> Model:
    """A model with these inputs and nothing in it."""
    graph = Graph("g", inputs, (), (), {}, {})
    return Model(graph, {"": 17}, metadata or {})


def tensor(name: str, shape: Shape | None, elem_type: int = 1) -> ValueInfo:
    """An input of numbers; 1 is float32."""
    return ValueInfo(name, elem_type, shape)
