"""A number as lines of Python: once with tensorama, once with nothing but numpy.

The second part is what a declaration computes, written down while it does (see `noted`), with the
operands as they stand, or, where these are many, out of the .npz of the run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from tensorama.engine import Trace
from tensorama.errors import UnsupportedError
from tensorama.explain.account import Operand, Stage
from tensorama.explain.cell import Cell
from tensorama.explain.declare import account
from tensorama.explain.explained import checked, values_of, way_of
from tensorama.explain.lines import Lines, constant
from tensorama.explain.noted import Leaf, Noted, noting, plainly
from tensorama.explain.origin import Origins, origins
from tensorama.phrases import phrase

_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def as_python(
    trace: Trace, tensor: str, index: Sequence[int], model: str = "model.onnx", run: str = "run.npz"
) -> str:
    """Lines that a person can paste: the number by tensorama, and by plain numpy alone.

    model, run: the files of the model and of the run as a page saves it. Where numpy has no words
    for what an operator does, the second part says so.
    """
    fed = ", ".join(f"{name!r}: run[{name!r}]" for name in trace.feeds)
    place = tuple(int(part) for part in index)
    try:
        plain = in_numpy(trace, tensor, place, run)
    except UnsupportedError as error:
        plain = f"# {error.sentence}\n"
    return (
        f"# With tensorama, on the saved run's inputs\n"
        f"import numpy as np\nimport tensorama as tr\n\n"
        f"run = np.load({run!r})\n"
        f"trace = tr.load({model!r}).run({{{fed}}})\n"
        f"e = tr.explain(trace, {tensor!r}, {place})\n"
        f"print(e.value, e.recorded)\n\n\n{plain}"
    )


def in_numpy(trace: Trace, tensor: str, index: Sequence[int], file: str = "run.npz") -> str:
    """Lines of plain numpy that compute a number again; it is called y then.

    Raises UnsupportedError where what an operator did cannot be put into numpy's words.
    """
    known = origins(trace)
    place = checked(known, tensor, index)
    at = tuple(np.asarray(part) for part in place)
    cell = known.cell(tensor, at)
    recorded = plainly(known.array(tensor))[place]
    head = f"# {tensor}{[*place]} with numpy alone; the run has {recorded!s}\nimport numpy as np\n"
    if cell is None or not account(cell).operands:  # it is made of no other number
        return f"{head}\ny = {constant(recorded)}\nprint(y)\n"
    for text in _tries(known, cell, recorded, file):
        if _holds(text, recorded, trace):
            return f"{head}{text}print(y)\n"
    raise UnsupportedError(phrase(
        "What {name} does here cannot be written in lines of numpy. The lines with tensorama "
        "explain it.", name=cell.call.node.op,
    ))  # fmt: skip


def _tries(known: Origins, cell: Cell, recorded: Any, file: str) -> Iterator[str]:
    """Lines that may compute a cell again.

    First what a declaration reads by itself is noted, too; not each can do with that. Numbers of
    Python are nicer to read, but lack what those of numpy can do.
    """
    for kind in (_Cell, Cell):
        try:
            final, stages = _noted(known, cell, kind)
            if type(final) is Noted and _complete(known, cell, kind, final):
                yield _written(final, stages, file, recorded)
                yield _written(final, stages, file, recorded, exact=True)
        except _FAULTS:
            continue


def _written(
    final: Noted, stages: Mapping[Any, str], file: str, recorded: Any, exact: bool = False
) -> str:
    """The lines that compute what was noted, y in the end."""
    lines = Lines(stages, exact)
    lines.finish(final.made, np.asarray(recorded).dtype)
    text = "\n".join(lines.lines)
    mathematics = "import math\n" if "math." in text else ""
    opened = f"\nrun = np.load({file!r})  # saved from the page: Run .npz\n"
    return f"{mathematics}{opened if 'run[' in text else ''}\n{text}\n"


def _holds(text: str, recorded: Any, trace: Trace) -> bool:
    """Whether the lines give the recorded number."""
    run: Any = {**trace.model.graph.weights, **trace.inner, **trace}
    names: dict[str, Any] = {"np": np, "run": run}
    loads = re.sub(r"(?m)^run = .*$", "", text)
    try:
        with np.errstate(all="ignore"):
            exec(loads, names)  # our own text; that it computes the number is what it is for
            return bool(np.isclose(names["y"], recorded, 1e-3, 1e-5, equal_nan=True))
    except _FAULTS:
        return False


def _noted(known: Origins, cell: Cell, kind: type[Cell]) -> tuple[Any, Mapping[Any, str]]:
    """What gave a cell its value, and the names of the stages on the way."""
    way_of(known, cell)  # so that all families that speak of it are here
    with noting():
        steps = _stages(known, cell, kind, lambda value: value)
    names = {s.value.made: s.name for s in steps if type(s.value) is Noted}
    return steps[-1].value, names


def _complete(known: Origins, cell: Cell, kind: type[Cell], final: Noted) -> bool:
    """Whether all that the value depends on is noted: of larger operands it has to be the same."""
    lines = Lines({}, True, "_larger({})")
    lines.finish(final.made, np.dtype(float))
    run: Any = known.trace
    every = {**run.model.graph.weights, **run.inner, **run}
    names: dict[str, Any] = {"np": np, "math": math, "run": every, "_larger": _larger}
    with np.errstate(all="ignore"):
        other = _stages(known, cell, _Larger if kind is _Cell else Cell, _larger)[-1].value
        exec("\n".join(lines.lines), names)
        return bool(np.isclose(names["y"], other, 1e-5, 1e-7, equal_nan=True))


def _larger(value: Any) -> Any:
    return value * 1.0009765625 if np.asarray(value).dtype.kind == "f" else value


def _stages(
    known: Origins, cell: Cell, kind: type[Cell], change: Callable[[Any], Any]
) -> list[Stage]:
    """All stages of a cell, computed of its operands, changed in this way."""
    with np.errstate(all="ignore"):
        way = way_of(known, cell)
        listening = _Listening(way[-1][0], kind, change)
        steps = [*account(listening.cell).work(listening.values).stages]
        for later, of in reversed(way[:-1]):
            passing = _passing(_Listening(later, kind, change), of.changes, steps[-1].value)
            steps += of.work(passing).stages
    return steps


def _passing(listening: _Listening, changed: Operand | None, value: Any) -> Callable[..., Any]:
    return lambda operand: value if operand is changed else listening.values(operand)


class _Cell(Cell):
    """A cell whose declaration gets noted values also where it reads a tensor by itself."""

    @cached_property
    def inputs(self) -> Sequence[Any]:
        """What went in, noted."""
        given = self.step.inputs
        return [
            _whole(given[name], self.known_as(name)) if name else None
            for name in self.call.node.inputs
        ]

    def whole(self, operand: Operand) -> Any:
        """The tensor that an operand is of, noted."""
        return _whole(plainly(super().whole(operand)), self.named(operand))


def _whole(value: Any, name: str) -> Any:
    numeric = isinstance(value, np.ndarray) and value.dtype.kind in "biufc"
    return Noted(value, Leaf(value, name.rpartition("/")[2], name)) if numeric else value


class _Larger(Cell):
    """A cell whose operands are all a little larger than they are."""

    @cached_property
    def inputs(self) -> Sequence[Any]:
        """What went in, larger."""
        given = self.step.inputs
        return [_larger(given[name]) if name else None for name in self.call.node.inputs]

    def whole(self, operand: Operand) -> Any:
        """The tensor that an operand is of, larger."""
        return _larger(super().whole(operand)) if isinstance(operand.input, str) else (
            super().whole(operand)
        )  # fmt: skip


class _Listening:
    """A cell, and the values of its operands as leaves of an expression."""

    def __init__(self, cell: Cell, kind: type[Cell], change: Callable[[Any], Any]) -> None:
        self._change = change
        self._plain, self._known = cell, dict[int, tuple[Operand, Any]]()
        step = replace(cell.step)  # another one: what is known of a step is kept by it
        self.cell = kind(step, cell.call, cell.output, cell.at, cell.part, cell.names, cell.around)

    def values(self, operand: Operand) -> Any:
        """The values of an operand."""
        if id(operand) not in self._known:
            self._known[id(operand)] = operand, self._leaf(operand)
        return self._known[id(operand)][1]

    def _leaf(self, operand: Operand) -> Any:
        index = tuple(np.asarray(plainly(part)) for part in operand.index)
        asked = replace(operand, index=index)
        value = plainly(values_of(self._plain, asked))
        if np.asarray(value).dtype.kind not in "biufcO" or isinstance(value, str):
            return value
        inside = bool(np.all(asked.there))
        where = index if inside else None
        if self._change is _larger:
            return _larger(value)
        return Noted(value, Leaf(value, operand.role, self._plain.named(asked), where))
