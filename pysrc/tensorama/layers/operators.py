"""What a layer's operators are in words: what several of them spell out together is one word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tensorama.layers.branches import spoken_inside
from tensorama.layers.flow import Flow, Function, Functions
from tensorama.layers.kinds import COMPARING, QUANTIZING, REDUCING, plain
from tensorama.onnxfile import Graph, Node

_SPOKEN = {  # operators whose names in papers are others, or that are two in one
    "Gelu": "GELU", "FastGelu": "GELU", "BiasGelu": "Add + GELU", "QuickGelu": "QuickGELU",
    "Swish": "SiLU", "FusedMatMul": "MatMul", "FusedConv": "Conv", "FusedGemm": "Gemm",
    "SkipLayerNormalization": "Add + LayerNormalization",
    "SkipSimplifiedLayerNormalization": "Add + RMSNormalization",
    "SimplifiedLayerNormalization": "RMSNormalization",
}  # fmt: skip
_SCALED = frozenset({"LayerNormalization", "RMSNormalization", "GroupNormalization"})
_WITH_WEIGHTS = frozenset({"convolution", "dense", "recurrent", "attention", "embedding"})
_BITS = {21: 4, 22: 4}  # of ONNX's element types
_STEPS = (("Mul", "Add"), ("Add",))  # the first and the second that scale and shift
_PICTURE = ((2, 3), (-2, -1))  # axes: height and width
_AGAIN = frozenset({"Slice", "Max", "Min"})  # several of them in a row are one
_LONGEST = 26  # operators that can be one word
_LARGEST_SET = 1 << 20  # of things that one is chosen from
_MANY = 60  # operators of one layer that are looked at


class Operators:
    """Puts the operators of layers into words."""

    def __init__(self, graph: Graph, flow: Flow, functions: Functions) -> None:
        self._graph, self._flow, self._functions = graph, flow, functions

    def words(self, work: Sequence[Node], nodes: Sequence[Node], kind: str) -> list[str]:
        """What a layer of these nodes does, word by word. work: those that do not only help."""
        words: list[str] = []
        at = 0
        while at < len(work):
            if at < _MANY:
                word, count = self._next(work[at : at + _LONGEST], nodes)
            else:  # whatever that is, nobody reads on to here
                word, count = _spoken(work[at]), 1
            if word not in _AGAIN or words[-1:] != [word]:
                words.append(word)
            at += count
        if kind in _WITH_WEIGHTS:
            bits = self._bits(nodes)
            words[0] = f"{bits}-bit {words[0]}" if bits else words[0]
        return words

    def _next(self, work: Sequence[Node], nodes: Sequence[Node]) -> tuple[str, int]:
        """The word that these operators begin with, and how many of them it stands for."""
        node = work[0]
        function = self._functions.of.get(node.index)
        if function and function.averages:
            inside = [other for other in work if other.index in function.nodes]
            word, count = self._norm(inside, self._in_groups(function, nodes)), len(inside)
            if word:
                return word, count + (len(self._scaled(work[count:])) if word in _SCALED else 0)
        if function and not function.source:
            return "Magnitude", len(function.nodes)
        if function and any(self._is_comparing(number) for number in function.nodes):
            inside = [other for other in work if other.index in function.nodes]
            named, long = self._functions.curves.first(inside, self._functions.root)
            return (named if long == len(inside) else "Select"), len(inside)
        if node.op == "InstanceNormalization" and self._reshaped(node, nodes):
            return "GroupNormalization", 1 + len(self._scaled(work[1:]))
        word, count = self._functions.curves.first(work, self._functions.root)
        if word:
            return word, count
        if node.op == "Equal" and any(map(self._counts, node.inputs)):
            return "OneHot", 1
        if self._scaled(work) == ["Mul", "Add"]:
            return "Scale", 2
        return _spoken(node), 1

    def _norm(self, nodes: Sequence[Node], in_groups: bool) -> str:
        """What a normalization is called that is spelled out in these nodes; "": nobody knows."""
        ops = [node.op for node in nodes]
        averages = sum(op in REDUCING for op in ops)
        if "Exp" in ops and "ReduceSum" in ops:
            return "LogSoftmax" if "Log" in ops else "Softmax"
        if "ReduceMin" in ops and "ReduceMax" in ops:
            return "Normalize"
        if "ReduceL2" in ops or ("ReduceSumSquare" in ops and averages == 1):
            return "LpNormalization"
        if "Sqrt" not in ops and "Pow" not in ops:
            return ""
        if averages >= 2 and "Sub" in ops:
            if in_groups:
                return "GroupNormalization"
            axes = [self._axes(node) for node in nodes if node.op in REDUCING]
            return f"{'Instance' if all(a in _PICTURE for a in axes) else 'Layer'}Normalization"
        return "RMSNormalization" if averages == 1 else ""

    def _axes(self, node: Node) -> tuple[int, ...]:
        """The axes that an average goes along, as far as the file says."""
        given = node.attributes.get("axes")
        if given is None and len(node.inputs) > 1:
            given = self._functions.curves.stored(node.inputs[1])
        values = given.reshape(-1).tolist() if isinstance(given, np.ndarray) else given
        return tuple(values) if isinstance(values, (list, tuple)) else ()

    def _is_comparing(self, number: int) -> bool:
        return self._graph.nodes[number].op in COMPARING

    def _scaled(self, work: Sequence[Node]) -> list[str]:
        """How the next operators scale by weights and then shift by weights, if they do."""
        found: list[str] = []
        for node in work[:2]:
            op = plain(node.op)
            if len(self._flow.live.intersection(node.inputs)) != 1 or op not in _STEPS[len(found)]:
                break
            found.append(op)
        return found

    def _in_groups(self, function: Function, nodes: Sequence[Node]) -> bool:
        """Does a function average in groups of channels, between two reshapes?"""
        end = self._graph.nodes[max(function.nodes)].outputs[0]
        shapes = [node for node in nodes if node.op == "Reshape"]
        before = any(function.source in node.outputs for node in shapes)
        return before and any(end in node.inputs for node in shapes)

    def _reshaped(self, node: Node, nodes: Iterable[Node]) -> bool:
        """Does an operator work between two reshapes?"""
        shapes = [other for other in nodes if other.op == "Reshape"]
        before = any(node.inputs[0] in other.outputs for other in shapes)
        return before and any(node.outputs[0] in other.inputs for other in shapes)

    def _counts(self, name: str) -> bool:
        """Is this stored as 0, 1, 2, …, for each value to be compared with?"""
        stored = self._functions.curves.stored(name)
        if stored is None or stored.size < 2 or stored.size > _LARGEST_SET:
            return False
        return np.array_equal(stored.reshape(-1), np.arange(stored.size))

    def _bits(self, nodes: Iterable[Node]) -> int:
        """In how many bits the weights of a layer are kept, if in few."""
        found = 0
        for node in nodes:
            bits = node.attributes.get("bits", 8)
            if node.op in QUANTIZING:
                if node.op == "DequantizeLinear" and self._is_weight(node.inputs[0]):
                    found = found or _BITS.get(self._graph.weight_types.get(node.inputs[0], 0), 8)
            elif node.op != plain(node.op) and isinstance(bits, int):
                found = found or bits
        return found

    def _is_weight(self, name: str) -> bool:
        stored = self._functions.curves.stored(name)
        return stored is not None and stored.size > 1


def _spoken(node: Node) -> str:
    """One operator in words."""
    op = plain(node.op)
    word = spoken_inside(node) or _SPOKEN.get(op, op)
    after = node.attributes.get("activation")
    return f"{word} + {after}" if op.startswith("Fused") and isinstance(after, str) else word
