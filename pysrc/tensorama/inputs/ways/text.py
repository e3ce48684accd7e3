"""A text, read character by character, as the numbers that a model knows its characters by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from tensorama.inputs.uses import Uses
from tensorama.inputs.ways.way import Gift, Way
from tensorama.onnxfile import Model, ValueInfo
from tensorama.onnxfile.notes import read_json

FIRST = ("First Citizen:\n", "Once upon a time", "once upon a time", "0")
LONGEST = 1024  # characters that are read at once where the file does not say
MOST = 8000  # characters that are kept
HOTTEST = 2.0
_INTEGERS = (6, 7)  # int32, int64 as ONNX numbers them


class Writing(NamedTuple):
    """How a network writes on: how freely, among how many characters (0: all), by which luck."""

    temperature: float = 0.8
    top_k: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Text(Way):
    """Characters → their numbers (1,T). A gift: "text", the text, temperature, top k, seed."""

    kind: ClassVar[str] = "text"
    characters: str = ""
    length: int = LONGEST

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """Whole numbers, for which the file's notes list the characters.

        They are "characters" of the input, or labels of one character each, as many as the table
        has rows that the input chooses from.
        """
        shape = value.shape
        if shape is None or len(shape) not in (1, 2) or value.elem_type not in _INTEGERS:
            return None
        characters = said.get("characters") if said.get("kind") == "text" else None
        if not isinstance(characters, str):
            labels = read_json(model.metadata.get("labels", ""))
            single = isinstance(labels, list) and all(
                isinstance(label, str) and len(label) == 1 for label in labels
            )
            known = single and len(labels) == Uses(model).table_rows(value.name)
            characters = "".join(labels) if known else ""
        if not characters or (len(shape) == 2 and isinstance(shape[0], int) and shape[0] != 1):
            return None
        length = said.get("length", LONGEST)
        if isinstance(shape[-1], int):
            length = shape[-1]
        if not isinstance(length, int) or isinstance(length, bool) or not 0 < length <= MOST:
            length = LONGEST
        return cls(value.name, shape, characters, length)

    def text(self, gift: Gift) -> str:
        """The text of a gift, without the characters that the model does not know."""
        return self.known(self.said(gift, 1, self.first))[-MOST:]

    @property
    def first(self) -> str:
        """The text that stands there before a person has typed one."""
        fitting = (text for text in FIRST if not self.unknown(text))
        return next(fitting, self.characters[0])

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """A few words that it can read."""
        for text in dict.fromkeys((self.first, *FIRST)):
            if not self.unknown(text):
                yield f"“{text.strip()}”", (self.kind, text, *self.writing(own))

    def unknown(self, text: str) -> str:
        """The characters of a text that the model does not know, each once."""
        return "".join(dict.fromkeys(c for c in text if c not in self.characters))

    def known(self, text: str) -> str:
        """A text without those."""
        return "".join(c for c in text if c in self.characters)

    def writing(self, gift: Gift) -> Writing:
        """How it is written on."""
        plain = Writing()
        temperature = self.said(gift, 2, plain.temperature)
        top_k, seed = self.said(gift, 3, plain.top_k), self.said(gift, 4, plain.seed)
        return Writing(
            min(HOTTEST, max(0.0, temperature)),
            min(len(self.characters), max(0, top_k)),
            abs(seed),
        )

    def read(self, gift: Gift) -> str:
        """The end of a text that the model reads; of an empty one a line break or what there is."""
        text = self.text(gift)[-self.length :]
        return text or ("\n" if "\n" in self.characters else self.characters[0])

    def sizes(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[Any, int]:
        """As long as the text is."""
        found: dict[Any, int] = {}
        if self.free(-1):
            found[self.tensor, len(self.shape) - 1] = len(self.read(gift))
        if len(self.shape) == 2 and self.free(0):
            found[self.tensor, 0] = 1
        return found

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The numbers of its characters; a shorter text than fits stands at the end."""
        number = {character: place for place, character in enumerate(self.characters)}
        read = self.read(gift)
        blank = number.get(" ", 0)
        row = [blank] * (default.shape[-1] - len(read)) + [number[c] for c in read]
        return np.array(row, default.dtype).reshape(default.shape)
