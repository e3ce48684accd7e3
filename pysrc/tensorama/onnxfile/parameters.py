"""How many numbers of a model were learned, and which of its nodes computes with them.

A file keeps numbers in many places, and not all of them were learned: it also has shapes, axes,
limits and factors. Whether a number was learned shows in where a node takes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.onnxfile.graph import Attribute, Function, Graph, Node

# In these, numbers count at the places named here alone, of whatever type; all else is scale, zero
# point or size.
_QUANTIZED: dict[str, tuple[int, ...]] = {
    "QuantizeLinear": (0,), "DequantizeLinear": (0,), "DynamicQuantizeLinear": (0,),
    "ConvInteger": (0, 1), "MatMulInteger": (0, 1), "QLinearConv": (3, 8), "QLinearMatMul": (0, 3),
    "QGemm": (3, 6), "QLinearAdd": (0, 3), "QLinearMul": (0, 3), "QAttention": (1, 2),
    "DynamicQuantizeMatMul": (1, 4), "MatMulIntegerToFloat": (0, 1, 6), "MatMulNBits": (1, 5),
    "DynamicQuantizeLSTM": (1, 2, 3), "GatherBlockQuantized": (0,),
    "QEmbedLayerNormalization": (2, 3, 4, 5, 6), "QMoE": (2, 4, 5, 7, 8, 10),
}  # fmt: skip
# The inputs that tell an operator what to do: they were chosen, not learned.
_CHOSEN: dict[str, tuple[int, ...]] = {
    "Clip": (1, 2), "Dropout": (1, 2), "Pad": (1, 2, 3), "Resize": (1, 2, 3), "Upsample": (1,),
    "OneHot": (1, 2), "Range": (0, 1, 2), "NonMaxSuppression": (2, 3, 4), "CastLike": (1,),
    "Less": (0, 1), "Greater": (0, 1), "LessOrEqual": (0, 1), "GreaterOrEqual": (0, 1),
    "Equal": (0, 1), "Pow": (1,), "Mod": (0, 1), "Bernoulli": (0,), "MelWeightMatrix": (3, 4),
}  # fmt: skip
_TABLES = frozenset({"Gather", "GatherND", "GatherElements"})  # their first input can be in 8 bits
# What a node made by itself, or one number alone, is a weight only here.
_WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1, 2), "ConvTranspose": (1, 2), "FusedConv": (1, 2), "DeformConv": (1, 3),
    "MatMul": (0, 1), "FusedMatMul": (0, 1), "Gemm": (1, 2), "FusedGemm": (1, 2),
    "BatchNormalization": (1, 2, 3, 4), "LayerNormalization": (1, 2), "PRelu": (1,),
    "InstanceNormalization": (1, 2), "GroupNormalization": (1, 2),
    "RMSNormalization": (1,),
    "LSTM": (1, 2, 3, 7), "GRU": (1, 2, 3), "RNN": (1, 2, 3), "Gather": (0,), "Einsum": (0, 1),
}  # fmt: skip
_MAKING = frozenset({"ConstantOfShape", "RandomNormal", "RandomUniform"})
# What was made goes through these as it is.
_PASSING = frozenset({
    "Identity", "Cast", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Mul", "Add",
})  # fmt: skip
_LONGEST_SHAPE = 16
_FITTED = {  # attributes of classical learners: an operator's numbers that were fitted
    "LinearClassifier": ("coefficients", "intercepts"),
    "LinearRegressor": ("coefficients", "intercepts"),
    "SVMClassifier": ("support_vectors", "coefficients", "rho", "prob_a", "prob_b"),
    "SVMRegressor": ("support_vectors", "coefficients", "rho"),
    "Scaler": ("offset", "scale"),
    "Imputer": ("imputed_value_floats", "imputed_value_int64s"),
    "TfIdfVectorizer": ("weights",),
    "TreeEnsemble": ("nodes_splits", "leaf_weights"),
    "TreeEnsembleClassifier": ("class_weights", "class_weights_as_tensor"),
    "TreeEnsembleRegressor": ("target_weights", "target_weights_as_tensor"),
}


@dataclass(slots=True, eq=False)
class _Weight:
    """A tensor that depends on no input. `size`: how many numbers it has; `kind` and `width`: of
    their type, numpy's letter and bytes; `made`: by a node, not read from the file; `chosen`: a
    scale of quantization; `values`: where it is short enough to be a shape."""

    size: int
    kind: str = "f"
    width: int = 4
    made: bool = False
    chosen: bool = False
    values: np.ndarray | None = None
    counted: bool = False


def learned(graph: Graph, functions: Iterable[Function]) -> dict[int, int]:
    """How many learned numbers each node of a graph computes with, by its place in it.

    Weights count wherever a file keeps them: as tensors, in Constant nodes, quantized, inside the
    graphs of an If or a Loop, in local functions, in the attributes of trees and linear models, or
    made up by a node and used as weights. What several nodes share counts at the first. Shapes,
    axes, limits, scales of quantization and single numbers of arithmetic were not learned.
    """
    return _Counter(functions).graph(graph, {})


class _Counter:
    """Counts graphs within graphs, each once."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._functions = {(one.domain, one.name, one.overload): one for one in functions}

    def graph(self, graph: Graph, known: dict[str, _Weight]) -> dict[int, int]:
        """Count a graph that sees the tensors known around it; these are the same afterwards."""
        own = {name: _stored(array) for name, array in graph.weights.items()}
        names = [*own, *(value.name for value in graph.inputs)]
        names += [name for node in graph.nodes for name in node.outputs]
        hidden = {name: known.pop(name, None) for name in names}
        known.update(own)
        found = self._nodes(graph.nodes, known)
        for name, weight in hidden.items():
            known.pop(name, None)
            if weight:
                known[name] = weight
        return found

    def _nodes(self, nodes: Iterable[Node], known: dict[str, _Weight]) -> dict[int, int]:
        found: dict[int, int] = {}
        for node in nodes:
            count = _fitted(node) + self._inside(node, known)
            for place, name in enumerate(node.inputs):
                weight = known.get(name)
                if weight and not weight.counted and _is_learned(node, place, weight, known):
                    weight.counted = True
                    count += _packed(node) or weight.size if place == 1 else weight.size
            if count:
                found[node.index] = count
            made = _made(node, known)
            if made and node.outputs:
                known[node.outputs[0]] = made
            if node.op == "DynamicQuantizeLinear":
                known.update((name, _Weight(1, chosen=True)) for name in node.outputs[1:])
        return found

    def _inside(self, node: Node, known: dict[str, _Weight]) -> int:
        """What the graphs in a node count, and a local function where it is called first."""
        graphs = [
            graph
            for value in node.attributes.values()
            for graph in (value if isinstance(value, tuple) else (value,))
            if hasattr(graph, "weights")
        ]
        count = sum(sum(self.graph(graph, known).values()) for graph in graphs)
        function = self._functions.pop((node.domain, node.op, node.overload), None)
        return count + (sum(self._nodes(function.nodes, {}).values()) if function else 0)


def _stored(array: Any) -> _Weight:
    """A tensor that stands in the file."""
    short = array if array.ndim == 1 and array.size <= _LONGEST_SHAPE else None
    return _Weight(int(array.size), array.dtype.kind, array.dtype.itemsize, values=short)


def _made(node: Node, known: Mapping[str, _Weight]) -> _Weight | None:
    """What a node gives, if it depends on no input and can be a weight."""
    if node.op == "Constant":
        for name in ("value", "value_floats", "sparse_value"):
            if name in node.attributes:
                return _stored(np.asarray(node.attributes[name]))
        return None
    if node.op in _MAKING:
        shape = _shape_made(node, known)
        return _Weight(math.prod(shape), made=True) if shape and min(shape) > 0 else None
    if node.op in _PASSING:
        weights = [known[name] for name in node.inputs if name in known]
        if len(weights) == sum(map(bool, node.inputs)):  # nothing from an input
            return next((weight for weight in weights if weight.made or weight.chosen), None)
    return None


def _shape_made(node: Node, known: Mapping[str, _Weight]) -> list[int]:
    """The shape that a node is told to make; empty where only a run can tell."""
    told = known.get(node.inputs[0]) if node.inputs else None
    if told is not None and told.values is not None and told.kind in "iu":
        return [int(length) for length in told.values.tolist()]
    shape = node.attributes.get("shape")
    return [n for n in shape if isinstance(n, int)] if isinstance(shape, tuple) else []


def _is_learned(node: Node, place: int, weight: _Weight, known: Mapping[str, _Weight]) -> bool:
    """Does this node take this input as something that was learned?"""
    if weight.chosen:
        return False
    if weight.made:
        return place in _WEIGHTS.get(node.op, ())
    if node.op in _QUANTIZED:
        return place in _QUANTIZED[node.op] and weight.kind in "fiu"
    if node.op in _TABLES and place == 0 and weight.width == 1 and weight.kind in "iu":
        return True
    if weight.kind != "f" or place in _CHOSEN.get(node.op, ()):
        return False
    if weight.size == 1:  # half of something, the power of two
        return place in _WEIGHTS.get(node.op, ())
    return not any(known[name].chosen for name in node.inputs if name in known)


def _packed(node: Node) -> int:
    """How many weights several to a byte are, where the node says so."""
    rows, columns = node.attributes.get("K"), node.attributes.get("N")
    if node.op == "MatMulNBits" and isinstance(rows, int) and isinstance(columns, int):
        return rows * columns
    return 0


def _fitted(node: Node) -> int:
    """How many numbers in the attributes of a classical learner were fitted."""
    count = sum(_length(node.attributes.get(name)) for name in _FITTED.get(node.op, ()))
    modes = node.attributes.get("nodes_modes")
    if count and isinstance(modes, tuple):  # a tree asks one number at each of its forks
        count += sum(mode != "LEAF" for mode in modes)
    return count


def _length(value: Attribute) -> int:
    return len(value) if isinstance(value, tuple) else int(getattr(value, "size", 0))
