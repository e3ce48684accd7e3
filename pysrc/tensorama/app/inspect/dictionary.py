"""What operators do, in words: fetched by family when a layer is first asked about.

The tables are `tensorama/wordings/*.toml`; the build makes the files of them that are read here
(see `tensorama_build.wordings`). Each text stands there in all languages beside each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensorama.explain.mathml import written
from tensorama.onnxfile import Graph, Node
from tensorama.onnxfile.types import type_name
from tensorama.phrases import counted, phrase

_OWN = ("", "ai.onnx")  # names of the standard's own domain
_TYPES = frozenset({
    "to", "dtype", "output_dtype", "output_datatype", "stash_type", "softmax_precision",
    "precision",
})  # fmt: skip
_SHORT = 8  # members of a row that are written out
_LETTERS = 48  # of a text
Read = Callable[[str], Coroutine[Any, Any, bytes | bytearray]]


@dataclass(slots=True, eq=False)
class Dictionary:
    """The wordings that were fetched so far; `read(name)` gives a file of them."""

    read: Read
    families: dict[str, str] = field(default_factory=dict)  # operator → family
    common: dict[str, Any] = field(default_factory=dict)  # attribute → its words
    groups: dict[str, Any] = field(default_factory=dict)  # kind of layer or group → sentences
    entries: dict[str, Any] = field(default_factory=dict)

    async def bring(self, names: Iterable[str]) -> None:
        """Fetch what is said of these operators. Raises FetchError where it cannot be had."""
        if not self.families:
            index = json.loads(bytes(await self.read("index.json")))
            self.common, self.groups = index["attributes"], index["groups"]
            self.families = index["families"]
        for family in {self.families[name] for name in names if name in self.families}:
            if not any(self.families[name] == family for name in self.entries):
                self.entries |= json.loads(bytes(await self.read(f"{family}.json")))

    def sentences(self, name: str, language: str) -> tuple[str, ...]:
        """What an operator does; () of one that is not known."""
        return tuple(self.entries.get(name, {}).get(language, ()))

    def formula(self, name: str) -> str:
        """Its formula, for everybody; "" where there is none."""
        return str(self.entries.get(name, {}).get("formula", ""))

    def group(self, kind: str, language: str) -> tuple[str, ...]:
        """What a kind of group or layer is."""
        return tuple(self.groups.get(kind, {}).get(language, ()))

    def attribute(self, name: str, attribute: str, value: Any, language: str) -> str:
        """What an attribute with this value means for an operator; "" where nothing is known."""
        own = self.entries.get(name, {}).get("attributes", {})
        words = (own.get(attribute) or self.common.get(attribute) or {}).get(language, "")
        if isinstance(words, Mapping):
            words = words.get(str(value), words.get("other", ""))
        row = value if isinstance(value, tuple) else (value,)
        return str(words).format(
            value=value_words(attribute, value), by="×".join(_short(row, value_one))
        )


def name_of(node: Node) -> str:
    """What an operator is called in the dictionary: `Conv`, `com.microsoft.Gelu`."""
    return node.op if node.domain in _OWN else f"{node.domain}.{node.op}"


def value_words(attribute: str, value: Any) -> str:
    """The value of an attribute as a person reads it."""
    if attribute in _TYPES and isinstance(value, int):
        return type_name(value)
    if isinstance(value, tuple):
        return ", ".join(_short(value, value_one))
    return value_one(value)


def value_one(value: Any) -> str:
    """One value that is no row."""
    if isinstance(value, str):
        return value if len(value) <= _LETTERS else f"{value[:_LETTERS]}…"
    if isinstance(value, np.ndarray):
        if value.size == 1:
            return written(value.reshape(-1)[0])
        return "×".join(map(str, value.shape))
    if isinstance(value, Graph):
        return counted("{count} operator", "{count} operators", count=len(value.nodes))
    if isinstance(value, int | float):
        return written(value)
    return phrase("what the file says")


def _short(values: Sequence[Any], words: Callable[[Any], str]) -> list[str]:
    """The first few, and how many there are in all."""
    if len(values) <= _SHORT:
        return [words(value) for value in values]
    more = phrase("… {count:,} in all", count=len(values))
    return [*(words(value) for value in values[:_SHORT]), more]
