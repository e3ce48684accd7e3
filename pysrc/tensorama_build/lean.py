"""Python sources as the page needs them: without comments and long docstrings.

A page downloads and compiles every line, and a docstring is half of a well-explained function. The
first line of each docstring stays, so that `help()` still helps; what is private has none,
as nobody asks for help with that. The types of arguments and variables were checked when the page
was made; only operators and the fields of classes are asked for theirs in the page.
"""

import ast
from typing import Any

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def lean(source: str) -> str:
    """The same program with shorter docstrings and no comments."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            shorten(node)
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


def shorten(node: Documented) -> None:
    """Keep the first line of a docstring, or none of it in what is private."""
    text = ast.get_docstring(node)
    if text is None:
        return
    if not isinstance(node, ast.Module) and is_private(node.name) and len(node.body) > 1:
        del node.body[0]
    else:
        node.body[0] = ast.Expr(ast.Constant(text.partition("\n")[0]))


def is_private(name: str) -> bool:
    """Whether a name begins with one underscore; __call__ and the like are for everybody."""
    return name.startswith("_") and not name.startswith("__")
