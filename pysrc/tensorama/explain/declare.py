"""Which declaration speaks for which operator.

    @declares("Conv", "FusedConv")
    def convolution(cell: Cell) -> Account: ...

Each module of this room that declares is found by its text and imported when a node first asks, as
the engine's families are (see `engine.ops`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from tensorama.errors import UnsupportedError
from tensorama.explain.account import Account
from tensorama.explain.cell import Cell
from tensorama.explain.inside import LOCAL

Declaration = Callable[[Cell], Account]
D = TypeVar("D", bound=Declaration)
_DECLARED: dict[tuple[str, str], Declaration] = {}
_PARTS: dict[Declaration, frozenset[str]] = {}


def declares(*operators: str, domain: str = "", parts: Collection[str] = ()) -> Callable[[D], D]:
    """Declare by the function below how a cell of these operators comes about.

    parts: what the operators record of their inside, if the function speaks of that as well.
    """

    def register(function: D) -> D:
        _PARTS[function] = frozenset(parts) | _PARTS.get(function, frozenset())
        for name in operators:
            if (domain, name) in _DECLARED:
                raise ValueError(f"{name} is declared twice.")
            _DECLARED[domain, name] = function
        return function

    return register


def account(cell: Cell) -> Account:
    """What the declaration of the cell's operator says of it.

    Raises UnsupportedError where there is none.
    """
    node = cell.call.node
    key = ("" if node.domain == "ai.onnx" else node.domain, node.op)
    if cell.call.body is not None:
        key = LOCAL, "function"
    if key not in _DECLARED:
        _bring(key[1])
    if key not in _DECLARED:
        raise UnsupportedError(f"How {node.label} computes a cell is not declared here.")
    declaration = _DECLARED[key]
    if cell.part and cell.part not in _PARTS[declaration]:
        raise UnsupportedError(f'How {node.label} computes "{cell.part}" is not declared here.')
    return declaration(cell)


def declared() -> Mapping[tuple[str, str], Declaration]:
    """All declarations, by domain and operator."""
    for module in _texts():
        import_module(f"{__package__}.{module}")
    return dict(_DECLARED)


@cache
def _texts() -> dict[str, str]:
    """Each module of this room that declares something, and its source."""
    texts = {path.stem: path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py")}
    return {name: text for name, text in sorted(texts.items()) if "@declares(" in text}


def _bring(operator: str) -> None:
    for module, text in _texts().items():
        if f'"{operator}"' in text:
            import_module(f"{__package__}.{module}")
