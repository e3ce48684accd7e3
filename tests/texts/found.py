"""The texts that stand in the program: what is given to `phrase` and the like, and the template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pysrc" / "tensorama"
SCRIPTS = sorted((ROOT / "site").glob("*.js"))
# function → which of its arguments is a text; of `counted` the plural is the one that is known
MARKERS = {"phrase": 0, "counted": 1, "joined": 0, "told": 0, "Command": 1}
_TEMPLATE = re.compile(r"{{say ([^}]*)}}")
_SCRIPT = re.compile(r'\b(?:say|spoken|fail)\(\s*"((?:[^"\\]|\\.)*)"')


def sources() -> list[Path]:
    """All Python files of the package."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def marked(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts of a program that are marked as such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = MARKERS.get(node.func.id, len(node.args))
            for argument in node.args[place : place + 1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument


def texts() -> dict[str, str]:
    """Every text → the first file that says it."""
    found: dict[str, str] = {}
    for path in sources():
        for constant in marked(ast.parse(path.read_text("utf-8"))):
            if re.search("[A-Za-z]{2}", re.sub(r"{[^}]*}", "", constant.value)):
                found.setdefault(constant.value, path.name)
    for said in _TEMPLATE.findall((PACKAGE / "app" / "shell.html").read_text("utf-8")):
        found.setdefault(unescape(said), "shell.html")
    for path in SCRIPTS:
        for said in _SCRIPT.findall(path.read_text("utf-8")):
            found.setdefault(said, path.name)
    return found


_WORDS = re.compile(r"[A-Za-z]{2,},? [A-Za-z]{2,}|[a-z]{3,}[.!?…]$")
_STYLE = re.compile(
    r"<\w|^\n|\btr-|gradient\(|color-mix\(|\dpx |\\w|\|[a-z]|^ at position$|^\w+ gate$"
)  # no words for people
_SHOWN = {"textContent", "title", "placeholder", "innerText"}  # of elements
_TELL = {"said", "hinted"}  # signals whose words a person reads


def unmarked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the words of each text that is not marked as one."""
    known = {id(constant) for constant in marked(tree)}
    for node in ast.walk(tree):
        if _for_ourselves(node):
            known.update(map(id, ast.walk(node)))
        elif _is_called(node, "counted"):
            known.update(map(id, node.args[:1]))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            known.update(map(id, node.values))
            parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
            said = "".join(map(str, parts))
            if id(node) not in known and says_something(said):
                yield node.lineno, said
        elif is_text(node) and id(node) not in known and says_something(node.value):
            yield node.lineno, node.value
        elif isinstance(node, ast.Assign):
            shown = {target.attr for target in node.targets if isinstance(target, ast.Attribute)}
            if shown & _SHOWN and has_letters(node.value):
                yield node.lineno, node.value.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            tells = isinstance(of, ast.Attribute) and of.attr in _TELL and node.func.attr == "tell"
            labels = node.func.attr == "setAttribute" and "aria-label" in map(value, node.args[:1])
            for argument in node.args[labels:] if tells or labels else ():
                if has_letters(argument):
                    yield node.lineno, argument.value


def says_something(text: str) -> bool:
    """Whether these are words, and no style, markup or program."""
    return _WORDS.search(text) is not None and _STYLE.search(text) is None


def _for_ourselves(node: ast.AST) -> bool:
    """Docstrings, and what is raised to be caught by ourselves."""
    raised = isinstance(node, ast.Raise) and any(
        _is_called(node.exc, name) for name in ("ValueError", "TypeError")
    )
    described = isinstance(node, ast.Expr) and is_text(node.value)
    return isinstance(node, ast.Assert) or raised or described


def _is_called(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def is_text(node: ast.AST) -> bool:
    """Whether this is a text as it stands."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def has_letters(node: ast.AST) -> bool:
    """Whether this is a text that says something."""
    return is_text(node) and re.search("[A-Za-z]{2}", node.value) is not None


def value(node: ast.AST) -> object:
    """What a constant is."""
    return getattr(node, "value", None)
