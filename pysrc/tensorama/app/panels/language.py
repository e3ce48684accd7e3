"""The language of everything that is said: at first the browser's, then what a person chooses."""

from __future__ import annotations

import json
from typing import Any

from tensorama.app import later
from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.sources import home
from tensorama.app.speech import ENGLISH, NAMES, TAGS, Speech, preferred
from tensorama.errors import FetchError
from tensorama.phrases import Catalogue, phrase
from tensorama.view import ffi

_ATTRIBUTES = ("title", "aria-label", "placeholder")  # of elements that say something
_known: dict[str, Catalogue] = {}  # that have come, by the names of their files


class Language:
    """Brings the catalogue of a language when it is wanted, and says anew what stands on the page.

    What stands in the template carries its English in `data-say`, `data-say-title` and so on;
    panels say again what they wrote themselves. What explanations say has a catalogue of its own,
    which comes when they do.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._spoken: list[str] = []  # the catalogues
        later.expect(self._follow)
        desk.store.listen(lambda before, after: self._follow(), "language")
        self._follow()

    @property
    def _wanted(self) -> str:
        return self.desk.state.language or preferred(map(str, ffi.window.navigator.languages))

    def _follow(self) -> None:
        wanted, shown = self._wanted, str(self.desk.frame.box.lang)  # early.js may have said it
        names = _catalogues(wanted)
        same = wanted == self.desk.speech.language and names == self._spoken
        if same and shown in ("", TAGS[wanted]):
            return
        if all(name in _known for name in names):
            self._spoken = names
            # a text that both have is the page's: there "memory" is what a layer takes
            own_last = [_known[name] for name in reversed(names)]
            self._speak(wanted, {e: said for all_ in own_last for e, said in all_.items()})
        else:
            self.desk.session.background(self._learn(wanted))

    async def _learn(self, language: str) -> None:
        for name in _catalogues(language):
            if name in _known:
                continue
            try:
                data = await fetch_bytes(f"{home()}languages/{name}.json")
            except FetchError as error:
                raise FetchError(phrase(
                    "The texts in {language} could not be fetched.", language=NAMES[language]
                )) from error  # fmt: skip
            _known[name] = json.loads(bytes(data))
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
        """Expect nothing any more."""
        later.forget(self._follow)


def _catalogues(language: str) -> list[str]:
    """What is needed now to speak it: none for English, one more where numbers are explained."""
    if language == ENGLISH:
        return []
    return [language, f"{language}.explain"] if later.is_here() else [language]


def _english(pattern: Any) -> str:
    return phrase(str(pattern))
