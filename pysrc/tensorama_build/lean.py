"""Python sources as the page needs them: without comments and long docstrings.

A page downloads and compiles every line, and a docstring is half of a well-explained function. The
first line of each docstring stays, so that `help()` still helps; what is private has none,
as nobody asks for help with that.
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
