"""The language that a box speaks, and the choice among those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tensorama.app.state import LANGUAGES
from tensorama.phrases import Catalogue, spoken

ENGLISH = "en"
NAMES = {"en": "English", "zh": "中文"}  # as those who speak them call them
TAGS = {"en": "en", "zh": "zh-Hans"}  # for the browser: fonts, line breaks, voices


@dataclass(frozen=True, slots=True)
class Speech:
    """One language. English stands in the program itself and needs no catalogue."""

    language: str = ENGLISH
    catalogue: Catalogue = field(default_factory=dict)

    def say(self, text: str) -> str:
        """A Phrase in this language, any other text as it is."""
        return spoken(text, self.catalogue)


def preferred(tags: Iterable[str]) -> str:
    """The first of these languages, as a browser lists them, that there is; else English."""
    codes = (tag.lower().partition("-")[0] for tag in tags)
    return next((code for code in codes if code and code in LANGUAGES), ENGLISH)
