"""What the page runs is the same program as what people read."""

import ast
from pathlib import Path

from tensorama_build.lean import Documented, Untyped, defines_operators, lean

ROOT = Path(__file__).resolve().parents[2]

SOURCE = '''
"""A module.

With more to say.
"""


# a comment
class Layer:
    """A layer of a network.

    units: cells
    """

    def size(self):
        """Only this line."""

    def name(self):
        return "conv"  # another

    def _secret(self):
        """Nobody asks for this."""
        return 1

    def _empty(self):
        """Without this line it would be no function."""

    def __call__(self):
        """Everybody may ask."""
        return 2
'''


def test_comments_go_and_the_first_line_of_a_public_docstring_stays():
    assert lean(SOURCE) == (
        '"""A module."""\n\n'
        "class Layer:\n"
        '    """A layer of a network."""\n\n'
        "    def size(self):\n"
        '        """Only this line."""\n\n'
        "    def name(self):\n"
        "        return 'conv'\n\n"
        "    def _secret(self):\n"
        "        return 1\n\n"
        "    def _empty(self):\n"
        '        """Without this line it would be no function."""\n\n'
        "    def __call__(self):\n"
        '        """Everybody may ask."""\n'
        "        return 2\n"
    )


def test_where_nobody_asks_no_docstring_stays_but_where_it_is_all_there_is():
    assert lean(SOURCE, asked=False) == (
        "class Layer:\n\n"
        "    def size(self):\n"
        '        """Only this line."""\n\n'
        "    def name(self):\n"
        "        return 'conv'\n\n"
        "    def _secret(self):\n"
        "        return 1\n\n"
        "    def _empty(self):\n"
        '        """Without this line it would be no function."""\n\n'
        "    def __call__(self):\n"
        "        return 2\n"
    )


def test_every_module_of_the_package_stays_the_same_program():
    for path in sorted((ROOT / "pysrc" / "tensorama").rglob("*.py")):
        source = path.read_text("utf-8")
        assert program(lean(source)) == program(source), path


def program(source: str) -> str:
    """A program as its syntax tree, without docstrings, and without types if none are shipped."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        documented = isinstance(node, Documented) and ast.get_docstring(node) is not None
        if documented:
            node.body = node.body[1:]
    return ast.dump(tree if defines_operators(tree) else Untyped().visit(tree))


def test_types_go_but_those_of_fields_and_operators():
    assert lean(
        "class Point:\n    x: int = 0\n\n    def far(self, other: Point) -> float:\n"
        "        away: float = 1.0\n        return away\n"
    ) == (
        "class Point:\n    x: int = 0\n\n    def far(self, other):\n"
        "        away = 1.0\n        return away\n"
    )
    operator = (
        "from tensorama.engine.registry import op\n\n@op('Relu', since=6)\n"
        "def relu(x: Array) -> Array:\n    return x\n"
    )
    assert lean(operator) == operator
