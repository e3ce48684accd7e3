"""How much memory a run will need, said before it begins.

Shapes are followed through the graph by the rules in `shapes`; small tensors of numbers, out of
which shapes are computed, are computed as in the run. Where a shape cannot be told this way or from
the file, the forecast is a lower bound: nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine import memory
from tensorama.engine.contract import Slices, whole
from tensorama.engine.plan import Call, plan
from tensorama.engine.shapes import Shape
from tensorama.engine.told import SMALL, seen, shapes_by_rule, values_ahead
from tensorama.onnxfile import Graph, Model, ValueInfo
from tensorama.onnxfile.types import DTYPES, element_type
from tensorama.phrases import phrase

# what looks at its input's memory in another way, and needs none of its own
_VIEWS = frozenset({"Dropout", "Flatten", "Identity", "Reshape", "Slice", "Split", "Squeeze",
                    "Transpose", "Unsqueeze"})  # fmt: skip
_COPIES = frozenset({"Flatten", "Reshape"})  # … unless its numbers lie in another order there
_BOOLEAN = frozenset({"And", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less",
                      "LessOrEqual", "Not", "Or", "Xor"})  # fmt: skip
_TYPES = {"ArgMax": 7, "ArgMin": 7, "ConvInteger": 6, "MatMulInteger": 6, "NonZero": 7,
          "Shape": 7, "Size": 7,
          **dict.fromkeys(_BOOLEAN, 9)}  # fmt: skip
_TYPE_OF_INPUT = {"DequantizeLinear": 1, "QuantizeLinear": 2, "QLinearConv": 7,
                  "QLinearMatMul": 7, "Where": 1}  # fmt: skip
_FLOAT, _UINT8 = 1, 2


@dataclass(frozen=True, slots=True)
class Forecast:
    """The bytes of all tensors that a run will keep, and which shapes are known of them.

    `complete`: nothing is missing in it; else it is the least that will be needed.
    """

    bytes: int
    complete: bool
    shapes: Mapping[str, Shape]


_last: WeakKeyDictionary[Graph, tuple[Any, Forecast]] = WeakKeyDictionary()


def forecast(model: Model, feeds: Mapping[str, Any]) -> Forecast:
    """Tell how much memory a run on checked feeds will need beside its feeds and weights."""
    return whole(_forecast(model, feeds))


def complain_if_too_large(model: Model, feeds: Mapping[str, Any]) -> Slices[None]:
    """Raise TooLargeError if the memory that can be had does not suffice for a run."""
    if not memory.is_limited():
        return
    coming = yield from _forecast(model, feeds)
    least = "" if coming.complete else phrase("at least ")
    memory.complain_unless_fitting(
        coming.bytes,
        phrase("This run"),
        least,
        phrase("Take a smaller input or a smaller model."),
    )


def _forecast(model: Model, feeds: Mapping[str, Any]) -> Slices[Forecast]:
    arrays = {name: x for name, x in feeds.items() if isinstance(x, np.ndarray)}
    sizes = tuple((name, x.shape) for name, x in arrays.items())
    told = _last.get(model.graph)
    if told is None or told[0] != sizes:
        told = _last[model.graph] = sizes, (yield from _Outlook(model, arrays).whole())
    return told[1]


class _Outlook:
    def __init__(self, model: Model, feeds: Mapping[str, np.ndarray]) -> None:
        self.model, self.bytes, self.complete = model, 0, True
        self.shapes: dict[str, Shape] = {}
        self.types: dict[str, int] = {}
        self.values: dict[str, np.ndarray] = {}
        for name, array in ({**model.graph.weights, **feeds}).items():
            self.shapes[name], self.types[name] = array.shape, element_type(array)
            if array.size <= SMALL and name in model.graph.weights and name not in feeds:
                self.values[name] = array
        self.turned: set[str] = set()  # tensors whose numbers lie in another order in memory
        self.sizes: dict[str, int] = {}  # of the dimensions that have a name
        for value in model.graph.inputs:
            if value.shape and value.name in self.shapes:
                for dimension, size in zip(value.shape, self.shapes[value.name], strict=False):
                    if isinstance(dimension, str):
                        self.sizes[dimension] = size
        self.declared = {v.name: v for v in model.graph.outputs} | {**model.graph.values}

    def whole(self) -> Slices[Forecast]:
        """Follow all nodes."""
        for call in plan(self.model, self.model.graph):
            try:
                self._follow(call)
            except Exception:  # shapes that cannot be: the run will say at which node, and why
                self.complete = False
            yield
        return Forecast(self.bytes, self.complete, self.shapes)

    def _follow(self, call: Call) -> None:
        node = call.node
        if self._computed(call):
            return
        shapes = self._told(call)
        for place, name in enumerate(node.outputs):
            if not name:
                continue
            shape = shapes[place] if shapes and place < len(shapes) else None
            shape = self._written(self.declared.get(name)) if shape is None else shape
            if shape is None:
                self.complete = False
                continue
            self.shapes[name], self.types[name] = shape, self._type(call, name, place)
            source = node.inputs[0] if node.inputs else ""
            if node.op == "Transpose" or (node.op in _VIEWS and source in self.turned):
                self.turned.add(name)
            if node.op not in _VIEWS or (node.op in _COPIES and source in self.turned):
                self.bytes += math.prod(shape) * _itemsize(self.types[name])
        if "record" in call.operator.needs:
            self._inside(call)

    def _computed(self, call: Call) -> bool:
        """Compute a node of small numbers that are known, as it will be in the run."""
        values = values_ahead(call, self.shapes, self.values)
        for name, array in (values or {}).items():
            self._keep(name, array)
        return values is not None

    def _keep(self, name: str, array: np.ndarray) -> None:
        self.shapes[name], self.types[name] = array.shape, element_type(array)
        self.bytes += array.nbytes
        if array.size <= SMALL:
            self.values[name] = array

    def _told(self, call: Call) -> Sequence[Shape] | None:
        """The shapes of a node's outputs by its rule; what is wrong, the run will say."""
        try:
            return shapes_by_rule(call, seen(call, self.shapes, self.values))
        except Exception:  # a rule takes for granted that its node is as it should be
            return None

    def _written(self, value: ValueInfo | None) -> Shape | None:
        """The shape that the file says, with the sizes that the feeds give to names."""
        if value is None or value.kind != "tensor" or value.shape is None:
            return None
        sizes = [d if isinstance(d, int) else self.sizes.get(str(d)) for d in value.shape]
        return None if None in sizes else tuple(size for size in sizes if size is not None)

    def _type(self, call: Call, name: str, place: int) -> int:
        node = call.node
        written = self.declared.get(name)
        if written is not None and written.elem_type:
            return written.elem_type
        for attribute in ("to", "dtype", "output_dtype"):
            if call.attributes.get(attribute):
                return int(call.attributes[attribute])
        if node.op in ("MaxPool", "TopK") and place:
            return 7
        if node.op == "DynamicQuantizeLinear":
            return _FLOAT if place == 1 else _UINT8
        if node.op == "QuantizeLinear" and len(node.inputs) < 3:
            return _UINT8
        if node.op in _TYPES and not place:
            return _TYPES[node.op]
        if node.op == "ConstantOfShape":
            value = call.attributes.get("value")
            return _FLOAT if value is None else element_type(value)
        source = _TYPE_OF_INPUT.get(node.op, 0)
        given = node.inputs[source] if source < len(node.inputs) else ""
        return self.types.get(given, _FLOAT)

    def _inside(self, call: Call) -> None:
        """What attention and recurrent operators record of every step and head."""
        node = call.node
        shape = self.shapes.get(node.outputs[0]) if node.outputs else None
        gates = {"LSTM": 5, "GRU": 3}.get(node.op, 0)
        if shape and gates:
            self.bytes += gates * math.prod(shape) * _itemsize(self.types[node.outputs[0]])
        if node.op == "Attention" and shape and node.inputs[1] in self.shapes:
            q, k = (self.shapes[name] for name in node.inputs[:2])
            heads = q[1] if len(q) == 4 else call.attributes.get("q_num_heads", 0)
            self.bytes += 2 * 4 * q[0] * heads * q[-2] * k[-2]


def _itemsize(number: int) -> int:
    return DTYPES[number].itemsize if number in DTYPES else 1
