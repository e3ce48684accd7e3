"""Data flows one way: a room imports only what stands before it, and one file knows JavaScript."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pysrc" / "tensorama"
ROOMS = ("onnxfile", "engine", "explain", "layers", "scene", "view", "inputs", "outputs", "app")
JAVASCRIPT = {"js", "pyodide", "pyodide_js", "pyscript"}
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> set[str]:
    """The dotted names that a source file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the full name"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def room_of(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "tensorama" and len(parts) > 1 and parts[1] in ROOMS else None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_stands_before_it(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    if room not in ROOMS:
        return  # the package's own front door: errors, model, __init__
    later = set(ROOMS[ROOMS.index(room) + 1 :])
    wrong = {name for name in imported(path) if room_of(name) in later}
    assert not wrong, f"{room} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_one_module_knows_javascript(path: Path) -> None:
    if path.relative_to(PACKAGE).parts == ("view", "ffi.py"):
        return
    wrong = {name for name in imported(path) if name.split(".")[0] in JAVASCRIPT}
    assert not wrong, f"{sorted(wrong)} belong into view/ffi.py"
