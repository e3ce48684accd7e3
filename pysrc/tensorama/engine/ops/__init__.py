"""The operators, family by family: each module of this folder is one and is found by itself.

A family is imported when a model first asks for an operator that it speaks of. Which these are is
read off its text. A model needs a few of forty
families, and a page that imported all of them would start a fifth of a second later.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from tensorama.engine.registry import REGISTRY

_FORMS = ("({}", "{}:")  # how a family names an operator: as a first argument, or in a table


@cache
def _texts() -> dict[str, str]:
    """Each family's name and source."""
    folder = Path(__file__).parent
    return {
        path.stem: path.read_text("utf-8")
        for path in sorted(folder.glob("*.py"))
        if path.stem != "__init__"
    }


def families(name: str | None) -> list[str]:
    """The modules that may register an operator of this name, or all of them."""
    spoken = [form.format(quoted) for quoted in (f'"{name}"', f"'{name}'") for form in _FORMS]
    return [
        module
        for module, text in _texts().items()
        if name is None or any(words in text for words in spoken)
    ]


def bring(name: str | None) -> None:
    """Register the operators of this name, or all there are."""
    for module in families(name):
        import_module(f"{__name__}.{module}")


REGISTRY.seek = bring
