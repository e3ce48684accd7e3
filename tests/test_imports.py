"""Data flows one way: a room imports only what stands before it, and one file knows JavaScript."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pysrc" / "tensorama"
ROOMS = (
    "onnxfile",
    "engine",
    "explain",
    "layers",
    "scene",
    "figure",
    "view",
    "inputs",
    "outputs",
    "app",
)
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


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def reached(path: Path) -> set[str]:
    """The modules of this package that a file imports, wherever in it and for whatever."""
    names = imported(path)
    modules = {module_of(source) for source in SOURCES}
    return {name if name in modules else name.rpartition(".")[0] for name in names} & modules


def circles(arrows: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules that reach each other, by what each imports (Tarjan's algorithm)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in arrows[module]:
            if other not in number:
                visit(other)
            if other in stack:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == number[module]:
            circle = set(stack[stack.index(module) :])
            del stack[stack.index(module) :]
            if len(circle) > 1:
                found.append(circle)

    for module in arrows:
        if module not in number:
            visit(module)
    return found


def test_the_search_for_circles_finds_one() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str]()}
    assert circles(arrows) == [{"b", "c"}]


def test_no_module_leads_back_to_itself() -> None:
    assert circles({module_of(p): reached(p) - {module_of(p)} for p in SOURCES}) == []


APP = PACKAGE / "app"
DOORS = {
    f"tensorama.app.{name}" for name in ("page", "show", "views", "api", "box", "bar", "describing")
}
PANELS = sorted((APP / "panels").glob("*.py"))
PURE = [APP / f"{name}.py" for name in ("state", "store", "items", "address", "history", "told")]
PURE += sorted((APP / "actions").glob("*.py"))


@pytest.mark.parametrize("path", PANELS, ids=lambda path: path.stem)
def test_no_panel_knows_another_panel_or_a_door_or_a_hand(path: Path) -> None:
    mine = reached(path) - {module_of(path)}
    rooms = ("tensorama.app.panels.", "tensorama.app.hands.")
    assert not {name for name in mine if name.startswith(rooms) or name in DOORS}


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_what_changes_a_state_knows_no_page(path: Path) -> None:
    """A key goes one way: hand, action, State, panels and stage."""
    known, waiting = set[str](), [module_of(path)]
    files = {module_of(source): source for source in SOURCES}
    while waiting:
        module = waiting.pop()
        if module not in known:
            known.add(module)
            waiting += reached(files[module])
    assert not {name for name in known if name.startswith(("tensorama.view", "tensorama.app.desk"))}


def test_nobody_imports_a_door() -> None:
    """Doors compose: what they need of each other is the box."""
    inner = {"tensorama.app.box", "tensorama.app.describing", "tensorama.app.api"}
    for path in SOURCES:
        if module_of(path) not in DOORS and module_of(path) != "tensorama":
            assert not reached(path) & (DOORS - inner | inner), path
