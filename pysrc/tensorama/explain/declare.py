"""Which declaration speaks for which operator.

    @declares("Conv", "FusedConv")
    def convolution(cell: Cell) -> Account: ...

Modules that declare are found by their text and imported when a node first asks (see `families`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from tensorama.errors import UnsupportedError
from tensorama.explain.account import Account
from tensorama.explain.cell import Cell
from tensorama.explain.families import Families
from tensorama.explain.inside import LOCAL
from tensorama.phrases import phrase

Declaration = Callable[[Cell], Account]
D = TypeVar("D", bound=Declaration)
_DECLARED = Families[Declaration]("tensorama.explain", __file__, "@declares(")
_PARTS: dict[Declaration, frozenset[str]] = {}


def declares(*operators: str, domain: str = "", parts: Collection[str] = ()) -> Callable[[D], D]:
    """Declare by the function below how a cell of these operators comes about.

    parts: what the operators record of their inside, if the function speaks of that as well.
    """

    def register(function: D) -> D:
        _PARTS[function] = frozenset(parts) | _PARTS.get(function, frozenset())
        for name in operators:
            _DECLARED.add(domain, name, function)
        return function

    return register


def account(cell: Cell) -> Account:
    """What the declaration of the cell's operator says of it.

    Raises UnsupportedError where there is none.
    """
    node = cell.call.node
    inside = cell.call.body is not None
    key = (LOCAL, "function") if inside else (node.domain, node.op)
    declaration = _DECLARED.find(*key)
    if declaration is None:
        raise UnsupportedError(
            phrase("How {node} computes a cell is not declared here.", node=node.label)
        )
    if cell.part and cell.part not in _PARTS[declaration]:
        raise UnsupportedError(phrase(
            'How {node} computes "{part}" is not declared here.', node=node.label, part=cell.part
        ))  # fmt: skip
    return declaration(cell)


def declared() -> Mapping[tuple[str, str], Declaration]:
    """All declarations, by domain and operator."""
    return _DECLARED.all()


def speaks_of(domain: str, operator: str, part: str) -> bool:
    """Whether a part that an operator records of its inside is declared, too."""
    declaration = declared().get((domain, operator))
    return declaration is not None and part in _PARTS[declaration]
