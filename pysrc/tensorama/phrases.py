"""What this program says, such that it can be said in another language where it is shown.

    phrase("Undone: {what}.", what=words)               # English, as any text
    counted("{count} layer", "{count} layers", count=3)
    joined(" + ", [phrase("3 stages"), "Conv"])

A Phrase is an English `str` and can be used as one: as a name, a key, a part of an error. It
remembers the pattern and the values that it was made of, so that whoever shows it can say it in the
language of whoever reads: `spoken(phrase, catalogue)`. Names out of a file are plain texts and stay
what they are. A pattern is looked up whole, as gettext does; its braces are those of `str.format`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

Catalogue = Mapping[str, str]  # English pattern → the same in another language


class Phrase(str):
    """An English text, and what it was made of."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, Any] | tuple[str, ...]  # of a row: what stands in it

    def __new__(
        cls, text: str, pattern: str = "", values: Mapping[str, Any] | tuple[str, ...] = ()
    ) -> Self:
        """`text`: the pattern with its values in it."""
        made = super().__new__(cls, text)
        made.pattern, made.values = pattern, values
        return made


def phrase(pattern: str, /, **values: Any) -> Phrase:
    """A text with values in it; each of these may be a Phrase too."""
    return Phrase(pattern.format_map(values), pattern, values)


def counted(one: str, many: str, /, count: int, **values: Any) -> Phrase:
    """A text about so many things: the first pattern for 1. Catalogues know it by the second."""
    values["count"] = count
    return Phrase((one if count == 1 else many).format_map(values), many, values)


def joined(between: str, parts: Iterable[str]) -> Phrase:
    """Texts in a row, with this between each two."""
    texts = tuple(parts)
    return Phrase(between.join(texts), between, texts)


def sentences(parts: Iterable[str]) -> Phrase:
    """Sentences one behind another; not every language has a space between them."""
    texts = [part for part in parts if part] or [""]
    whole = word(texts[0])
    for then in texts[1:]:
        whole = phrase("{first} {then}", first=whole, then=then)
    return whole


def word(text: str) -> Phrase:
    """A text without gaps that is known to catalogues as it stands; a Phrase stays what it is."""
    return text if isinstance(text, Phrase) else Phrase(text, text, {})


def spoken(text: str, catalogue: Catalogue) -> str:
    """A text in the language of a catalogue; what it does not know, as it is."""
    if not isinstance(text, Phrase) or not catalogue:
        return text
    if not text.values and text.pattern not in catalogue:
        return str(text)
    pattern = catalogue.get(text.pattern, text.pattern)
    if isinstance(text.values, tuple):
        return pattern.join(spoken(part, catalogue) for part in text.values)
    return pattern.format_map({
        name: spoken(value, catalogue) if isinstance(value, str) else value
        for name, value in text.values.items()
    })  # fmt: skip
