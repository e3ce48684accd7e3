"""Operator cases as data: which operator, which inputs, which attributes, at which opset.

Each family of operators has a module here with a list `CASES`. Adding a case is one line:

    case("Elu", normal(2, 3), alpha=0.5)
    case("Softmax", normal(2, 3, 4), opset=11, axis=1)

onnxruntime gives the expected values, unless `expected` holds them with the reason in a comment.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Case:
    """One operator applied once; `outputs` is how many outputs, or which (True, False, …)."""

    op: str
    inputs: tuple[Any, ...]  # None leaves an optional input out
    attributes: Mapping[str, Any]
    opset: int
    domain: str
    outputs: int | Sequence[bool]
    constants: tuple[int, ...]  # which inputs are weights of the model
    rtol: float
    atol: float
    expected: Callable[..., Any] | None
    note: str

    @property
    def name(self) -> str:
        """How a failing case is named: operator, opset, shapes, attributes."""
        shapes = ",".join(_shape(value) for value in self.inputs)
        plain = (f"{k}={v}" for k, v in self.attributes.items() if not isinstance(v, Array))
        words = sorted(plain, key=len)  # the short ones tell cases apart
        parts = (f"{self.op}-{self.opset}", shapes, self.note, " ".join(words)[:80])
        return " ".join(filter(None, parts))


def case(
    op: str,
    *inputs: Any,
    opset: int = 21,
    domain: str = "",
    outputs: int | Sequence[bool] = 1,
    constants: tuple[int, ...] = (),
    rtol: float = 1e-5,
    atol: float = 1e-6,
    expected: Callable[..., Any] | None = None,
    note: str = "",
    **attributes: Any,
) -> Case:
    """Describe one case; what is not named here is an attribute of the operator.

    `expected(*inputs)` gives the values where onnxruntime cannot: an array, or a tuple of them.
    """
    return Case(
        op, inputs, attributes, opset, domain, outputs, constants, rtol, atol, expected, note
    )


def all_cases() -> list[Case]:
    """The cases of every module in this package, in the order of their names."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [c for name in modules for c in importlib.import_module(f"{__name__}.{name}").CASES]


def normal(*shape: int, seed: int = 0, dtype: str = "float32", scale: float = 1.0) -> Array:
    """Seeded normal values."""
    return np.asarray(np.random.default_rng(seed).standard_normal(shape) * scale, dtype)


def uniform(
    *shape: int, low: float = 0.0, high: float = 1.0, seed: int = 0, dtype: str = "float32"
) -> Array:
    """Seeded values between low and high; of an integer dtype, high is left out."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        return random.integers(int(low), int(high), shape).astype(dtype)
    return np.asarray(random.uniform(low, high, shape), dtype)


def flags(*shape: int, seed: int = 0) -> Array:
    """Seeded booleans."""
    return np.random.default_rng(seed).random(shape) > 0.5


def f32(*values: Any) -> Array:
    """float32 values: numbers, or lists of them."""
    return np.array(values if len(values) != 1 else values[0], dtype=np.float32)


def i64(*values: int) -> Array:
    """A vector of int64, as axes, shapes and sizes are."""
    return np.array(values, dtype=np.int64)


def scalar(value: Any, dtype: str = "float32") -> Array:
    """A tensor of rank 0."""
    return np.array(value, dtype=dtype)


def strings(*values: Any) -> Array:
    """A vector of strings."""
    return np.array(values, dtype=object)


def _shape(value: Any) -> str:
    if isinstance(value, Array):
        kind = {"O": "str"}.get(value.dtype.kind, value.dtype.name)
        return f"{kind.replace('float32', '')}({'x'.join(map(str, value.shape))})"
    return "-" if value is None else type(value).__name__
