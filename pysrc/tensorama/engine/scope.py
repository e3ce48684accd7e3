"""What an operator that has graphs as attributes can do with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tensorama.engine.contract import Slices
from tensorama.onnxfile import Graph

Record = Callable[[str, Any], None]


class Scope(Protocol):
    """Runs graphs that lie inside a node (If, Loop, Scan, functions of the file).

    It pauses where they take long, and draws what they do from the run's account of work.
    """

    def run(
        self, graph: Graph, arguments: Sequence[Any], record: Record | None = None
    ) -> Slices[list[Any]]:
        """Compute an inner graph; its inputs by position. Gives its outputs by position.

        record: told of everything that is computed in it.
        """

    def call(self, graph: Graph, arguments: Sequence[Any], record: Record) -> Slices[list[Any]]:
        """Compute the graph of a local function: it sees its arguments alone; record its inside."""
