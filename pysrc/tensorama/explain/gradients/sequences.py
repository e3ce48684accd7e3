"""Sequences of tensors, whose gradient is a sequence as well, and values that may be missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.engine.ops.shape import axis_of
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray


def _place(position: Any, count: int) -> int:
    return int(position.item()) % count


@differentiates("Identity", "Optional", "OptionalGetElement")
def unchanged(at: Backward) -> Gradients:
    """What came back."""
    return at.dys


@differentiates("SequenceConstruct")
def constructed(at: Backward) -> Gradients:
    """To each tensor its own."""
    by: Any = at.dys[0]
    return list(by)


@differentiates("SequenceAt")
def taken(at: Backward) -> Gradients:
    """To the tensor that was taken, nothing to the others."""
    by: Any = [np.zeros_like(x) for x in at.inputs[0]]
    by[_place(at.inputs[1], len(by))] = at.dys[0]
    return by, None


@differentiates("SequenceInsert")
def inserted(at: Backward) -> Gradients:
    """To the tensor that came in, and to those that were there."""
    by: Any = [*(at.dys[0] or ())]
    end = len(by) - 1
    position = end if at.input(2) is None else int(at.inputs[2].item())
    own = by.pop(position + end if position < 0 else position)
    return by, own, None


@differentiates("SequenceErase")
def erased(at: Backward) -> Gradients:
    """To those that stayed."""
    by: Any = [*(at.dys[0] or ())]
    count = len(at.inputs[0])
    place = count - 1 if at.input(1) is None else _place(at.inputs[1], count)
    by.insert(place, np.zeros_like(at.inputs[0][place]))
    return by, None


@differentiates("ConcatFromSequence")
def joined(at: Backward) -> Gradients:
    """To each tensor its part."""
    parts, axis = at.inputs[0], axis_of(at.attributes["axis"], at.dy.ndim)
    if at.attributes["new_axis"]:
        by: Any = [*np.moveaxis(at.dy, axis, 0)]
    else:
        by = np.split(at.dy, np.cumsum([part.shape[axis] for part in parts])[:-1], axis=axis)
    return (by,)


@differentiates("SplitToSequence")
def cut(at: Backward) -> Gradients:
    """The parts together again."""
    by: Any = at.dys[0]
    axis = axis_of(at.attributes["axis"], at.x.ndim)
    if at.input(1) is None and not at.attributes["keepdims"]:
        return np.stack(by, axis=axis), None
    return np.concatenate(by, axis=axis), None
