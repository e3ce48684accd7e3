"""Which operators can be computed piece by piece, and along which axes (see `contract.pieces`).

An operator that is not here is computed at once, or comes in slices of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.engine.contract.pieces import Cut, Plan, cell_by_cell, in_pieces, same

Inputs = Sequence[Any]
Attributes = Mapping[str, Any]


def cast(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Cell by cell, but for strings."""
    return None if attributes.get("to") == 8 else cell_by_cell(inputs[:1], {})


def _rows(x: np.ndarray, fixed: Sequence[int], inputs: Inputs) -> Cut:
    """Along every axis of x but the fixed ones; what stands beside x is needed whole."""
    free = [axis for axis in range(x.ndim) if axis not in {f % x.ndim for f in fixed}]
    beside = [None] * (len(inputs) - 1)
    return Cut(x.shape, free, [same(x.ndim), *beside], same(x.ndim))


def _along(default: int) -> Plan:
    """One axis, an attribute, belongs together."""

    def plan(inputs: Inputs, attributes: Attributes) -> Cut | None:
        axis = attributes.get("axis", default)
        x = inputs[0]
        return _rows(x, (axis,), inputs) if -x.ndim <= axis < x.ndim else None

    return plan


def _from(default: int) -> Plan:
    """An axis, an attribute, belongs together with all that follow."""

    def plan(inputs: Inputs, attributes: Attributes) -> Cut | None:
        axis, x = attributes.get("axis", default), inputs[0]
        if not -x.ndim <= axis < x.ndim:
            return None
        cut = _rows(x, range(axis % x.ndim, x.ndim), inputs)
        whole = all(a is None or a.ndim <= x.ndim - axis % x.ndim for a in inputs[1:])
        return cut if whole else None

    return plan


def channels(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """x (N,C,…) and vectors (C): batch and channels can be cut."""
    x = inputs[0]
    if x.ndim < 2 or attributes.get("training_mode") or attributes.get("outputs", 1) > 1:
        return None
    if any(a.shape != x.shape[1:2] for a in inputs[1:]):
        return None
    vectors = [{1: 0}] * (len(inputs) - 1)
    return Cut(x.shape, (0, 1), [same(x.ndim), *vectors], same(x.ndim))


def pictures(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """x (N,C,…): every channel of every picture by itself."""
    x = inputs[0]
    return _rows(x, range(2, x.ndim), inputs) if x.ndim > 2 else None


def first_pictures(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """As `pictures`, unless the channels come last."""
    return None if attributes.get("channels_last") else pictures(inputs, attributes)


def but_channels(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """x (N,C,…): the channels at one place belong together."""
    x = inputs[0]
    return _rows(x, (1,), inputs) if x.ndim > 2 else None


def _without(x: np.ndarray, axes: Sequence[int], free: Sequence[int], keep: int) -> Cut:
    """A reduction of x over axes that are not there in the result, unless they are kept."""
    gone = {a % x.ndim for a in axes}
    left = [axis for axis in range(x.ndim) if axis not in gone]
    outputs = {axis: axis if keep else number for number, axis in enumerate(left)}
    return Cut(x.shape, [a for a in left if a in free], [same(x.ndim)], outputs)


def reduced(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """The axes before those over which a sum goes: with others its terms would change order."""
    x, axes = inputs[0], attributes.get("axes")
    if len(inputs) > 1 and inputs[1] is not None:
        axes = tuple(inputs[1].reshape(-1).tolist())
    if not axes or not all(-x.ndim <= a < x.ndim for a in axes):
        return None
    first = min(a % x.ndim for a in axes)
    cut = _without(x, axes, range(first), attributes.get("keepdims", 1))
    return replace(cut, inputs=[*cut.inputs, *[None] * (len(inputs) - 1)])


def best(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Every axis but the one along which the best is sought."""
    x, axis = inputs[0], attributes.get("axis", 0)
    if not -x.ndim <= axis < x.ndim:
        return None
    return _without(x, (axis,), range(x.ndim), attributes.get("keepdims", 1))


def quantized(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Cell by cell, with scales for all, for slices of an axis or for blocks along it."""
    x, axis, block = inputs[0], attributes.get("axis", 1), attributes.get("block_size", 0)
    if not -x.ndim <= axis < x.ndim:
        axis = None
    beside: list[Mapping[int, int] | None] = []
    free = list(range(x.ndim))
    for values in inputs[1:]:
        if values is None or (values.size == 1 and not block):
            beside.append(None)
        elif axis is None:
            return None
        elif block and values.ndim == x.ndim:
            free = [a for a in free if a != axis % x.ndim]
            beside.append(same(x.ndim))
        elif values.shape == (x.shape[axis],):
            beside.append({axis % x.ndim: 0})
        else:
            return None
    return Cut(x.shape, free, [same(x.ndim), *beside], same(x.ndim))


def running(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Every axis but the one, an input, along which values are added up."""
    x, axis = inputs
    if axis is None or axis.size != 1 or not -x.ndim <= int(axis.reshape(())) < x.ndim:
        return None
    return _rows(x, (int(axis.reshape(())),), inputs)


def picked(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Slices along one axis by an index of any rank: the result is cut, and what belongs to it."""
    x, index = inputs
    axis = attributes.get("axis", 0)
    if not -x.ndim <= axis < x.ndim or not index.ndim:
        return None
    axis, more = axis % x.ndim, index.ndim - 1
    shape = (*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])
    own = {a if a < axis else a + more: a for a in range(x.ndim) if a != axis}
    return Cut(
        shape, range(len(shape)), [own, {axis + a: a for a in range(index.ndim)}], same(len(shape))
    )


def placed(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Single values along one axis: the axes along which data and indices go side by side."""
    x, axis = inputs[0], attributes.get("axis", 0)
    if not -x.ndim <= axis < x.ndim or any(a.ndim != x.ndim for a in inputs):
        return None
    if any(a.shape != inputs[1].shape for a in inputs[1:]):
        return None
    free = [a for a in range(x.ndim) if a != axis % x.ndim and x.shape[a] == inputs[1].shape[a]]
    return Cut(x.shape, free, [same(x.ndim)] * len(inputs), same(x.ndim))


def joined(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """Every axis but the one along which tensors are joined."""
    first, axis = inputs[0], attributes["axis"]
    if not -first.ndim <= axis < first.ndim or any(x.ndim != first.ndim for x in inputs):
        return None
    rest = {(*x.shape[: axis % x.ndim], *x.shape[axis % x.ndim + 1 :]) for x in inputs}
    if len(rest) > 1:
        return None
    shape = list(first.shape)
    shape[axis] = sum(x.shape[axis] for x in inputs)
    free = [a for a in range(first.ndim) if a != axis % first.ndim]
    return Cut(tuple(shape), free, [same(first.ndim)] * len(inputs), same(first.ndim))


def tiled(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """The axes that are not repeated."""
    x, repeats = inputs
    if repeats.shape != (x.ndim,):
        return None
    return _rows(x, np.flatnonzero(repeats != 1).tolist(), inputs)


def read(inputs: Inputs, attributes: Attributes) -> Cut | None:
    """x (N,C,…) read at the places of a grid (N,…,rank): the places can be cut."""
    x, grid = inputs
    if grid.ndim != x.ndim or x.ndim < 3 or x.shape[0] != grid.shape[0]:
        return None
    shape = (*x.shape[:2], *grid.shape[1:-1])
    places = {0: 0, **{axis: axis - 1 for axis in range(2, x.ndim)}}
    return Cut(shape, (0, *range(2, x.ndim)), [{0: 0}, places], same(x.ndim))


_SPARING = True  # much memory beside the result
_CELLS = """
    Abs Acos Acosh Add And Asin Asinh Atan Atanh BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BitShift
    Ceil Cos Cosh Div Equal Exp Floor Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Log Mod
    Mul Neg Not Or Pow Reciprocal Relu Round Sign Sin Sinh Sqrt Sub Tan Tanh Where Xor
    LeakyRelu HardSigmoid
""".split()  # noqa: SIM905
_SPARING_CELLS = """
    BiasGelu Celu Clip Elu Erf FastGelu Gelu HardSwish Max Mean Min Mish PRelu QuickGelu Selu Shrink
    Sigmoid Softplus Softsign Sum Swish SwiGLU ThresholdedRelu
""".split()  # noqa: SIM905
_REDUCTIONS = "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split()  # noqa: SIM905

_PLANS: dict[str, tuple[Plan, bool]] = {
    **dict.fromkeys(_CELLS, (cell_by_cell, not _SPARING)),
    **dict.fromkeys(_SPARING_CELLS, (cell_by_cell, _SPARING)),
    **{f"Reduce{name}": (reduced, _SPARING) for name in _REDUCTIONS},
    "ArgMax": (best, _SPARING),
    "ArgMin": (best, _SPARING),
    "AveragePool": (pictures, _SPARING),
    "BatchNormalization": (channels, _SPARING),
    "Cast": (cast, not _SPARING),
    "Concat": (joined, not _SPARING),
    "CumProd": (running, _SPARING),
    "CumSum": (running, _SPARING),
    "DequantizeLinear": (quantized, _SPARING),
    "Gather": (picked, not _SPARING),
    "GatherElements": (placed, _SPARING),
    "GlobalAveragePool": (pictures, not _SPARING),
    "GlobalLpPool": (pictures, _SPARING),
    "GlobalMaxPool": (pictures, not _SPARING),
    "GridSample": (read, _SPARING),
    "Hardmax": (_along(-1), _SPARING),
    "InstanceNormalization": (channels, _SPARING),
    "LayerNormalization": (_from(-1), _SPARING),
    "LogSoftmax": (_along(-1), _SPARING),
    "LpNormalization": (_along(-1), _SPARING),
    "LpPool": (pictures, _SPARING),
    "LRN": (but_channels, _SPARING),
    "QLinearAveragePool": (first_pictures, _SPARING),
    "QLinearGlobalAveragePool": (first_pictures, _SPARING),
    "QuantizeLinear": (quantized, _SPARING),
    "RMSNormalization": (_from(-1), _SPARING),
    "ScatterElements": (placed, _SPARING),
    "SimplifiedLayerNormalization": (_from(-1), _SPARING),
    "Softmax": (_along(-1), _SPARING),
    "Tile": (tiled, not _SPARING),
    "TopK": (_along(-1), _SPARING),
}


def cut_up(name: str, since: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of an operator as it is registered: in pieces, where that is possible."""
    if hasattr(function, "slices") or name not in _PLANS:
        return function
    plan, sparing = _PLANS[name]
    if since < 13 and name in ("Softmax", "LogSoftmax", "Hardmax"):
        plan = _from(1)
    return in_pieces(function, plan, sparing)
