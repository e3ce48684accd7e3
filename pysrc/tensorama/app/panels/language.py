"""The language of everything that is said: at first the browser's, then what a person chooses."""

from __future__ import annotations

import json
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.sources import home
from tensorama.app.speech import ENGLISH, NAMES, TAGS, Speech, preferred
from tensorama.errors import FetchError
from tensorama.phrases import Catalogue, phrase
from tensorama.view import ffi

_ATTRIBUTES = ("title", "aria-label", "placeholder")  # of elements that say something
_known: dict[str, Catalogue] = {}  # that have come


class Language:
    """Brings the catalogue of a language when it is wanted, and says anew what stands on the page.

    What stands in the template carries its English in `data-say`, `data-say-title` and so on;
    panels say again what they wrote themselves.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.store.listen(lambda before, after: self._follow(), "language")
        self._follow()

    @property
    def _wanted(self) -> str:
        return self.desk.state.language or preferred(map(str, ffi.window.navigator.languages))

    def _follow(self) -> None:
        wanted, shown = self._wanted, str(self.desk.frame.box.lang)  # early.js may have said it
        if wanted == self.desk.speech.language and shown in ("", TAGS[wanted]):
            return
        if wanted in _known or wanted == ENGLISH:
            self._speak(wanted, _known.get(wanted, {}))
        else:
            self.desk.session.background(self._learn(wanted))

    async def _learn(self, language: str) -> None:
        try:
            data = await fetch_bytes(f"{home()}languages/{language}.json")
        except FetchError as error:
            raise FetchError(
                phrase("The texts in {language} could not be fetched.", language=NAMES[language])
            ) from error
        _known[language] = json.loads(bytes(data))
        self._follow()

    def _speak(self, language: str, catalogue: Catalogue) -> None:
        """Say everything in this language from now on."""
        desk, frame = self.desk, self.desk.frame
        desk.speech = Speech(language, catalogue)
        frame.box.lang = TAGS[language]
        if not frame.embedded:
            ffi.document.documentElement.lang = TAGS[language]
        for element in frame.box.querySelectorAll("[data-say]"):
            element.textContent = desk.say(_english(element.dataset.say))
        for name in _ATTRIBUTES:
            for element in frame.box.querySelectorAll(f"[data-say-{name}]"):
                said = desk.say(_english(element.getAttribute(f"data-say-{name}")))
                key = ffi.found(element.getAttribute("data-key")) if name == "title" else None
                element.setAttribute(name, f"{said} ({key})" if key else said)
        desk.spoken.tell()

    def dispose(self) -> None:
        """Nothing is held."""


def _english(pattern: Any) -> str:
    return phrase(str(pattern))
