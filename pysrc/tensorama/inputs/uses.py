"""How the graph uses an input: who takes it, as it is or only rearranged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from tensorama.onnxfile import Graph, Model, Node

# their output holds the values of their first input
_KEEPING = {"Cast", "Clip", "Expand", "Flatten", "Identity", "Reshape", "Slice", "Squeeze",
            "Transpose", "Unsqueeze"}  # fmt: skip
# … or of what is counted from them, as Keras does before it looks up a row
_COUNTING = _KEEPING | {"Add", "Max", "Min", "Mod", "Mul", "Sub", "Sum", "Where"}
Use = tuple[Node, int]  # a node and which of its inputs it is


class Uses:
    """Who takes which tensor, in the graph and in the graphs inside its nodes."""

    def __init__(self, model: Model) -> None:
        self._takers: dict[str, list[Use]] = {}
        self.weights: dict[str, Any] = {}
        self._note(model.graph)

    def _note(self, graph: Graph) -> None:
        self.weights.update(graph.weights)
        for node in graph.nodes:
            for place, name in enumerate(node.inputs):
                if name:
                    self._takers.setdefault(name, []).append((node, place))
            if node.op == "Constant" and node.outputs:
                self.weights[node.outputs[0]] = _constant(node)
            for value in node.attributes.values():
                if isinstance(value, Graph):
                    self._note(value)

    def of(self, name: str, through: Collection[str] = _KEEPING) -> Iterator[Use]:
        """The nodes that work with an input's values, those that only pass them on included."""
        waiting, met = [name], {name}
        while waiting:
            for node, place in self._takers.get(waiting.pop(), ()):
                yield node, place
                if node.op in through and (place == 0 or node.op not in _KEEPING):
                    fresh = [output for output in node.outputs if output and output not in met]
                    waiting += fresh
                    met.update(fresh)

    def weight(self, node: Node, place: int) -> np.ndarray | None:
        """The weight at one of a node's inputs, if it is one."""
        found = self.weights.get(node.inputs[place]) if place < len(node.inputs) else None
        return found if isinstance(found, np.ndarray) else None

    def table_rows(self, name: str) -> int | None:
        """How many rows the smallest table has that an input chooses from; None for no table."""
        rows = []
        for node, place in self.of(name, _COUNTING):
            table = self.weight(node, 0)
            if node.op == "Gather" and place == 1 and table is not None and table.ndim:
                axis = node.attributes.get("axis", 0)
                axis = axis if isinstance(axis, int) and -table.ndim <= axis < table.ndim else 0
                rows.append(table.shape[axis])
            depth = self.weight(node, 1 - place) if place < 2 else None
            if node.op == "OneHot" and place == 0 and depth is not None and depth.size:
                rows.append(int(np.nan_to_num(depth.reshape(-1)[0])))
            if node.op == "Equal" and depth is not None and _counts_up(depth):
                rows.append(depth.size)  # spelled out, for each number whether it is that
            for tables, ids in _EMBEDDED.get(node.op, {}).items():
                table = self.weight(node, tables)
                if place == ids and table is not None and table.ndim:
                    rows.append(table.shape[0])
        return min(rows, default=None)

    def compared(self, name: str) -> list[float]:
        """The single numbers that an input is compared to, in rising order."""
        found = set()
        for node, place in self.of(name):
            if node.op in ("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"):
                number = self.weight(node, 1 - place)
                if number is not None and number.size == 1 and number.dtype.kind in "fiu":
                    found.add(float(number.reshape(-1)[0]))
        return sorted(found)

    def has_colours_last(self, name: str) -> bool:
        """Whether a picture's channels, which stand last, are brought to where layers want them."""
        return any(
            node.op == "Transpose" and node.attributes.get("perm") == (0, 3, 1, 2)
            for node, _ in self.of(name)
        )

    def is_kernel(self, name: str) -> bool:
        """Whether it is what a convolution moves over a picture."""
        return any("Conv" in node.op and place == 1 for node, place in self.of(name))

    def is_state(self, name: str) -> bool:
        """Whether it is what a recurrent layer starts with."""
        return any(
            node.op in ("GRU", "LSTM", "RNN") and place in (5, 6) for node, place in self.of(name)
        )


def _constant(node: Node) -> np.ndarray | None:
    """The tensor or the numbers that a Constant holds."""
    for name in ("value", "value_int", "value_ints", "value_float", "value_floats"):
        value = node.attributes.get(name)
        if value is not None:
            return np.asarray(value)
    return None


def _counts_up(weight: np.ndarray) -> bool:
    return weight.size > 1 and np.array_equal(weight.reshape(-1), np.arange(weight.size))


# operators that look up rows of one input by another: table -> ids
_EMBEDDED: Mapping[str, Mapping[int, int]] = {"EmbedLayerNormalization": {2: 0, 3: 7, 4: 1}}


def shape_by_use(uses: Uses, name: str) -> tuple[int | str | None, ...]:
    """What is certain of the shape of an input whose file does not even say how many axes it has.

    The first operator that has weights of a known rank tells; without one it is a single number.
    """
    for node, place in uses.of(name):
        weight = uses.weight(node, 1)
        if place == 0 and weight is not None and node.op in _RANKS:
            return (None,) * _RANKS[node.op](weight)
        if place == 0 and node.domain == "ai.onnx.ml" and node.op in _TABLES:
            return (None, None)
        if node.op in _KEEPING and isinstance(node.attributes.get("perm"), tuple):
            return (None,) * len(node.attributes["perm"])  # type: ignore[arg-type]
    return ()


_RANKS = {
    "Conv": lambda w: w.ndim, "ConvTranspose": lambda w: w.ndim, "ConvInteger": lambda w: w.ndim,
    "GRU": lambda w: 3, "LSTM": lambda w: 3, "RNN": lambda w: 3, "Gemm": lambda w: 2,
    "MatMul": lambda w: 2, "Add": lambda w: w.ndim, "Sub": lambda w: w.ndim,
    "Mul": lambda w: w.ndim, "Div": lambda w: w.ndim,
}  # fmt: skip
_TABLES = {
    "Imputer", "LinearClassifier", "LinearRegressor", "Normalizer", "Scaler", "SVMClassifier",
    "SVMRegressor", "TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor",
}  # fmt: skip
