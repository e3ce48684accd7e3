"""The cards of the gallery: what each says of its network, and which of them a person looks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tensorama.app.amounts import size_words

_ENGLISH = "en"
Texts = Mapping[str, str]  # language → text


@dataclass(frozen=True, slots=True)
class Card:
    """One network that can be opened. `model`, `picture`: addresses, relative to the program's.

    `digest`: the SHA-256 that the file must have, for one of another host.
    """

    name: str
    model: str
    picture: str
    size: int  # bytes; 0: not known
    licence: str
    texts: Mapping[str, Texts]  # title, says, try, figure
    digest: str = ""

    def text(self, field: str, language: str) -> str:
        """What it says, in this language where it can; "" if nothing."""
        texts = self.texts.get(field, {})
        return texts.get(language) or texts.get(_ENGLISH, "")

    def facts(self, language: str) -> list[str]:
        """How large, under which licence, how good."""
        size = size_words(self.size) if self.size else ""
        return [fact for fact in (size, self.licence, self.text("figure", language)) if fact]


def cards_of(data: Iterable[Mapping[str, Any]]) -> list[Card]:
    """The cards in gallery.json."""
    return [
        Card(
            row["name"], row["model"], row.get("picture", ""), row.get("size", 0),
            row.get("licence", ""), {key: row[key] for key in row if isinstance(row[key], dict)},
            row.get("digest", ""),
        )
        for row in data
    ]  # fmt: skip


def fitting(cards: Iterable[Card], typed: str) -> list[Card]:
    """The cards that have every word that was typed, in whatever language."""
    words = typed.lower().split()
    return [card for card in cards if all(word in _all_of(card) for word in words)]


def _all_of(card: Card) -> str:
    texts = (text for texts in card.texts.values() for text in texts.values())
    return " ".join((card.name, card.licence, *texts)).lower()
