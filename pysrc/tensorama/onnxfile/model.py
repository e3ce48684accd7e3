"""A whole ONNX file, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tensorama.onnxfile.graph import Function, Graph
from tensorama.onnxfile.parameters import learned


@dataclass(frozen=True, eq=False)
class Model:
    """A whole ONNX file: its graph, the opsets it is written in, and what it says about itself."""

    graph: Graph
    opsets: Mapping[str, int]
    metadata: Mapping[str, str]
    producer: str = ""
    ir_version: int = 0
    functions: tuple[Function, ...] = ()

    @cached_property
    def learned(self) -> Mapping[int, int]:
        """How many learned numbers each node computes with, by its `index`."""
        return learned(self.graph, self.functions)

    @property
    def parameters(self) -> int:
        """How many numbers were learned, wherever the file keeps them."""
        return sum(self.learned.values())
