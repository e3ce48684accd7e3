"""What is said of operators by modules that are found by their text, and imported when asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class Families(Generic[T]):
    """One value for each operator, by domain and name; each module of a folder has a family.

    A family is imported when a node first asks for an operator that its text names, as those of
    the engine are (see `engine.ops`). `package` and `file` are those of a
    module in the folder; `sign` is what stands in the text of a module that is a family.
    """

    def __init__(self, package: str, file: str, sign: str) -> None:
        self._package, self._folder, self._sign = package, Path(file).parent, sign
        self._known: dict[tuple[str, str], T] = {}

    def add(self, domain: str, name: str, value: T) -> None:
        """Say it of an operator. ValueError if it has been said."""
        if (domain, name) in self._known:
            raise ValueError(f"{name} is declared twice.")
        self._known[domain, name] = value

    def find(self, domain: str, name: str) -> T | None:
        """What is said of an operator; None if nothing is."""
        key = ("" if domain == "ai.onnx" else domain, name)
        if key not in self._known:
            for module, text in self._texts.items():
                if f'"{name}"' in text or f"'{name}'" in text:  # as a page's sources have it
                    import_module(f"{self._package}.{module}")
        return self._known.get(key)

    def all(self) -> Mapping[tuple[str, str], T]:
        """All that is said, by domain and operator."""
        for module in self._texts:
            import_module(f"{self._package}.{module}")
        return dict(self._known)

    @cached_property
    def _texts(self) -> dict[str, str]:
        texts = {path.stem: path.read_text("utf-8") for path in self._folder.glob("*.py")}
        return {name: text for name, text in sorted(texts.items()) if self._sign in text}
