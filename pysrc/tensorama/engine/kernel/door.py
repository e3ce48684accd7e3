"""The door to the kernel: nothing is called before every address is known to have enough behind it.

The kernel itself trusts its arguments: a wrong size would read or write beyond numpy's arrays. So
what a call touches is worked out from what `declared` says, and compared with the arrays that come.
What does not fit is refused; the node is then computed by numpy, which says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tensorama.engine.kernel.declared import DECLARED, FAR

HALF = 1 << 31  # the kernel compares addresses as int32: nothing may begin below and end above
_KINDS = {
    "f2": frozenset({"<f2"}),
    "f4": frozenset({"<f4"}),
    "i4": frozenset({"<i4"}),
    "i8": frozenset({"<i8"}),
    "u1": frozenset({"|u1", "|i1"}),
    "b1": None,
}
_PARAMETER = re.compile(
    r"(?P<name>\w+)"
    r"(?:(?P<way>[<>])(?P<kind>\w\d)(?P<optional>\?)?\[(?P<counts>[^\]]*)\](?:\|(?P<bound>\w+))?"
    r"|(?P<number>[+~]|:f32))?"
)
Door = Callable[..., list[Any]]


class Refused(ValueError):
    """The kernel is not called: what came does not fit its function."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A parameter that is an address: `cell` bytes each, of the `kinds` of numpy (None: any).

    `usual`: the kind that mostly comes.
    """

    name: str
    cell: int
    usual: np.dtype | None
    kinds: frozenset[str] | None
    written: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it is declared: an address, or what `number` says of a number."""

    name: str
    number: str = ""
    pointer: Pointer | None = None
    counts: str = ""
    bound: str = ""


@cache
def parameters(name: str) -> tuple[Parameter, ...]:
    """What a function of the kernel takes, in order."""
    found = []
    for match in _PARAMETER.finditer(DECLARED[name].signature):
        word, kind = match["name"], match["kind"]
        pointer = None
        if kind:
            written, optional, kinds = match["way"] == ">", bool(match["optional"]), _KINDS[kind]
            usual = np.dtype(max(kinds)) if kinds else None
            pointer = Pointer(f"{name} {word}", int(kind[1]), usual, kinds, written, optional)
        number = "" if pointer else match["number"] or "n"
        found.append(Parameter(word, number, pointer, match["counts"] or "", match["bound"] or ""))
    return tuple(found)


@cache
def door(name: str) -> Door:
    """The door to a function: `door(at, *arguments)` gives the arguments that are passed on.

    Raises Refused where a number is out of range. For each address it calls `at` with the argument,
    its pointer, low and high, and passes on what that gives; `at` is to refuse if not all bytes
    from low to before high, counted from the address, belong to the argument. If these are numbers
    of something, `at` gets as well how many of that there are. The door is written as text and
    compiled, so that it costs little.
    """
    taken = parameters(name)
    names = [p.name for p in taken]
    known: dict[str, Any] = {"refuse": _refuse, "bounded": _bounded}
    whole = [p for p in taken if p.number and p.number != ":f32"]
    lines = [f"def enter(at, {', '.join(names)}):"]
    counts = ", ".join(p.name for p in whole if p.number != "~")
    strides = "".join(f"{p.name}, " for p in whole if p.number == "~")
    lines += [f" if ({' | '.join(p.name for p in whole)}) // {FAR}:",
              f"  bounded({name!r}, ({counts},), ({strides}))"]  # fmt: skip
    needs = [f"{p.name} > 0" for p in taken if p.number == "+"] + [*DECLARED[name].needs]
    if needs:
        lines += [f" if not ({' and '.join(needs)}):", f"  refuse({name!r})"]
    for place, parameter in enumerate(taken):
        if parameter.pointer is not None:
            known[f"pointer{place}"] = parameter.pointer
            lines += _addressed(parameter, place)
    lines.append(f" return [{', '.join(names)}]")
    exec("\n".join(lines), known)
    return known["enter"]


def _addressed(parameter: Parameter, place: int) -> list[str]:
    """Lines that put what `at` gives in an argument's place."""
    name, pointer = parameter.name, parameter.pointer
    assert pointer is not None
    lines, strided, side_by_side = [], [], [str(pointer.cell)]
    for word in parameter.counts.split():
        count, at, stride = word.partition("@")
        if at:
            strided.append((count, stride))
        else:
            side_by_side.append(f"({count})")
    size, bound = " * ".join(side_by_side), f", {parameter.bound}" if parameter.bound else ""
    low, high = "0", size
    if strided:
        low, high = "from_", "to_"
        some = " and ".join([*(f"{count} > 0" for count, _ in strided), size])
        lines += [f" {low} = {high} = 0", f" if {some}:"]
        steps = [f"step{number}_" for number in range(len(strided))]
        for step, (count, stride) in zip(steps, strided, strict=True):
            lines.append(f"  {step} = ({count} - 1) * {stride}")
        lines += [f"  {high} = {size} + {' + '.join(steps)}", f"  if ({' | '.join(steps)}) < 0:"]
        lines.append(f"   {low} = {' + '.join(f'min(0, {step})' for step in steps)}")
        lines.append(f"   {high} -= {low}")
    return [*lines, f" {name} = at({name}, pointer{place}, {low}, {high}{bound})"]


def _refuse(name: str) -> None:
    raise Refused(f"the kernel's {name} does not know these sizes")


def _bounded(name: str, counts: Sequence[int], strides: Sequence[int]) -> None:
    """Complain about numbers out of range; those that walk backwards may be below 0."""
    if any(not 0 <= n < FAR for n in counts) or any(not -FAR < n < FAR for n in strides):
        _refuse(name)


def located(array: Any, pointer: Pointer, low: int, high: int, bound: int = -1) -> int:
    """The address of an array's first cell, if all of these bytes belong to it."""
    if not isinstance(array, np.ndarray):
        if pointer.optional and type(array) is int and array == 0:
            return 0
        raise Refused(f"{pointer.name} is no array")
    first, fixed = _inside(array, pointer.name, low, high)
    if array.dtype is not pointer.usual:
        _check_kind(array, pointer)
    if fixed and pointer.written:
        raise Refused(f"{pointer.name} cannot be written")
    if bound >= 0:
        check_numbers(array, pointer, bound)
    return first


def _inside(array: np.ndarray, name: str, low: int, high: int) -> tuple[int, bool]:
    """Where an array's first cell lies, and whether it is fixed; these bytes must belong to it."""
    lies = array.__array_interface__  # quicker than asking for address, order and rights
    first: int
    first, fixed = lies["data"]
    if low < 0 or lies["strides"] is not None or high > array.nbytes or first < HALF < first + high:
        check_inside(array, name, low, high)
    return first, fixed


def reached(array: np.ndarray, name: str, low: int, high: int) -> int:
    """The address of an array's first cell, if all of these bytes belong to it."""
    return _inside(array, name, low, high)[0]


def _check_kind(array: np.ndarray, pointer: Pointer) -> None:
    if pointer.kinds is None:
        if array.dtype.hasobject:
            raise Refused(f"{pointer.name} cannot be objects")
    elif array.dtype.str not in pointer.kinds:
        raise Refused(f"{pointer.name} cannot be {array.dtype}")


def check_inside(array: np.ndarray, name: str, low: int, high: int) -> None:
    """Complain unless these bytes, counted from its first cell, belong to an array.

    And unless they lie in one half of a page's memory.
    """
    begin, end = extent(array)
    if low < begin or high > end:
        raise Refused(f"{name} has bytes {begin} to {end}, not {low} to {high}")
    first = address(array)
    if first + low < HALF < first + high:
        raise Refused(f"{name} lies across the middle of memory")


def check_numbers(array: np.ndarray | None, pointer: Pointer, bound: int) -> None:
    """Complain unless an array is known and all its numbers lie from 0 to before a bound."""
    if array is None or (array.size and not 0 <= array.min() <= array.max() < bound):
        raise Refused(f"{pointer.name} has numbers that are not below {bound}")


def extent(array: np.ndarray) -> tuple[int, int]:
    """The bytes of an array, counted from its first cell: from, to."""
    if not array.size:
        return 0, 0
    steps = [(n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)]
    low = sum(step for step in steps if step < 0)
    return low, array.itemsize + sum(step for step in steps if step > 0)


def address(array: np.ndarray) -> int:
    """Where an array's first cell lies in memory."""
    return array.__array_interface__["data"][0]  # half as long as `array.ctypes.data` takes
