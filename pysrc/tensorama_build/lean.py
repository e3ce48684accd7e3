"""Python sources as the page needs them: without comments and long docstrings.

A page downloads and compiles every line, and a docstring is half of a well-explained function.
Where people call for help (`ASKED`) the first line of each public docstring stays, so that `help()`
still helps. The types of arguments and variables were checked when the page was made; only
operators and the fields of classes are asked for theirs in the page.
"""

import ast
from typing import Any

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


# what the page's console and articles hold in their hands: the public functions, the operators
ASKED = (
    "__init__.py",
    "model.py",
    "errors.py",
    "trace.py",
    "show.py",
    "box.py",
    "ops/",
    "explain/",
)


def is_asked(path: str) -> bool:
    """Whether somebody may ask for help with what stands in the file at this path."""
    return any(path.endswith(part) or f"/{part}" in path for part in ASKED)


def lean(source: str, asked: bool = True) -> str:
    """The same program without comments, with shorter docstrings, or none if nobody asks."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            shorten(node, asked)
    if not defines_operators(tree):
        tree = Untyped().visit(tree)
    try:
        return ast.unparse(tree) + "\n"
    except ValueError:  # Python 3.11 cannot write every f-string that it can read
        return source


def defines_operators(tree: ast.Module) -> bool:
    """Whether a module registers operators: their signatures are their schemas, types included."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "tensorama.engine.registry"
        for node in tree.body
    )


class Untyped(ast.NodeTransformer):
    """Takes the types off arguments, results and variables; fields of classes keep theirs."""

    def _function(self, node: Any) -> Any:
        node.returns = None
        return self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """An argument without its type."""
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Only the functions of a class."""
        node.body = [n if isinstance(n, ast.AnnAssign) else self.visit(n) for n in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A variable without its type."""
        if node.value is None:
            return ast.Pass()
        plain = ast.Assign([node.target], self.visit(node.value))
        return ast.fix_missing_locations(ast.copy_location(plain, node))


def shorten(node: Documented, asked: bool) -> None:
    """Keep the first line of a docstring, or none of it in what is private or not asked for."""
    text = ast.get_docstring(node)
    if text is None:
        return
    private = not isinstance(node, ast.Module) and is_private(node.name)
    if (private or not asked) and len(node.body) > 1:
        del node.body[0]
    else:
        node.body[0] = ast.Expr(ast.Constant(text.partition("\n")[0]))


def is_private(name: str) -> bool:
    """Whether a name begins with one underscore; __call__ and the like are for everybody."""
    return name.startswith("_") and not name.startswith("__")
