"""Cell by cell through the kernel: the bends that numpy computes slowly in a page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from tensorama.engine.kernel import active

F = TypeVar("F", bound=Callable[..., np.ndarray])
WORTH_IT = 32  # cells from which on a call pays


def bent(name: str, x: np.ndarray, *parameters: float) -> np.ndarray | None:
    """f(x) for each cell of a float32 array; None if there is no kernel for it."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or x.size < WORTH_IT:
        return None
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    kernel.call(name, x, y, x.size, *map(float, parameters))
    return y


def in_kernel(name: str, *parameters: str) -> Callable[[F], F]:
    """Let the kernel compute the function below where it can; the function itself elsewhere.

    parameters: the attributes that the kernel's function takes, in its order.
    """

    def wrap(function: F) -> F:
        defaults = {
            p.name: p.default
            for p in inspect.signature(function).parameters.values()
            if p.name in parameters
        }

        @wraps(function)
        def either(x: np.ndarray, **attributes: Any) -> np.ndarray:
            y = bent(name, x, *[attributes.get(p, defaults[p]) for p in parameters])
            return function(x, **attributes) if y is None else y

        return either  # type: ignore[return-value]

    return wrap


def scaled(x: np.ndarray, factor: np.ndarray, shift: np.ndarray) -> np.ndarray | None:
    """x · factor + shift with one of each per channel: x (N,C,…), factor and shift (C)."""
    kernel = active()
    if kernel is None or x.ndim < 2 or not x.size:
        return None
    if any(a.dtype != np.float32 for a in (x, factor, shift)):
        return None
    if factor.shape != (x.shape[1],) or shift.shape != factor.shape:
        return None
    x, factor, shift = (np.ascontiguousarray(a) for a in (x, factor, shift))
    y = np.empty_like(x)
    planes = x.shape[0] * x.shape[1]
    kernel.call("scale_shift", x, y, planes, x.shape[1], x.size // planes, factor, shift)
    return y


def softmax(x: np.ndarray) -> np.ndarray | None:
    """Softmax along the last axis of a float32 array; None if there is no kernel for it."""
    kernel = active()
    if kernel is None or x.dtype != np.float32 or not x.size or not x.ndim:
        return None
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    kernel.call("softmax", x, y, x.size // x.shape[-1], x.shape[-1])
    return y


def widened(x: np.ndarray) -> np.ndarray:
    """float16 as float32."""
    kernel = active()
    if kernel is None or x.dtype != np.float16 or x.size < WORTH_IT:
        return x.astype(np.float32)
    x = np.ascontiguousarray(x)
    y = np.empty(x.shape, np.float32)
    kernel.call("widen", x, y, x.size)
    return y
