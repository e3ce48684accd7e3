"""Values that remember how they came to be, while a declaration computes a cell again.

A declaration computes with numpy. Computing with `Noted` in place of arrays, and with `Recorder` in
place of numpy, leaves the expression behind that gave the result; `python` writes it down. Which
way a declaration took was decided by the values themselves, so the expression is of this very cell.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
_COMPARED = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_UNARY = {"neg": "-", "pos": "+", "invert": "~"}
_SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/",
    "floor_divide": "//", "power": "**", "matmul": "@", "less": "<", "less_equal": "<=",
    "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
}  # fmt: skip
_MOVES = ("astype", "reshape", "swapaxes", "transpose", "ravel", "copy", "squeeze")
_RAW = ("item", "tolist", "fill", "setflags", "any", "all", "nonzero")


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Cells of a tensor. name: what a reader calls them; index: which, None if that is not told."""

    value: Any
    name: str
    tensor: str
    index: tuple[Any, ...] | None = ()


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """Something done to values. form: Python, with {0}, {1}, … where the parts stand."""

    form: str
    parts: tuple[Any, ...]  # Leaf, Done, or plain values
    named: Mapping[str, Any] = field(default_factory=dict)
    put: bool = False  # the first part, with the third in place at the second


Expression = Leaf | Done
_WRITERS = (__name__, "tensorama.explain.python", "tensorama.explain.lines")


class Noted:
    """A value and the expression that gave it; it takes part in computing like the value."""

    __slots__ = ("made", "value")

    def __init__(self, value: Any, made: Any = None) -> None:
        self.value: Any = np.float64(value) if type(value) is float else value
        self.made = value if made is None else made

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # who asks what it is hears what the value is
        return type(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *given: Any, **named: Any) -> Any:
        value = getattr(ufunc, method)(*plainly(given), **plainly(named))
        sign = _SIGNS.get(ufunc.__name__) if method == "__call__" and not named else None
        parts = tuple(map(made, given))
        if sign and len(given) == 2:
            return Noted(value, Done(f"({{0}} {sign} {{1}})", parts))
        called = f"np.{ufunc.__name__}{'' if method == '__call__' else '.' + method}"
        places = ", ".join(f"{{{n}}}" for n in range(len(given)))
        return _several(value, Done(f"{called}({places}@)", parts, _made_of(named)))

    def __getattr__(self, name: str) -> Any:
        got = getattr(self.value, name)
        if name in _RAW or name.startswith("__"):
            return got
        if callable(got):
            return lambda *given, **named: self._method(name, got, given, named)
        if isinstance(got, np.ndarray | np.generic | np.flatiter) and name != "dtype":
            return Noted(got, Done(f"{{0}}.{name}", (self.made,)))
        return got

    def _method(self, name: str, method: Any, given: Any, named: Any) -> Any:
        value = method(*plainly(given), **plainly(named))
        if isinstance(self.made, Leaf) and name in _MOVES:
            return Noted(value, Leaf(value, self.made.name, self.made.tensor, None))
        places = ", ".join(f"{{{n + 1}}}" for n in range(len(given)))
        return Noted(
            value, Done(f"{{0}}.{name}({places}@)", (self.made, *map(made, given)), _made_of(named))
        )

    def __getitem__(self, index: Any) -> Any:
        value = self.value[plainly(index)]
        if isinstance(self.made, Leaf) and not has_noted(index):
            whole = self.made.index == ()
            where = (index if isinstance(index, tuple) else (index,)) if whole else None
            return Noted(value, Leaf(value, self.made.name, self.made.tensor, where))
        return Noted(value, Done("{0}[{1}]", (self.made, made(index))))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.made = Done("", (self.made, made(index), made(value)), put=True)
        self.value[plainly(index)] = plainly(value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.value, dtype)

    def __iter__(self) -> Iterator[Any]:
        return (self[n] for n in range(len(self.value)))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __complex__(self) -> complex:
        return complex(self.value)

    def __index__(self) -> int:
        return int(self.value.__index__())

    def __format__(self, form: str) -> str:
        return format(self.value, form)

    def __abs__(self) -> Any:
        return Noted(abs(self.value), Done("abs({0})", (self.made,)))

    def __round__(self, digits: Any = None) -> Any:
        return Noted(round(self.value), Done("np.rint({0})", (self.made,)))

    def __repr__(self) -> str:
        return repr(self.value)


def _operate(name: str, sign: str) -> None:
    def forward(self: Noted, other: Any) -> Any:
        value = getattr(operator, f"__{name}__")(self.value, plainly(other))
        return Noted(value, Done(f"({{0}} {sign} {{1}})", (self.made, made(other))))

    def backward(self: Noted, other: Any) -> Any:
        if name == "add" and type(other) is int and not other:
            return self  # where Python's sum begins
        value = getattr(operator, f"__{name}__")(plainly(other), self.value)
        return Noted(value, Done(f"({{0}} {sign} {{1}})", (made(other), self.made)))

    setattr(Noted, f"__{name}__", forward)
    if name in _BINARY:
        setattr(Noted, f"__r{name}__", backward)


def _alone(name: str, sign: str) -> None:
    def done(self: Noted) -> Any:
        value = getattr(operator, f"__{name}__")(self.value)
        return Noted(value, Done(f"({sign}{{0}})", (self.made,)))

    setattr(Noted, f"__{name}__", done)


for _name, _sign in (_BINARY | _COMPARED).items():
    _operate(_name, _sign)
for _name, _sign in _UNARY.items():
    _alone(_name, _sign)


def plainly(value: Any) -> Any:
    """A value, or a structure of values, without what was noted."""
    if isinstance(value, Noted):
        return value.value
    if isinstance(value, Kind):
        return value.kind
    if isinstance(value, tuple):
        return tuple(map(plainly, value))
    if isinstance(value, list):
        return [*map(plainly, value)]
    if isinstance(value, dict):
        return {name: plainly(part) for name, part in value.items()}
    if isinstance(value, slice):
        return slice(plainly(value.start), plainly(value.stop), plainly(value.step))
    return value


def has_noted(value: Any) -> bool:
    """Whether something noted takes part."""
    if isinstance(value, tuple | list):
        return any(map(has_noted, value))
    if isinstance(value, slice):
        return has_noted((value.start, value.stop, value.step))
    return isinstance(value, Noted)


def made(value: Any) -> Any:
    """The expression of what is noted; other values as they are."""
    if isinstance(value, Noted):
        return value.made
    if isinstance(value, tuple | list):
        return type(value)(map(made, value))
    return plainly(value)


def _made_of(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: made(value) for name, value in named.items()}


class Kind:
    """A type of numpy's scalars: converting to it is noted, too."""

    def __init__(self, kind: Any) -> None:
        self.kind, self.dtype = kind, np.dtype(kind)
        self._form = f"{'np.' * issubclass(kind, np.generic)}{kind.__name__}({{0}})"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kind, name)

    def __call__(self, *given: Any) -> Any:
        value = self.kind(*plainly(given))
        if not has_noted(given):
            return value
        if type(given[0].value) is np.float64 and self.kind in (np.float64, float):
            return given[0]
        return Noted(value, Done(self._form, tuple(map(made, given))))

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(plainly(instance), self.kind)

    def __or__(self, other: Any) -> Any:
        return self.kind | plainly(other)

    def __ror__(self, other: Any) -> Any:
        return plainly(other) | self.kind


class Recorder:
    """A module of functions in whose place it stands: what it does to noted values is noted."""

    def __init__(self, module: ModuleType, called: str) -> None:
        self._module, self._called = module, called
        self._known: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._wrapped(name, getattr(self._module, name))
        return self._known[name]

    def _wrapped(self, name: str, got: Any) -> Any:
        if isinstance(got, type):
            concrete = issubclass(got, np.generic) and got.__subclasses__() == []
            return Kind(got) if concrete or got is np.float64 else got
        return self._noting(name, got) if callable(got) else got

    def _noting(self, name: str, function: Any) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if name in ("asarray", "ascontiguousarray") and isinstance(given[0], Noted):
                kind = plainly(given[1:] or tuple(named.values()))
                return given[0].astype(*kind) if kind else given[0]
            value = function(*plainly(given), **plainly(named))
            if not has_noted(given) and not has_noted(tuple(named.values())):
                return value
            if name in ("shape", "size", "ndim", "result_type", "broadcast_shapes", "errstate"):
                return value
            places = ", ".join(f"{{{n}}}" for n in range(len(given)))
            done = Done(
                f"{self._called}.{name}({places}@)", tuple(map(made, given)), _made_of(named)
            )
            return _several(value, done)

        return call


def _several(value: Any, done: Done) -> Any:
    """What a function gave; of several results each."""
    if isinstance(value, tuple | list):
        parts = (Noted(part, Done("{0}[{1}]", (done, n))) for n, part in enumerate(value))
        return type(value)(parts) if type(value) in (tuple, list) else tuple(parts)
    return Noted(value, done)


def _choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The largest or smallest of several numbers, whichever of them that is."""

    def choose(*given: Any, **named: Any) -> Any:
        if len(given) < 2 or named or not has_noted(given):
            return function(*given, **named)
        places = ", ".join(f"{{{n}}}" for n in range(len(given)))
        done = Done(f"{function.__name__}({places})", tuple(map(made, given)))
        return Noted(function(*plainly(given)), done)

    return choose


_STANDING = {  # what declarations call by these names, while they are listened to
    "np": Recorder(np, "np"), "math": Recorder(math, "math"),
    "max": _choosing(max), "min": _choosing(min), "float": Kind(float), "int": Kind(int),
    "Single": Kind(np.float32),
}  # fmt: skip


@contextmanager
def noting() -> Iterator[None]:
    """Let all declarations compute with what notes, as long as the block runs.

    What is not noted is computed as ever, so it disturbs nobody who explains meanwhile.
    """
    swapped: list[tuple[Any, str, Any]] = []
    for called, room in [*sys.modules.items()]:
        if called.startswith("tensorama.explain.") and called not in _WRITERS:
            for name, stands in _STANDING.items():
                own = room.__dict__.get(name)
                if own is not None or name not in ("np", "math", "Single"):
                    swapped.append((room, name, own))
                    setattr(room, name, stands)
    try:
        yield
    finally:
        for room, name, own in swapped:
            if own is None:
                delattr(room, name)
            else:
                setattr(room, name, own)
