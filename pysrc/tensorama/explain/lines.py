"""Expressions that were noted, written down as lines of numpy."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tensorama.explain.noted import Done, Expression, Leaf

_LITERAL = 600  # numbers that are written out; more are read from the file
_TAKEN = {"np", "tr", "y", "run", "math", *dir(builtins), *keyword.kwlist}


class Lines:
    """Writes expressions as lines, each part that is used twice or is a stage as one of its own."""

    def __init__(self, stages: Mapping[Any, str], exact: bool = False, form: str = "{}") -> None:
        self.lines: list[str] = []
        self._stages, self._exact = stages, exact
        self._leaves = form
        self._names: dict[Any, str] = {}
        self._used: Counter[str] = Counter()
        self._uses: Counter[Any] = Counter()

    def finish(self, expression: Expression, dtype: np.dtype) -> None:
        """Write all lines, down to y."""
        self._count(expression)
        result = self._text(expression, top=True)
        self.lines.append(f"y = {result[1:-1] if _wraps(result) else result}")
        if dtype.kind in "iu":
            self.lines.append(f"y = np.asarray(y).astype(np.{dtype.name})  # as it is held")
        elif dtype.kind == "b":
            self.lines.append("y = bool(y)")

    def _count(self, expression: Any) -> None:
        for part in _parts(expression):
            self._uses[part] += 1
            if self._uses[part] == 1:
                self._count(part)

    def _text(self, part: Any, top: bool = False) -> str:
        if isinstance(part, tuple):
            inner = ", ".join(map(self._text, part))
            return f"({inner}{',' * (len(part) == 1)})"
        if isinstance(part, list):
            return f"[{', '.join(map(self._text, part))}]"
        if not isinstance(part, Leaf | Done):
            return constant(part)
        if part in self._names:
            return self._names[part]
        if isinstance(part, Leaf):
            return self._assign(part, part.name, self._leaves.format(self._literal(part)))
        if part.put:
            whole, index, value = (self._text(p) for p in part.parts)
            name = self._assign(part, "t", f"np.array({whole})")
            self.lines.append(f"{name}[{index}] = {value}")
            return name
        text = self._form(part)
        if not top and (self._uses[part] > 1 or part in self._stages):
            return self._assign(part, self._stages.get(part, "t"), text)
        return text

    def _form(self, done: Done) -> str:
        named = [f"{name}={self._text(value)}" for name, value in done.named.items()]
        form = done.form
        if "@" in form and named:
            first = form.endswith("(@)")
            form = form.replace("@", ("" if first else ", ") + "{named}")
        form = form.replace("@)", ")")
        texts = [self._text(part) for part in done.parts]
        if done.form[0] not in "({":  # a call: commas and brackets part its arguments
            texts = [text[1:-1] if self._single(text) else text for text in texts]
        if done.form == "{0}[{1}]" and isinstance(done.parts[1], tuple) and done.parts[1]:
            texts[1] = texts[1][1:-1].removesuffix(",")
        return form.format(*texts, named=", ".join(named))

    @staticmethod
    def _single(text: str) -> bool:
        """Whether a text is one thing in brackets that it does not need, and no tuple."""
        return _wraps(text) and " " in text and "," not in re.sub(r"\([^()]*\)", "", text[1:-1])

    def _assign(self, part: Any, wish: str, text: str) -> str:
        name = self._named(wish)
        self._names[part] = name
        text = text[1:-1] if _wraps(text) else text
        said = self._stages.get(part, "") if isinstance(part, Done) else _said(part)
        note = f"  # {said}" if said and said != name.rstrip("_") else ""
        self.lines.append(f"{name} = {text}{note}")
        return name

    def _named(self, wish: str) -> str:
        """A name that nothing has yet, as close to the wish as Python allows."""
        name = re.sub(r"[^a-z0-9]+", "_", wish.lower()).strip("_")
        plain = wish[:1].isalpha() and name.isidentifier() and len(name) < 24
        name = name if plain else "t"
        self._used[name] += 1
        again = f"{name}{self._used[name]}" if self._used[name] > 1 or name == "t" else name
        again = f"{again}_" if again in _TAKEN else again
        return again if again not in self._names.values() else self._named(wish)

    def _literal(self, leaf: Leaf) -> str:
        if np.size(leaf.value) > _LITERAL:
            where = _sliced(leaf.index) if leaf.index is not None else None
            if where is not None:
                shape = np.shape(leaf.value)
                spread = f".reshape({shape})" if leaf.index and len(shape) > 1 else ""
                return f"run[{leaf.tensor!r}]{where}{spread}{_wide(leaf.value)}"
        text = constant(leaf.value)
        return f"np.float64({text})" if self._exact and isinstance(leaf.value, float) else text


def _wide(value: Any) -> str:
    return {"f": ".astype(float)", "i": ".astype(int)", "u": ".astype(int)"}.get(
        np.asarray(value).dtype.kind, ""
    )


def _said(leaf: Leaf) -> str:
    """Which cells of which tensor a leaf holds."""
    where = _sliced(leaf.index) if leaf.index is not None else None
    return f"{leaf.tensor}{where}" if where is not None else leaf.tensor


def _sliced(index: Sequence[Any]) -> str | None:
    """An index in the words of numpy's slices, if it is one: each axis one place or a row of them.

    The rows lie along axes of the grid one after the other, as those of slices do.
    """
    if not index:
        return ""
    parts, last = [], -1
    for axis in index:
        if isinstance(axis, slice):
            return None
        array = np.asarray(axis)
        if array.size == 1:
            parts.append(str(int(array.reshape(-1)[0])))
            continue
        along = [n for n, size in enumerate(array.shape) if size > 1]
        row = array.reshape(-1)
        back = array.ndim - along[0]  # grids of different rank meet at their ends
        place = -back
        if len(along) > 1 or row[0] < 0 or (parts and last != -1 and place <= last):
            return None
        steps = np.diff(row)
        if (steps != steps[0]).any() or steps[0] <= 0:
            return None
        last = place
        step = f":{steps[0]}" if steps[0] > 1 else ""
        parts.append(f"{row[0]}:{row[-1] + 1}{step}")
    return f"[{', '.join(parts)}]"


def constant(value: Any) -> str:
    """A plain value as Python writes it; floats with the digits that they need."""
    if isinstance(value, slice):
        parts = [constant(p) if p is not None else "" for p in (value.start, value.stop)]
        return ":".join([*parts, constant(value.step)] if value.step is not None else parts)
    if isinstance(value, np.dtype):
        return repr(value.name)
    if isinstance(value, type):
        return f"np.{value.__name__}" if issubclass(value, np.generic) else value.__name__
    if value is Ellipsis:
        return "..."
    if isinstance(value, np.ndarray):
        return _array(value)
    return _number(value)


def _array(value: np.ndarray) -> str:
    if not value.ndim:
        return _number(value[()])
    kind = {"f": "float", "c": "complex", "b": "bool", "O": "object"}.get(value.dtype.kind, "int")
    kind = "np.uint64" if value.dtype == np.uint64 else kind
    if not value.size:
        return f"np.zeros({value.shape}, {kind})"
    if value.size > 1 and (value == value.flat[0]).all():
        return f"np.full({value.shape}, {_number(value.flat[0])}, {kind})"
    return f"np.array({_nested(value)}, {kind})"


def _nested(value: np.ndarray) -> str:
    if value.ndim == 1:
        return f"[{', '.join(map(_number, value))}]"
    return f"[{', '.join(map(_nested, value))}]"


def _number(value: Any) -> str:
    """A number; a float that came from a shorter one with the digits of that."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float):
        if plain != plain:
            return "np.nan"
        if plain in (np.inf, -np.inf):
            return "np.inf" if plain > 0 else "-np.inf"
        short = np.float32(plain) if abs(plain) < 3e38 else plain
        return repr(float(str(short)) if float(short) == plain else plain)
    return repr(plain)


def _parts(expression: Any) -> Iterator[Any]:
    """The expressions that an expression is made of."""
    if isinstance(expression, Done):
        for part in (*expression.parts, *expression.named.values()):
            yield from _parts_in(part)


def _parts_in(part: Any) -> Iterator[Any]:
    if isinstance(part, Leaf | Done):
        yield part
    elif isinstance(part, tuple | list):
        for one in part:
            yield from _parts_in(one)


def _wraps(text: str) -> bool:
    """Whether the first bracket closes with the last."""
    depth, number = 0, 0
    if text[:1] != "(":
        return False
    for number, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return number == len(text) - 1
    return False
