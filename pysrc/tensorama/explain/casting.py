"""The same number in another element type, or its bits read as another."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell, widened
from tensorama.explain.declare import declares
from tensorama.explain.mathml import written
from tensorama.explain.narrowing import narrowed
from tensorama.onnxfile.types import BOOL, DTYPES, NARROW, STRING, element_type


@declares("Cast", "CastLike")
def cast(cell: Cell) -> Account:
    """The number as another type holds it: without its fraction, wrapped around, or rounded."""
    to = element_type(cell.result) if cell.op == "CastLike" else int(cell.attributes["to"])
    x = Operand(0, cell.same(0), "x")

    def work(values: Values) -> Worked:
        value = values(x)
        made, text = _made(cell, value, to)
        said = Said(text, {"x": written(value), "y": written(made), "type": _name(to)})
        terms = Terms((x,), np.asarray(made), "cast")
        return Worked([Stage(_name(to), made)], [terms], said, _wrapped(to, m.name("x")))

    return Account((x,), work, "elements", x, lambda text: _wrapped(to, text))


def _wrapped(to: int, text: str) -> str:
    return m.call(_name(to), text)


def _name(to: int) -> str:
    if to == STRING:
        return "string"
    return NARROW[to].name if to in NARROW else DTYPES[to].name


def _made(cell: Cell, value: Any, to: int) -> tuple[Any, str]:
    """What the type makes of a value, and a sentence with x, y and type."""
    if to == STRING:
        return _text(cell, value), "{x} written out as text."
    if isinstance(value, str):
        if to == BOOL:
            return np.bool_(float(value) != 0), "The text {x} read as yes or no."
        whole = DTYPES[to].kind in "iu" and value.lstrip("+-").isdigit()
        return (int(value) if whole else np.float64(value)), "The text {x} read as a number."
    if to == BOOL:
        made = np.bool_(value != 0)
        return made, "{x} is not 0, so it means yes." if made else "0 means no."
    if isinstance(value, np.bool_):
        return int(value), "Yes counts as 1." if value else "No counts as 0."
    if isinstance(value, complex):
        return value, "The same number, held as {type}."
    if DTYPES[to].kind in "iu":
        return _whole(cell, value, to)
    if to not in NARROW and DTYPES[to].itemsize > 2:
        return np.float64(value), "The same number, held as {type}."
    given = cell.attributes
    made = narrowed(value, to, bool(given.get("saturate", 1)), given.get("round_mode", "up"))
    if made == value or value != value:
        return made, "{type} has this number exactly."
    if abs(made - value) > abs(value) / 2:
        return made, "{x} is beyond what {type} has: it becomes {y}."
    return made, "{x} lies nearest to {y} of the few numbers that {type} has."


def _text(cell: Cell, value: Any) -> str:
    """The shortest text that gives the same number again."""
    if isinstance(value, str):
        return value
    text = str(cell.array(0).dtype.type(value))
    if isinstance(value, np.bool_):
        return str(int(value))
    words = {"inf": "INF", "-inf": "-INF", "nan": "NaN"}
    return words.get(text, text.removesuffix(".0"))


def _whole(cell: Cell, value: Any, to: int) -> tuple[Any, str]:
    number = value
    if isinstance(value, float | np.floating):
        beyond = not np.isfinite(value) or not _fits(value, to)
        if beyond and to not in NARROW:  # C leaves it open: whatever this machine makes of it
            made = cell.array(0).dtype.type(value).astype(DTYPES[to]).item()
            return made, "{x} is no number that {type} has; the machine makes {y} of it."
        number = int(value) if np.isfinite(value) else 0
        if to not in NARROW and number != value:
            return number, "{x} without its fraction."
    if to in NARROW:
        made = narrowed(number, to)
        if made != number:
            return made, "{type} has few numbers: {x} wraps around to {y}."
        return made, "The same number, held as {type}."
    return int(number), "The same number, held as {type}."


def _fits(value: Any, to: int) -> bool:
    limits = np.iinfo(DTYPES[to])
    return bool(limits.min <= np.trunc(value) <= limits.max)


@declares("BitCast")
def bits_read(cell: Cell) -> Account:
    """The bits of a number read as another type: the number is another, the bits are the same."""
    to = int(cell.attributes["to"])
    x = Operand(0, cell.same(0), "x")

    def work(values: Values) -> Worked:
        value = values(x)
        dtype = cell.array(0).dtype
        if to in NARROW or cell.inputs[0].dtype.metadata:
            made = widened(cell.result[cell.at])[()]
        else:
            made = widened(np.frombuffer(dtype.type(value).tobytes(), DTYPES[to]))[0]
        text = "The bits of {x} are those of {y} when they are read as {type}."
        said = Said(text, {"x": written(value), "y": written(made), "type": _name(to)})
        terms = Terms((x,), np.asarray(made), "bits")
        return Worked([Stage(_name(to), made)], [terms], said, m.call("bits", m.name("x")))

    return Account((x,), work, "elements", x, lambda text: m.call("bits", text))
