"""What a declaration says of a cell: which cells it was computed from, and how.

Index arrays follow numpy: one array for each axis, which broadcast together to the grid of the
terms. A convolution's grid is (channels, rows, columns); its window and its kernel have one cell
each at every place of that grid, its bias one cell for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from tensorama.explain.mathml import written
from tensorama.phrases import Phrase, phrase

Index = tuple[np.ndarray, ...]
Scalar = Any  # a numpy scalar, or a str


def nothing(like: Any) -> Any:
    """0 of the type of another number: the share of what had none."""
    return type(like)(0)


class Said(Phrase):
    """A sentence with gaps: the pattern has their names in braces, `values` fills them."""

    __slots__ = ()
    values: Mapping[str, Any]

    def __new__(cls, pattern: str, values: Mapping[str, Any] = MappingProxyType({})) -> Self:
        """The pattern with its values in it."""
        return super().__new__(cls, pattern.format_map(values), pattern, values)


def numbered(pattern: str, /, **values: Any) -> Phrase:
    """A sentence with numbers in it, written as a person reads them; texts stay as they are."""
    shown = {n: v if isinstance(v, str) else written(v) for n, v in values.items()}
    return phrase(pattern, **shown)


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """The cells of one input that take part, a cell at each place of the grid.

    input: which of the node's inputs, or the name of a recorded tensor that is none of them: an
    output of the same node, a part that it recorded, a tensor of a graph inside of it. index: one
    integer array for each of its axes; of a sequence first the place in it. inside: for each axis
    False where the index lies beyond it; there `beyond` stands in for a value.
    """

    input: int | str
    index: Index
    role: str = ""
    inside: tuple[np.ndarray, ...] | None = None
    beyond: float = 0.0

    @property
    def there(self) -> np.ndarray:
        """Where on the grid there is a cell at all."""
        there = np.asarray(True)
        for part in self.inside or ():
            there = there & part
        return there


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Parts of a result that belong together: at each place of the grid one share of it.

    Each share was made from the operands' cells at that place. Shares of all Terms of a cell add
    up to its value before the last stages. What does not add (a competitor of a softmax, cells that
    were not the largest) has the share 0 and, in `measure`, how much it counted. Without operands
    the share was made from nothing: what a border is filled with.
    """

    operands: tuple[Operand, ...]
    share: np.ndarray
    name: str = ""
    measure: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage on the way to a value: what was done, and what it was after that."""

    name: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Turn:
    """A question on the way through a tree: is the feature so, and the answer.

    limit: what the feature is compared with; a tuple of all that it may be for the sign ∈.
    """

    feature: int
    value: Scalar
    sign: str
    limit: Any
    yes: bool


@dataclass(frozen=True, slots=True)
class Path:
    """The way of a row through one tree, and what its leaf gave to the result."""

    tree: int
    turns: Sequence[Turn]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """A value computed again. The last stage has the value.

    `formula` is the right side of the equation as MathML without a frame, with names. `paths`: the
    ways through trees, if it was made by some. `pair`: of a score the query and the key as they
    met, which may stand in no tensor.
    """

    stages: Sequence[Stage]
    terms: Sequence[Terms]
    said: Phrase
    formula: str = ""
    paths: Sequence[Path] = ()
    pair: Sequence[np.ndarray] = ()

    @property
    def value(self) -> Scalar:
        """What came out."""
        return self.stages[-1].value


Values = Callable[[Operand], Any]  # the values at the cells of an operand, on the operand's grid


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """Which cells took part, and how to compute the cell again from their values.

    `work` is for one cell only; the operands may be those of many cells at once (see `Cell.at`).
    `body` names how a page should draw it: "products", "elements", "movement", "softmax", …
    An operator that only does something to one cell (an activation, a scale and shift) names that
    operand in `changes`, and in `wraps` what its formula makes of the formula for that cell: so a
    layer of several operators is explained as one.
    """

    operands: Sequence[Operand]
    work: Callable[[Values], Worked]
    body: str = "elements"
    changes: Operand | None = None
    wraps: Callable[[str], str] | None = None
