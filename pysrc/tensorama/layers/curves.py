"""Activations by their curves: what a function of one number is called shows in what it gives.

Every exporter writes HardSwish, GELU or Mish with other operators. So the operators are computed
for some numbers, and the curve is compared with those that have a name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from tensorama.layers.kinds import ARRANGING, plain
from tensorama.onnxfile import Graph, Node

Curve = np.ndarray
_Constant = tuple[np.float64 | None, bool]

_X: Curve = np.linspace(-7.3, 7.1, 48)
_X.setflags(write=False)
_CLOSE = 1e-3  # GELU by tanh and by erf are one
_SLOPE = 0.25  # stands for slopes that channels have each of their own
_CONSTANTS = ("value", "value_float", "value_floats", "value_int", "value_ints")
_DEEPEST = 8  # nodes that one constant is computed by


def _sigmoid(x: Curve) -> Curve:
    return 1 / (1 + np.exp(-x))


def _erf(x: Curve) -> Curve:
    return np.array([math.erf(value) for value in np.ravel(x)]).reshape(np.shape(x))


def _elu(x: Curve, alpha: float = 1.0) -> Curve:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _gelu(x: Curve) -> Curve:
    return x * (1 + _erf(x / math.sqrt(2))) / 2


def _softplus(x: Curve) -> Curve:
    return np.logaddexp(0, x)


def _hard_sigmoid(x: Curve, alpha: float = 0.2, beta: float = 0.5) -> Curve:
    return np.clip(alpha * x + beta, 0, 1)


def _selu(x: Curve) -> Curve:
    return 1.0507009873554805 * _elu(x, 1.6732632423543772)


_NAMED: dict[str, Curve] = {
    "Relu": np.maximum(_X, 0),
    "ReLU6": np.clip(_X, 0, 6),
    "Sigmoid": _sigmoid(_X),
    "Tanh": np.tanh(_X),
    "SiLU": _X * _sigmoid(_X),
    "GELU": _gelu(_X),
    "QuickGELU": _X * _sigmoid(1.702 * _X),
    "HardSwish": _X * _hard_sigmoid(_X, 1 / 6),
    "HardSigmoid": _hard_sigmoid(_X, 1 / 6),
    "HardSigmoid ": _hard_sigmoid(_X),
    "HardTanh": np.clip(_X, -1, 1),
    "Mish": _X * np.tanh(_softplus(_X)),
    "Softplus": _softplus(_X),
    "Softsign": _X / (1 + np.abs(_X)),
    "Elu": _elu(_X),
    "Selu": _selu(_X),
}
_CURVES = np.array(list(_NAMED.values()))
_SPREAD = np.array([0, 20, 30, 47])  # places that tell most curves apart


def _clip(x: Curve, low: Any = None, high: Any = None, **attributes: Any) -> Curve:
    low = attributes.get("min", -math.inf) if low is None else low
    high = attributes.get("max", math.inf) if high is None else high
    return np.minimum(np.maximum(x, low), high)


def _of(function: Callable[..., Curve], inputs: int) -> Callable[..., Curve]:
    """A function of numpy's with its inputs alone: one more would be where it writes to."""
    return lambda *x: function(*x) if len(x) == inputs else np.array(math.nan)


# operator -> what it gives for its inputs; attributes by name
_OPERATORS: dict[str, Callable[..., Curve]] = {
    "Add": _of(np.add, 2), "Sub": _of(np.subtract, 2), "Mul": _of(np.multiply, 2),
    "Div": _of(np.divide, 2), "Pow": _of(np.power, 2), "Sqrt": _of(np.sqrt, 1),
    "Reciprocal": lambda x: 1 / x, "Exp": _of(np.exp, 1), "Log": _of(np.log, 1),
    "Neg": _of(np.negative, 1), "Abs": _of(np.abs, 1), "Erf": _erf,
    "Min": lambda *x: reduce(np.minimum, x), "Max": lambda *x: reduce(np.maximum, x),
    "Where": _of(np.where, 3), "Less": _of(np.less, 2), "Greater": _of(np.greater, 2),
    "LessOrEqual": _of(np.less_equal, 2), "GreaterOrEqual": _of(np.greater_equal, 2),
    "Not": _of(np.logical_not, 1), "Clip": _clip,
    "Relu": lambda x: np.maximum(x, 0), "Sigmoid": _sigmoid, "Tanh": _of(np.tanh, 1),
    "Softplus": _softplus, "Softsign": lambda x: x / (1 + np.abs(x)),
    "LeakyRelu": lambda x, alpha=0.01: np.where(x < 0, alpha * x, x),
    "PRelu": lambda x, slope: np.where(x < 0, slope * x, x),
    "Elu": _elu, "HardSigmoid": _hard_sigmoid,
    "HardSwish": lambda x: x * _hard_sigmoid(x, 1 / 6),
}  # fmt: skip


class Curves:
    """Recognises functions of one tensor in a graph."""

    def __init__(self, graph: Graph, made_by: Mapping[str, Node], live: Collection[str]) -> None:
        self._graph, self._made_by, self._live = graph, made_by, live
        self._constants: dict[str, _Constant] = {}

    def first(self, nodes: Sequence[Node], root: Callable[[str], str]) -> tuple[str, int]:
        """What the longest beginning of these nodes is called, and how many nodes that is.

        They must be a function of one tensor. root: the tensor that one is, whatever its type.
        "" and 0: nothing that has a name, or an operator alone.
        """
        numbers: dict[str, int] = {}  # tensor -> its place: the source, then what each node gives
        steps: list[_Step] = []
        for node in nodes:
            step = self._step(node, numbers, root)
            if step is None:
                break
            steps.append(step)
            for name in node.outputs[:1]:
                numbers[name] = len(steps)
        return _longest(tuple(steps)) if steps else ("", 0)

    def is_named(self, nodes: Sequence[Node], root: Callable[[str], str]) -> bool:
        """Do these nodes all together spell out an activation?"""
        work = [node for node in nodes if node.op not in ARRANGING]
        return len(work) > 1 and self.first(work, root)[1] == len(work)

    def _step(
        self, node: Node, numbers: dict[str, int], root: Callable[[str], str]
    ) -> _Step | None:
        """A node as a step: its operator, its operands and its attributes; None: not to be told."""
        if plain(node.op) not in _OPERATORS:
            return None
        operands: list[tuple[str, float]] = []
        for name, (value, many) in self._inputs(node):
            if value is not None:
                operands.append(("many" if many else "one", float(value)))
            elif not name:
                operands.append(("none", 0))
            else:
                place = numbers.get(root(name), 0 if not numbers else -1)
                if place < 0:
                    return None  # a second tensor comes in
                numbers.setdefault(root(name), place)
                operands.append(("step", place))
        attributes = tuple(
            (name, value) for name, value in node.attributes.items() if isinstance(value, float)
        )
        return _OPERATORS[plain(node.op)], tuple(operands), attributes

    def _inputs(self, node: Node) -> list[tuple[str, _Constant]]:
        """What a node computes with: tensors, and the constants that they are."""
        if not node.op.startswith("QLinear"):
            return [(name, self.constant(name)) for name in node.inputs]
        pairs: list[tuple[str, _Constant]] = []
        for place in (0, 3) if plain(node.op) in ("Add", "Mul") else (0,):  # value, scale, zero
            name, scale, zero = (*node.inputs[place : place + 3], "", "", "")[:3]
            value, many = self.constant(name)
            if value is not None and not many:
                value = self._real([value, self.constant(scale)[0], self.constant(zero)[0]])
            pairs.append((name, (value, many)))
        return pairs

    def _real(self, parts: Sequence[np.float64 | None]) -> np.float64 | None:
        """The number that a value stands for with its scale and its zero point."""
        value, scale, zero = (*parts, None, None)[:3]
        if value is None or scale is None:
            return None
        return (value - (0 if zero is None else zero)) * scale

    def constant(self, name: str, depth: int = 0) -> _Constant:
        """One number that does not depend on an input, and whether it stands for many; or None."""
        if not name or name in self._live:
            return None, False
        if name not in self._constants:
            self._constants[name] = (None, False)  # against circles
            self._constants[name] = self._computed(name, depth)
        return self._constants[name]

    def stored(self, name: str) -> np.ndarray | None:
        """A tensor that stands in the file."""
        node = self._made_by.get(name)
        if node is not None and node.op == "Constant":
            given = (node.attributes.get(kind) for kind in _CONSTANTS)
            return next((np.asarray(value) for value in given if value is not None), None)
        return self._graph.weights.get(name)

    def _computed(self, name: str, depth: int) -> _Constant:
        array, node = self.stored(name), self._made_by.get(name)
        if array is not None:
            if array.dtype.kind not in "fiu" or not array.size:
                return None, False
            number = float(array.reshape(-1)[0])
            return np.float64(number if array.size == 1 else _SLOPE), array.size > 1
        if node is None or depth >= _DEEPEST or not node.inputs:
            return None, False
        operands = [self.constant(other, depth + 1) for other in node.inputs if other]
        values = [value for value, _ in operands if value is not None]
        many = any(several for _, several in operands)
        if node.op in ARRANGING and node.op != "QuantizeLinear" and operands:
            if node.op == "DequantizeLinear" and not many:
                return self._real([value for value, _ in operands]), False
            return operands[0]
        if len(values) < len(operands) or node.op not in _OPERATORS:
            return None, False
        with np.errstate(all="ignore"):
            given = np.float64(_SLOPE) if many else _given(_OPERATORS[node.op], values)
        return (None if given is None else np.float64(given)), many


_ALONE = (_OPERATORS["Clip"], _OPERATORS["Min"])  # whose curve can have a name of its own
_Step = tuple[Callable[..., Curve], tuple[tuple[str, float], ...], tuple[tuple[str, Any], ...]]


def _given(function: Callable[..., Curve], inputs: Sequence[Any], **more: Any) -> Curve | None:
    """What an operator gives for these inputs; None if it has more or fewer."""
    try:
        return function(*inputs, **more)
    except TypeError:
        return None


@lru_cache(maxsize=4096)  # exporters write the same few again and again
@np.errstate(all="ignore")
def _longest(steps: tuple[_Step, ...]) -> tuple[str, int]:
    """The longest beginning of these steps whose curve has a name."""
    values: list[Any] = [_X]
    found, many = ("", 0), False
    for count, (function, operands, attributes) in enumerate(steps, 1):
        many = many or any(kind == "many" for kind, _ in operands)
        read = [
            None if kind == "none" else values[int(value)] if kind == "step" else value
            for kind, value in operands
        ]
        value = _given(function, read, **dict(attributes))
        if value is None:
            break
        values.append(value)
        if count == 1 and function not in _ALONE:
            continue
        name = _named(np.asarray(value, float), many)
        if name and (count > 1 or name == "ReLU6"):
            found = name, count
    return found


def _named(y: Curve, many: bool) -> str:
    """What a curve is called. many: channels have each a slope of their own."""
    if y.shape != _X.shape or not np.isfinite(y).all():
        return ""
    if not many:
        near = np.flatnonzero(np.abs(_CURVES[:, _SPREAD] - y[_SPREAD]).max(axis=1) < _CLOSE)
        for curve in near.tolist():
            if np.abs(_CURVES[curve] - y).max() < _CLOSE:
                return list(_NAMED)[curve].strip()
    slope = y[0] / _X[0]
    if 0 < abs(slope) < 1 and np.abs(y - np.where(_X < 0, slope * _X, _X)).max() < _CLOSE:
        return "PRelu" if many else "LeakyRelu"
    return ""
