"""What becomes of a number in the type that holds it, and who brought in one not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.explain.account import Said, Scalar, Stage
from tensorama.explain.mathml import written
from tensorama.phrases import phrase, word

# roles, tensors, indices, values and insides of the operands of a group: see explained.Group
Parts = tuple[str, str, Sequence[np.ndarray], np.ndarray, np.ndarray]


def held(value: Scalar, recorded: Scalar) -> tuple[Scalar, list[Stage], list[Said]]:
    """The value as the type of the recorded one holds it; a stage and a sentence if that differs.

    Integers wrap around, floats beyond the largest become infinite. A float is not rounded.
    """
    dtype = getattr(recorded, "dtype", np.dtype(object))
    if dtype.kind == "b":
        return np.bool_(value), [], []
    if dtype.kind in "iu":
        return _whole(value, dtype)
    if dtype.kind == "f" and dtype.itemsize < 8 and np.isfinite(value):
        with np.errstate(over="ignore"):
            narrow = np.asarray(value).astype(dtype)
        if np.isinf(narrow):
            text = "{value} is more than {type} can hold, so it counts as {infinite}."
            said = Said(
                text,
                {"value": written(value), "type": dtype.name, "infinite": written(narrow)},
            )
            return (
                np.float64(narrow),
                [Stage(phrase("as {type}", type=dtype.name), np.float64(narrow))],
                [said],
            )
    return value, [], []


def limited(value: Any, like: np.ndarray) -> tuple[Any, list[Stage]]:
    """A float in between as a type would hold it: infinite beyond the largest, with a stage."""
    dtype = like.dtype
    if dtype.kind != "f" or dtype.itemsize == 8 or not np.isfinite(value):
        return value, []
    if abs(value) <= float(np.finfo(dtype).max):
        return value, []
    infinite = np.copysign(np.inf, value)
    return infinite, [Stage(phrase("as {type}", type=dtype.name), infinite)]


def _whole(value: Scalar, dtype: np.dtype) -> tuple[Scalar, list[Stage], list[Said]]:
    if isinstance(value, float | np.floating) and not float(value).is_integer():
        return np.asarray(value).astype(dtype)[()], [], []
    limits, exact = np.iinfo(dtype), int(value)
    wrapped = dtype.type((exact - limits.min) % (1 << limits.bits) + limits.min)
    if int(wrapped) == exact:
        return wrapped, [], []
    said = Said(
        "{type} holds only {low} to {high}, so {exact} wraps around to {wrapped}.",
        {
            "type": dtype.name,
            "low": written(limits.min),
            "high": written(limits.max),
            "exact": written(exact),
            "wrapped": written(wrapped),
        },
    )
    return wrapped, [Stage(phrase("as {type}", type=dtype.name), wrapped)], [said]


def unfinished(value: Any, operands: Sequence[Parts]) -> list[Said]:
    """Which operand brought in NaN or an infinity, if the value is one."""
    if not isinstance(value, float | np.floating) or np.isfinite(value):
        return []
    isnan = bool(np.isnan(value))
    infinite: list[str] = []
    for role, tensor, index, values, inside in operands:
        if values.dtype.kind != "f":
            continue
        odd = ~np.isfinite(values) & inside
        for place in np.flatnonzero(np.isnan(values) & odd if isnan else odd)[:1].tolist():
            return [_brought(values.flat[place], role, tensor, index, place)]
        infinite += [written(values.flat[p]) for p in np.flatnonzero(odd)[:2].tolist()]
    if isnan and infinite:
        text = "It is not a number because of the {infinite} among its operands."
        return [Said(text, {"infinite": infinite[0]})]
    text = "All its operands are finite: {value} arises here."
    return [Said(text, {"value": written(value)})]


def _brought(value: Any, role: str, tensor: str, index: Sequence[np.ndarray], place: int) -> Said:
    where = ", ".join(str(int(axis.flat[place])) for axis in index)
    text = "{value} was brought in by {tensor}[{where}]."
    if role:
        text = "{value} was brought in by {tensor}[{where}] ({role})."
    return Said(
        text, {"value": written(value), "tensor": tensor, "where": where, "role": word(role)}
    )
