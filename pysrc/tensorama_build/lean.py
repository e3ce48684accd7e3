"""Python sources as the page needs them: without comments and long docstrings.

A page downloads and compiles every line, and a docstring is half of a well-explained function. The
first line of each docstring stays, so that `help()` still helps.
"""

import ast

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def lean(source: str) -> str:
    """The same program with shorter docstrings and no comments."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            shorten(node)
    try:
        return ast.unparse(tree) + "\n"
    except ValueError:  # Python 3.11 cannot write every f-string that it can read
        return source


def shorten(node: Documented) -> None:
    """Keep the first line of a docstring."""
    text = ast.get_docstring(node)
    if text is not None:
        node.body[0] = ast.Expr(ast.Constant(text.partition("\n")[0]))
