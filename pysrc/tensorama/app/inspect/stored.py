"""Weights stored as whole numbers of few bits, as the real numbers that they stand for."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from tensorama.app.inspect.layered import Layered
from tensorama.engine.ops.quantization import spread
from tensorama.errors import OperatorError
from tensorama.onnxfile import Node
from tensorama.onnxfile.types import NARROW, narrow_type, unmarked
from tensorama.phrases import Phrase, phrase

# operator -> where the weights, their scale and their zero point stand among its inputs, and along
# which axis of the weights there may be one for each
_STORED: dict[str, tuple[int, int | None, int, int]] = {
    "QLinearConv": (3, 4, 5, 0),
    "ConvInteger": (1, None, 3, 0),
    "QLinearMatMul": (3, 4, 5, -1),
    "MatMulInteger": (1, None, 3, -1),
    "DynamicQuantizeMatMul": (1, 2, 3, -1),
    "MatMulIntegerToFloat": (1, 3, 5, -1),
}


def as_meant(facts: Layered, name: str) -> tuple[np.ndarray, Phrase | None]:
    """What the weights of a layer stand for, and how that comes about if they are stored."""
    array: np.ndarray = facts.arrays[name]
    if array.dtype.kind == "f":
        return array, _read_again(facts, name)
    for node in facts.nodes:
        weights, scale, zero, axis = _STORED.get(node.op, (-1, None, 0, 0))
        if 0 <= weights < len(node.inputs) and node.inputs[weights] == name:
            with suppress(OperatorError):  # scales that fit in some other way
                return _real(facts, node, array, scale, zero, axis)
    return array, None


def _read_again(facts: Layered, name: str) -> Phrase | None:
    """Of weights that a node of the model itself makes real: that it does."""
    graph: Any = facts.trace.model.graph
    made = next((node for node in graph.nodes if name in node.outputs), None)
    if made is None or made.op != "DequantizeLinear":
        return None
    return _told(facts.arrays[made.inputs[0]])


def _real(
    facts: Layered, node: Node, stored: np.ndarray, scale: int | None, zero: int, axis: int
) -> tuple[np.ndarray, Phrase]:
    values = unmarked(stored).astype(np.float32)
    shift = _given(facts, node, zero)
    if shift is not None:
        values -= spread(shift.astype(np.float32), values, axis)
    factor = None if scale is None else _given(facts, node, scale)
    if factor is None:
        said = phrase(
            "The weights are stored in {bits} bits and drawn less their zero point; their scale "
            "comes behind this operator.", bits=_bits(stored),
        )  # fmt: skip
        return values, said
    return values * spread(factor.astype(np.float32), values, axis), _told(stored)


def _told(stored: np.ndarray) -> Phrase:
    return phrase(
        "The weights are stored in {bits} bits; drawn is what they stand for: (stored − "
        "zero point) × scale.", bits=_bits(stored),
    )  # fmt: skip


def _bits(stored: np.ndarray) -> int:
    number = narrow_type(stored)
    return NARROW[number].bits if number else 8 * stored.dtype.itemsize


def _given(facts: Layered, node: Node, place: int) -> np.ndarray | None:
    name = node.inputs[place] if place < len(node.inputs) else ""
    value = facts.arrays.get(name) if name else None
    return unmarked(value) if isinstance(value, np.ndarray) else None
