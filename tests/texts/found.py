"""The texts that stand in the program: what is given to `phrase` and the like, and the template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pysrc" / "tensorama"
SCRIPTS = sorted((ROOT / "site").rglob("*.js"))
# function → which of its arguments is a text; of `counted` the plural is the one that is known
MARKERS = {"phrase": 0, "counted": 1, "joined": 0, "told": 0, "Command": 1}
EXPLAINING = PACKAGE / "explain"  # its texts stand in catalogues of their own
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
        if EXPLAINING in path.parents:
            continue
        for constant in marked(ast.parse(path.read_text("utf-8"))):
            if re.search("[A-Za-z]{2}", re.sub(r"{[^}]*}", "", constant.value)):
                found.setdefault(constant.value, path.name)
    for said in _TEMPLATE.findall((PACKAGE / "app" / "shell.html").read_text("utf-8")):
        found.setdefault(unescape(said), "shell.html")
    for path in SCRIPTS:
        for said in _SCRIPT.findall(path.read_text("utf-8")):
            found.setdefault(said, path.name)
    return found


# in explanations: function → which of its arguments is a text, or the name of that argument
_SAYING = {
    "Said": (0, ""), "numbered": (0, ""), "phrase": (0, ""), "word": (0, ""), "joined": (0, ""),
    "told": (0, ""), "counted": (1, ""), "numerous": (1, ""), "Stage": (0, "name"),
    "Operand": (2, "role"), "Terms": (2, "name"),
}  # fmt: skip
_PROGRAM = re.compile(r"\bimport \w|\b\w+ = |\n")  # lines of Python, which are no texts
_NAMES = {"tree path", "arg max", "arg min", "is NaN", "is ∞"}  # of functions, of how a page draws
_OF_ONNX = {"dt_bias", "decay_scale", "theta", "silu", "Gelu", "Hardmax", "Not", "tanh"}


def explained() -> dict[str, str]:
    """Every text that explanations say → the first file that says it.

    They are the words in the places for them, and all that has the form of a sentence or of words:
    many stand in tables.
    """
    found: dict[str, str] = {}
    for path in sorted(EXPLAINING.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for text in [*_in_their_place(tree), *_in_words(tree)]:
            letters = re.search("[A-Za-z]{2}", re.sub(r"{[^}]*}", "", text))
            if letters and text not in _NAMES | _OF_ONNX and not _PROGRAM.search(text):
                found.setdefault(text, path.name)
    return found


def glued(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts of explanations that no catalogue can know: made of pieces, or with numbers in them."""
    silent = {
        id(part)
        for node in ast.walk(tree)
        if _for_ourselves(node) or getattr(node, "name", "") == "__repr__"
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in silent:
            parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
            said = "".join(map(str, parts))
            if said.startswith("<") or _PROGRAM.search(said):
                continue
            if says_something(said) or re.search("[a-z]{3} {}|{} [a-z]{3}", said):
                yield node.lineno, said
        elif isinstance(node, ast.BinOp | ast.AugAssign):
            sides = [getattr(node, name, None) for name in ("left", "right", "value")]
            for side in sides:
                for text in _texts_of(side):
                    if says_something(text):
                        yield node.lineno, text


def constants(room: Path) -> set[str]:
    """All texts that stand in the files of a room."""
    return {
        node.value
        for path in room.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if is_text(node)
    }


def _texts_of(node: ast.AST | None) -> Iterator[str]:
    """A text, or the texts of which a condition chooses one."""
    if isinstance(node, ast.IfExp):
        yield from _texts_of(node.body)
        yield from _texts_of(node.orelse)
    elif node is not None and is_text(node):
        yield node.value


def _in_their_place(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place, name = _SAYING.get(node.func.id, (len(node.args), ""))
            for argument in node.args[place : place + 1]:
                yield from _texts_of(argument)
            for keyword in node.keywords:
                if name and keyword.arg == name:
                    yield from _texts_of(keyword.value)


def _in_words(tree: ast.AST) -> Iterator[str]:
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            silent.update(map(id, ast.walk(node.slice)))
        elif _for_ourselves(node) or isinstance(node, ast.JoinedStr):
            silent.update(map(id, ast.walk(node)))
        elif _is_called(node, "counted") or _is_called(node, "numerous"):
            silent.update(map(id, node.args[:1]))  # one of them: known by the many
    for node in ast.walk(tree):
        if is_text(node) and id(node) not in silent and re.search("^[^<]* [^<]*$", node.value):
            yield str(value(node))


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
        elif (
            is_text(node) and id(node) not in known | _of_notes(node)
            and says_something(node.value)
        ):  # fmt: skip
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


# what files' notes call kinds of inputs and outputs; what a network of texts is given first
_NOTED = {
    "one of",
    "next character",
    "over time",
    "First Citizen:\n",
    "Once upon a time",
    "once upon a time",
}


def _of_notes(node: ast.Constant) -> set[int]:
    return {id(node)} if node.value in _NOTED else set()


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
